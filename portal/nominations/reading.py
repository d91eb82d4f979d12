"""Read a list and decide what becomes of each row, beside what is known of the directory and the training."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from portal.list_reader import columns, decisions, privacy
from portal.list_reader.columns import ColumnMapping, Row
from portal.list_reader.decisions import (
    Absent,
    Candidate,
    Changes,
    Match,
    Outcome,
    Present,
    Verdict,
    changes_of,
    doubted,
    earlier_versions,
    missing,
    settle,
)
from portal.list_reader.nominee import Nominee, ReferenceData
from portal.list_reader.problems import ListFault, Problem, file_problems
from portal.list_reader.reading import REPORTED_EVERY, OnProgress, ReadRow, read_list, unreported
from portal.list_reader.rows import MAX_DATA_ROWS, RowKind, classify
from portal.nominations import differences
from portal.nominations.models import NominationList
from portal.people import name_rules
from portal.people import queries as people_queries
from portal.people.models import MATCH_KEY
from portal.people.operations import PersonFacts
from portal.people.queries import KnownPerson
from portal.people.rules import Places
from portal.platform import sheets, texts
from portal.platform.errors import Refusal
from portal.platform.i18n import _l
from portal.platform.sheets import Sheet, SheetTooLarge
from portal.registration import operations as registration_operations
from portal.trainings.models import Training

AT_ONCE = 500  # rows that are matched or imported while somebody waits; with a longer list a job does that

Keys = Mapping[int, frozenset[str]]
_MAX_FILENAME = 200


class HeaderMissing(Refusal):
    message = _l("No row of the list says what its columns hold. Give each column a heading.")


@dataclass(frozen=True)
class Source:
    """The sheet of a file that holds the list."""

    sheet: str
    rows: list[list[str]]  # cells of columns that are not to be kept are empty already
    mapping: ColumnMapping | None  # None if no row is a header
    problems: tuple[Problem, ...]
    filename: str
    sha256: str


@dataclass(frozen=True)
class Defaults:
    """Which institution and region a row means that names none, as codes; empty means that it must name one."""

    institution: str = ""
    region: str = ""
    limit: frozenset[str] = frozenset()  # the only institutions that the list may name; empty means all of them


NO_DEFAULTS = Defaults()


def open_file(content: bytes, filename: str) -> Source:
    """Return the list in a file.

    :raises UnreadableSheet: if the file cannot be read or is beyond the limits.
    """
    name = texts.clean(filename)[-_MAX_FILENAME:]
    return _source(sheets.read(content, name), name, hashlib.sha256(content).hexdigest())


def open_text(pasted: str) -> Source:
    """Return the list in a text that was copied out of a spreadsheet.

    :raises UnreadableSheet: if there is no list in it or it is beyond the limits.
    """
    return _source(sheets.read_text(pasted), "", hashlib.sha256(pasted.encode(errors="replace")).hexdigest())


def _source(book: Sequence[Sheet], filename: str, sha256: str) -> Source:
    chosen = columns.choose_sheet([sheet.rows for sheet in book])
    index = chosen[0] if chosen else max(range(len(book)), key=lambda place: len(book[place].rows))
    mapping = chosen[1] if chosen else None
    sheet = book[index]
    rows = [[cell.replace("\0", "") for cell in row] for row in sheet.rows]
    withheld = privacy.withheld_columns(rows, mapping)
    first = mapping.first_row if mapping else 0
    rows[first:] = [privacy.emptied(row, withheld) for row in rows[first:]]
    problems = file_problems(sheet.encoding)
    if others := [other.name for other in book if other is not sheet and columns.detect(other.rows)]:
        problems.append(Problem(ListFault.OTHER_SHEETS, args={"sheet": sheet.name, "others": ", ".join(others)}))
    if places := sorted(withheld):
        headings = mapping.headers if mapping else ()
        named = ["".join(headings[place : place + 1]) or f"№ {place + 1}" for place in places]
        problems.append(Problem(ListFault.COLUMNS_NOT_KEPT, args={"columns": ", ".join(named), "places": places}))
    return Source(sheet.name, rows, mapping, tuple(problems), filename, sha256)


def defaults_of(nomination_list: NominationList) -> Defaults:
    """Return what is meant where a row of a stored list names no place, and whose people it may name."""
    institution, sender_id = nomination_list.institution, nomination_list.sender_id
    limit = people_queries.get_institution_tree(sender_id).codes if sender_id is not None else frozenset()
    return Defaults(institution.code if institution else "", nomination_list.region_code or "", limit)


def read(
    rows: Sequence[Row],
    mapping: ColumnMapping,
    *,
    defaults: Defaults = NO_DEFAULTS,
    today: date,
    on_progress: OnProgress = unreported,
) -> tuple[ReadRow, ...]:
    """Return every row with what it says, beside what is known.

    :raises SheetTooLarge: if there are more rows of persons than one list may have.
    """
    found = read_list(rows, mapping, get_reference_data(today, defaults), on_progress)
    _ensure_length(row.kind for row in found)
    return tuple(found)


def _ensure_length(kinds: Iterable[RowKind]) -> None:
    if sum(kind is RowKind.DATA for kind in kinds) > MAX_DATA_ROWS:
        raise SheetTooLarge("too_many_rows", limit=MAX_DATA_ROWS)


def get_reference_data(today: date, defaults: Defaults = NO_DEFAULTS) -> ReferenceData:
    """Return the regions and institutions under all their names, and what a row means that names none."""
    open_, closed = people_queries.list_choices_by_closing(today)
    return ReferenceData(
        Places(people_queries.list_region_choices()),
        Places(open_),
        today,
        **vars(defaults),
        closed=Places(closed),
    )


@dataclass(frozen=True)
class Decided:
    """A list with the verdict on every row."""

    verdicts: tuple[Verdict, ...]
    rows: tuple[ReadRow, ...]
    choices: Mapping[int, str]  # whom a row means, by its number
    keys: Keys  # the names under which each was looked up
    known: tuple[KnownPerson, ...]  # whom the directory had
    present: Mapping[int, Present]  # how those of them who are in the training are kept
    gone: tuple[Absent, ...]  # people of the training whom the list should name and does not

    @property
    def good(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.outcome in decisions.IMPORTABLE]

    @property
    def registered(self) -> frozenset[int]:
        return frozenset(one.person_id for one in self.verdicts if one.person_id is not None) & self.present.keys()

    @property
    def counts(self) -> dict[str, int]:
        """Return what importing would do, in the words of the command."""
        tally = Counter(verdict.outcome for verdict in self.verdicts)
        good = tally[Outcome.NEW] + tally[Outcome.KNOWN]
        return {
            "rows": good + tally[Outcome.DUPLICATE] + tally[Outcome.BAD],
            "new": tally[Outcome.NEW],
            "known": tally[Outcome.KNOWN],
            "duplicates": tally[Outcome.DUPLICATE],
            "bad": tally[Outcome.BAD],
            "registrations": good - len(self.registered),
        }


@dataclass(frozen=True)
class Draft:
    """A list before it is kept: decided, or `is_long` and left to a job."""

    source: Source
    decided: Decided | None = None
    is_long: bool = False


def draft(
    training: Training,
    source: Source,
    *,
    defaults: Defaults = NO_DEFAULTS,
    is_background: bool = True,
    today: date,
) -> Draft:
    """Read and match a list as far as somebody waits for it; nothing is written, so that nothing need be locked for it.

    :raises SheetTooLarge: if it has more rows of persons than one list may have.
    """
    if source.mapping is None:
        return Draft(source)
    if is_background and len(source.rows) > AT_ONCE:
        _ensure_length(classify(source.rows, source.mapping))
        return Draft(source, is_long=True)
    rows = read(source.rows, source.mapping, defaults=defaults, today=today)
    return Draft(source, decide(rows, training, {}))


def decide(
    rows: Sequence[ReadRow], training: Training, choices: Mapping[int, str], on_progress: OnProgress = unreported
) -> Decided:
    """Return the verdict on rows as of now; `choices` settle by row number whom a row means."""
    keys = {
        row.number: name_rules.person_keys(row.nominee.family, row.nominee.given)
        for row in rows
        if row.is_kept and row.nominee
    }
    known = _look_up(keys)
    present = _list_present(training, known)
    matches = settle(_match(rows, choices, keys, known, on_progress), present.keys())
    verdicts = _compare(decisions.decide(rows, matches), present)
    return Decided(verdicts, tuple(rows), choices, keys, known, present, _find_gone(training, verdicts, present))


def decide_again(before: Decided, training: Training) -> Decided:
    """Return the verdict as of now on rows that were matched before anything was locked.

    It is the same object, with its work done, unless the directory or the training has changed meanwhile.
    """
    known = _look_up(before.keys)
    if known == before.known and _list_present(training, known) == before.present:
        return before
    return decide(before.rows, training, before.choices)


def _look_up(keys: Keys) -> tuple[KnownPerson, ...]:
    return tuple(people_queries.list_by_match_keys(frozenset().union(*keys.values())))


def _list_present(training: Training, known: Sequence[KnownPerson]) -> dict[int, Present]:
    return differences.list_present(training.id, {person.id for person in known})


def _match(
    rows: Sequence[ReadRow],
    choices: Mapping[int, str],
    keys: Keys,
    known: Sequence[KnownPerson],
    on_progress: OnProgress,
) -> dict[int, Match]:
    """Return whom each importable row means, by row number."""
    by_key: dict[str, list[Candidate]] = defaultdict(list)
    for person in known:
        by_key[person.match_key].append(Candidate(person.id, person.reference, person.identity))
    found = {}
    for done, row in enumerate(rows, start=1):
        candidates = [
            candidate for key in sorted(keys.get(row.number, ())) for candidate in by_key.get(key[:MATCH_KEY], ())
        ]
        if candidates and row.nominee:
            found[row.number] = decisions.match(row.nominee.identity, candidates, choices.get(row.number))
        if done % REPORTED_EVERY == 0:
            on_progress(done)
    return found


def _compare(verdicts: Sequence[Verdict], present: Mapping[int, Present]) -> tuple[Verdict, ...]:
    """Return the verdicts with what each row says otherwise of somebody who is in the training."""
    found: dict[int, Changes] = {}
    for place, verdict in enumerate(verdicts):
        person = present.get(verdict.person_id or 0)
        if person is not None and verdict.row.nominee and verdict.outcome is Outcome.KNOWN:
            found[place] = changes_of(verdict.row.nominee, person)
    contacts = {changes[fact]["after"] for changes in found.values() for fact in ("phone", "email") if fact in changes}
    known = differences.list_contacts(contacts) if contacts else {}
    compared = list(verdicts)
    for place, changes in found.items():
        verdict = verdicts[place]
        others = {contact for contact, person_ids in known.items() if person_ids - {verdict.person_id}}
        compared[place] = replace(verdict, changes=doubted(changes, others) or None)
    return tuple(compared)


def _find_gone(training: Training, verdicts: Sequence[Verdict], present: Mapping[int, Present]) -> tuple[Absent, ...]:
    """Return who of the training should stand in the list and does not: its institutions' people, or an earlier list's.

    Without anybody of the training it is a first list, of which nobody can be missing.
    """
    meant = {one.person_id for one in verdicts if one.person_id is not None and one.person_id in present}
    people = differences.list_unnamed(training.id, meant) if meant else []
    if not people:
        return ()
    institutions = {verdict.row.nominee.institution for verdict in verdicts if verdict.row.nominee}
    institutions |= {present[person_id].facts["institution"] for person_id in meant}
    came_along = earlier_versions(differences.list_brought(training.id).values(), meant)
    concerned = [one for one in people if one.institution in institutions - {""} or one.registration_id in came_along]
    return tuple(missing(verdicts, concerned))


def person_facts(nominee: Nominee, institutions: Mapping[str, int]) -> PersonFacts:
    """Return what a list or a form says about a person, with the ids of institutions by code."""
    said: dict[str, Any] = {field.name: getattr(nominee, field.name, None) for field in fields(PersonFacts)}
    places = {"institution_id": institutions.get(nominee.institution), "region_code": nominee.region or None}
    return PersonFacts(**(said | places))


def nomination(person_id: int, nominee: Nominee, facts: PersonFacts) -> registration_operations.Nomination:
    """Return the nomination with what was written today, whatever the directory says."""
    return registration_operations.Nomination(
        person_id,
        role=nominee.role,
        institution_id=facts.institution_id,
        region_code=facts.region_code,
        post=facts.post,
        rank=facts.rank,
    )
