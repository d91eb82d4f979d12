"""A second list of the same training, as its page shows it: what changes, what is ticked, who is gone."""

from typing import Any

import pytest

from portal.accounts.models import Account
from portal.nominations import queries as nomination_queries
from portal.nominations.models import NominationList
from portal.platform.db import db
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.calls.sending import ROWS, index_of, person_on
from tests.nominations import staging
from tests.nominations.staging import line
from tests.pages import Page

ACTS = "Import 2 good rows"


@pytest.fixture
def training(aida: Account) -> Training:
    training = factories.make_training(region="KG-GO")
    staging.bring(training, line("Асанов Азамат", 1), line("Сатарова Айгүл", 2, sex="ж"), line("Өмүров Усон", 3))
    return training


@pytest.fixture
def waiting(training: Training) -> NominationList:
    """Return a second list: Асанов has another post and phone, Сатарова is as before, Өмүров is not in it."""
    changed = line("Асанов Азамат", 1, post="прокурор", region="Баткен")
    return staging.stage(training, changed, line("Сатарова Айгүл", 2, sex="ж"))


@pytest.fixture
def page(browser: Browser, aida: Account, training: Training, waiting: NominationList) -> Page:
    return browser.sign_in(aida).get(f"{index_of(training)}/{waiting.reference}")


def post_of(training: Training) -> tuple[str, Any]:
    db.session.expire_all()
    there = staging.registered(training)[0]
    return there.post, there.region_code


def ticks(page: Page) -> Any:
    return page.form(ACTS)


def test_page_shows_each_change_beside_what_is_kept_and_who_is_gone(page: Page) -> None:
    row = person_on(page, "Асанов")
    assert "прокурор" in row["Institution, post"] and "Post, instead of “следователь”" in row["Institution, post"]
    assert "Region, instead of “Osh city”" in row["Region"] and row["State"].startswith("Changed")
    assert person_on(page, "Сатарова")["State"].startswith("Known")
    assert "changed 1 unchanged 1" in page.text
    gone = page.rows("nominations-gone")
    assert [line["Name"] for line in gone] == ["Өмүров Усон"]
    person = page.follow("Өмүров Усон")
    assert "/registrations/" in person.url and person.h1 == "Өмүров Усон"


@pytest.mark.parametrize(("tab", "name"), [("changed", "Асанов"), ("unchanged", "Сатарова")])
def test_tabs_show_the_changed_and_the_unchanged(page: Page, tab: str, name: str) -> None:
    shown = page.browser.get(f"{page.url}?show={tab}").rows(ROWS)
    assert len(shown) == 1 and name in shown[0]["Name"]


def test_import_takes_over_what_is_ticked_on_the_page(page: Page, training: Training) -> None:
    done = ticks(page).fill(take=["2:region"]).submit()
    assert post_of(training) == ("следователь", "KG-B")
    assert "1 was in the training already and is corrected." in done.text
    row = person_on(done, "Асанов")
    assert row["Institution, post"].endswith("left as it was") and row["Region"].endswith("taken over")
    history = done.browser.get(f"/trainings/{training.code}/registrations/{staging.registered(training)[0].reference}")
    assert [line["What"] for line in history.rows("corrections")] == ["Region"]
    undone = done.form("Undo the whole import").submit()
    assert "1 person is kept again as before" in undone.text and post_of(training) == ("следователь", "KG-GO")


def test_everything_is_ticked_at_first(page: Page, training: Training) -> None:
    ticks(page).submit()
    assert post_of(training) == ("прокурор", "KG-B")


def test_ticks_are_kept_without_an_import(page: Page, training: Training) -> None:
    again = ticks(page).fill(take=["2:region"]).submit("Keep the ticks")
    assert "Your choice is kept." in again.text and post_of(training) == ("следователь", "KG-GO")
    ticks(again).submit()
    assert post_of(training) == ("следователь", "KG-B")


def test_nothing_ticked_takes_nothing_over(page: Page, training: Training) -> None:
    ticks(page).fill(take=[]).submit()
    assert post_of(training) == ("следователь", "KG-GO")


def test_ticks_of_an_old_page_are_refused_and_nothing_is_imported(page: Page, training: Training) -> None:
    page.browser.get(page.url).form(ACTS).fill(take=["2:region"]).submit("Keep the ticks")
    refused = ticks(page).fill(take=["2:post"]).submit(status=409)
    assert "changed this list meanwhile" in refused.refusal()
    assert post_of(training) == ("следователь", "KG-GO")
    assert nomination_queries.list_imports(training.id)[0].list.state == "staged"


@pytest.mark.parametrize("sent", ["", "x:post", "2", "2:", "99999999999:post", "2:nothing", "-1:post"])
def test_ticks_that_mean_nothing_change_nothing(page: Page, training: Training, sent: str) -> None:
    data = {"shown": sent, "take": sent, "csrf_token": page.browser.csrf_token()}
    answer = page.browser.send("POST", f"{page.url}/changes", data=data)
    assert answer.status == 303
    ticks(page.browser.get(page.url)).submit()
    assert post_of(training) == ("прокурор", "KG-B")


def test_focal_point_reads_nothing_of_what_is_kept(
    browser: Browser, training: Training, waiting: NominationList
) -> None:
    focal = factories.make_account("focal_point", institution_id=factories.get_institution("GPO").id)
    page = browser.sign_in(focal)
    page.get(f"{index_of(training)}/{waiting.reference}", status=403)
