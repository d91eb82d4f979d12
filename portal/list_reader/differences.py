"""Differences of a second list: what it says about people in the training, and who is missing from it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from portal.list_reader.decisions import Match, Outcome, Verdict
from portal.list_reader.nominee import Nominee
from portal.people import name_rules
from portal.platform.texts import N_, Labelled
from portal.registration.rules import NAME, Facts, differing

# What a list may say; an empty cell says nothing.
_COMPARED = ("sex", "birth_year", "institution", "region", "post", "rank", "phone", "email")


class Doubt(Labelled):
    """Why a change is not taken over unless somebody says so."""

    # Lists spell names in capitals, or without letters that their file cannot hold.
    NAME = "name", N_("Taken over only if you tick it.")
    SOMEBODY_ELSE = "somebody_else", N_("Somebody else is known by this: taken over only if you tick it.")


# A fact that a row says otherwise, as it is stored: `before`, `after`, whether the import takes it over, the doubt.
Change = Mapping[str, Any]
Changes = Mapping[str, Change]


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
