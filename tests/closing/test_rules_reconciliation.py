"""What stands against finalizing, kind by kind, and what makes a reason for missing."""

from dataclasses import replace

import pytest

from portal.attendance.rules import Attended
from portal.closing import rules as closing_rules
from portal.closing.rules import MismatchKind as K
from portal.closing.rules import (
    Paper,
    Receipts,
    Reconciled,
    Shortfall,
    ShortfallCause,
    ShortfallError,
    ShortfallKind,
    count,
    reconcile,
)
from portal.completion.rules import Eligibility, Ineligible

REASON = Shortfall(ShortfallKind.ADMINISTRATIVE)


def standing(
    state: str = "confirmed", reason: Ineligible | None = None, role: str = "participant", **values: object
) -> Reconciled:
    return Reconciled(1, "R1", "Асанов Азамат", state, role, Eligibility(reason, Attended(60, 60), 80), **values)


@pytest.mark.parametrize(
    ("one", "kinds"),
    [
        (standing(paper=Paper.VALID), []),
        (standing("nominated", Ineligible.NOT_CONFIRMED), [K.UNDECIDED]),
        (standing("invited", Ineligible.NOT_CONFIRMED), [K.UNDECIDED]),
        (standing("waitlisted", Ineligible.NOT_CONFIRMED), [K.UNDECIDED]),
        (standing("waitlisted", Ineligible.NOT_CONFIRMED, role="guest"), [K.UNDECIDED]),
        (standing("declined", Ineligible.NOT_CONFIRMED), []),
        (standing("substituted", Ineligible.NOT_CONFIRMED, unmarked=("s1",)), []),
        (standing(reason=Ineligible.NOT_MARKED, unmarked=("s1",)), [K.UNMARKED]),
        (standing(unmarked=("s1",)), [K.UNMARKED, K.NOT_CERTIFIED]),
        (standing(reason=Ineligible.NOT_A_PARTICIPANT, role="facilitator", unmarked=("s1",)), []),
        (standing(reason=Ineligible.BELOW_MINIMUM), [K.REASON_MISSING]),
        (standing(reason=Ineligible.BELOW_MINIMUM, shortfall=REASON), []),
        (standing(reason=Ineligible.BELOW_MINIMUM, paper=Paper.VALID), [K.REASON_MISSING, K.NOT_COMPLETED]),
        (standing(reason=Ineligible.NOT_TESTED), []),
        (standing(), [K.NOT_CERTIFIED]),
        (standing(paper=Paper.PENDING), [K.NOT_CERTIFIED]),
        (standing(paper=Paper.REVOKED), [K.REVOKED]),
        (standing(paper=Paper.REVOKED, is_left_revoked=True), []),
        (standing(reason=Ineligible.BELOW_MINIMUM, shortfall=REASON, paper=Paper.REVOKED), []),
        (standing("withdrawn", Ineligible.NOT_CONFIRMED, paper=Paper.VALID), [K.NOT_COMPLETED]),
        (standing("withdrawn", Ineligible.NOT_CONFIRMED, paper=Paper.REVOKED), []),
    ],
)
def test_each_mismatch_is_found_and_nothing_else(one: Reconciled, kinds: list[K]) -> None:
    found = reconcile([one])
    assert [mismatch.kind for mismatch in found] == kinds
    assert all(mismatch.people == (one,) for mismatch in found)


def test_whoever_completed_holds_a_certificate_or_has_lost_it() -> None:
    """Of 57 who completed 56 hold one, and the one of a facilitator is not among them."""
    people = [standing(paper=Paper.VALID) for _number in range(56)]
    people.append(standing(paper=Paper.REVOKED, is_left_revoked=True))
    led = Eligibility(Ineligible.NOT_A_PARTICIPANT, Attended(0, 60), 80, has_led=True)
    people.append(replace(standing(role="facilitator", paper=Paper.VALID, kind="facilitator"), eligibility=led))
    people.append(standing(reason=Ineligible.BELOW_MINIMUM, shortfall=REASON))
    counts = {"confirmed": 58, "completed": 57, "short": 1, "certified": 56, "revoked": 1, "facilitators": 1}
    assert (count(people), reconcile(people)) == (counts, [])


@pytest.mark.parametrize(
    ("given", "signers", "named"),
    [(1, {1}, None), (0, set(), None), (2, {1}, [2]), (1, {1, 2}, [1, 2]), (2, set(), [1, 2])],
)
def test_receipt_list_counts_as_many_as_were_given(given: int, signers: set[int], named: list[int] | None) -> None:
    people = [
        replace(standing(paper=Paper.VALID), registration_id=number, state=state)
        for number, state in ((1, "confirmed"), (2, "confirmed"), (3, "declined"))
    ]
    people[2] = replace(people[2], paper=Paper.REVOKED)
    found = reconcile(people, [Receipts("Manual", "m", given, len(signers), frozenset(signers))])
    assert [[one.registration_id for one in mismatch.people] for mismatch in found] == ([named] if named else [])


@pytest.mark.parametrize(
    ("choice", "note", "found"),
    [
        ("", "  ", None),
        ("", "late", ShortfallError.NOTE_WITHOUT_REASON),
        ("no_show", "", ShortfallError.UNKNOWN_REASON),
        ("administrative:unknown", "", ShortfallError.UNKNOWN_REASON),
        ("laziness", "", ShortfallError.UNKNOWN_REASON),
        ("other", " ", ShortfallError.NOTE_MISSING),
        ("other", "a" * 301, ShortfallError.NOTE_TOO_LONG),
        ("other", "a\u0000b", ShortfallError.NOTE_TOO_LONG),
        ("other", " a wedding ", Shortfall(ShortfallKind.OTHER, None, "a wedding")),
        ("no_show:work_related", "", Shortfall(ShortfallKind.NO_SHOW, ShortfallCause.WORK_RELATED)),
    ],
)
def test_reason_is_of_the_list_and_says_what_it_must(choice: str, note: str, found: object) -> None:
    assert closing_rules.read(choice, note) == found


def test_every_choice_is_a_reason() -> None:
    assert len(closing_rules.CHOICES) == 4 + 2 * 4
    assert all(closing_rules.read(choice, "note").choice == choice for choice in closing_rules.CHOICES)


@pytest.mark.parametrize(
    ("reasons", "found"),
    [
        ([], None),
        (["", " "], None),
        (["No-show", "ill"], Shortfall(ShortfallKind.NO_SHOW, ShortfallCause.UNKNOWN)),
        (["documents incomplete"], Shortfall(ShortfallKind.DOCUMENTS_INCOMPLETE)),
        (["ill", "ill", "called to duty"], Shortfall(ShortfallKind.OTHER, None, "ill; called to duty")),
        (["a" * 300, "b" * 300], Shortfall(ShortfallKind.OTHER, None, "a" * 300)),
    ],
)
def test_marks_may_have_said_why_already(reasons: list[str], found: Shortfall | None) -> None:
    assert closing_rules.of_marks(reasons) == found
