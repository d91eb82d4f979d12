"""Questions, rows of letters, scores, and what is compared."""

import pytest

from portal.assessments import rules as assessment_rules
from portal.assessments.rules import (
    AssessmentRefusal,
    Fault,
    GradeStatus,
    Item,
    Moment,
    QuestionDraft,
    SheetFault,
    SheetProblem,
    Version,
)
from portal.platform.texts import Text

ITEMS = [
    Item("single", 4, "A", 1),
    Item("single", 4, "C", 2),
    Item("multiple", 5, "BD", 3),
    Item("true_false", 2, "B", 4),
]


def draft(
    kind: str = "single", options: str = "abc", correct: tuple[int, ...] = (0,), **values: object
) -> QuestionDraft:
    texts = tuple(Text(ru=letter.strip()) for letter in options.ljust(6))
    given = {"used_in": "both", "topic": Text(), "text": Text(ru="?"), **values}
    return QuestionDraft(kind=kind, options=texts, correct=correct, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "faults"),
    [
        (draft(), []),
        (draft("multiple", correct=(0, 2)), []),
        (draft("true_false", "", (1,)), []),
        (draft(text=Text()), [Fault.TEXT_MISSING]),
        (draft(options="a"), [Fault.OPTIONS_TOO_FEW]),
        (draft(options="a c"), [Fault.OPTION_GAP]),
        (draft(correct=()), [Fault.ONE_CORRECT]),
        (draft(correct=(0, 1)), [Fault.ONE_CORRECT]),
        (draft(correct=(5,)), [Fault.ONE_CORRECT]),
        (draft("multiple", correct=()), [Fault.SOME_CORRECT]),
        (draft("true_false", "", ()), [Fault.ONE_CORRECT]),
        (draft(twin="x", used_in="pre"), [Fault.TWIN_NEEDS_POST]),
        (draft(twin="x", used_in="post"), []),
    ],
)
def test_question_is_judged(question: QuestionDraft, faults: list[Fault]) -> None:
    assert assessment_rules.question_faults(question) == faults


@pytest.mark.parametrize(
    "typed",
    ["A C BD B", "a c db b", "1 3 24 2", " A, C; BD / B ", "A\tC  BD B", "A C BBD B,"],
)
def test_row_is_read_as_it_is_typed(typed: str) -> None:
    assert assessment_rules.read_row(typed, ITEMS) == ["A", "C", "BD", "B"]


def test_row_without_spaces_is_a_sign_for_each_question() -> None:
    assert assessment_rules.read_row("acb-", ITEMS) == ["A", "C", "B", ""]
    assert assessment_rules.read_row("- . 0 –", ITEMS) == ["", "", "", ""]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("A C BD B A", SheetProblem(SheetFault.TOO_MANY, given=5, wanted=4)),
        ("A C BD", SheetProblem(SheetFault.TOO_FEW, given=3, wanted=4)),
        ("ACBDB", SheetProblem(SheetFault.TOO_FEW, given=1, wanted=4)),
        ("A E BD B", SheetProblem(SheetFault.NO_SUCH_OPTION, 2, wanted=4, found="E")),
        ("A C BD C", SheetProblem(SheetFault.NO_SUCH_OPTION, 4, wanted=2, found="C")),
        ("A C BX B", SheetProblem(SheetFault.NO_SUCH_OPTION, 3, wanted=5, found="X")),
        ("A C 9 B", SheetProblem(SheetFault.NO_SUCH_OPTION, 3, wanted=5, found="9")),
        ("AB C BD B", SheetProblem(SheetFault.ONE_ANSWER, 1, found="AB")),
        ("A С BD B", SheetProblem(SheetFault.NOT_LATIN, found="С")),  # The second letter is Cyrillic.
        ("Ф С ИВ И", SheetProblem(SheetFault.NOT_LATIN, found="Ф")),
    ],
)
def test_row_that_does_not_fit_is_refused_whole(typed: str, problem: SheetProblem) -> None:
    assert assessment_rules.read_row(typed, ITEMS) == problem


def test_sheet_is_kept_and_read_back() -> None:
    answers = ["A", "", "BD", "B"]
    assert assessment_rules.join_answers(answers) == "A - BD B"
    assert assessment_rules.split_answers("A - BD B") == answers


def test_point_is_given_for_all_right_options_and_no_other() -> None:
    assert [
        assessment_rules.points(ITEMS, answers.split()) for answers in ("A C BD B", "A C B B", "A C BDE B", "- - - B")
    ] == [
        4,
        3,
        3,
        1,
    ]


@pytest.mark.parametrize(
    ("score", "standing"),
    [
        (None, GradeStatus.NOT_TAKEN),
        ((6, 10), GradeStatus.PASSED),
        ((2, 3), GradeStatus.PASSED),
        ((59, 99), GradeStatus.BELOW_GRADE),
    ],
)
def test_grade_is_compared_without_rounding(score: tuple[int, int] | None, standing: GradeStatus) -> None:
    assert assessment_rules.grade_status(score, 60) is standing


@pytest.mark.parametrize(
    ("moment", "given", "refusal"),
    [
        (Moment.PRE, {"questions": 0}, AssessmentRefusal.NO_QUESTIONS),
        (Moment.POST, {"is_pre_open": True}, AssessmentRefusal.PRE_STILL_OPEN),
        (Moment.PRE, {"has_post_begun": True}, AssessmentRefusal.POST_HAS_BEGUN),
        (Moment.PRE, {}, None),
        (Moment.POST, {"has_post_begun": True}, None),
    ],
)
def test_tests_open_in_their_order(moment: Moment, given: dict[str, object], refusal: AssessmentRefusal | None) -> None:
    values = {"questions": 4, "is_pre_open": False, "has_post_begun": False, **given}
    assert assessment_rules.opening_refusal(moment, **values) is refusal  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "role", "refusal"),
    [
        ("confirmed", "participant", None),
        ("confirmed", "alternate", None),
        ("confirmed", "facilitator", AssessmentRefusal.NOT_A_PARTICIPANT),
        ("waitlisted", "participant", AssessmentRefusal.NOT_CONFIRMED),
        ("withdrawn", "participant", AssessmentRefusal.NOT_CONFIRMED),
    ],
)
def test_people_with_a_seat_take_tests(state: str, role: str, refusal: AssessmentRefusal | None) -> None:
    assert assessment_rules.person_refusal(state, role) is refusal


def version(answers: dict[int, str], items: list[Item] | None = None) -> Version:
    return Version(items or ITEMS, {one: assessment_rules.split_answers(letters) for one, letters in answers.items()})


def test_results_pair_those_who_took_both() -> None:
    pre = version(dict.fromkeys(range(6), "A B - A"))  # 25 %
    post = version(dict.fromkeys(range(1, 8), "A C BD A"))  # 75 %
    found = assessment_rules.results(pre, post)
    assert (found.n_pre, found.n_post, found.n_paired) == (6, 7, 5)
    assert (found.mean_pre, found.mean_post) == (25, 75)
    assert found.change is not None
    assert (found.change.pairs, found.change.mean, found.change.gain) == (5, 50, 50 / 75)
    assert {one: (share.pre, share.post) for one, share in found.shares.items()} == {
        1: (100, 100),
        2: (0, 100),
        3: (0, 100),
        4: (0, 0),
    }
    assert [share.is_weak for share in found.shares.values()] == [False, False, False, True]


def test_results_below_five_people_say_only_how_many() -> None:
    sheets = version(dict.fromkeys(range(4), "A C BD B"))
    found = assessment_rules.results(sheets, sheets)
    assert (found.n_pre, found.n_post, found.n_paired) == (4, 4, 4)
    assert (found.mean_pre, found.mean_post, found.change, found.is_anything_shown) == (None, None, None, False)
    assert {(share.pre, share.post) for share in found.shares.values()} == {(None, None)}
    assert not found.is_ceiling


def test_versions_that_measure_other_things_are_not_compared() -> None:
    other = [*ITEMS[:3], Item("single", 4, "A", 9)]
    people = dict.fromkeys(range(6), "A C BD B")
    found = assessment_rules.results(version(people), version(dict.fromkeys(range(6), "A C BD A"), other))
    assert not found.is_comparable
    assert (found.mean_pre, found.mean_post, found.change) == (100, 100, None)


def test_equated_pair_is_compared_in_any_order() -> None:
    post = [Item("single", 3, "B", 4), *ITEMS[:3]]  # Another question of another kind that measures the fourth thing.
    found = assessment_rules.results(
        version(dict.fromkeys(range(5), "A C BD A")), version(dict.fromkeys(range(5), "B A C BD"), post)
    )
    assert found.is_comparable
    assert found.shares[4].pre == 0 and found.shares[4].post == 100
