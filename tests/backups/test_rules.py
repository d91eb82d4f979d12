"""When a backup is due, which go, and what no manifest may say."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from portal.backups import rules
from portal.backups.rules import Manifest, NotABackup

NOW = datetime(2026, 11, 27, 3, 15, 0, tzinfo=UTC)
MANIFEST = {
    "format": 1,
    "made_at": NOW.isoformat(),
    "engine": "sqlite",
    "revision": "0001",
    "entries": 2,
    "head": "f" * 64,
    "rows": {"course": 3},
    "keys": {"secret": "0" * 16},
    "files": {"documents/ab/ab": {"sha256": "ab", "size": 1}},
    "damaged": [],
}


def test_name_tells_the_moment_and_sorts_by_it() -> None:
    moments = [NOW, NOW + timedelta(seconds=1), NOW + timedelta(days=40)]
    names = [rules.name_of(moment) for moment in moments]
    assert names == sorted(names)
    assert [rules.moment_of(name) for name in names] == moments
    assert rules.newest([*names, "portal-2026", ".part-x"]) == moments[-1]
    for other in (f"{names[0]}-keys", "portal-latest", ".part-" + names[0], ""):
        assert rules.moment_of(other) is None


@pytest.mark.parametrize(
    ("age", "is_due"),
    [(timedelta(hours=23), False), (timedelta(days=1), True), (-timedelta(days=9), False)],
)
def test_backup_is_due_once_a_day(age: timedelta, is_due: bool) -> None:
    assert rules.is_due([rules.name_of(NOW - age)], NOW) is is_due


def test_first_backup_is_due_at_once() -> None:
    assert rules.is_due([], NOW)


def test_newest_stay() -> None:
    names = [rules.name_of(NOW + timedelta(days=day)) for day in range(5)]
    assert rules.too_many(reversed(names), 3) == names[:2]
    assert rules.too_many(names, 5) == rules.too_many([], 5) == []


def test_manifest_is_read_as_it_was_written() -> None:
    manifest = Manifest.read(MANIFEST)
    assert Manifest.read(asdict(manifest)) == manifest
    assert manifest.size == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"files": {"../portal.db": {"sha256": "ab", "size": 1}}},
        {"files": {"/etc/passwd": {"sha256": "ab", "size": 1}}},
        {"files": {"documents/../../x": {"sha256": "ab", "size": 1}}},
        {"files": {"portal.db": {"sha256": "ab"}}},
        {"files": ["portal.db"]},
        {"surprise": 1},
    ],
    ids=str,
)
def test_other_manifest_is_refused(changes: dict) -> None:
    with pytest.raises(NotABackup):
        Manifest.read({**MANIFEST, **changes})
    for nothing in ([], None, "portal"):
        with pytest.raises(NotABackup):
            Manifest.read(nothing)
