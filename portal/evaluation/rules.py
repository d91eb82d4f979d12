"""Evaluations: when they are open, who is asked, what a valid answer is, and what may be shown."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.attendance.rules import Attended
from portal.platform.texts import LANGUAGES, N_, Labelled
from portal.records.rules import RecordFault

# Fewer forms than this are shown to nobody: whoever answered could be guessed. Paper forms are known to whoever has
# typed them in and could be subtracted, so they never help forms that came by link over it.
FEWEST = 5
# So long after the last session it closes by itself.
OPEN_FOR = timedelta(days=14)
SCALE = (1, 2, 3, 4, 5)
YES_NO = (1, 0)
MAX_WORDS = 2000
MAX_QUESTIONS = 30
MAX_TEXT = 300
MAX_END = 60
_BYTES_OF_A_SIGN = 4  # The most in UTF-8; JSON writes none of those that `clean_words` lets through in more.
_AROUND_AN_ANSWER = 64  # Its question, its mark and what JSON puts around them.


class QuestionKind(StrEnum):
    """How a question is answered: on a scale of five with named ends, by yes or no, in own words."""

    SCALE = "scale"
    YES_NO = "yes_no"
    OPEN = "open"


class EvaluationState(StrEnum):
    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class EvaluationStatus(StrEnum):
    NOT_ASKED = "not_asked"
    NOT_YET = "not_yet"
    TO_ANSWER = "to_answer"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True)
class Question:
    """A question as it is asked, in the three languages, with the names of a scale's ends."""

    topic: str
    kind: QuestionKind
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    question_id: int
    rating: int | None = None
    words: str | None = None


@dataclass(frozen=True)
class Distribution:
    """How often each answer was given to one question; `known` is how many of the answers somebody may know already."""

    values: tuple[int, ...]
    counts: tuple[int, ...]
    known: int = 0

    @property
    def answered(self) -> int:
        return sum(self.counts)

    @property
    def rows(self) -> list[tuple[int, int]]:
        """Return each answer with its count, the best one first."""
        return sorted(zip(self.values, self.counts, strict=True), reverse=True)

    @property
    def is_shown(self) -> bool:
        """Tell whether so many have answered that nobody's answer is given away."""
        return self.answered - self.known >= FEWEST

    @property
    def median(self) -> tuple[int, int]:
        """Return the two middle answers, which are mostly one: answers on a scale have an order but no distances."""
        ordered = [value for value, count in reversed(self.rows) for _ in range(count)]
        return ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]

    @property
    def favorable(self) -> int:
        """Return how many gave one of the two best marks, or said yes."""
        best = (4, 5) if self.values == SCALE else (1,)
        return sum(count for value, count in self.rows if value in best)

    def percent(self, count: int) -> int:
        """Return a count as a share of those who answered, rounded half up."""
        return (200 * count + self.answered) // (2 * self.answered)


def state(
    *,
    ends_at: datetime | None,
    opened_at: datetime | None,
    closed_at: datetime | None,
    is_cancelled: bool,
    now: datetime,
) -> EvaluationState:
    """Return how an evaluation stands: open by hand or from the end of the last session, until its time is over."""
    end = closes_at(ends_at, opened_at)
    if closed_at is not None:
        return EvaluationState.CLOSED
    if is_cancelled:
        return EvaluationState.CANCELLED
    if end is not None and end <= now:
        return EvaluationState.CLOSED
    is_over = ends_at is not None and ends_at <= now
    return EvaluationState.OPEN if is_over or opened_at is not None else EvaluationState.UPCOMING


def closes_at(ends_at: datetime | None, opened_at: datetime | None) -> datetime | None:
    """Return when an evaluation closes by itself, counted from the last session or, without one, from its opening."""
    begun = [moment for moment in (ends_at, opened_at) if moment is not None]
    return max(begun) + OPEN_FOR if begun else None


def status(evaluation: EvaluationState, *, is_asked: bool, has_answered: bool) -> EvaluationStatus:
    if has_answered:
        return EvaluationStatus.ANSWERED
    if not is_asked or evaluation == EvaluationState.CANCELLED:
        return EvaluationStatus.NOT_ASKED
    return {
        EvaluationState.UPCOMING: EvaluationStatus.NOT_YET,
        EvaluationState.OPEN: EvaluationStatus.TO_ANSWER,
        EvaluationState.CLOSED: EvaluationStatus.CLOSED,
    }[evaluation]


def was_there(known: Attended) -> bool:
    """Tell whether somebody is asked: whoever came to some session, or whom nobody has marked yet."""
    return known.attended > 0 or known.unmarked > 0 or known.scheduled == 0


def clean_words(typed: str) -> str:
    """Return words without signs that nobody sees and without empty edges."""
    seen = (sign for sign in typed.replace("\r\n", "\n") if sign >= " " or sign in "\n\t")
    return "".join(seen).strip()


def can_be_answer(kind: QuestionKind, answer: Answer) -> bool:
    if kind == QuestionKind.OPEN:
        words = answer.words or ""
        return answer.rating is None and 0 < len(words) <= MAX_WORDS and words == clean_words(words)
    return answer.words is None and answer.rating in (SCALE if kind == QuestionKind.SCALE else YES_NO)


def ballot(answers: Sequence[Answer], kinds: Iterable[QuestionKind]) -> str:
    """Return a form as a text that is as long as the longest form of these questions: its length says nothing."""
    written = json.dumps([[one.question_id, one.rating, one.words] for one in answers], ensure_ascii=False)
    words = _BYTES_OF_A_SIGN * MAX_WORDS
    longest = sum(_AROUND_AN_ANSWER + (words if kind == QuestionKind.OPEN else 0) for kind in kinds)
    return written + " " * (longest - len(written.encode()))


def read_ballot(text: str) -> list[Answer]:
    return [Answer(*values) for values in json.loads(text)]


def known_answers(*, forms: int, paper_forms: int) -> int:
    """Return how many answers to a question may be known to whoever typed in the paper forms, among those by link.

    Which answers stood on paper is not kept, so it is as many as there are paper forms. Where all are on paper there
    is nobody else to protect from them.
    """
    return paper_forms if forms > paper_forms else 0


def distribution(kind: QuestionKind, counted: Mapping[int, int], known: int = 0) -> Distribution:
    values = SCALE if kind == QuestionKind.SCALE else YES_NO
    return Distribution(values, tuple(counted.get(value, 0) for value in values), known)


def may_show(*, is_closed: bool, forms: int, paper_forms: int) -> bool:
    """Tell whether anybody may read results: after the end, and of enough forms by link, or of all of them on paper."""
    by_link = forms - paper_forms
    return is_closed and (by_link >= FEWEST or (by_link == 0 and paper_forms >= FEWEST))


def may_show_comments(*, is_closed: bool, forms: int, paper_forms: int) -> bool:
    """Tell whether coordinators may read comments: only of enough forms that came by link."""
    return is_closed and forms - paper_forms >= FEWEST


class QuestionFault(Labelled):
    TEXT_MISSING = "text_missing", N_("Write the question in at least one language.")
    END_MISSING = "end_missing", N_("Say what this end of the scale means, in at least one language.")
    TOO_LONG = "too_long", N_("The text is too long.")
    NONE_LEFT = "none_left", N_("Ask at least one question.")
    TOO_MANY = "too_many", N_("Ask at most %(most)s questions: people have two minutes.")


def faults(questions: Sequence[Question]) -> list[RecordFault]:
    if not questions:
        return [RecordFault(QuestionFault.NONE_LEFT, "")]
    too_many = RecordFault(QuestionFault.TOO_MANY, "", args={"most": MAX_QUESTIONS})
    found = [too_many] if len(questions) > MAX_QUESTIONS else []
    for place, question in enumerate(questions):
        found += [RecordFault(code, column, place) for code, column in _faults_of(question)]
    return found


def _faults_of(question: Question) -> list[tuple[QuestionFault, str]]:
    wanted = [("text", QuestionFault.TEXT_MISSING, MAX_TEXT)]
    if question.kind == QuestionKind.SCALE:
        wanted += [("low", QuestionFault.END_MISSING, MAX_END), ("high", QuestionFault.END_MISSING, MAX_END)]
    found = []
    for name, missing, longest in wanted:
        texts = {f"{name}_{language}": question.texts.get(f"{name}_{language}", "") for language in LANGUAGES}
        if not any(texts.values()):
            found.append((missing, f"{name}_ru"))
        found += [(QuestionFault.TOO_LONG, column) for column, text in texts.items() if len(text) > longest]
    return found
