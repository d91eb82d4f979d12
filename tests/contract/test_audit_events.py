"""Every event that is declared happens somewhere, nothing else is recorded, and whatever changes something records."""

import ast
import inspect
import re

import pytest
from flask import Flask

from portal.audit.events import EVENTS
from tests.contract import sources, walk
from tests.contract.calls import reaching

pytestmark = pytest.mark.xdist_group("sources")  # Each is read once.

DECLARED = sources.PORTAL / "audit" / "events.py"
RECORD = ("audit.record", "operations.record", "record")


def recorded() -> dict[str, list[str]]:
    """Return the first argument of every call that records, by module."""
    found: dict[str, list[str]] = {}
    for path in sources.modules():
        if path.parent.name != "audit":
            for call in sources.calls(path, *RECORD):
                if call.args and "audit" in path.read_text(encoding="utf-8"):
                    found.setdefault(str(path.relative_to(sources.ROOT)), []).append(ast.unparse(call.args[0]))
    return found


def test_every_declared_event_happens() -> None:
    used = {text for path in sources.modules() if path != DECLARED for text in sources.texts(path)}
    unused = sorted(event for event in EVENTS if event not in used)
    assert not unused, f"Remove from audit/events.py, or record: {unused}"


def test_every_event_has_its_words() -> None:
    assert all(event.label for event in EVENTS.values())


def test_every_recorded_event_is_declared() -> None:
    found = recorded()
    assert sum(map(len, found.values())) >= 10
    literals = {ast.literal_eval(first) for firsts in found.values() for first in firsts if first[0] in "'\""}
    assert not literals - EVENTS.keys(), f"Declare in audit/events.py: {sorted(literals - EVENTS.keys())}"


def test_events_are_not_put_together_from_pieces() -> None:
    pieces = {path: [first for first in firsts if first.startswith("f")] for path, firsts in recorded().items()}
    assert not any(pieces.values()), f"Write each event out, so that it can be searched for: {pieces}"


FORMER_PACKAGES = {"seals"}  # An event keeps the name that it was written down with.


def test_events_are_named_after_their_package_and_what_happened() -> None:
    packages = {path.name for path in sources.PORTAL.iterdir() if path.is_dir()} | FORMER_PACKAGES
    wrong = [event for event in EVENTS if not re.fullmatch(r"[a-z]+\.[a-z_]+", event)]
    assert not wrong
    assert {event.partition(".")[0] for event in EVENTS} <= packages


# Forms that come to no entry of the log, and why. Whoever adds one says it here.
_BY_JOB = "what is asked for is recorded when the job does it, with who has asked"
_AT_THE_DOOR = "counted among the events at the doors"
SILENT = {
    "account_links.ask": _AT_THE_DOOR,
    "account_links.open_invitation": _AT_THE_DOOR + " where it fails; the link stays unused",
    "account_links.open_new_password": _AT_THE_DOOR + " where it fails; the link stays unused",
    "accounts.language": "changes what this browser reads",
    "certificate_templates.preview": "shows a draft",
    "certificate_templates.preview_new": "shows a draft",
    "certificates.issue_all": _BY_JOB,
    "certificates.renew": _BY_JOB,
    "helper_page.leave": "ends a stay on this device",
    "helper_page.open_with_link": _AT_THE_DOOR,
    "my.leave": "ends a stay on this device",
    "my.open_with_link": _AT_THE_DOOR,
    "my.open_with_slip": _AT_THE_DOOR,
    "my_assessments.open_with_code": "shows a test; what is answered is recorded",
    "my_evaluation.answer": "is promised to be anonymous (adr/0011)",
    "releases.create": _BY_JOB,
    "verify.answer": "anybody looks at what is on their paper",
    "verify.answer_file": "anybody looks at what is in their file",
}


@pytest.mark.databases("sqlite")
def test_whatever_changes_something_comes_to_the_log(app: Flask) -> None:
    recording = reaching(("portal.audit.operations", "record"))
    posts = {rule.endpoint for method, rule in walk.routes(app) if method == "POST"}
    views = {endpoint: inspect.unwrap(app.view_functions[endpoint]) for endpoint in posts}
    silent = {name for name, view in views.items() if (view.__module__, view.__name__) not in recording}
    assert {"accounts.open_session", "nominations.discard"} <= posts - silent, "The search has lost its way."
    assert not silent - SILENT.keys(), "Record what it does, or say in SILENT why not."
    assert not SILENT.keys() - silent, f"They record by now: {sorted(SILENT.keys() - silent)}"
