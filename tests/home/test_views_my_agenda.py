"""The agenda on the participant's own page: the one that people hold, or its draft."""

from portal.platform import clock
from tests import factories
from tests.browser import Browser


def test_agenda_is_the_published_one_until_the_training_is_moved(browser: Browser, session) -> None:
    training = factories.make_training(sessions=2, starts_on=clock.today("Asia/Bishkek"))
    mine = factories.make_registration(training=training, state="confirmed")
    training.sessions[0].title_en, training.sessions[0].room = "Old words", "Hall 2"
    session.commit()
    page = browser.open_own_page(mine).get("/my")
    assert "This agenda is a draft" in page.text and "Old words" in page.text and "Hall 2" in page.text
    factories.make_agenda_version(training, 1)
    factories.make_agenda_version(training, 2)
    training.sessions[0].title_en = "New words"
    session.commit()
    page = browser.get("/my")
    assert "Version 2 of" in page.text and "Old words" in page.text
    assert "New words" not in page.text and "draft" not in page.text
    training.ends_on = training.ends_on.replace(year=training.ends_on.year + 1)
    session.commit()
    page = browser.get("/my")
    assert "This agenda is a draft" in page.text and "New words" in page.text
