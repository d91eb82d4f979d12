"""How the rows of a list are stored: many in one statement, and only those that came out differently."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, update

from portal.platform.db import db
from portal.registration.models import NominationRow
from portal.registration.queries.nominations import StoredRow
from portal.registration.rules.outcomes import Outcome, Verdict

_TABLE = NominationRow.__table__
_BATCH = 1_000
_NOT_JUDGED: Mapping[str, Any] = {
    "values": {},
    "problems": [],
    "kind": Outcome.IGNORED.value,
    "is_warned": False,
    "duplicate_of": None,
    "person_id": None,
    "changes": None,
}


def add(list_id: int, rows: Sequence[Sequence[str]], verdicts: Sequence[Verdict]) -> None:
    """Store the rows of a new list, with the verdicts on them or not judged yet."""
    values: Iterable[dict[str, Any]] = (
        map(values_of, verdicts) if verdicts else ({"cells": row, **_NOT_JUDGED} for row in rows)
    )
    stored = [{"list_id": list_id, "number": number, **row} for number, row in enumerate(values, start=1)]
    for start in range(0, len(stored), _BATCH):
        db.session.execute(insert(NominationRow), stored[start : start + _BATCH])


def store(rows: Sequence[StoredRow], verdicts: Sequence[Verdict]) -> int:
    """Store what came out differently from how the rows stand there; return in how many rows."""
    cells: list[dict[str, Any]] = []
    judged: list[dict[str, Any]] = []
    different = 0
    for row, verdict in zip(rows, verdicts, strict=True):
        values = values_of(verdict)
        changed = {name for name, value in values.items() if getattr(row, name) != value}
        different += bool(changed)
        if "cells" in changed:
            cells.append({"id": row.id, "cells": values["cells"]})
        if changed - {"cells"}:
            judged.append({"id": row.id, **{name: values[name] for name in _NOT_JUDGED}})
    write(cells)
    write(judged)
    return different


def write(values: Sequence[Mapping[str, Any]]) -> None:
    """Write columns into many rows by id; every mapping has the same columns. Rows that are loaded are read anew."""
    if not values:
        return
    columns = [_TABLE.c[name] for name in values[0] if name != "id"]
    statement = (
        update(_TABLE)
        .where(_TABLE.c.id == bindparam("row_id"))
        .values({column: bindparam(f"new_{column.name}", type_=column.type) for column in columns})
    )
    renamed = [{"row_id" if name == "id" else f"new_{name}": value for name, value in row.items()} for row in values]
    db.session.execute(statement, renamed)
    for loaded in list(db.session.identity_map.values()):
        if isinstance(loaded, NominationRow):
            db.session.expire(loaded)


def values_of(verdict: Verdict) -> dict[str, Any]:
    """Return what is stored of a verdict. A row that speaks of nobody says what it is instead."""
    row = verdict.row
    return {
        "cells": list(row.cells),
        "values": row.nominee.as_dict() if row.nominee else {"row_kind": row.kind.value},
        "problems": [problem.as_dict() for problem in row.problems],
        "kind": verdict.outcome.value,
        "is_warned": verdict.is_warned,
        "duplicate_of": row.duplicate_of,
        "person_id": verdict.person_id,
        "changes": verdict.changes,
    }
