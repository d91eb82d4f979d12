"""Lists as a coordinator sends them by page, and what the page of a list shows."""

import io
from collections.abc import Sequence

from portal.nominations import queries as nomination_queries
from portal.nominations.models import NominationList, NominationRow
from portal.platform.db import db
from portal.trainings.models import Training
from tests.browser import Browser
from tests.nominations.lists import DATA, HEADER
from tests.pages import Page
from tests.platform.workbooks import table

ROWS = "nominations-rows"


def index_of(training: Training) -> str:
    """Return the address where lists are sent."""
    return f"/trainings/{training.code}/nominations"


def upload(
    browser: Browser, training: Training, content: bytes, filename: str = "list.xlsx", *, status: int = 200
) -> Page:
    """Send a file by the form."""
    form = browser.get(index_of(training)).form("Read the list")
    return form.fill(file=(io.BytesIO(content), filename)).submit(status=status)


def upload_from(browser: Browser, training: Training, name: str) -> Page:
    """Send one of the ministries' lists."""
    (path,) = [path for path in DATA.glob(f"{name}-nominations.*") if path.suffix != ".json"]
    return upload(browser, training, path.read_bytes(), path.name)


def sheet(*rows: Sequence[str], header: Sequence[str] | None = HEADER) -> bytes:
    """Return a workbook of a header and these rows."""
    return table([list(row) for row in ((header, *rows) if header else rows)])


def paste(
    browser: Browser,
    training: Training,
    *rows: Sequence[str],
    header: Sequence[str] | None = HEADER,
    status: int = 200,
) -> Page:
    """Paste rows as they come out of a spreadsheet."""
    text = "\n".join("\t".join(row) for row in ((header, *rows) if header else rows))
    return browser.get(index_of(training)).form("Read the list").fill(pasted=text).submit(status=status)


def latest(training: Training) -> NominationList:
    """Return the list that came last, as it is now."""
    db.session.rollback()
    return nomination_queries.list_imports(training.id)[0].list


def row_of(training: Training, number: int) -> NominationRow:
    """Return one row of the list that came last."""
    row = nomination_queries.get_row(latest(training).reference, number)
    assert row is not None
    return row


def people_on(page: Page) -> list[dict[str, str]]:
    """Return the rows that the page of a list shows."""
    return page.rows(ROWS)


def person_on(page: Page, words: str) -> dict[str, str]:
    """Return the only row of a list that holds these words."""
    return page.row(words, ROWS)


def fix(page: Page, number: int) -> Page:
    """Open the form of a row without script."""
    return page.browser.get(f"{page.url.split('?')[0]}/rows/{number}")
