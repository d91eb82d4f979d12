"""A focal point's page: its own people and lists, and nothing that the portal knows of others."""

from datetime import timedelta

import pytest

from portal.accounts.models import Account
from portal.nominations import imports
from portal.nominations import queries as nominations
from portal.platform import clock
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.nominations.staging import BY
from tests.pages import Page

ROWS = "Ф.И.О.\tОрган\tДолжность\nАсанов Азамат Бакытович\tМВД\tследователь\nБекова Айгүл\tГенпрокуратура\tпрокурор"
CANARY = "Канарейкина"


@pytest.fixture
def focal(app: object) -> Account:
    return factories.make_account("focal_point", institution=factories.get_institution("MOI"))


@pytest.fixture
def other(app: object) -> Account:
    return factories.make_account("focal_point", institution=factories.get_institution("GPO"))


def make_training(**values: object) -> Training:
    return factories.make_training(starts_on=clock.today() + timedelta(days=30), **values)


def test_list_is_handed_in_mended_and_waits_for_the_coordinator(
    browser: Browser, focal: Account, admin: Account
) -> None:
    training = make_training()
    page = browser.sign_in(focal).get(f"/calls/{training.code}")
    page = page.form("Hand in the list").fill(pasted=ROWS).submit()
    assert "Бекова Айгүл" in page.row("Бекова", "calls-faulty")["Name"]
    assert "This list is for people of the institution that hands it in." in page.text
    assert page.row("Асанов", "calls-rows")["State"] == "In order"
    page = page.form("Hand in the list").fill(pasted=ROWS.replace("Генпрокуратура", "Следственная служба МВД")).submit()
    assert "The new list takes the place of the one that waits." in page.text
    [row, _service] = page.rows("calls-rows")
    assert row["Name"] == "Асанов Азамат Бакытович"

    coordinator = browser.as_stranger().sign_in(admin)
    sent = coordinator.get(f"/trainings/{training.code}/nominations")
    assert "2 people" in sent.text and "Ministry of Internal Affairs" in sent.text
    sent.follow("Look at it and import").form("Import 2 good rows").submit()
    page = browser.get(f"/calls/{training.code}")
    assert page.row("Асанов", "calls-people")["State"] == "Not confirmed yet"
    assert not page.has_form("Take the list back")


def test_list_is_taken_back(browser: Browser, focal: Account) -> None:
    training = make_training()
    page = browser.sign_in(focal).get(f"/calls/{training.code}").form("Hand in the list").fill(pasted=ROWS).submit()
    page = page.form("Take the list back").submit()
    assert "Асанов" not in page.html
    assert page.form("Hand in the list")


def content_of(page: Page) -> str:
    """Return the content of a page with its attributes, without what stands on every page."""
    return page.html.partition("<main")[2].partition("</main>")[0]


def test_who_is_known_is_not_told(browser: Browser, focal: Account, admin: Account) -> None:
    """Neither while the list waits nor once it is imported; the coordinator's page is the control."""
    training = make_training()
    known = factories.make_person("Асанов", "Азамат", "Бакытович", phone="+996555010203", post="генерал")
    factories.make_person("Сыдыкова", "Меерим", birth_year=1990)
    pasted = "Фамилия\tИмя\tТелефон\tГод рождения\nАсанов\tАзамат\t0555010203\t\nСыдыкова\tМеерим\t\t1990"
    page = browser.sign_in(focal).get(f"/calls/{training.code}").form("Hand in the list").fill(pasted=pasted).submit()
    [waiting] = nominations.list_imports(training.id)
    assert (waiting.counts.known, waiting.counts.new, waiting.counts.warned) == (1, 1, 1)
    told = ("known", "Known", "directory", "Бакытович", "генерал")
    assert not [word for word in told if word in content_of(page)]
    assert page.row("Асанов", "calls-rows")["State"] == "In order"
    control = browser.as_stranger().sign_in(admin).get(f"/trainings/{training.code}/nominations")
    assert "Бакытович" in control.follow("Look at it and import").html
    imports.commit(waiting.list, **BY)
    page = browser.get(f"/calls/{training.code}")
    assert [row["Name"] for row in page.rows("calls-people")] == ["Асанов Азамат", "Сыдыкова Меерим"]
    assert not [word for word in told if word in content_of(page)]
    assert known.phone not in page.html


def test_other_institutions_people_lists_and_reasons_stay_unseen(
    browser: Browser, focal: Account, other: Account
) -> None:
    training = make_training()
    canary = factories.make_person(CANARY, "Жылдыз", phone="+996555010203")
    factories.make_registration(training=training, person=canary, state="confirmed")
    factories.make_nomination_list(training, 2, family=CANARY, sender=factories.get_institution("MOI"))
    own = factories.make_person("Прокуророва", "Айгүл", institution=factories.get_institution("GPO"))
    factories.make_registration(training=training, person=own, state="declined")
    page = browser.sign_in(other).get(f"/calls/{training.code}")
    assert page.row("Прокуророва")["State"] == "Not confirmed"
    assert CANARY not in page.html and "Declined" not in page.html
    assert CANARY not in browser.get("/").html
    assert CANARY in browser.as_stranger().sign_in(focal).get(f"/calls/{training.code}").html


def test_training_that_asks_others_is_not_there(browser: Browser, other: Account) -> None:
    training = make_training(title_en="Secret", capacity=5)
    factories.make_allotment(training, 5, institution=factories.get_institution("MOI"))
    browser.sign_in(other).get(f"/calls/{training.code}", status=404)
    browser.post(f"/calls/{training.code}", {"pasted": ROWS}, status=404)
    assert "Secret" not in browser.get("/").html
    browser.get(f"/trainings/{training.code}", status=403)


def test_account_without_institution_reaches_nothing(browser: Browser) -> None:
    training = make_training()
    browser.sign_in(factories.make_account("focal_point")).get(f"/calls/{training.code}", status=404)


def test_after_the_last_day_a_list_is_refused_with_the_date(browser: Browser, focal: Account) -> None:
    training = make_training(nominations_due_days=30)
    page = browser.sign_in(focal).get(f"/calls/{training.code}")
    training.nominations_due_days = 31
    page = page.form("Hand in the list").fill(pasted=ROWS).submit(status=422)
    assert f"{training.nominations_due_on:%d.%m.%Y}" in page.refusal()
    assert not page.has_form("Hand in the list")
    assert nominations.list_imports(training.id) == []


def test_what_cannot_be_read_is_said_beside_what_was_pasted(browser: Browser, focal: Account) -> None:
    page = browser.sign_in(focal).get(f"/calls/{make_training().code}")
    page = page.form("Hand in the list").fill(pasted="привет").submit(status=422)
    assert "No row of the list says what its columns hold." in page.refusal()
    assert page.form("Hand in the list").fields["pasted"] == ["привет"]


def test_list_that_the_coordinator_took_meanwhile_is_not_replaced(browser: Browser, focal: Account) -> None:
    training = make_training()
    page = browser.sign_in(focal).get(f"/calls/{training.code}").form("Hand in the list").fill(pasted=ROWS).submit()
    [waiting] = nominations.list_imports(training.id)
    imports.commit(waiting.list, **BY)
    page = page.form("Hand in the list").fill(pasted=ROWS).submit(status=409)
    assert "Somebody has changed this list meanwhile." in page.refusal()
    assert page.row("Асанов", "calls-people")["State"] == "Not confirmed yet"
