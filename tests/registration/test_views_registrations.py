"""The list of registrations, one registration, a seat and other decisions, as a coordinator meets them."""

import re
from datetime import datetime

import pytest

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.platform.db import db
from portal.registration import operations as registration_operations
from portal.registration import queries as registration_queries
from portal.registration.models import Registration
from portal.registration.operations import Reason
from portal.registration.rules import RegistrationState
from tests import factories
from tests.browser import Browser, toast
from tests.pages import Page

OPERATOR = Operator()


def list_of(registration: Registration) -> str:
    return f"/trainings/{registration.training.code}/registrations"


def page_of(registration: Registration) -> str:
    return f"{list_of(registration)}/{registration.reference}"


def row_id(registration: Registration) -> str:
    return f"registration-row-{registration.reference}"


def state_on(page: Page) -> str:
    """Return the state of the person, which stands below that of the training."""
    return page.tags()[1]


def names_in(page: Page) -> list[str]:
    return [row["Name"] for row in page.rows()]


def test_list_shows_who_is_nominated_and_the_seats(browser: Browser, aida: Account) -> None:
    training = factories.make_training(capacity=3)
    factories.make_allotment(training, 1, institution=factories.get_institution("GPO"))
    person = factories.make_person("Өмүров", "Усон", "Асанович", phone="+996770757797", post="прокурор", rank="майор")
    registration = factories.make_registration(training=training, person=person, role="alternate")
    page = browser.sign_in(aida).get(list_of(registration))
    row = page.row("Өмүров")
    assert "alternate" in row["Name"] and "майор, прокурор" in row["Name"]
    assert (row["Phone"], row["State"]) == ("+996 770 757 797", "Nominated")
    assert "0 / 3" in page.text and "General Prosecutor's Office" in page.text and "0 / 1" in page.text


def test_list_without_anybody_says_what_to_do(browser: Browser, aida: Account) -> None:
    training = factories.make_training()
    page = browser.sign_in(aida).get(f"/trainings/{training.code}/registrations")
    assert "Nobody is nominated yet" in page.text
    assert page.links["Import a list"] == f"/trainings/{training.code}/nominations"


@pytest.mark.parametrize(
    "typed", ["өмүров", "Омуров", "omurov", "УСОН өмүров", "0770 757 797", "+996-770-757", "Omurov Uson"]
)
def test_search_forgives_spelling_and_script(browser: Browser, aida: Account, typed: str) -> None:
    training = factories.make_training()
    sought = factories.make_person("Өмүров", "Усон", "Асанович", phone="+996770757797")
    factories.make_registration(training=training, person=sought)
    other = factories.make_registration(training=training, person=factories.make_person("Бекова", "Айгүл"))
    browser.sign_in(aida)
    answer = browser.send("GET", list_of(other), headers={}, query_string={"q": typed})
    assert "Өмүров" in answer.text and "Бекова" not in answer.text


@pytest.mark.parametrize(
    "typed", ["прокуратура", "Prokuratura", "prosecutor", "GPO", "генпрокуратура бишкек", "Bishkek", "бекова gpo"]
)
def test_search_finds_by_institution_and_region(browser: Browser, aida: Account, typed: str) -> None:
    training = factories.make_training()
    prosecutor = factories.make_person(
        "Бекова", "Айгүл", institution=factories.get_institution("GPO"), region_code="KG-GB"
    )
    officer = factories.make_person("Өмүров", "Усон", institution=factories.get_institution("MOI"), region_code="KG-GO")
    of_gpo = factories.make_registration(training=training, person=prosecutor)
    factories.make_registration(training=training, person=officer)
    browser.sign_in(aida)
    answer = browser.send("GET", list_of(of_gpo), query_string={"q": typed})
    assert "Бекова" in answer.text and "Өмүров" not in answer.text
    page = browser.send("GET", list_of(of_gpo), query_string={"q": "Ош"})
    assert "Өмүров" in page.text and "Бекова" not in page.text


@pytest.mark.parametrize("typed", ["%", "_", "' OR 1=1 --", "\\", "нетакого", "0" * 300])
def test_search_for_nobody_finds_nobody(browser: Browser, aida: Account, typed: str) -> None:
    registration = factories.make_registration()
    browser.sign_in(aida)
    answer = browser.send("GET", list_of(registration), query_string={"q": typed})
    assert answer.status == 200
    assert "Nobody here" in answer.text


def test_filters_and_tabs_narrow_the_list(browser: Browser, aida: Account) -> None:
    training = factories.make_training()
    police = factories.make_registration(training=training, state="confirmed")
    prosecutor = factories.make_registration(
        training=training,
        person=factories.make_person(institution=factories.get_institution("GPO"), region_code="KG-B"),
    )
    browser.sign_in(aida)
    for query, expected in (
        ("state=confirmed", police),
        ("state=nominated", prosecutor),
        ("institution=GPO", prosecutor),
        ("region=KG-GO", police),
        ("institution=NOBODY&state=confirmed", police),  # what the list does not know filters nothing
    ):
        page = browser.get(f"{list_of(police)}?{query}")
        assert len(page.rows()) == 1 and expected.person.family in page.rows()[0]["Name"], query
    tabs = " ".join(page.links)
    assert "All 2" in tabs and "Nominated 1" in tabs and "Waiting list 0" in tabs


def test_list_is_paged_and_sorted_at_the_database(browser: Browser, aida: Account) -> None:
    training = factories.make_training()
    factories.make_registrations(training, 51)
    first = factories.make_registration(training=training, person=factories.make_person("Аарон", "Азат"))
    browser.sign_in(aida)
    page = browser.get(list_of(first))
    assert len(page.rows()) == 50 and "1–50 of 52" in page.text
    assert "Аарон" in names_in(browser.get(f"{list_of(first)}?page=2"))[-1]
    assert "Аарон" in names_in(browser.get(f"{list_of(first)}?sort=name"))[0]
    assert len(browser.get(f"{list_of(first)}?page=99").rows()) == 2
    assert len(browser.get(f"{list_of(first)}?page=x&sort=x").rows()) == 50


@pytest.mark.parametrize("path", ["", "/confirmed", "/confirmation", "/slips"])
def test_number_of_queries_does_not_grow(browser: Browser, aida: Account, path: str) -> None:
    training = factories.make_training(capacity=150)
    factories.make_allotment(training, 90, institution=factories.get_institution("MOI"))
    first = factories.make_registration(training=training, state="waitlisted")
    browser.sign_in(aida)
    few = browser.get(list_of(first) + path).queries
    states = ("nominated", "confirmed", "waitlisted", "declined")
    for number in range(199):
        factories.make_registration(training=training, state=states[number % 4])
    many = browser.get(list_of(first) + path).queries
    assert len(many) <= len(few) + 1, "\n".join(many)  # a list that was empty before may ask for its decisions
    assert len(many) <= 20


def test_confirm_swaps_the_row_and_the_counts(browser: Browser, aida: Account) -> None:
    registration = factories.make_registration()
    page = browser.sign_in(aida).get(list_of(registration) + "?state=nominated&sort=name")
    part = page.form(f"{page_of(registration)}/confirm").submit_part()
    assert part.ids[0] == row_id(registration)
    assert {"registration-standing", "registration-tabs"} <= set(part.ids)
    assert part.tags()[0] == "Confirmed"
    assert "state=confirmed" in part.links["Confirmed 1"] and "sort=name" in part.links["Confirmed 1"]
    assert toast(part.headers) == f"{registration.person.full_name} is confirmed."


def test_confirm_without_script_leads_back_to_the_list(browser: Browser, aida: Account) -> None:
    training = factories.make_training(capacity=1)
    registration = factories.make_registration(training=training)
    page = browser.sign_in(aida).get(list_of(registration) + "?q=&sort=name")
    page = page.form(f"{page_of(registration)}/confirm").submit()
    assert page.h1 == "Registrations" and "sort=name" in page.url
    assert page.notices() == [f"{registration.person.full_name} is confirmed."]
    assert page.row(registration.person.family)["State"] == "Confirmed"
    late = factories.make_registration(training=training)
    page = browser.get(page_of(late)).form("Give a seat").submit()
    assert page.url == page_of(late)
    assert "No seat is free" in page.notices()[0]
    assert "The training is full: its 1 seat is taken." in page.text


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/trainings", "/sign-in", "/trainings/X?a=1"])
def test_confirm_leads_nowhere_else(browser: Browser, aida: Account, back: str) -> None:
    registration = factories.make_registration()
    browser.sign_in(aida)
    data = {"csrf_token": browser.csrf_token(), "back": back, "version": registration.version}
    answer = browser.send("POST", f"{page_of(registration)}/confirm", data=data)
    assert answer.headers["Location"] == f"{list_of(registration)}#{row_id(registration)}"


def test_waiting_list_offers_a_seat_only_when_one_is_free(browser: Browser, aida: Account, now: datetime) -> None:
    training = factories.make_training(capacity=1)
    first, second = factories.make_registrations(training, 2, state="nominated")
    registration_operations.confirm_all(training, actor=OPERATOR, now=now)
    browser.sign_in(aida)
    page = browser.get(list_of(first))
    assert not page.has_form(f"{page_of(second)}/confirm")
    assert "The training is full" in page.row(second.person.family)["State"]
    registration_operations.decide(
        first, RegistrationState.WITHDRAWN, reason=Reason(cause="work"), actor=OPERATOR, now=now
    )
    page = browser.get(list_of(first))
    assert "A seat is free now." in page.row(second.person.family)["State"]
    page = page.form(f"{page_of(second)}/confirm").submit()
    assert page.row(second.person.family)["State"] == "Confirmed"


def test_stale_row_is_refused_in_its_place(browser: Browser, aida: Account, now: datetime) -> None:
    registration = factories.make_registration()
    page = browser.sign_in(aida).get(list_of(registration))
    form = page.form(f"{page_of(registration)}/confirm")
    registration_operations.decide(
        registration, RegistrationState.DECLINED, reason=Reason("administrative"), actor=OPERATOR, now=now
    )
    part = form.submit_part(status=409)
    assert part.ids[0] == row_id(registration)
    assert "changed this registration meanwhile" in part.refusal()
    assert part.tags()[0] == "Declined"


def test_stale_decision_shows_both(browser: Browser, aida: Account, now: datetime) -> None:
    registration = factories.make_registration()
    page = browser.sign_in(aida).get(page_of(registration))
    form = page.form("Decline").fill(cause="other", reason="Moved to Bishkek, letter 7")
    registration_operations.confirm(registration, actor=OPERATOR, now=now)
    page = form.submit(status=409)
    assert "changed this registration meanwhile" in page.refusal()
    assert "Moved to Bishkek, letter 7" in page.notices()[0]
    assert "Confirmed" in page.notices()[0] and "Declined" in page.notices()[0]
    assert page.form("Decline").fields["reason"] == ["Moved to Bishkek, letter 7"]
    page = page.form("Decline").submit()
    assert state_on(page) == "Declined"


def test_decision_needs_its_reason_beside_the_field(browser: Browser, aida: Account) -> None:
    registration = factories.make_registration()
    page = browser.sign_in(aida).get(page_of(registration)).form("Decline").submit(status=422)
    assert "Choose the reason" in page.refusal()
    page = page.form("Decline").fill(cause="administrative", reason="x" * 301).submit(status=422)
    assert "at most 300 characters" in page.refusal()
    page = page.form("Decline").fill(reason="").submit()
    assert page.notices()[0] == "The decision is recorded."
    assert page.rows()[0] | {"When": ""} == {"When": "", "State": "Declined", "Reason": "Administrative", "By": "Аида"}


def test_decision_that_does_not_exist_is_refused(browser: Browser, aida: Account) -> None:
    registration = factories.make_registration()
    browser.sign_in(aida)
    for state in ("confirmed", "substituted", "gone", ""):
        browser.post(f"{page_of(registration)}/decide", {"state": state}, status=422)
    assert db.session.get_one(Registration, registration.id).state == "nominated"


def test_declined_person_can_be_taken_back(browser: Browser, aida: Account) -> None:
    registration = factories.make_registration(state="declined")
    page = browser.sign_in(aida).get(page_of(registration))
    assert not page.has_form("Give a seat")
    page = page.form("Take back to the nominated").submit()
    assert state_on(page) == "Nominated" and page.has_form("Give a seat")


def test_same_form_twice_decides_once(browser: Browser, aida: Account) -> None:
    registration = factories.make_registration()
    form = browser.sign_in(aida).get(page_of(registration)).form("Decline").fill(cause="administrative")
    first, second = form.submit(), form.submit()
    assert (first.url, state_on(first)) == (second.url, state_on(second))
    assert len(registration_queries.list_decisions(registration.id)) == 2


def test_markup_in_a_name_stays_text(browser: Browser, aida: Account) -> None:
    person = factories.make_person("<b>Бекова</b>", "{{7*7}}", post="<div hx-get=/x hx-trigger=load>")
    registration = factories.make_registration(person=person)
    browser.sign_in(aida)
    for page in (browser.get(list_of(registration)), browser.get(page_of(registration))):
        assert "<b>Бекова</b>" in page.text and "{{7*7}}" in page.text
        assert not re.search(r"<div hx-get=/x", page.html)


def test_other_regions_coordinator_sees_nothing(browser: Browser, bakyt: Account) -> None:
    registration = factories.make_registration(state="confirmed")
    browser.sign_in(bakyt)
    for address in ("", "/confirmed", "/confirmation", "/slips", f"/{registration.reference}"):
        page = browser.get(list_of(registration) + address, status=404)
        assert registration.person.family not in page.html
    for act in ("confirm", "decide", "link"):
        browser.post(f"{page_of(registration)}/{act}", {"state": "declined"}, status=404)
    for act in ("confirm-all", "export", "slips"):
        browser.post(f"{list_of(registration)}/{act}", status=404)
    assert db.session.get_one(Registration, registration.id).state == "confirmed"


def test_registration_of_another_training_is_not_found(browser: Browser, aida: Account) -> None:
    registration, other = factories.make_registration(), factories.make_registration()
    assert registration.training_id != other.training_id
    browser.sign_in(aida).get(f"{list_of(other)}/{registration.reference}", status=404)


def test_auditor_reads_and_changes_nothing(browser: Browser, auditor: Account) -> None:
    registration = factories.make_registration(state="confirmed")
    page = browser.sign_in(auditor).get(page_of(registration))
    assert not page.has_form("Decline") and "Personal link" not in page.text
    assert not browser.get(list_of(registration)).has_form(f"{page_of(registration)}/confirm")
    assert not browser.get(f"{list_of(registration)}/confirmed").has_form("Download as XLSX")
    browser.post(f"{page_of(registration)}/decide", {"state": "declined"}, status=403)
    browser.post(f"{list_of(registration)}/export", status=403)


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_pages_speak(browser: Browser, aida: Account, language: str) -> None:
    registration = factories.make_registration(state="confirmed")
    browser.sign_in(aida).speak(language)
    for address in ("", "/confirmed", "/confirmation", "/slips", f"/{registration.reference}"):
        page = browser.get(list_of(registration) + address)
        assert not re.search(r"[A-Za-z]{4,}", page.h1), page.h1
