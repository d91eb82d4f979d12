"""Compare the rows of a list with who is in its training: what they say otherwise, and whom they do not name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from portal.registration.queries import differences as queries
from portal.registration.queries.nominations import StoredRow
from portal.registration.rules.differences import (
    Absent,
    Changes,
    Present,
    changes_of,
    doubted,
    earlier_versions,
    kept_ticks,
    missing,
)
from portal.registration.rules.outcomes import Outcome, Verdict
from portal.trainings.models import Training


def compare(verdicts: Sequence[Verdict], present: Mapping[int, Present]) -> tuple[Verdict, ...]:
    """Return the verdicts with what each row says otherwise of somebody who is in the training."""
    found: dict[int, Changes] = {}
    for place, verdict in enumerate(verdicts):
        person = present.get(verdict.person_id or 0)
        if person is not None and verdict.row.nominee and verdict.outcome is Outcome.KNOWN:
            found[place] = changes_of(verdict.row.nominee, person)
    contacts = {changes[fact].after for changes in found.values() for fact in ("phone", "email") if fact in changes}
    known = queries.list_contacts(contacts) if contacts else {}
    compared = list(verdicts)
    for place, changes in found.items():
        verdict = verdicts[place]
        others = {contact for contact, person_ids in known.items() if person_ids - {verdict.person_id}}
        stored = {fact: change.as_dict() for fact, change in doubted(changes, others).items()}
        compared[place] = replace(verdict, changes=stored or None)
    return tuple(compared)


def with_ticks(rows: Sequence[StoredRow], verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return new verdicts on stored rows with their changes ticked as somebody has ticked them there."""
    pairs = zip(rows, verdicts, strict=True)
    return [replace(verdict, changes=kept_ticks(verdict.changes, row.changes)) for row, verdict in pairs]


def find_gone(training: Training, verdicts: Sequence[Verdict], present: Mapping[int, Present]) -> tuple[Absent, ...]:
    """Return who of the training should stand in the list and does not: its institutions' people, or an earlier list's.

    Without anybody of the training it is a first list, of which nobody can be missing.
    """
    meant = {one.person_id for one in verdicts if one.person_id is not None and one.person_id in present}
    people = queries.list_unnamed(training.id, meant) if meant else []
    if not people:
        return ()
    institutions = {verdict.row.nominee.institution for verdict in verdicts if verdict.row.nominee}
    institutions |= {present[person_id].facts["institution"] for person_id in meant}
    came_along = earlier_versions(queries.list_brought(training.id).values(), meant)
    concerned = [one for one in people if one.institution in institutions - {""} or one.registration_id in came_along]
    return tuple(missing(verdicts, concerned))
