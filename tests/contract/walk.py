"""Walk over all routes as every kind of visitor, and compare what they get with the table in docs/access.md.

`python -m tests.contract.walk` prints the table as the guards declare it: paste what is new, read every cell.
"""

import hashlib
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from flask import Flask
from sqlalchemy import make_url
from werkzeug.routing import Rule

from portal.access.permissions import GRANTS, Permission, Role
from portal.config import ROOT
from portal.platform.db import Base, db
from tests.browser import Answer, Browser
from tests.world import WHO, World

TABLE = ROOT / "docs" / "access.md"
YES, SIGN_IN, OWN_PAGE, NO_RIGHT, NOT_THERE = "yes", "sign in", "own page", "403", "404"
READERS = ("stranger", "participant", "focal point", "coordinator here", "administrator")  # One of them sees each page.
_ROLES = {
    "donor": Role.DONOR,
    "focal point": Role.FOCAL_POINT,
    "vetting officer": Role.VETTING_OFFICER,
    "auditor": Role.AUDITOR,
    "coordinator here": Role.COORDINATOR,
    "coordinator elsewhere": Role.COORDINATOR,
    "administrator": Role.ADMINISTRATOR,
}
# The one thing that a GET may write: that an account or a helper is still at work.
_MOVING = {("account_session", "seen_at"), ("venue_helper_session", "seen_at")}


def routes(app: Flask) -> list[tuple[str, Rule]]:
    """Return every method and rule but the static files, in the order of the addresses."""
    found = [
        (method, rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    return sorted(found, key=lambda route: (route[1].rule, route[0]))


def list_pages(app: Flask, world: World) -> list[tuple[str, str]]:
    """Return a visitor who sees it and the address of everything that can be read."""
    found = []
    for method, rule in routes(app):
        if method == "GET":
            answers = read_table()[name_of(method, rule)]
            who = next(who for who in READERS if answers[who] == YES)
            found.append((who, world.address(rule)))
    return found


def is_page(answer: Answer) -> bool:
    """Tell whether an answer is a whole page, not a file, a fragment or a redirection."""
    return answer.status == 200 and answer.response.mimetype == "text/html" and "<html" in answer.text


def name_of(method: str, rule: Rule) -> str:
    """Return how the table calls a route."""
    return f"{method} {rule.rule}"


def read_table() -> dict[str, dict[str, str]]:
    """Return the answers of the table by route and visitor."""
    rows = [line.strip().strip("|").split("|") for line in TABLE.read_text().splitlines() if line.startswith("|")]
    cells = [[cell.strip().strip("`") for cell in row] for row in rows]
    heads = cells[0][1:]
    return {row[0]: dict(zip(heads, row[1:], strict=True)) for row in cells[2:]}


def declared(app: Flask, method: str, rule: Rule) -> dict[str, str]:
    """Return what the guard's declaration promises each visitor."""
    permission: Permission | None = app.view_functions[rule.endpoint].access  # type: ignore[attr-defined]
    if permission is None:
        return dict.fromkeys(WHO, YES)
    if permission in GRANTS[Role.PARTICIPANT]:
        return {who: YES if who == "participant" else OWN_PAGE for who in WHO}
    is_helpers = permission in GRANTS[Role.VENUE_HELPER]
    has_object = bool(rule.arguments)
    answers = {}
    for who in WHO:
        if who not in _ROLES:
            answers[who] = YES if who == "venue helper" and is_helpers else SIGN_IN
        elif permission not in GRANTS[_ROLES[who]]:
            answers[who] = NO_RIGHT
        else:
            answers[who] = NOT_THERE if has_object and who == "coordinator elsewhere" else YES
    return answers


def answer_of(answer: Answer) -> str:
    """Return the table's word for an answer to a request with HX-Request, which the guard never redirects."""
    if answer.status == 401:
        return SIGN_IN if answer.headers.get("HX-Redirect", "").startswith("/sign-in") else OWN_PAGE
    if answer.status in (403, 404):
        return str(answer.status)
    return YES if answer.status in (200, 204, 303, 400, 409, 422) else f"an answer {answer.status}"


def ask(browser: Browser, method: str, address: str) -> Answer:
    """Send the request of one cell: a POST with its token and nothing else in it."""
    data = {"csrf_token": browser.csrf_token()} if method == "POST" else None
    return browser.send(method, address, data=data, headers={"HX-Request": "true"})


def checksums() -> dict[str, str]:
    """Return a hash of every table's rows."""
    db.session.rollback()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name == "security_event":  # What is asked for is counted there, also where nothing else changes.
            continue
        columns = [column for column in table.columns if (table.name, column.name) not in _MOVING]
        rows = sorted(repr(tuple(row)) for row in db.session.execute(table.select().with_only_columns(*columns)))
        found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    db.session.rollback()
    return found


class Ground:
    """A world on an application, with every visitor signed in, that can be put back to its beginning."""

    def __init__(self, app: Flask, world: World) -> None:
        self.app = app
        self.world = world
        self.browsers = {who: world.browser(app, who) for who in WHO}
        self._database = Path(make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database or "")
        self._kept = self._database.with_suffix(".kept")
        self._close()
        shutil.copyfile(self._database, self._kept)

    def restore(self) -> None:
        """Undo whatever the last requests did."""
        self._close()
        shutil.copyfile(self._kept, self._database)

    def _close(self) -> None:
        db.session.rollback()
        db.session.remove()
        db.engine.dispose()
        assert not self._database.with_name(self._database.name + "-wal").exists(), "Some connection is still open."


def print_table(app: Flask) -> Iterator[str]:
    """Return the lines of the whole table as the guards declare it."""
    yield _line("Route", WHO)
    yield _line("---", ["---"] * len(WHO))
    for method, rule in routes(app):
        yield _line(f"`{name_of(method, rule)}`", list(declared(app, method, rule).values()))


def _line(first: str, others: Sequence[str]) -> str:
    return "| " + " | ".join([first, *others]) + " |"


if __name__ == "__main__":
    from tempfile import mkdtemp

    from tests import applications

    folder = Path(mkdtemp())
    application = applications.make(applications.settings(folder / "a" / "b", f"sqlite:///{folder / 'portal.db'}"))
    sys.stdout.write("\n".join(print_table(application)) + "\n")
