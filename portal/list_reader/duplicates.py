"""Find repeated rows in a list without comparing every pair."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from portal.list_reader.columns import Column
from portal.list_reader.problems import ListFault, Problem
from portal.people import name_rules
from portal.people.match_rules import Identity, Likeness, compare

_MOST_COMPARED = 20  # rows under one key; more of them would be one name typed ten thousand times


def find_repetitions(people: Mapping[int, Identity]) -> dict[int, int]:
    """Return by row number which row is kept of those that repeat others: of each group the spelling in mixed case."""
    groups: list[list[int]] = []
    group_of: dict[int, list[int]] = {}
    index: dict[str, list[int]] = defaultdict(list)
    for number, identity in people.items():
        found = next(
            (other for other in _candidates(identity, index) if compare(identity, people[other]).is_same), None
        )
        if found is None:
            group_of[number] = [number]
            groups.append(group_of[number])
        else:
            group_of[number] = group_of[found]
            group_of[number].append(number)
        for key in _keys(identity):
            index[key].append(number)
    repeated = [(min(group, key=lambda each: (_shouts(people[each]), each)), group) for group in groups if group[1:]]
    return {number: kept for kept, group in repeated for number in group if number != kept}


def find_resemblances(people: Mapping[int, Identity]) -> dict[int, Problem]:
    """Return by row number who looks like an earlier row, or shares its phone under another name: for a human to see.

    Repetitions are left out beforehand.
    """
    found: dict[int, Problem] = {}
    by_name: dict[str, list[int]] = defaultdict(list)
    by_phone: dict[str, int] = {}
    for number, identity in people.items():
        key = name_rules.person_key(identity.family, identity.given)
        near = by_name[key][:_MOST_COMPARED]
        alike = (one for one in near if compare(identity, people[one]).likeness is Likeness.POSSIBLE)
        other = next(alike, None)
        if other is not None:
            found[number] = Problem(ListFault.SAME_NAME_IN_LIST, Column.FAMILY, args={"row": other})
        elif identity.phone in by_phone:
            found[number] = Problem(ListFault.SAME_PHONE_IN_LIST, Column.PHONE, args={"row": by_phone[identity.phone]})
        by_name[key].append(number)
        if identity.phone:
            by_phone.setdefault(identity.phone, number)
    return found


def _candidates(identity: Identity, index: Mapping[str, Sequence[int]]) -> Iterator[int]:
    seen: set[int] = set()
    for key in _keys(identity):
        for other in index.get(key, ())[:_MOST_COMPARED]:
            if other not in seen:
                seen.add(other)
                yield other


def _keys(identity: Identity) -> Iterable[str]:
    """Return one key for each kind of evidence: who shares none of them cannot be the same person."""
    name = name_rules.person_key(identity.family, identity.given)
    whole = f"{name}|{name_rules.match_key(identity.patronymic)}" if identity.patronymic else ""
    if identity.phone:
        yield identity.phone
    if identity.email:
        yield identity.email.casefold()
    if whole and identity.birth_year:
        yield f"{whole}|{identity.birth_year}"
    if whole and identity.institution:
        yield f"{whole}|{identity.institution}|{identity.region}"


def _shouts(identity: Identity) -> bool:
    """Tell whether the name is written in capitals, or in small letters, only."""
    text = f"{identity.family}{identity.given}"
    return text == text.upper() or text == text.lower()
