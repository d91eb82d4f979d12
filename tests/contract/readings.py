"""Every page, read by those who may, in worlds of different sizes: what it asks, shows and weighs."""

import gzip
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import update

from portal.config import ROOT
from portal.platform.db import db
from portal.trainings.models import Training
from portal.trainings.rules import TrainingState
from tests import applications, databases
from tests.browser import Browser
from tests.contract import walk
from tests.world import CANARY, WHO, World, make_world

VISITORS = ("stranger", "participant", "coordinator here")
COUNTS = "/summary of trainings that took place"
# Further looks of a page, by its rule: what a search, a filter or the next leaf of a long list asks.
QUERIES: dict[str, tuple[str, ...]] = {
    "/accounts": ("?q=o", "?state=open&role=donor"),
    "/trainings": ("?q=OSH", "?page=2"),
    "/trainings/<code>/nominations/<list_reference>": ("?show=new", "?page=2"),
    "/trainings/<code>/registrations": ("?q=а", "?state=confirmed", "?page=2"),
}


@dataclass(frozen=True)
class Reading:
    """What one answer cost: its statements, how often it names a person of Osh, its compressed bytes."""

    statements: list[str]
    people: int
    compressed: int

    @property
    def queries(self) -> int:
        return len(self.statements)


def read_worlds(prepared: Path, folder: Path, sizes: tuple[int, ...]) -> dict[str, dict[int, Reading]]:
    """Return the readings of every page by the number of registrations."""
    found: dict[str, dict[int, Reading]] = {}
    for size in sizes:
        place = folder / f"size-{size}" / "portal"
        app = applications.make(applications.settings(place, databases.copy_sqlite(prepared, place)))
        with app.app_context():
            world = make_world(size)
            for page, reading in itertools.chain(read_all(app, world), read_counts(app, world)):
                found.setdefault(page, {})[size] = reading
            db.session.remove()
            db.engine.dispose()
    return found


def read_all(app: Flask, world: World) -> Iterator[tuple[str, Reading]]:
    """Return the reading of every page for every visitor who sees it."""
    browsers = {who: world.browser(app, who) for who in VISITORS}
    for browser in browsers.values():
        browser.send("GET", "/sign-in")  # The first answer notes that the account is at work.
    for method, rule in walk.routes(app):
        if method != "GET":
            continue
        answers = walk.declared(app, method, rule)
        for who in VISITORS:
            for query in ("", *QUERIES.get(rule.rule, ())) if answers[who] == walk.YES else ():
                reading = _read(browsers[who], world.address(rule) + query)
                if reading is not None:
                    yield f"{rule.rule}{query} ({who})", reading


def read_counts(app: Flask, world: World) -> Iterator[tuple[str, Reading]]:
    """Return the reading of the counts for everybody who sees them, once there is something to count live."""
    db.session.execute(update(Training).values(state=TrainingState.HELD))
    db.session.commit()
    for who in WHO:
        browser = world.browser(app, who)
        browser.send("GET", "/sign-in")
        reading = _read(browser, "/summary")
        if reading is not None:
            yield f"{COUNTS} ({who})", reading


def style_and_script() -> int:
    """Return the compressed bytes that a first visit loads beside the page."""
    kinds = (("css", "css"), ("js", "js"), ("img", "svg"))
    files = [path for folder, ending in kinds for path in (ROOT / "static" / folder).glob(f"*.{ending}")]
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)


def _read(browser: Browser, address: str) -> Reading | None:
    """Return what a page costs; None if the address is no page."""
    answer = browser.send("GET", address)
    if answer.status != 200 or answer.response.mimetype != "text/html":
        return None
    return Reading(answer.queries, answer.text.count(CANARY), len(gzip.compress(answer.body, 6)))
