"""Nobody waits for a child process or a render: no route comes to one while it keeps others from writing.

A thread that can write starts no child at all (`tests/platform/test_confined.py`), so whatever a test of a job or a
command runs is checked by the way.
"""

import inspect
import io
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.platform import jail
from portal.platform.db import db
from portal.platform.held import HeldUp
from portal.platform.texts import Text
from portal.printing.batch import kept
from tests import factories
from tests.browser import Answer, Browser
from tests.contract import sources, walk
from tests.contract.calls import reaching

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.xdist_group("sources")]

_STARTERS = (
    ("portal.platform.confined", "run"),
    ("portal.platform.confined", "start"),
    ("portal.platform.turns", "turn"),
)
# Posts that are known to come to a child, so that the search is seen to find something.
_KNOWN = {
    "verify.answer_file",
    "acts.hand_over",
    "deliveries.end",
    "lists.export",
    "register.export_training",
    "register.export_series",
    "training_report.download",
    "keys.print_slips",
    "logos.add",
    "nominations.create",
    "calls.hand_in",
}


def test_each_change_that_comes_to_a_child_reads_first(app: Flask) -> None:
    reached = reaching(*_STARTERS)
    posts = {rule.endpoint for method, rule in walk.routes(app) if method == "POST"}
    views = {endpoint: inspect.unwrap(app.view_functions[endpoint]) for endpoint in posts}
    coming = {endpoint for endpoint, view in views.items() if (view.__module__, view.__name__) in reached}
    assert coming >= _KNOWN & posts, f"The search has lost {sorted(_KNOWN - coming)}"
    undeclared = [endpoint for endpoint in coming if not hasattr(app.view_functions[endpoint], "reads_first")]
    assert not undeclared, f"Declare @reads_first, work, and only then start_writing: {sorted(undeclared)}"


def test_children_are_started_in_one_place() -> None:
    names = re.compile(r"import subprocess|subprocess import [^\n]*\b(run|call|check_\w+)\b|os\.(fork|system|popen)")
    using = {path.name for path in sources.modules() if names.search(path.read_text())}
    popen = {path.name for path in sources.modules() for _call in sources.calls(path, "Popen", "subprocess.Popen")}
    # The second looks once whether the first can jail, the third copies a database by its own programs.
    assert using | popen == {"confined.py", "jail.py", "engines.py"}


_watching: list[tuple[str, list[str]]] = []  # The file of the database, and what another writer met.


def _look(event: str, _arguments: tuple[Any, ...]) -> None:
    """At the start of a child, see whether somebody else could write now."""
    if event != "subprocess.Popen" or not _watching:
        return
    database, met = _watching[-1]
    try:
        with sqlite3.connect(database, timeout=0) as other:
            other.execute("UPDATE certificate_counter SET last = last")
    except sqlite3.OperationalError as refusal:
        met.append(str(refusal))
    else:
        met.append("written")


sys.addaudithook(_look)


@contextmanager
def watched() -> Iterator[list[str]]:
    """Yield what another writer met at the start of each child."""
    kept.close()
    jail.is_there()  # It asks a child once.
    met: list[str] = []
    _watching.append((str(db.engine.url.database), met))
    try:
        yield met
    finally:
        _watching.pop()


def post(browser: Browser, url: str, **data: Any) -> Answer:
    return browser.send("POST", url, data={"csrf_token": browser.csrf_token(), **data})


def look_into_a_file(browser: Browser, _aida: Account) -> Answer:
    return post(browser.as_stranger(), "/verify/file", file=(io.BytesIO(b"%PDF-1.7 /ByteRange"), "file.pdf"))


def print_an_act(browser: Browser, aida: Account) -> Answer:
    material = factories.make_material(Text("Колдонмо", "Пособие", "Manual"))
    factories.make_stock(material, 50)
    texts = ("giving_position", "receiving_position", "place", "basis", "purpose")
    filled = {f"{text}_ru": text for text in texts} | {"giving_name": "Айгүл", "receiving_name": "Үсөн"}
    act = factories.make_handover(factories.make_training(region="KG-GO"), material, 10, **filled)
    return post(browser.sign_in(aida), f"/hand-over-acts/{act.reference}/print")


def take_a_list_along(browser: Browser, aida: Account) -> Answer:
    training = factories.make_training(region="KG-GO")
    factories.make_registration(training=training, state="confirmed")
    return post(browser.sign_in(aida), f"/trainings/{training.code}/lists/participants/pdf")


POSTS: dict[str, Callable[[Browser, Account], Answer]] = {
    "verify.answer_file": look_into_a_file,
    "acts.hand_over": print_an_act,
    "lists.export": take_a_list_along,
}


@pytest.mark.usefixtures("renderer")
@pytest.mark.parametrize("endpoint", POSTS)
def test_others_write_while_a_child_works(browser: Browser, aida: Account, endpoint: str) -> None:
    with watched() as met:
        assert POSTS[endpoint](browser, aida).status in (200, 303)
    assert met == ["written"]


@pytest.mark.usefixtures("renderer")
@pytest.mark.parametrize("endpoint", POSTS)
def test_control_undeclared_route_is_stopped(
    app: Flask, browser: Browser, aida: Account, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(app.view_functions[endpoint], "reads_first")
    with watched() as met, pytest.raises(HeldUp):
        POSTS[endpoint](browser, aida)
    assert met == []
