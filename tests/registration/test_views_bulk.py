"""Bulk acts, people added by hand, the export, and a withdrawal on one's own page, as people meet them."""

import io
from datetime import timedelta

import python_calamine

from portal.accounts.models import Account
from portal.platform import clock
from portal.platform.db import db
from portal.registration import queries as registration_queries
from tests import factories
from tests.browser import Browser
from tests.pagecheck import find_all, text


def test_ticked_people_are_declined_once(browser: Browser, aida: Account) -> None:
    training = factories.make_training()
    first, second = factories.make_registrations(training, 2)
    foreign = factories.make_registration(training=factories.make_training(region="KG-Y"))
    list_url = f"/trainings/{training.code}/registrations"
    page = browser.sign_in(aida).get(list_url)
    assert page.has_form("registration-bulk") and f'value="{first.reference}"' in page.html
    query = f"act=declined&registration={first.reference}&registration={foreign.reference}"
    page = browser.get(f"{list_url}/bulk?{query}")
    assert page.h1 == "Decline 1 person" and foreign.person.family not in page.text
    page.form(f"{list_url}/bulk").submit(status=422)
    form = page.form(f"{list_url}/bulk").fill(cause="administrative")
    done = form.submit()
    assert done.h1 == "1 person is declined" and first.person.family in done.text
    assert form.submit().url == done.url  # A double click leads to the same answer.
    assert len(registration_queries.list_decisions(first.id)) == 3
    everyone = browser.get(f"{list_url}/bulk?act=confirmed&everyone=1&state=out")
    assert first.person.family in everyone.text and second.person.family not in everyone.text


def test_somebody_is_added_by_hand(browser: Browser, aida: Account) -> None:
    training = factories.make_training()
    known = factories.make_person("Өмүров", "Үсөн", phone="+996770757797", institution=factories.get_institution("GPO"))
    elsewhere = factories.make_person("Омуров", "Замир", region_code="KG-Y", phone="+996770000111")
    url = f"/trainings/{training.code}/registrations/new"
    found = browser.sign_in(aida).get(f"{url}?q=omurov")
    assert "Өмүров" in found.text and "Замир" not in found.text
    page = found.follow("Choose").form(url).fill(role="facilitator").submit()
    assert "known already" in page.text and "facilitator" in page.text
    twice = browser.get(f"{url}?person={known.reference}").form(url).submit(status=409)
    assert "registered for this training already" in twice.refusal()
    new = {"family": "Омуров", "given": "Замир", "sex": "M", "institution": "MOI", "phone": "12"}
    wrong = browser.get(url).form("Nominate").fill(new).submit(status=422)
    assert "not a phone number" in wrong.refusal()
    doubted = wrong.form(url).fill(phone="", email="", region="KG-Y").submit(status=422)
    assert "known elsewhere" in doubted.text and elsewhere.phone not in doubted.html
    added = doubted.form(url).fill(choice="").submit()
    assert "Омуров Замир is nominated" in added.text


def test_form_for_somebody_new_says_at_once_all_that_it_lacks(browser: Browser, aida: Account) -> None:
    training = factories.make_training()
    page = browser.sign_in(aida).get(f"/trainings/{training.code}/registrations/new")
    labels = {text(label) for label in find_all(page.root, "label")}
    assert {"Family name", "Given name", "Institution"} <= labels and "Patronymic (optional)" in labels
    refused = page.form("Nominate").fill(phone="12").submit(status=422).refusal()
    for words in ("family name is missing", "given name is missing", "Choose the institution", "not a phone number"):
        assert words in refused


def test_filtered_list_is_exported_as_text(browser: Browser, aida: Account) -> None:
    training = factories.make_training()
    person = factories.make_person("=Өмүров", "Үсөн", phone="+996770757797", post='=HYPERLINK("x")')
    factories.make_registration(training=training, person=person, state="waitlisted")
    factories.make_registration(training=training, state="confirmed")
    list_url = f"/trainings/{training.code}/registrations"
    browser.sign_in(aida)
    address = f"{list_url}/list-export?state=waitlisted"
    answer = browser.send("POST", address, data={"csrf_token": browser.csrf_token()})
    assert answer.status == 200 and f"registrations-{clock.today()}.xlsx" in answer.headers["Content-Disposition"]
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.body))
    rows = book.get_sheet_by_index(0).to_python()
    (line,) = [row for row in rows if "=Өмүров" in row]
    assert '=HYPERLINK("x")' in line and "+996770757797" in line and "Waiting list" in line
    assert b"<f>" not in answer.body


def test_participant_withdraws_before_the_training(browser: Browser, aida: Account) -> None:
    training = factories.make_training(starts_on=clock.today() + timedelta(days=20))
    registration = factories.make_registration(training=training, state="confirmed")
    browser.open_own_page(registration).get("/my").follow("I cannot come").form("/my/withdrawal").submit()
    db.session.expire_all()
    last = registration_queries.list_decisions(registration.id)[-1]
    assert (registration.state, last.cause, last.said_by) == ("withdrawn", "unknown", "participant")
    page = browser.as_stranger().sign_in(aida).get(f"/trainings/{training.code}/registrations")
    assert "Withdrawn on their own page" in page.text and registration.person.family in page.notices()[0]


def test_nobody_withdraws_on_their_own_once_it_has_begun(browser: Browser) -> None:
    registration = factories.make_registration(training=factories.make_training(starts_on=clock.today()))
    page = browser.open_own_page(registration).get("/my")
    assert "I cannot come" not in page.links
    assert "has begun" in browser.post("/my/withdrawal", {}, status=409).refusal()
