"""Each role's start page."""

from datetime import timedelta

from flask import Flask

from portal.accounts.models import Account
from portal.certificates import operations as certificate_operations
from portal.nominations import operations as nomination_operations
from portal.platform import clock, mail
from portal.platform.mail import Message
from tests import factories
from tests.browser import Browser


def test_coordinator_sees_late_things_first(browser: Browser, aida: Account) -> None:
    today = clock.today()
    late = factories.make_training(starts_on=today - timedelta(days=9))
    factories.make_attendance(factories.make_registrations(late, 1)[0])
    soon = factories.make_training(starts_on=today + timedelta(days=20))
    factories.make_training(region="KG-N", starts_on=today - timedelta(days=9), title_en="Secret of the north")

    page = browser.sign_in(aida).get("/")

    assert page.h1 == "What waits for you"
    assert page.text.index(late.code) < page.text.index(soon.code)
    assert "Check the names on the certificates" in page.text
    assert "0 of 1" in page.text
    assert "Secret of the north" not in page.html
    assert soon.code in page.row(soon.code)["Training"]


def test_coordinator_without_trainings_is_told_how_to_begin(browser: Browser, aida: Account) -> None:
    page = browser.sign_in(aida).get("/")
    assert "No trainings yet" in page.text
    assert page.links["Plan a training"] == "/trainings/new"


def test_coordinator_with_everything_done_has_nothing_to_do(browser: Browser, aida: Account) -> None:
    training = factories.make_training(starts_on=clock.today() - timedelta(days=9))
    registration = factories.make_registrations(training, 1)[0]
    factories.make_attendance(registration)
    factories.make_name(registration.person, family="Асанов", given="Азамат", confirmed_at=factories.NOW)
    factories.make_certificate(registration)
    factories.make_evaluation(training, closed_at=factories.NOW)
    training.state = "finalized"
    assert "Nothing waits for you" in browser.sign_in(aida).get("/").text


def test_queries_do_not_grow_with_the_trainings(browser: Browser, admin: Account) -> None:
    today = clock.today()
    factories.make_attendance(factories.make_registrations(factories.make_training(starts_on=today), 1)[0])
    browser.sign_in(admin).get("/")
    one = len(browser.get("/").queries)
    for _ in range(4):
        training = factories.make_training(starts_on=today, venue=factories.make_venue())
        factories.make_attendance(factories.make_registrations(training, 1)[0])
    assert len(browser.get("/").queries) == one <= 8


def test_administrator_sees_what_is_amiss_and_where_it_is_mended(browser: Browser, admin: Account) -> None:
    now = clock.now()
    training = factories.make_training(state="pending_approval")
    factories.make_account("donor", password_hash="")
    factories.make_account("coordinator", second_factor_at=None)
    failed = {"state": "failed", "finished_at": now}
    nomination_list = factories.make_nomination_list(training)
    factories.make_job(certificate_operations.JOB, training.code, **failed)
    factories.make_job(nomination_operations.JOB, nomination_list.reference, **failed)
    factories.make_job(certificate_operations.RENEW, training.code, **failed)
    factories.make_job(certificate_operations.RENEW, training.code, state="running")  # Begun again: nothing to look at.
    for state, topic in (("failed", f"training {training.code}"), ("unclear", f"training {training.code}")):
        message = Message("a@test.example", "Hello", "Hello", topic=topic, kind=state)
        mail.queue(message, now=now).state = state
    page = browser.sign_in(admin).get("/")
    assert len(page.queries) <= 8
    found = page.links
    here = f"/trainings/{training.code}"
    assert found[f"Certificates could not be issued {training.code}"] == f"{here}/certificates"
    assert found[f"A list could not be read {training.code}"] == f"{here}/nominations/{nomination_list.reference}"
    assert found[f"Mails that could not be sent {training.code}"] == f"{here}/mails"
    assert found[f"Mails of which nobody knows whether they left {training.code}"] == f"{here}/mails"
    assert found["Invitations that ran out: invite again"] == "/accounts?state=invited"
    assert found["Accounts without a second factor"] == "/accounts?state=lacks_factor"
    assert found["Plans that wait for approval"] == "/trainings?state=pending_approval"
    assert page.text.count("Certificates could not be issued") == 1


def test_what_an_administrator_mends_is_no_business_of_a_coordinator(
    browser: Browser, admin: Account, aida: Account
) -> None:
    assert "For the administrator" not in browser.sign_in(admin).get("/").text
    factories.make_training(state="pending_approval")
    assert "For the administrator" in browser.get("/").text
    assert "For the administrator" not in browser.as_stranger().sign_in(aida).get("/").text


def test_focal_point_sees_what_is_asked_the_most_urgent_first(browser: Browser) -> None:
    institution, soon = factories.get_institution("GPO"), clock.today() + timedelta(days=20)
    late = factories.make_training(starts_on=soon, nominations_due_days=21)
    asked = factories.make_training(starts_on=soon, nominations_due_days=14)
    for training in (asked, late):
        factories.make_allotment(training, 4, institution=institution)
    answered = factories.make_training(starts_on=soon)
    person = factories.make_person("Прокуророва", "Айгүл", institution=institution)
    factories.make_registration(training=answered, person=person, state="confirmed")
    page = browser.sign_in(factories.make_account("focal_point", institution=institution)).get("/")
    assert len(page.queries) <= 8
    places = [page.html.index(f"/calls/{training.code}") for training in (late, asked, answered)]
    assert places == sorted(places)
    assert "4 seats kept for you, 0 people nominated" in page.text
    row = page.row(answered.code)
    assert (row["Nominated"], row["Confirmed"], row["Not confirmed yet"]) == ("1", "1", "0")
    assert "Прокуророва" not in page.html


def test_donor_sees_own_projects_without_counts_of_people(browser: Browser, dana: Account) -> None:
    held = factories.make_training(state="held", title_en="Own training")
    factories.make_registrations(held, 37)
    factories.make_training(state="draft", title_en="Secret draft")
    factories.make_training(project=factories.make_project("OTHER"), title_en="Secret project")
    page = browser.sign_in(dana).get("/")
    assert len(page.queries) <= 8
    assert page.row("Own training")["State"] == "Held"
    assert "No release has been published yet" in page.text
    assert "Secret" not in page.html and "37" not in page.text
    browser.get("/trainings", status=403)


def test_auditor_reads_states_and_the_newest_entries(browser: Browser, auditor: Account, admin: Account) -> None:
    factories.make_training(state="held")
    browser.as_stranger().sign_in(admin)
    page = browser.sign_in(auditor).get("/")
    assert len(page.queries) <= 8
    assert page.links["Held"] == "/trainings?state=held"
    assert page.links["Audit log"] == "/audit"
    assert "Signed in" in page.row("Администратор")["What"]


def test_vetting_officer_sees_the_days_of_trainings_that_ask_for_vetting(browser: Browser) -> None:
    officer = browser.sign_in(factories.make_account("vetting_officer"))
    assert "No training asks for vetting" in officer.get("/").text
    soon = clock.today() + timedelta(days=20)
    training = factories.make_training(starts_on=soon, is_vetting_required=True)
    factories.make_training(starts_on=soon, title_en="Secret")
    page = officer.get("/")
    assert page.row(training.code)["Region"] == "Osh city"
    assert "Secret" not in page.html
    officer.get("/trainings", status=403)


def test_stranger_is_led_to_the_sign_in_page(browser: Browser) -> None:
    page = browser.get("/")
    assert (page.h1, page.url) == ("Sign in", "/sign-in?next=/")


def test_healthz_needs_no_sign_in(app: Flask) -> None:
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_administration_is_for_those_who_set_things_up(browser: Browser, admin: Account, dana: Account) -> None:
    assert browser.sign_in(admin).get("/administration").h1 == "Administration"
    assert browser.as_stranger().sign_in(dana).get("/administration", status=403)
