"""Questions, answers, scores and results of a test, and what is refused or withheld.

An answer is a text of option letters in alphabetical order ("BD"); a sheet is the answers in the order of the test,
with `GAP` for a question that was left out ("A BD - C").
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import fmean

from portal.assessments import statistics
from portal.assessments.statistics import FEWEST_PAIRS, Change
from portal.platform.texts import N_, Labelled, Text
from portal.registration.rules import SEATED, RegistrationState

LETTERS = "ABCDEF"
GAP = "-"
MOST_QUESTIONS = 60
TRUE_FALSE = (Text("Туура", "Верно", "True"), Text("Туура эмес", "Неверно", "False"))
_NUMBERS = "123456"
_GAPS = frozenset("-–—.0_")


class Moment(Labelled):
    PRE = "pre", N_("Test before the training")
    POST = "post", N_("Test after the training")


class QuestionKind(Labelled):
    SINGLE = "single", N_("One right answer")
    MULTIPLE = "multiple", N_("Several right answers")
    TRUE_FALSE = "true_false", N_("A statement: true or false")


class UsedIn(Labelled):
    BOTH = "both", N_("Before and after the training")
    PRE = "pre", N_("Only before")
    POST = "post", N_("Only after")


class GradeStatus(StrEnum):
    """What the test after the training says about somebody's certificate."""

    NOT_REQUIRED = "not_required"
    PASSED = "passed"
    BELOW_GRADE = "below_grade"
    NOT_TAKEN = "not_taken"


class Fault(Labelled):
    TEXT_MISSING = "text_missing", N_("Write the question in at least one language.")
    OPTIONS_TOO_FEW = "options_too_few", N_("Give at least two answers to choose from.")
    OPTION_GAP = "option_gap", N_("Fill in the answers from the top, without a gap.")
    ONE_CORRECT = "one_correct", N_("Say which one answer is right.")
    SOME_CORRECT = "some_correct", N_("Say which answers are right: at least one.")
    TWIN_NEEDS_POST = (
        "twin_needs_post",
        N_("Only a question of the test after the training is equated with one before it."),
    )


class SheetFault(Labelled):
    TOO_MANY = "too_many", N_("%(given)s answers for %(wanted)s questions: there are too many.")
    TOO_FEW = "too_few", N_("%(given)s answers for %(wanted)s questions. Type - for a question that was left out.")
    NOT_LATIN = (
        "not_latin",
        N_("“%(found)s” is a Cyrillic letter. Switch the keyboard to Latin, or type numbers: 1 for A, 2 for B."),
    )
    NO_SUCH_OPTION = (
        "no_such_option",
        N_("Question %(number)s has %(wanted)s answers; “%(found)s” is none of them."),
    )
    ONE_ANSWER = "one_answer", N_("Question %(number)s takes one answer, not “%(found)s”. Type - if there are several.")


class AssessmentRefusal(Labelled):
    NO_QUESTIONS = "no_questions", N_("This version of the test has no questions yet.")
    PRE_STILL_OPEN = "pre_still_open", N_("Close the test before the training first.")
    POST_HAS_BEGUN = (
        "post_has_begun",
        N_("The test after the training has begun, so the one before it stays closed."),
    )
    NOT_OPEN = (
        "not_open",
        N_("The test is closed: the answers were not taken. Tell your coordinator if that is a mistake."),
    )
    NEVER_OPENED = "never_opened", N_("The test was not opened yet.")
    NOT_CONFIRMED = "not_confirmed", N_("Only people with a confirmed seat take the test.")
    NOT_A_PARTICIPANT = "not_a_participant", N_("Facilitators and guests take no test.")
    TRAINING_FINALIZED = "training_finalized", N_("The training is finalized: its tests no longer change.")
    TRAINING_CANCELLED = "training_cancelled", N_("The training is cancelled: it has no tests.")


@dataclass(frozen=True)
class QuestionDraft:
    """A question as somebody wrote it; `correct` are the places of the right options, `twin` a reference."""

    kind: str
    used_in: str
    topic: Text
    text: Text
    options: tuple[Text, ...]
    correct: tuple[int, ...]
    twin: str = ""

    @property
    def offered(self) -> tuple[Text, ...]:
        """Return the options up to the last that has words; a statement is always true or false."""
        if self.kind == QuestionKind.TRUE_FALSE:
            return TRUE_FALSE
        filled = [place for place, option in enumerate(self.options) if option]
        return self.options[: max(filled, default=-1) + 1]

    @property
    def substance(self) -> tuple[object, ...]:
        return self.kind, self.used_in, len(self.offered), letters_of(self.correct), self.twin


@dataclass(frozen=True)
class Item:
    """A question as a test scores it: how many options, which are right, and what it is compared with.

    `measures` is equal for the same question in both versions and for the two of an equated pair.
    """

    kind: str
    options: int
    key: str
    measures: int

    def is_right(self, answer: str) -> bool:
        """Tell whether exactly the right options were chosen; there is no part of a point."""
        return answer == self.key


@dataclass(frozen=True)
class SheetProblem:
    """What is wrong with a row of letters, and at which question."""

    fault: SheetFault
    number: int = 0
    given: int = 0
    wanted: int = 0
    found: str = ""


def question_faults(draft: QuestionDraft) -> list[Fault]:
    found = [] if draft.text else [Fault.TEXT_MISSING]
    options = [bool(option) for option in draft.offered]
    if sum(options) < 2:
        found.append(Fault.OPTIONS_TOO_FEW)
    elif not all(options):
        found.append(Fault.OPTION_GAP)
    right = [place for place in draft.correct if place < len(options) and options[place]]
    if draft.kind == QuestionKind.MULTIPLE and not right:
        found.append(Fault.SOME_CORRECT)
    if draft.kind != QuestionKind.MULTIPLE and len(right) != 1:
        found.append(Fault.ONE_CORRECT)
    if draft.twin and draft.used_in != UsedIn.POST:
        found.append(Fault.TWIN_NEEDS_POST)
    return found


def letters_of(places: Iterable[int]) -> str:
    return "".join(LETTERS[place] for place in sorted(set(places)))


def is_comparable(pre: Iterable[Item], post: Iterable[Item]) -> bool:
    """Tell whether both versions measure the same things, each as often, so that their scores may be compared."""
    return Counter(item.measures for item in pre) == Counter(item.measures for item in post)


def points(items: Sequence[Item], answers: Sequence[str]) -> int:
    return sum(item.is_right(answer) for item, answer in zip(items, answers, strict=True))


def percent(points_reached: int, maximum: int) -> float:
    return 100 * points_reached / maximum


def grade_status(score: tuple[int, int] | None, minimum: int | None) -> GradeStatus:
    """Return whether points of a maximum reach the minimum grade in percent; compared as integers, never rounded.

    Without a minimum it is enough to have taken the test.
    """
    if score is None:
        return GradeStatus.NOT_TAKEN
    reached, maximum = score
    return GradeStatus.PASSED if reached * 100 >= (minimum or 0) * maximum else GradeStatus.BELOW_GRADE


def join_answers(answers: Iterable[str]) -> str:
    return " ".join(answer or GAP for answer in answers)


def split_answers(letters: str) -> list[str]:
    """Return the answers of a kept sheet; a gap is an empty text."""
    return ["" if answer == GAP else answer for answer in letters.split()]


def read_row(typed: str, items: Sequence[Item]) -> list[str] | SheetProblem:
    """Return the answers of a typed row: letters or numbers, parted by spaces, or one sign for each question.

    A row that does not fit the test is refused whole; nothing is guessed. Cyrillic letters are refused too: В is the
    third letter of one alphabet and looks like the second of the other.
    """
    words = re.split(r"[\s,;/|]+", typed.strip(" \t,;/|").upper())
    if len(words) == 1 and len(words[0]) == len(items):
        words = list(words[0])
    words = [word for word in words if word]
    foreign = next((sign for word in words for sign in word if sign.isalpha() and not sign.isascii()), "")
    if foreign:
        return SheetProblem(SheetFault.NOT_LATIN, found=foreign)
    if len(words) != len(items):
        fault = SheetFault.TOO_MANY if len(words) > len(items) else SheetFault.TOO_FEW
        return SheetProblem(fault, given=len(words), wanted=len(items))
    answers = [_read_answer(word) for word in words]
    return sheet_problem(answers, items) or answers


def sheet_problem(answers: Sequence[str], items: Sequence[Item]) -> SheetProblem | None:
    """Return the first answer that its question does not have."""
    for number, (answer, item) in enumerate(zip(answers, items, strict=True), start=1):
        strange = next((sign for sign in answer if sign not in LETTERS[: item.options]), "")
        if strange:
            return SheetProblem(SheetFault.NO_SUCH_OPTION, number, wanted=item.options, found=strange)
        if item.kind != QuestionKind.MULTIPLE and len(answer) > 1:
            return SheetProblem(SheetFault.ONE_ANSWER, number, found=answer)
    return None


def _read_answer(word: str) -> str:
    if len(word) == 1 and word in _GAPS:
        return ""
    letters = {LETTERS[int(sign) - 1] if sign in _NUMBERS else sign for sign in word}
    return "".join(sorted(letters))


def person_refusal(state: str, role: str) -> AssessmentRefusal | None:
    if role not in SEATED:
        return AssessmentRefusal.NOT_A_PARTICIPANT
    return None if state == RegistrationState.CONFIRMED else AssessmentRefusal.NOT_CONFIRMED


def opening_refusal(
    moment: Moment, *, questions: int, is_pre_open: bool, has_post_begun: bool
) -> AssessmentRefusal | None:
    """Return why a test cannot be opened: the one before must be over before the one after begins, and stay so."""
    if not questions:
        return AssessmentRefusal.NO_QUESTIONS
    if moment == Moment.POST and is_pre_open:
        return AssessmentRefusal.PRE_STILL_OPEN
    return AssessmentRefusal.POST_HAS_BEGUN if moment == Moment.PRE and has_post_begun else None


WEAK_BELOW = 60  # Percent of right answers below which a question or topic is called weak.


@dataclass(frozen=True)
class Version:
    """One of the two tests: its questions, and the answers of each person to them."""

    items: Sequence[Item] = ()
    answers: Mapping[int, Sequence[str]] = field(default_factory=dict)

    @property
    def percents(self) -> dict[int, float]:
        return {one: percent(points(self.items, given), len(self.items)) for one, given in self.answers.items()}

    def mean(self) -> float | None:
        """Return the mean score, if enough people stand behind it."""
        scores = self.percents.values()
        return fmean(scores) if len(scores) >= FEWEST_PAIRS else None

    def shares(self, people: Sequence[int]) -> dict[int, float]:
        """Return the percentage of these people who answered each thing right, if they are enough."""
        if len(people) < FEWEST_PAIRS:
            return {}
        return {
            item.measures: percent(sum(item.is_right(self.answers[one][place]) for one in people), len(people))
            for place, item in enumerate(self.items)
        }


@dataclass(frozen=True)
class Share:
    """How many percent answered one thing right, before and after; None where it is not asked, or by too few."""

    pre: float | None
    post: float | None

    @property
    def is_weak(self) -> bool:
        """Tell whether it is still not known well: after the training, or before it while there is no after."""
        latest = self.pre if self.post is None else self.post
        return latest is not None and latest < WEAK_BELOW


@dataclass(frozen=True)
class Results:
    """The figures of a training. Only pairs enter `change`; `shares` are by what the questions measure."""

    n_pre: int
    n_post: int
    n_paired: int
    mean_pre: float | None
    mean_post: float | None
    is_comparable: bool
    change: Change | None
    is_ceiling: bool
    shares: dict[int, Share]

    @property
    def is_anything_shown(self) -> bool:
        """Tell whether enough people stand behind any figure."""
        return self.mean_pre is not None or self.mean_post is not None


def results(pre: Version, post: Version) -> Results:
    """Return what two tests of the same people say; versions that measure different things are not compared."""
    paired = sorted(pre.answers.keys() & post.answers.keys())
    comparable = bool(pre.items) and bool(post.items) and is_comparable(pre.items, post.items)
    before, after = pre.percents, post.percents
    is_pairing = comparable and len(paired) >= FEWEST_PAIRS
    shares_pre = pre.shares(paired if is_pairing else list(pre.answers))
    shares_post = post.shares(paired if is_pairing else list(post.answers))
    measured = dict.fromkeys([*(item.measures for item in pre.items), *(item.measures for item in post.items)])
    return Results(
        n_pre=len(pre.answers),
        n_post=len(post.answers),
        n_paired=len(paired),
        mean_pre=pre.mean(),
        mean_post=post.mean(),
        is_comparable=comparable,
        change=statistics.change([(before[one], after[one]) for one in paired]) if comparable else None,
        is_ceiling=pre.mean() is not None and statistics.is_ceiling(list(before.values())),
        shares={one: Share(shares_pre.get(one), shares_post.get(one)) for one in measured},
    )


def joint(shares: Sequence[Share]) -> Share:
    """Return the mean share of the questions of one topic."""
    pre = [share.pre for share in shares if share.pre is not None]
    post = [share.post for share in shares if share.post is not None]
    return Share(fmean(pre) if pre else None, fmean(post) if post else None)
