"""Write down what a filled portal shows and keeps, at fixed moments and without chance.

`python -m tests.contract.filled FOLDER` writes a file there for each of NAMES. It is a process of its own, since it
stops the clock and draws every secret from one seed.
"""

import json
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pyotp
from flask import Flask
from sqlalchemy import select

from portal.accounts import queries as accounts
from portal.cli import setup
from portal.platform import clock, storage
from portal.platform.db import Base, db
from portal.platform.i18n import LOCALES
from portal.platform.storage import Document
from tests import applications, databases
from tests.browser import Browser
from tests.contract import shown, walk
from tests.factories import AFTER, NOW
from tests.world import WHO, make_world

NAMES = ("pages", "pages-after", "answers", "rows", "papers", "demo")
_MOST = 1  # So many addresses of one rule and the same questions are read by each reader of the demo.
_MOST_PAPERS = 6
OTHERS = tuple(who for who in WHO if who not in walk.READERS)
_DRAWN = ("hash", "password", "secret", "size")  # Of columns that chance decides.


def stop_everything(moment: datetime) -> None:
    """Stop the clock at a moment, and draw from now on what chance draws from one seed."""
    chance = Random(1)
    drawn: dict[str, Any] = {
        "choice": chance.choice,
        "randbelow": lambda below: chance.randrange(below),
        "token_bytes": lambda size=32: chance.randbytes(size),
        "token_hex": lambda size=32: chance.randbytes(size).hex(),
    }
    for name, draw in drawn.items():
        setattr(secrets, name, draw)
    clock.now = lambda: moment
    pyotp.random_base32 = lambda: "A" * 32


def walk_world(app: Flask, moment: datetime, most: int) -> Iterator[str]:
    """Return every page of the world for so many visitors who see it, each in one language in turn."""
    world = make_world()
    browsers = {(who, language): world.browser(app, who, language) for who in WHO for language in LOCALES}
    turn = 0
    for method, rule in walk.routes(app):
        if method == "GET":
            answers = walk.declared(app, method, rule)
            for who in [who for who in (*walk.READERS, *OTHERS) if answers[who] == walk.YES][:most]:
                language = LOCALES[turn % len(LOCALES)]
                turn += 1
                answer = browsers[who, language].send("GET", world.address(rule))
                yield f"== {rule.rule} for {who} in {language} on {moment:%d %B}"
                yield from shown.lines_of(answer)


def send_nothing(app: Flask) -> Iterator[str]:
    """Return what everybody who may is answered to a form with nothing in it, in one language in turn."""
    ground = walk.Ground(app, make_world())
    turn = 0
    for method, rule in walk.routes(app):
        if method == "POST":
            answers = walk.declared(app, method, rule)
            who = next(who for who in (*walk.READERS, *OTHERS) if answers[who] == walk.YES)
            language = LOCALES[turn % len(LOCALES)]
            turn += 1
            browser = ground.browsers[who].again().speak(language)
            answer = browser.send("POST", ground.world.address(rule), data={"csrf_token": browser.csrf_token()})
            yield f"== {rule.rule} of {who} in {language}"
            yield from shown.lines_of(answer)
            if answer.status == 303:
                yield from shown.lines_of(browser.send("GET", answer.headers["Location"]))
            ground.restore()


def read_demo(app: Flask) -> Iterator[str]:
    """Return the pages that the accounts of the demo come to by links, at most a few of each kind."""
    for turn, account in enumerate(sorted(accounts.list_demo_accounts(), key=lambda account: account.email)):
        language = LOCALES[turn % len(LOCALES)]
        browser = Browser(app, language).sign_in(account)
        email, waiting, seen, counts = account.email, ["/"], {"/"}, dict[str, int]()
        while waiting:
            address = waiting.pop(0)
            answer = browser.send("GET", address)
            yield from shown.masked([f"== {address} for {email} in {language}"])
            yield from shown.lines_of(answer)
            for link in shown.links_of(answer):
                rule = _rule_of(app, link)
                if link not in seen and rule and counts.get(rule, 0) < _MOST:
                    seen.add(link)
                    counts[rule] = counts.get(rule, 0) + 1
                    waiting.append(link)


def _rule_of(app: Flask, address: str) -> str:
    """Return the rule of an address with the names of what it asks for, or nothing if it is none of ours."""
    parts = urlsplit(address)
    try:
        endpoint, _values = app.url_map.bind("localhost").match(parts.path, "GET")
    except Exception:
        return ""
    asked = sorted({pair.partition("=")[0] for pair in parts.query.split("&")})
    return "" if endpoint == "static" else f"{endpoint}?{'&'.join(asked)}"


def read_papers() -> Iterator[str]:
    """Return the texts and tags of the first documents of each kind."""
    counts: Counter[str] = Counter()
    for document in db.session.scalars(select(Document).order_by(Document.id)):
        counts[document.kind] += 1
        if counts[document.kind] > _MOST_PAPERS:
            continue
        yield from shown.masked([f"== {document.filename} {document.media_type}"])
        content = storage.open_bytes(document)
        yield from shown.masked(shown.content_of(document.media_type, content))


def read_rows() -> Iterator[str]:
    """Return every row as it is kept, but for what is hashed or drawn."""
    for table in sorted(Base.metadata.tables.values(), key=lambda table: table.name):
        columns = [one for one in table.columns if not any(part in one.name for part in _DRAWN)]
        columns.sort(key=lambda one: one.name)
        yield f"== {table.name}: {' '.join(one.name for one in columns)}"
        query = select(*columns).order_by(*table.primary_key.columns)
        yield from shown.masked([" | ".join(_told(cell) for cell in row) for row in db.session.execute(query)])


def _told(cell: Any) -> str:
    """Return a value of a row; a moment to the minute, since the mails of the demo take their time."""
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False, sort_keys=True)
    return f"{cell:%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else str(cell)


def _application(folder: Path, *, is_demo: bool = False) -> Flask:
    url = f"sqlite:///{folder / 'portal' / 'portal.db'}"
    settings = applications.settings(folder / "portal", url, is_demo=is_demo)
    settings.keys.mkdir(parents=True)
    # By this key is drawn what a release hides beside the small counts.
    (settings.keys / "vault.aes256").write_bytes(secrets.token_bytes(32))
    databases.prepare(settings)
    return applications.make(settings)


def _keep_world(folder: Path, name: str, moment: datetime, lines: Callable[[Flask], Iterator[str]]) -> None:
    stop_everything(moment)
    app = _application(folder / name)
    with app.app_context():
        _write(folder / f"{name}.txt", lines(app))
        db.session.remove()
        db.engine.dispose()


def _keep_demo(folder: Path) -> None:
    stop_everything(NOW)
    app = _application(folder / "demo", is_demo=True)
    with app.app_context():
        setup.load()
        _write(folder / "rows.txt", read_rows())
        _write(folder / "papers.txt", read_papers())
        _write(folder / "demo.txt", read_demo(app))


def _write(path: Path, lines: Iterator[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def write(folder: Path) -> None:
    """Write down everything, each world in a database of its own."""
    applications.compile_catalogs()
    _keep_world(folder, "pages", NOW, lambda app: walk_world(app, NOW, len(WHO)))
    _keep_world(folder, "pages-after", AFTER, lambda app: walk_world(app, AFTER, 1))
    _keep_world(folder, "answers", NOW, send_nothing)
    _keep_demo(folder)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
