"""Record the marks in a CSV file: valid rows at once, the others reported with their reason."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.access.policy import Actor
from portal.attendance import operations, rules
from portal.attendance.operations import NewMark
from portal.attendance.rules import MarkRefusal
from portal.platform import texts
from portal.platform.errors import Refusal
from portal.platform.i18n import _l, label
from portal.trainings.models import Training

# What a page would have refused, in the answer of the command.
MARKED_AHEAD = "marked_before_session"
COLUMNS = ("registration", "session", "state", "marked_at", "mark_id")
MAX_BYTES = 30 * 1024 * 1024
MAX_ROWS = 100_000
_MAX_DIGITS = 6
# Which cell a refusal is about.
_COLUMN = {
    MarkRefusal.UNKNOWN_REGISTRATION: "registration",
    MarkRefusal.NOT_CONFIRMED: "registration",
    MarkRefusal.NOT_A_PARTICIPANT: "registration",
    MarkRefusal.UNKNOWN_SESSION: "session",
    MarkRefusal.UNKNOWN_STATE: "state",
    MarkRefusal.BAD_MOMENT: "marked_at",
    MarkRefusal.BAD_MARK_ID: "mark_id",
    MarkRefusal.MARK_ID_TAKEN: "mark_id",
    MarkRefusal.BAD_MINUTES: "minutes",
    MarkRefusal.MINUTES_WITHOUT_PRESENCE: "minutes",
    MarkRefusal.BAD_REASON: "reason",
}


class UnreadableMarks(Refusal):
    """Refuse a file as a whole."""


def record(training: Training, content: bytes, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """Record every good row of a file, and return what became of them as programs read it.

    A moment without a zone is read on the venue's clock. Rows are counted as a spreadsheet counts them. The warning
    tells of marks in a session that a page would not mark yet.

    :raises UnreadableMarks: if the file as a whole cannot be read; then nothing is recorded.
    :raises Conflict: if another training receives one of these ids in the same moment.
    """
    rows = list(_rows(content))
    if len(rows) > MAX_ROWS:
        raise _too_large()
    zone = ZoneInfo(training.time_zone)
    read = [(number, cells, _new_mark(cells, zone)) for number, cells in rows]
    good = [(number, cells, mark) for number, cells, mark in read if isinstance(mark, NewMark)]
    bad = [(number, cells, refusal) for number, cells, refusal in read if isinstance(refusal, MarkRefusal)]
    recorded = operations.record(training, marks=[mark for _, _, mark in good], device="file", actor=actor, now=now)
    bad.extend((*good[place][:2], refusal) for place, refusal in recorded.problems)
    early = {one.reference for one in training.sessions if now < rules.opens_at(one.starts_at)}
    is_ahead = any(mark.session in early for _, _, mark in good)
    return {
        "marks": len(rows),
        "applied": recorded.applied,
        "repeated": recorded.repeated,
        "problems": [_problem(*row) for row in sorted(bad, key=lambda row: row[0])],
        "warnings": [MARKED_AHEAD] if is_ahead else [],
    }


def _problem(number: int, cells: dict[str, str], refusal: MarkRefusal) -> dict[str, Any]:
    column = _COLUMN.get(refusal, "")
    where = {"row": number, "column": column, "value": cells.get(column, "")[:80]}
    return where | {"problem": label(refusal), "code": refusal}


def _too_large() -> UnreadableMarks:
    return UnreadableMarks("marks_too_large", _l("The file is larger than 30 MB or has more than 100,000 rows."))


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows below the header with their numbers, blank ones left out."""
    if len(content) > MAX_BYTES:
        raise _too_large()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableMarks("marks_not_utf8", _l("The file is not text in UTF-8. Save it as CSV UTF-8.")) from None
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        header = [cell.strip().casefold() for cell in next(reader, [])]
        if any(header.count(column) != 1 for column in COLUMNS):
            words = _l("The first row must name each of these columns once: %(columns)s.")
            raise UnreadableMarks("columns_missing", words, columns=", ".join(COLUMNS))
        for number, cells in enumerate(reader, start=2):
            if any(cell.strip() for cell in cells):
                yield number, {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
    except csv.Error:
        raise UnreadableMarks("marks_broken", _l("The file cannot be read as CSV.")) from None


def _new_mark(cells: dict[str, str], zone: ZoneInfo) -> NewMark | MarkRefusal:
    minutes = cells.get("minutes", "")
    if minutes and not re.fullmatch(rf"\d{{1,{_MAX_DIGITS}}}", minutes, re.ASCII):
        return MarkRefusal.BAD_MINUTES
    moment = _moment(cells.get("marked_at", ""), zone)
    if moment is None:
        return MarkRefusal.BAD_MOMENT
    return NewMark(
        mark_id=cells.get("mark_id", ""),
        registration=cells.get("registration", "").upper(),
        session=cells.get("session", ""),
        state=cells.get("state", "").casefold(),
        marked_at=moment,
        minutes=int(minutes) if minutes else None,
        reason=texts.clean(cells.get("reason", "")),
    )


def _moment(written: str, zone: ZoneInfo) -> datetime | None:
    """Return an ISO moment in UTC; a date alone is no moment."""
    if len(written) <= len("2026-09-14"):
        return None
    try:
        moment = datetime.fromisoformat(written)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
