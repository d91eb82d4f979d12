"""When an evaluation is open, what is an answer, and what of the answers is shown."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.attendance.rules import Attended
from portal.evaluation import rules as evaluation_rules
from portal.evaluation.queries import first_form
from portal.evaluation.rules import Answer, EvaluationState, EvaluationStatus, QuestionFault, QuestionKind
from portal.records.rules import RecordFault

END = datetime(2026, 9, 15, 11, 0, tzinfo=UTC)
BEFORE, AFTER = END - timedelta(seconds=1), END + timedelta(days=1)


def state(now: datetime, **values: object) -> EvaluationState:
    known = {"ends_at": END, "opened_at": None, "closed_at": None, "is_cancelled": False, **values}
    return evaluation_rules.state(now=now, **known)  # type: ignore[arg-type]


def test_it_opens_at_the_end_of_the_last_session() -> None:
    assert state(BEFORE) == EvaluationState.UPCOMING
    assert state(END) == EvaluationState.OPEN
    assert state(BEFORE, opened_at=BEFORE) == EvaluationState.OPEN
    assert state(AFTER, opened_at=END, closed_at=AFTER) == EvaluationState.CLOSED
    assert state(AFTER, is_cancelled=True) == EvaluationState.CANCELLED
    assert state(AFTER, ends_at=None) == EvaluationState.UPCOMING


def test_it_closes_by_itself() -> None:
    last = END + evaluation_rules.OPEN_FOR
    assert state(last - timedelta(seconds=1)) == EvaluationState.OPEN
    assert state(last) == state(last, opened_at=BEFORE) == EvaluationState.CLOSED
    assert state(last, ends_at=None, opened_at=AFTER) == EvaluationState.OPEN
    assert evaluation_rules.closes_at(None, AFTER) == AFTER + evaluation_rules.OPEN_FOR
    assert evaluation_rules.closes_at(None, None) is None


@pytest.mark.parametrize(
    ("evaluation", "is_asked", "has_answered", "expected"),
    [
        (EvaluationState.UPCOMING, True, False, EvaluationStatus.NOT_YET),
        (EvaluationState.OPEN, True, False, EvaluationStatus.TO_ANSWER),
        (EvaluationState.OPEN, False, False, EvaluationStatus.NOT_ASKED),
        (EvaluationState.OPEN, True, True, EvaluationStatus.ANSWERED),
        (EvaluationState.CLOSED, True, True, EvaluationStatus.ANSWERED),
        (EvaluationState.CLOSED, True, False, EvaluationStatus.CLOSED),
        (EvaluationState.CANCELLED, True, False, EvaluationStatus.NOT_ASKED),
    ],
)
def test_standing_of_a_participant(
    evaluation: EvaluationState, is_asked: bool, has_answered: bool, expected: EvaluationStatus
) -> None:
    assert evaluation_rules.status(evaluation, is_asked=is_asked, has_answered=has_answered) == expected


def test_whoever_missed_every_session_is_not_asked() -> None:
    assert evaluation_rules.was_there(Attended(1, 90))
    assert evaluation_rules.was_there(Attended(0, 90, unmarked=1))
    assert evaluation_rules.was_there(Attended(0, 0))
    assert not evaluation_rules.was_there(Attended(0, 90))


@pytest.mark.parametrize(
    ("kind", "answer", "is_fit"),
    [
        (QuestionKind.SCALE, Answer(1, rating=5), True),
        (QuestionKind.SCALE, Answer(1, rating=0), False),
        (QuestionKind.SCALE, Answer(1, rating=6), False),
        (QuestionKind.SCALE, Answer(1, words="5"), False),
        (QuestionKind.YES_NO, Answer(1, rating=0), True),
        (QuestionKind.YES_NO, Answer(1, rating=2), False),
        (QuestionKind.OPEN, Answer(1, words="Ө" * evaluation_rules.MAX_WORDS), True),
        (QuestionKind.OPEN, Answer(1, words="Ө" * (evaluation_rules.MAX_WORDS + 1)), False),
        (QuestionKind.OPEN, Answer(1, words=""), False),
        (QuestionKind.OPEN, Answer(1, words="\x01" * 9), False),
        (QuestionKind.OPEN, Answer(1, rating=1, words="x"), False),
    ],
)
def test_answer_fits_its_question(kind: QuestionKind, answer: Answer, is_fit: bool) -> None:
    assert evaluation_rules.can_be_answer(kind, answer) is is_fit


def test_distribution_of_a_scale() -> None:
    found = evaluation_rules.distribution(QuestionKind.SCALE, {1: 1, 3: 2, 4: 3, 5: 2})
    assert found.rows == [(5, 2), (4, 3), (3, 2), (2, 0), (1, 1)]
    assert (found.answered, found.favorable, found.median) == (8, 5, (4, 4))
    assert [found.percent(count) for _value, count in found.rows] == [25, 38, 25, 0, 13]
    assert evaluation_rules.distribution(QuestionKind.SCALE, {2: 3, 5: 3}).median == (2, 5)


def test_distribution_of_yes_and_no() -> None:
    found = evaluation_rules.distribution(QuestionKind.YES_NO, {1: 6, 0: 1})
    assert (found.rows, found.favorable) == ([(1, 6), (0, 1)], 6)


@pytest.mark.parametrize(
    ("by_link", "on_paper", "is_shown", "has_comments"),
    [
        (4, 0, False, False),
        (5, 0, True, True),
        (1, 4, False, False),  # Who typed in the four would know the fifth.
        (4, 40, False, False),
        (5, 40, True, True),
        (0, 4, False, False),
        (0, 5, True, False),
    ],
)
def test_few_answers_by_link_are_shown_to_nobody(
    by_link: int, on_paper: int, is_shown: bool, has_comments: bool
) -> None:
    counts = {"forms": by_link + on_paper, "paper_forms": on_paper}
    assert evaluation_rules.may_show(is_closed=True, **counts) is is_shown
    assert evaluation_rules.may_show_comments(is_closed=True, **counts) is has_comments
    assert not evaluation_rules.may_show(is_closed=False, **counts) and not evaluation_rules.may_show_comments(
        is_closed=False, **counts
    )


@pytest.mark.parametrize(
    ("answered", "forms", "paper_forms", "is_shown"),
    [(5, 9, 0, True), (4, 9, 0, False), (12, 20, 8, False), (13, 20, 8, True), (5, 8, 8, True), (4, 8, 8, False)],
)
def test_question_is_shown_if_enough_answers_are_nobodys_own(
    answered: int, forms: int, paper_forms: int, is_shown: bool
) -> None:
    known = evaluation_rules.known_answers(forms=forms, paper_forms=paper_forms)
    assert evaluation_rules.distribution(QuestionKind.SCALE, {4: answered}, known).is_shown is is_shown


def test_ballots_of_the_same_questions_are_equally_long() -> None:
    kinds = [QuestionKind.SCALE, QuestionKind.YES_NO, QuestionKind.OPEN, QuestionKind.OPEN]
    longest = [
        Answer(2**31, words='"' * evaluation_rules.MAX_WORDS),
        Answer(2**31 - 1, words="𓃠" * evaluation_rules.MAX_WORDS),
    ]
    forms = [[], [Answer(1, rating=5)], [Answer(1, rating=5), Answer(2, rating=0), *longest]]
    ballots = [evaluation_rules.ballot(form, kinds) for form in forms]
    assert len({len(text.encode()) for text in ballots}) == 1
    assert [evaluation_rules.read_ballot(text) for text in ballots] == forms


def test_first_form_can_be_asked_in_three_languages() -> None:
    questions = first_form()
    assert evaluation_rules.faults(questions) == []
    assert {"overall", "content", "facilitators", "usefulness", "organization"} <= {one.topic for one in questions}
    assert {one.kind for one in questions} == set(QuestionKind)
    assert all(text for one in questions for text in one.texts.values())


def test_faults_of_a_form() -> None:
    scale = evaluation_rules.Question(
        "a", QuestionKind.SCALE, {"text_ky": "Кандай?", "low_en": "poor", "high_ru": "х" * 61}
    )
    words = evaluation_rules.Question("b", QuestionKind.OPEN, {"text_ru": ""})
    assert evaluation_rules.faults([scale, words]) == [
        RecordFault(QuestionFault.TOO_LONG, "high_ru", 0),
        RecordFault(QuestionFault.TEXT_MISSING, "text_ru", 1),
    ]
    assert evaluation_rules.faults([]) == [RecordFault(QuestionFault.NONE_LEFT, "")]
    assert evaluation_rules.faults(first_form() * 4)[0].code == QuestionFault.TOO_MANY
