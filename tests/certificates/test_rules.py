"""Who gets a certificate and why not, what it is worth, and whether a typed name is the printed one."""

import pytest

from portal.assessments.rules import GradeStatus
from portal.attendance.rules import Attended
from portal.certificates.rules import Unsettled, Validity, is_name, takes_part, unsettled, validity
from portal.completion.rules import Ineligible, Leads, eligibility

FULL = Attended(attended=600, scheduled=600)
NAME = "Өмүрбекова Үсөн Жээнбековна"


@pytest.mark.parametrize(
    ("attended", "scheduled", "unmarked", "minimum", "reason"),
    [
        (480, 600, 0, 80, None),
        (479, 600, 0, 80, Ineligible.BELOW_MINIMUM),
        (479, 600, 1, 80, Ineligible.NOT_MARKED),
        (480, 600, 2, 80, None),
        (0, 600, 0, 0, None),
        (599, 600, 0, 100, Ineligible.BELOW_MINIMUM),
        (600, 600, 0, 100, None),
        (0, 0, 0, 80, Ineligible.NO_SESSIONS),
        # 2/3 against 66 and 67 %: compared as integers, never rounded.
        (400, 600, 0, 66, None),
        (400, 600, 0, 67, Ineligible.BELOW_MINIMUM),
    ],
)
def test_minimum_counts_minutes_exactly(
    attended: int, scheduled: int, unmarked: int, minimum: int, reason: Ineligible | None
) -> None:
    found = eligibility(
        state="confirmed",
        role="participant",
        attended=Attended(attended, scheduled, unmarked=unmarked),
        minimum=minimum,
        is_cancelled=False,
    )
    assert found.reason is reason
    assert found.is_eligible is (reason is None)


@pytest.mark.parametrize("state", ["nominated", "invited", "waitlisted", "declined", "withdrawn", "substituted"])
def test_who_has_no_confirmed_seat_gets_none(state: str) -> None:
    found = eligibility(state=state, role="participant", attended=FULL, minimum=80, is_cancelled=False)
    assert found.reason is Ineligible.NOT_CONFIRMED


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        ("participant", None),
        ("alternate", None),
        ("facilitator", Ineligible.NOT_A_PARTICIPANT),
        ("guest", Ineligible.NOT_A_PARTICIPANT),
    ],
)
def test_roles(role: str, reason: Ineligible | None) -> None:
    found = eligibility(state="confirmed", role=role, attended=FULL, minimum=80, is_cancelled=False)
    assert found.reason is reason


@pytest.mark.parametrize(
    ("test", "attended", "reason"),
    [
        (GradeStatus.NOT_REQUIRED, FULL, None),
        (GradeStatus.PASSED, FULL, None),
        (GradeStatus.NOT_TAKEN, FULL, Ineligible.NOT_TESTED),
        (GradeStatus.BELOW_GRADE, FULL, Ineligible.BELOW_GRADE),
        (GradeStatus.BELOW_GRADE, Attended(0, 600), Ineligible.BELOW_MINIMUM),  # Attendance is named first.
    ],
)
def test_required_test_is_asked_for_after_the_attendance(
    test: GradeStatus, attended: Attended, reason: Ineligible | None
) -> None:
    found = eligibility(
        state="confirmed", role="participant", attended=attended, minimum=80, is_cancelled=False, test=test
    )
    assert found.reason is reason


COMPLETION, ATTENDANCE, FACILITATOR = "completion", "attendance", "facilitator"
PASSED, FAILED, ABSENT = (
    (FULL, GradeStatus.PASSED),
    (FULL, GradeStatus.BELOW_GRADE),
    (Attended(0, 600), GradeStatus.PASSED),
)


@pytest.mark.parametrize(
    ("kinds", "of_passed", "of_failed"),
    [
        ([COMPLETION], COMPLETION, None),
        ([COMPLETION, ATTENDANCE], COMPLETION, ATTENDANCE),
        ([ATTENDANCE, COMPLETION, FACILITATOR], COMPLETION, ATTENDANCE),
        ([ATTENDANCE], ATTENDANCE, ATTENDANCE),
    ],
)
def test_one_certificate_is_due_and_it_says_the_most(kinds: list[str], of_passed: str, of_failed: str | None) -> None:
    due = []
    for attended, test in (PASSED, FAILED, ABSENT):
        found = eligibility(
            state="confirmed",
            role="participant",
            attended=attended,
            minimum=80,
            is_cancelled=False,
            test=test,
            kinds=kinds,
        )
        due.append(found.due)
        assert found.is_eligible is (test is GradeStatus.PASSED and attended is FULL)  # What is counted stays the same.
    assert due == [of_passed, of_failed, None]


@pytest.mark.parametrize(
    ("role", "state", "leads", "kinds", "is_cancelled", "due", "reason"),
    [
        ("facilitator", "confirmed", Leads.HELD, [COMPLETION, FACILITATOR], False, FACILITATOR, "not_a_participant"),
        ("facilitator", "confirmed", Leads.PLANNED, [COMPLETION, FACILITATOR], False, None, "session_not_held"),
        ("facilitator", "confirmed", Leads.NOTHING, [COMPLETION, FACILITATOR], False, None, "leads_no_session"),
        ("facilitator", "confirmed", Leads.HELD, [COMPLETION, ATTENDANCE], False, None, "not_a_participant"),
        ("facilitator", "withdrawn", Leads.HELD, [COMPLETION, FACILITATOR], False, None, "not_confirmed"),
        ("facilitator", "confirmed", Leads.HELD, [COMPLETION, FACILITATOR], True, None, "training_cancelled"),
        ("guest", "confirmed", Leads.HELD, [COMPLETION, FACILITATOR], False, None, "not_a_participant"),
        ("participant", "confirmed", Leads.HELD, [COMPLETION, FACILITATOR], False, COMPLETION, None),
    ],
)
def test_facilitator_needs_a_held_session_and_no_test(
    role: str, state: str, leads: Leads, kinds: list[str], is_cancelled: bool, due: str | None, reason: str | None
) -> None:
    found = eligibility(
        state=state, role=role, attended=FULL, minimum=80, is_cancelled=is_cancelled, kinds=kinds, leads=leads
    )
    assert (found.due, found.reason) == (due, reason)


@pytest.mark.parametrize(
    ("kind", "standing", "kinds", "expected"),
    [
        (COMPLETION, PASSED, [COMPLETION], None),
        (COMPLETION, FAILED, [COMPLETION, ATTENDANCE], Unsettled.UNEARNED),
        (ATTENDANCE, PASSED, [COMPLETION, ATTENDANCE], Unsettled.EARNED_MORE),
        (ATTENDANCE, PASSED, [ATTENDANCE], None),
        (ATTENDANCE, FAILED, [COMPLETION], None),  # It is true, although no more are issued.
        (ATTENDANCE, ABSENT, [COMPLETION, ATTENDANCE], Unsettled.UNEARNED),
        (COMPLETION, PASSED, [ATTENDANCE], None),
        (FACILITATOR, PASSED, [COMPLETION, FACILITATOR], Unsettled.UNEARNED),
    ],
)
def test_certificate_is_settled_while_what_it_says_is_true(
    kind: str, standing: tuple[Attended, GradeStatus], kinds: list[str], expected: Unsettled | None
) -> None:
    attended, test = standing
    found = eligibility(
        state="confirmed",
        role="participant",
        attended=attended,
        minimum=80,
        is_cancelled=False,
        test=test,
        kinds=kinds,
    )
    assert unsettled(found, kind=kind, is_issued=True, is_revoked=False) is expected
    assert unsettled(found, kind=kind, is_issued=False, is_revoked=False) is None


def test_cancelled_training_gives_none_whatever_else_holds() -> None:
    found = eligibility(state="withdrawn", role="guest", attended=FULL, minimum=0, is_cancelled=True)
    assert found.reason is Ineligible.TRAINING_CANCELLED


@pytest.mark.parametrize(
    ("state", "is_replaced", "is_revoked", "worth"),
    [
        ("issued", False, False, Validity.VALID),
        ("issued", True, False, Validity.REPLACED),
        ("issued", False, True, Validity.REVOKED),
        ("issued", True, True, Validity.REVOKED),
        ("pending", False, False, Validity.UNKNOWN),
        ("failed", False, False, Validity.UNKNOWN),
    ],
)
def test_validity(state: str, is_replaced: bool, is_revoked: bool, worth: Validity) -> None:
    assert validity(state=state, is_replaced=is_replaced, is_revoked=is_revoked) is worth


@pytest.mark.parametrize(
    "typed",
    [
        NAME,
        "өмүрбекова үсөн жээнбековна",
        "Үсөн Жээнбековна Өмүрбекова",
        "Омурбекова Усон Жеенбековна",
        "  Өмүрбекова   Үсөн Жээнбековна ",
        "Omurbekova Uson Jeenbekovna",
        "Uson Omurbekova",
        "OMURBEKOVA USON",
    ],
)
def test_name_matches_in_any_order_case_and_spelling(typed: str) -> None:
    assert is_name(typed, (NAME, "Uson Omurbekova"))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "Өмүрбекова",
        "Үсөн",
        "Өмүрбекова Үсөн",
        "Өмүрбекова Өмүрбекова Өмүрбекова",
        "Өмүрбекова Үсөн Жээнбековна Асанова",
        "Асанова Үсөн Жээнбековна",
        "Өмүрбеков Үсөн Жээнбекович",
        "%",
        "* * *",
    ],
)
def test_part_of_a_name_or_another_name_does_not_match(typed: str) -> None:
    assert not is_name(typed, (NAME, ""))


def test_both_words_of_a_patronymic_with_uulu_are_asked_for() -> None:
    printed = ("Асан уулу Бакыт",)
    assert is_name("Бакыт Асан уулу", printed)
    assert not is_name("Асан Бакыт", printed)


@pytest.mark.parametrize(
    ("state", "is_cancelled", "takes"),
    [
        ("nominated", False, True),
        ("confirmed", False, True),
        ("waitlisted", False, True),
        ("withdrawn", False, False),
        ("declined", False, False),
        ("substituted", False, False),
        ("confirmed", True, False),
    ],
)
def test_who_takes_part(state: str, is_cancelled: bool, takes: bool) -> None:
    assert takes_part(state, is_cancelled=is_cancelled) is takes
