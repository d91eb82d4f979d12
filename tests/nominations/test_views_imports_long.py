"""The page of a list that is too long to wait for: it shows how far the work is, and what came of it."""

from collections.abc import Callable

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.nominations import queries as nomination_queries
from portal.nominations.reading import AT_ONCE
from portal.platform.db import db
from portal.platform.jobs import Job
from portal.trainings.models import Training
from tests import factories
from tests.browser import HTMX, Browser
from tests.nominations import staging
from tests.pages import Page

LONG = AT_ONCE + 4


@pytest.fixture
def training(app: Flask) -> Training:
    return factories.make_training(capacity=1_000)


def send(browser: Browser, training: Training, aida: Account) -> Page:
    """Send a long list as pasted rows."""
    rows = "\n".join("\t".join(row) for row in (staging.HEADINGS, *staging.lines(LONG)))
    browser.sign_in(aida)
    return browser.get(f"/trainings/{training.code}/nominations").form("Read the list").fill(pasted=rows).submit()


def test_page_follows_a_long_list_from_reading_to_undo(
    browser: Browser, training: Training, aida: Account, run_jobs: Callable[[], int]
) -> None:
    page = send(browser, training, aida)
    assert "Reading the list" in page.text and not page.has_form(f"Import {LONG} good rows")
    part = browser.send("GET", f"{page.url}/progress", headers=HTMX)
    assert "Reading the list" in part.text
    run_jobs()
    assert browser.send("GET", f"{page.url}/progress", headers=HTMX).headers["HX-Refresh"] == "true"
    page = browser.get(page.url).form(f"Import {LONG} good rows").submit()
    assert "Importing the list" in page.text and not page.has_form(f"Import {LONG} good rows")
    assert "Importing the list" in browser.send("GET", f"{page.url}/progress", headers=HTMX).text
    run_jobs()
    page = browser.get(page.url)
    assert f"{LONG} people were nominated" in page.text and "Importing the list" not in page.text
    page = page.form("Undo the whole import").submit()
    assert "Undoing the import" in page.text and f"{LONG} people were nominated" not in page.text
    run_jobs()
    assert "The import was undone" in browser.get(page.url).text
    db.session.rollback()
    assert staging.registered(training) == []


def test_refusal_of_the_job_stands_above_the_list(
    browser: Browser, training: Training, aida: Account, run_jobs: Callable[[], int]
) -> None:
    page = send(browser, training, aida)
    run_jobs()
    page = browser.get(page.url).form(f"Import {LONG} good rows").submit()
    (waiting,) = nomination_queries.list_imports(training.id)
    staging.mend(staging.row_of(waiting.list, 2), post="прокурор")
    run_jobs()
    page = browser.get(page.url)
    assert page.notices()[0].startswith("Somebody has changed this list meanwhile.")
    assert page.has_form(f"Import {LONG} good rows")
    db.session.query(Job).filter_by(name="import-nominations").update({"error": ""})
    assert "The work stopped. Nothing was lost; start it again." in browser.get(page.url).text
