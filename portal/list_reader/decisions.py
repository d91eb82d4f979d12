"""What becomes of each row of a list: a new or a known person, a repetition, nothing until it is fixed.

Of a second list: what it says otherwise about people in the training, and who is missing from it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from portal.list_reader.columns import Column
from portal.list_reader.nominee import Nominee
from portal.list_reader.problems import ListFault, Problem
from portal.list_reader.reading import ReadRow
from portal.list_reader.rows import RowKind
from portal.people import name_rules
from portal.people.match_rules import Identity, Likeness, compare
from portal.platform.texts import N_, Labelled
from portal.registration.rules import NAME, Facts, differing

# A fact that a row says otherwise, as it is stored: `before`, `after`, whether the import takes it over, the doubt.
Change = Mapping[str, Any]
Changes = Mapping[str, Change]


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
    changes: Changes | None = None  # of somebody who is in the training, as they are stored

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


# What a list may say; an empty cell says nothing.
_COMPARED = ("sex", "birth_year", "institution", "region", "post", "rank", "phone", "email")


class Doubt(Labelled):
    """Why a change is not taken over unless somebody says so."""

    # Lists spell names in capitals, or without letters that their file cannot hold.
    NAME = "name", N_("Taken over only if you tick it.")
    SOMEBODY_ELSE = "somebody_else", N_("Somebody else is known by this: taken over only if you tick it.")


@dataclass(frozen=True)
class Present:
    """Somebody who is in the training: what is kept of them, and all spellings of the name."""

    registration_id: int
    reference: str
    facts: Facts
    spellings: frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Absent:
    """Somebody of the training who may be missing in a list; `signs` are the name's key, phone and e-mail."""

    registration_id: int
    reference: str
    name: str
    institution: str
    signs: frozenset[str]
    row: int | None = None


def changes_of(nominee: Nominee, present: Present) -> dict[str, Change]:
    """Return what a row says otherwise than it is kept, by fact.

    A spelling that is known already is nothing new, nor is the known name in capitals.
    """
    said = {name: value for name in _COMPARED if (value := getattr(nominee, name))}
    if not nominee.names_institution:
        said.pop("institution", None)
    if not nominee.names_region:
        said.pop("region", None)
    if said.get("email", "").casefold() == present.facts["email"].casefold():
        said.pop("email", None)
    name = (nominee.family, nominee.given, nominee.patronymic or present.facts["patronymic"])
    is_shouted = " ".join(name).isupper() and " ".join(present.facts[part] for part in NAME).upper() == " ".join(name)
    spelled = {} if is_shouted or name in present.spellings else dict(zip(NAME, name, strict=True))
    found = differing(present.facts, {**spelled, **said})
    return {
        fact: {
            "before": before,
            "after": after,
            "is_taken": fact not in NAME,
            "doubt": Doubt.NAME.value if fact in NAME else "",
        }
        for fact, (before, after) in found.items()
    }


def doubted(changes: Changes, contacts_of_others: Collection[str]) -> dict[str, Change]:
    """Return changes with a doubt where the new phone or address is known of somebody else."""
    doubt = {"is_taken": False, "doubt": Doubt.SOMEBODY_ELSE.value}
    return {
        fact: {**change, **doubt} if change["after"] in contacts_of_others else change
        for fact, change in changes.items()
    }


def kept_ticks(fresh: Changes | None, known: Changes | None) -> Changes | None:
    """Return changes ticked as somebody has ticked them, where they still lead from the same to the same."""
    if not fresh or not known:
        return fresh
    return {fact: known[fact] if is_same(change, known.get(fact)) else change for fact, change in fresh.items()}


def is_same(change: Change | None, other: Change | None) -> bool:
    """Tell whether two stored changes lead from the same to the same."""
    if change is None or other is None:
        return False
    return (change["before"], change["after"]) == (other["before"], other["after"])


def signs_of(nominee: Nominee) -> set[str]:
    """Return by what a row may be somebody whom it does not mean for sure."""
    keys = name_rules.person_keys(nominee.family, nominee.given)
    return {*keys, nominee.phone, nominee.email.casefold()} - {""}


def earlier_versions(brought: Iterable[Mapping[int, int]], meant: Collection[int]) -> set[int]:
    """Return whose registrations came by lists of which this one is a later version: it names half of their people."""
    same = [people for people in brought if 2 * len(people.keys() & set(meant)) >= len(people)]
    return {registration_id for people in same for registration_id in people.values()}


def missing(verdicts: Sequence[Verdict], people: Sequence[Absent]) -> list[Absent]:
    """Return who of these people is not in a list that should name them.

    A row that cannot be imported may be anybody of its name; one that was taken for somebody else is named beside.
    """
    bad: set[str] = set()
    new: dict[str, int] = {}
    for verdict in verdicts:
        if verdict.row.nominee and verdict.outcome is Outcome.BAD:
            bad |= signs_of(verdict.row.nominee)
        elif verdict.row.nominee and verdict.outcome is Outcome.NEW:
            new |= dict.fromkeys(signs_of(verdict.row.nominee), verdict.row.number)
    return [
        replace(one, row=next((new[sign] for sign in sorted(one.signs & new.keys())), None))
        for one in people
        if not one.signs & bad
    ]


def settle(matches: Mapping[int, Match], registered: Collection[int]) -> dict[int, Match]:
    """Let a row in doubt mean its only namesake of the training, unless another row may mean the same person.

    Of a second list of one training that is what a corrected phone or sex looks like. The doubt stays named.
    """
    meant = {found.person.id for found in matches.values() if found.person is not None}
    free = {
        number: [one for one in found.possible if one.id in registered and one.id not in meant]
        for number, found in matches.items()
        if found.person is None
    }
    wanted = Counter(one.id for candidates in free.values() for one in candidates)
    sure = {number: one[0] for number, one in free.items() if len(one) == 1 and wanted[one[0].id] == 1}
    return {**matches, **{number: Match(one, (one,)) for number, one in sure.items()}}
