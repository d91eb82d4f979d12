"""Nothing is lost by rebuilding: addresses, codes, tables, texts, pages, papers are those that were kept.

`UPDATE_SNAPSHOTS=1` keeps what is there now: see tests/contract/kept.py.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask
from sqlalchemy import Column, DefaultClause
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable
from weasyprint.text.ffi import pango
from werkzeug.routing import Rule

from portal.audit.events import EVENTS, RESTRICTED
from portal.config import ROOT
from portal.platform import jobs, queues
from portal.platform.db import Base
from portal.platform.i18n import LOCALES
from portal.printing.client import Renderer
from tests.contract import filled, kept, refusals, shown
from tests.contract.test_languages import catalog, ids
from tests.handovers import sample_acts
from tests.participants.test_documents import print_slips, printed_slips
from tests.pdfs import facts, print_certificate

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.xdist_group("sources")]


def test_addresses_are_kept(app: Flask) -> None:
    kept.compare("addresses.txt", sorted(_said_of(rule) for rule in app.url_map.iter_rules()))


def _said_of(rule: Rule) -> str:
    methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
    more = [f"defaults {rule.defaults}"] if rule.defaults else []
    more += ["no strict slash"] if rule.strict_slashes is False else []
    return " ".join([rule.rule, methods, rule.endpoint, *more])


def test_commands_are_kept(app: Flask) -> None:
    kept.compare("commands.txt", sorted(_commands(app.cli, "")))


def _commands(group: click.Group, before: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}: " + " ".join(_parameter(one) for one in command.params)


def _parameter(one: click.Parameter) -> str:
    kind = "flag" if getattr(one, "is_flag", False) else one.type.name
    return f"{'/'.join(one.opts)}({kind}{', needed' if one.required else ''})"


def test_jobs_are_kept(app: Flask) -> None:
    ticks = {f"by the clock: {name}" for name in app.extensions[queues.TICKS]}
    ours = {name for name in jobs._handlers if not name.startswith("tests.")}
    short = {f"{name} (short)" if name in jobs._short else name for name in ours}
    kept.compare("jobs.txt", sorted(short | ticks))


def test_events_and_their_keys_are_kept() -> None:
    lines = [f"{event}: {' '.join(sorted(one.keys))}".rstrip() for event, one in sorted(EVENTS.items())]
    kept.compare("events.txt", [*lines, f"restricted: {' '.join(sorted(RESTRICTED))}"])


def test_lost_line_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(kept.RENEW, raising=False)
    first, *others = kept.read("events.txt")
    with pytest.raises(AssertionError, match=f"\n-{re.escape(first)}"):
        kept.compare("events.txt", others)


def test_codes_of_refusals_are_kept() -> None:
    """A code that is raised by way of an enumeration or a map is not written out; it counts as there."""
    now = refusals.list_codes()
    said = refusals.list_said()
    before = {_code_of(line) for line in kept.read("refusals.txt")}
    unwritten = {(code, status) for code, status in before - now if code in said}
    known = {value for line in kept.read("choices.txt") for value in json.loads(line)}
    written = {(code, status) for code, status in now - before if code in known}
    shown = now if kept.is_renewing() else (now | unwritten) - written
    kept.compare("refusals.txt", [f"{code} {status}" for code, status in sorted(shown)])


def _code_of(line: str) -> tuple[str, int]:
    code, _space, status = line.partition(" ")
    return code, int(status)


def test_choices_are_kept() -> None:
    """Each line is an enumeration; its values may come to be those of another one, or codes of refusals."""
    now = refusals.list_choices()
    there = refusals.list_said() | {code for code, _status in refusals.list_codes()}
    if kept.is_renewing():
        kept.compare("choices.txt", [json.dumps(values, ensure_ascii=False) for values in now])
    lost = {line: set(json.loads(line)) - there for line in kept.read("choices.txt")}
    assert not any(lost.values()), {line: values for line, values in lost.items() if values}


def test_tables_are_kept() -> None:
    of_sqlite, of_postgresql = _tables(sqlite.dialect()), _tables(postgresql.dialect())
    lines = []
    for name, one in sorted(of_sqlite.items()):
        other = of_postgresql[name]
        lines.append(f"TABLE {name}")
        lines += sorted(f"  {line}" for line in one & other)
        lines += sorted(
            [f"  {line} (SQLite)" for line in one - other] + [f"  {line} (PostgreSQL)" for line in other - one]
        )
    kept.compare("tables.txt", lines)


def _tables(dialect: Dialect) -> dict[str, set[str]]:
    """Return the lines that make each table and its indexes, and what a model puts where nothing is given."""
    found = {}
    for table in Base.metadata.tables.values():
        lines = str(CreateTable(table).compile(dialect=dialect)).splitlines()[2:]
        made = {line.strip().rstrip(",") for line in lines if line.strip(" \t)")}
        made |= {str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes}
        found[table.name] = made | {
            f"{column.name} default {_default(column)}" for column in table.columns if column.default
        }
    return found


def _default(column: Column[Any]) -> str:
    default: Any = column.default
    assert not isinstance(default, DefaultClause)
    return "made" if default.is_callable else repr(default.arg)


def test_no_text_is_lost() -> None:
    """New texts may come; one that goes, or is said otherwise, has been kept anew on purpose."""
    texts = {json.dumps(ids(one), ensure_ascii=False) for locale in LOCALES for one in catalog(locale) if one.id}
    if kept.is_renewing():
        kept.compare("texts.txt.xz", sorted(texts))
    before = kept.read("texts.txt.xz")
    kept.compare("texts.txt.xz", [text for text in before if text in texts])


@pytest.mark.slow
def test_pages_papers_and_rows_are_kept(tmp_path: Path, renderer: Renderer) -> None:
    """What is read in a filled portal, what a form with nothing in it is answered, what the demo keeps and prints."""
    # Without chance in the order of sets: which cells a release hides follows from it.
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    command = (sys.executable, "-m", "tests.contract.filled", str(tmp_path))
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    different = []
    for name in filled.NAMES:
        try:
            kept.compare(f"{name}.txt.xz", (tmp_path / f"{name}.txt").read_text("utf-8").splitlines())
        except AssertionError as difference:
            different.append(str(difference))
    assert not different, "\n\n".join(different)


@pytest.mark.slow
def test_papers_of_the_same_facts_are_kept(renderer: Renderer) -> None:
    """Their texts and tags; their bytes too, as long as the same versions set them."""
    papers = {
        "certificate": print_certificate(renderer, facts()),
        "act": sample_acts.print_act(renderer),
        "long act": sample_acts.print_act(renderer, sample_acts.long_act()),
        "correcting act": sample_acts.print_act(renderer, sample_acts.correcting_act()),
        "discrepancy note": sample_acts.print_note(renderer),
        "slips": print_slips(renderer, printed_slips(11)),
    }
    kept.compare("samples.txt", [line for name, paper in papers.items() for line in (name, *shown.lines_of_pdf(paper))])
    setters = f"weasyprint {version('weasyprint')} pydyf {version('pydyf')} pango {pango.pango_version()}"
    if kept.is_renewing() or kept.read("bytes.txt")[:1] == [setters]:
        kept.compare("bytes.txt", [setters, *(f"{sha256(paper).hexdigest()} {name}" for name, paper in papers.items())])
