"""Every event that is declared happens somewhere, and nothing is recorded that is not declared."""

import ast
import re

from portal.audit import wording
from portal.audit.rules import EVENTS
from tests.contract import sources

RULES = sources.PORTAL / "audit" / "rules.py"
WORDING = RULES.with_name("wording.py")
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
    used = {text for path in sources.modules() if path not in (RULES, WORDING) for text in sources.texts(path)}
    unused = sorted(event for event in EVENTS if event not in used)
    assert not unused, f"Remove from audit/rules.py, or record: {unused}"


def test_no_event_is_worded_that_is_not_declared() -> None:
    """An event without words is shown under its declared name; words without an event are dead."""
    assert not wording.EVENTS.keys() - EVENTS.keys(), "Take it out of portal/audit/wording.py."


def test_every_recorded_event_is_declared() -> None:
    found = recorded()
    assert sum(map(len, found.values())) >= 10
    literals = {ast.literal_eval(first) for firsts in found.values() for first in firsts if first[0] in "'\""}
    assert not literals - EVENTS.keys(), f"Declare in audit/rules.py: {sorted(literals - EVENTS.keys())}"


def test_events_are_not_put_together_from_pieces() -> None:
    pieces = {path: [first for first in firsts if first.startswith("f")] for path, firsts in recorded().items()}
    assert not any(pieces.values()), f"Write each event out, so that it can be searched for: {pieces}"


def test_events_are_named_after_their_package_and_what_happened() -> None:
    packages = {path.name for path in sources.PORTAL.iterdir() if path.is_dir()}
    wrong = [event for event in EVENTS if not re.fullmatch(r"[a-z]+\.[a-z_]+", event)]
    assert not wrong
    assert {event.partition(".")[0] for event in EVENTS} <= packages
