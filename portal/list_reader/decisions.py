"""The outcome of each row of a list: new person, known person, repetition, or nothing until it is fixed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from portal.list_reader.columns import Column
from portal.list_reader.problems import ListFault, Problem
from portal.list_reader.reading import ReadRow
from portal.list_reader.rows import RowKind
from portal.people.match_rules import Identity, Likeness, compare


class Outcome(StrEnum):
    """The kinds of rows that a preview shows."""

    HEADER = "header"
    IGNORED = "ignored"
    NEW = "new"
    KNOWN = "known"
    DUPLICATE = "duplicate"
    BAD = "bad"


IMPORTABLE = (Outcome.NEW, Outcome.KNOWN)
DOUBTS = (ListFault.POSSIBLY_KNOWN, ListFault.LIKELY_REGISTERED)
PEOPLE = (Outcome.NEW, Outcome.KNOWN, Outcome.DUPLICATE, Outcome.BAD)


@dataclass(frozen=True)
class Candidate:
    """A person of the directory who may be meant; `id` and `reference` are those of whom it was merged into."""

    id: int
    reference: str
    identity: Identity


@dataclass(frozen=True)
class Match:
    """Whom a row means: one person, or nobody; a person among the `possible` is meant until somebody says otherwise."""

    person: Candidate | None = None
    possible: tuple[Candidate, ...] = ()  # whom only a human can tell apart


@dataclass(frozen=True)
class Verdict:
    """A row with what becomes of it; a repetition names the row that is kept."""

    row: ReadRow
    outcome: Outcome
    person_id: int | None = None
    changes: Mapping[str, Mapping[str, Any]] | None = None  # of somebody who is in the training, as they are stored

    @property
    def is_warned(self) -> bool:
        """Tell whether a human should look at a row that can be imported."""
        return self.outcome in IMPORTABLE and any(problem.is_warning for problem in self.row.problems)


def match(
    identity: Identity, candidates: Iterable[Candidate], choice: str | None = None, *, by_workplace: bool = True
) -> Match:
    """Return whom a row means. A `choice` settles the doubt: a candidate's reference, or an empty text for nobody."""
    found = [(compare(identity, one.identity, by_workplace=by_workplace), one) for one in candidates]
    same = [each for each in found if each[0].is_same]
    if same:  # Two of them are one person whom nobody has merged yet: the stronger evidence, then the older row.
        best = min(same, key=lambda each: (-len(each[0].evidence), each[1].id))
        return Match(best[1])
    possible = {candidate.id: candidate for comparison, candidate in found if comparison.likeness is Likeness.POSSIBLE}
    if choice is None:
        return Match(None, tuple(possible.values()))
    chosen = next((candidate for candidate in possible.values() if candidate.reference == choice), None)
    return Match(chosen) if chosen or not choice else Match(None, tuple(possible.values()))


def decide(rows: Sequence[ReadRow], matches: Mapping[int, Match]) -> list[Verdict]:
    """Return the verdict on each row; the second row that means one known person repeats the first."""
    first_row_of: dict[int, int] = {}
    return [_verdict(row, matches.get(row.number, Match()), first_row_of) for row in rows]


def _verdict(row: ReadRow, found: Match, first_row_of: dict[int, int]) -> Verdict:
    if row.kind is not RowKind.DATA:
        return Verdict(row, Outcome.HEADER if row.kind is RowKind.HEADER else Outcome.IGNORED)
    if row.is_bad:
        return Verdict(row, Outcome.BAD)
    if row.duplicate_of is not None:
        return Verdict(row, Outcome.DUPLICATE)
    row = replace(row, problems=tuple(known for known in row.problems if known.code not in DOUBTS))
    if found.possible:
        code = ListFault.POSSIBLY_KNOWN if found.person is None else ListFault.LIKELY_REGISTERED
        written = row.nominee.full_name if row.nominee else ""
        args = {"people": [candidate.reference for candidate in found.possible]}
        row = replace(row, problems=(*row.problems, Problem(code, Column.FAMILY, value=written, args=args)))
    if found.person is None:
        return Verdict(row, Outcome.NEW)
    kept = first_row_of.setdefault(found.person.id, row.number)
    if kept != row.number:
        return Verdict(replace(row, duplicate_of=kept), Outcome.DUPLICATE)
    return Verdict(row, Outcome.KNOWN, found.person.id)
