"""Where victims find help: for whoever has the training behind them, and for nobody before."""

from datetime import timedelta

import pytest

from portal.access.policy import Operator
from portal.participants import operations as participant_operations
from portal.platform import clock
from tests import factories
from tests.browser import Browser

ADDRESS = "/my/referral-centers"


def participant(browser: Browser, *, ended: bool = True, state: str = "confirmed", **values):
    """Return somebody of Naryn whose training in Osh is over, or is not; their page is open."""
    first = clock.today() + timedelta(days=-10 if ended else 10)
    training = factories.make_training(starts_on=first, **values)
    person = factories.make_person(region_code="KG-N")
    registration = factories.make_registration(training=training, person=person, state=state)
    registration.region_code = "KG-N"
    browser.open_own_page(registration)
    return registration


def test_participant_sees_the_centers_after_the_training_those_of_the_own_region_first(browser: Browser) -> None:
    today = clock.today()
    factories.make_center("KG-GO", name_ru="Вымышленный Ош", checked_on=today)
    factories.make_center("KG-N", name_ru="Вымышленный Нарын", phones=["+996555000101", "1514"])
    factories.make_center("KG-N", name_ru="Вымышленный старый", checked_on=today - timedelta(days=400))
    factories.make_center("KG-N", name_ru="Вымышленный закрытый", closed_on=today)
    participant(browser)
    assert "Where victims find help" in browser.get("/my").text
    page = browser.get(ADDRESS)
    assert page.text.index("Вымышленный Нарын") < page.text.index("Вымышленный Ош")
    assert 'href="tel:+996555000101"' in page.html and 'href="tel:1514"' in page.html
    assert page.text.count("Not checked for 12 months") == 1
    assert "закрытый" not in page.text


@pytest.mark.parametrize(
    "values",
    [{"ended": False}, {"state": "declined"}, {"state": "nominated"}, {"state_of_training": "cancelled_by_host"}],
    ids=lambda values: "-".join(map(str, values.values())),
)
def test_nobody_else_sees_them(browser: Browser, values: dict) -> None:
    factories.make_center("KG-GO", name_ru="Вымышленный Ош")
    registration = participant(browser, ended=values.get("ended", True), state=values.get("state", "confirmed"))
    registration.training.state = values.get("state_of_training", "approved")
    assert "Where victims find help" not in browser.get("/my").text
    browser.get(ADDRESS, status=404)


def test_link_that_was_taken_back_opens_nothing(browser: Browser) -> None:
    registration = participant(browser)
    browser.get(ADDRESS)
    participant_operations.give_link(
        registration, actor=Operator(), now=clock.now()
    )  # A new link ends the stays of the old one.
    assert browser.get(ADDRESS).url == "/my"
