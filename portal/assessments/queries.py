"""Read tests, the sheets that count, and combined results, in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from portal.assessments import question_queries, rules
from portal.assessments.models import Assessment, AssessmentItem, AssessmentQuestion, AssessmentSheet
from portal.assessments.rules import GradeStatus, Moment, Results, Share, Version, percent
from portal.attendance.queries import MARKED_ROLES
from portal.people.models import Person
from portal.platform import paging
from portal.platform.db import db
from portal.platform.paging import Page
from portal.platform.texts import Text
from portal.registration.models import Registration
from portal.registration.rules import RegistrationState
from portal.trainings.models import Training


def list_scores(trainings: Select[int]) -> dict[tuple[int, str], tuple[int, int]]:
    """Return points and maximum by registration and moment, of those who take part; the last revision counts."""
    sheet = AssessmentSheet
    query = (
        select(sheet.registration_id, Assessment.moment, sheet.points, sheet.maximum)
        .join(Assessment, Assessment.id == sheet.assessment_id)
        .join(Registration, Registration.id == sheet.registration_id)
        .where(
            Assessment.training_id.in_(trainings),
            Registration.state == RegistrationState.CONFIRMED,
            Registration.role.in_(MARKED_ROLES),
        )
        .order_by(sheet.revision)
    )
    return {(person, moment): (points, most) for person, moment, points, most in db.session.execute(query)}


def paired(scores: Mapping[tuple[int, str], tuple[int, int]], registration_id: int) -> tuple[float, float] | None:
    """Return both scores of somebody in percent, if both tests were taken."""
    pre, post = (scores.get((registration_id, moment)) for moment in Moment)
    return (percent(*pre), percent(*post)) if pre and post else None


def comparable(trainings: Select[int]) -> Subquery:
    """Return the question for the trainings whose two tests measure the same things, each as often."""
    measure = func.coalesce(AssessmentQuestion.twin_id, AssessmentQuestion.id)
    more_after = func.sum(case((Assessment.moment == Moment.POST, 1), else_=-1))
    balance = (
        select(Assessment.training_id, more_after.label("more_after"))
        .join(AssessmentItem, AssessmentItem.assessment_id == Assessment.id)
        .join(AssessmentQuestion, AssessmentQuestion.id == AssessmentItem.question_id)
        .where(Assessment.training_id.in_(trainings))
        .group_by(Assessment.training_id, measure)
        .subquery()
    )
    is_even = func.max(func.abs(balance.c.more_after)) == 0
    return select(balance.c.training_id).group_by(balance.c.training_id).having(is_even).subquery()


ROWS = 50
_TAKES_TESTS = and_(Registration.state == RegistrationState.CONFIRMED.value, Registration.role.in_(MARKED_ROLES))


@dataclass(frozen=True)
class AssessmentState:
    """How the test before or after a training stands; `questions` are those that it asks, or would ask now."""

    moment: Moment
    assessment: Assessment | None
    questions: int
    handed_in: int
    expected: int

    @property
    def name(self) -> str:
        if self.assessment is None:
            return "planned"
        return "open" if self.assessment.is_open else "closed"


@dataclass(frozen=True)
class QuestionLine:
    """One line of the table of questions; `post` is the question of the test after, if it is another one."""

    question: AssessmentQuestion
    post: AssessmentQuestion | None
    share: Share


@dataclass(frozen=True)
class TopicLine:
    """The mean of a topic's questions; `first` is one of them, which knows the topic's name."""

    first: AssessmentQuestion
    questions: int
    share: Share


@dataclass(frozen=True)
class Report:
    results: Results
    questions: Sequence[QuestionLine]
    topics: Sequence[TopicLine]


@dataclass(frozen=True)
class ScoreRow:
    """One person's sheets that count."""

    registration: Registration
    sheets: dict[str, AssessmentSheet]

    @property
    def pre(self) -> AssessmentSheet | None:
        return self.sheets.get(Moment.PRE)

    @property
    def post(self) -> AssessmentSheet | None:
        return self.sheets.get(Moment.POST)


def find_assessment(training_id: int, moment: Moment | str) -> Assessment | None:
    """Return the test before or after a training, if it was ever opened."""
    query = select(Assessment).where(Assessment.training_id == training_id, Assessment.moment == str(moment))
    return db.session.scalars(query).one_or_none()


def list_open(training_id: int) -> list[Assessment]:
    """Return the tests of a training that take answers now."""
    query = select(Assessment).where(Assessment.training_id == training_id).order_by(Assessment.id)
    return [test for test in db.session.scalars(query) if test.is_open]


def find_by_code(training_id: int, code: str) -> Assessment | None:
    """Return the test of a training that has this code."""
    query = select(Assessment).where(Assessment.training_id == training_id, Assessment.code == code)
    return db.session.scalars(query.order_by(Assessment.id).limit(1)).first()


def list_questions(assessment: Assessment) -> list[AssessmentQuestion]:
    """Return the questions of a test in their places."""
    return question_queries.load_items([assessment.id]).get(assessment.id, [])


def find_sheet(assessment: Assessment, registration: Registration) -> AssessmentSheet | None:
    """Return the sheet of one person that counts."""
    query = select(AssessmentSheet).where(
        AssessmentSheet.assessment_id == assessment.id, AssessmentSheet.registration_id == registration.id
    )
    return db.session.scalars(query.order_by(AssessmentSheet.revision.desc()).limit(1)).first()


def count_sheets(assessment: Assessment) -> int:
    """Return how many people have handed in a sheet, whatever became of their seat."""
    query = select(func.count()).where(AssessmentSheet.assessment_id == assessment.id, _counts())
    return db.session.scalar(query) or 0


def states(training: Training) -> dict[Moment, AssessmentState]:
    """Return how both tests of a training stand."""
    tests = _tests_of(training)
    handed_in = dict(
        db.session.execute(
            select(AssessmentSheet.assessment_id, func.count())
            .join(Registration, Registration.id == AssessmentSheet.registration_id)
            .where(AssessmentSheet.assessment_id.in_([one.id for one in tests.values()]), _counts(), _TAKES_TESTS)
            .group_by(AssessmentSheet.assessment_id)
        ).all()
    )
    standing = question_queries.load_items(one.id for one in tests.values())
    questions = question_queries.list_questions(training.course_id)
    takes_part = select(func.count()).where(Registration.training_id == training.id, _TAKES_TESTS)
    expected = db.session.scalar(takes_part.select_from(Registration)) or 0
    found = {}
    for moment in Moment:
        test = tests.get(moment.value)
        asked = (
            standing.get(test.id, []) if test else [one for one in questions if question_queries.is_asked(one, moment)]
        )
        found[moment] = AssessmentState(moment, test, len(asked), handed_in.get(test.id, 0) if test else 0, expected)
    return found


def report(training: Training) -> Report:
    """Return the results of a training, of those who still take part in it."""
    tests = _tests_of(training)
    questions = question_queries.load_items(one.id for one in tests.values())
    asked = {moment: questions.get(tests[moment].id, []) if moment in tests else [] for moment in Moment}
    answers: dict[str, dict[int, list[str]]] = {moment: {} for moment in Moment}
    for moment, person, letters in db.session.execute(
        _sheets_of(training).with_only_columns(
            Assessment.moment, AssessmentSheet.registration_id, AssessmentSheet.letters
        )
    ):
        answers[moment][person] = rules.split_answers(letters)
    versions = [Version(question_queries.items_of(asked[moment]), answers[moment]) for moment in Moment]
    results = rules.results(*versions)
    lines = _question_lines(results, asked[Moment.PRE], asked[Moment.POST])
    return Report(results, lines, _topic_lines(lines))


def page_of_scores(training: Training, number: int, *, around: str = "") -> Page[ScoreRow]:
    """Return one page of the people who take the tests, in the Kyrgyz order of names, with their sheets.

    `around` is the reference of somebody whose page is wanted, whatever its number.
    """
    everybody = _everybody(training)
    page = paging.cut(everybody, everybody.index(around) // ROWS + 1 if around in everybody else number, ROWS)
    query = (
        select(Registration)
        .join(Registration.person)
        .options(contains_eager(Registration.person), joinedload(Registration.institution))
        .where(Registration.training_id == training.id, Registration.reference.in_(page.items))
        .order_by(Person.sort_key, Registration.id)
    )
    people = list(db.session.scalars(query))
    sheets: dict[int, dict[str, AssessmentSheet]] = {}
    wanted = _sheets_of(training).where(AssessmentSheet.registration_id.in_([one.id for one in people]))
    for sheet, moment in db.session.execute(wanted):
        sheets.setdefault(sheet.registration_id, {})[moment] = sheet
    return page.showing([ScoreRow(one, sheets.get(one.id, {})) for one in people])


def find_next(assessment: Assessment, after: str) -> str:
    """Return the reference of the next person without a sheet behind somebody in the order of names, else the first."""
    everybody = _everybody(assessment.training)
    sheets = select(Registration.reference).join(AssessmentSheet, AssessmentSheet.registration_id == Registration.id)
    done = set(db.session.scalars(sheets.where(AssessmentSheet.assessment_id == assessment.id)))
    place = everybody.index(after) + 1 if after in everybody else 0
    return next((one for one in (*everybody[place:], *everybody) if one not in done), "")


def list_for_person(registration: Registration) -> list[tuple[Assessment, AssessmentSheet | None]]:
    """Return the tests that were opened in one's training, each with one's own sheet."""
    query = (
        select(Assessment, AssessmentSheet)
        .outerjoin(
            AssessmentSheet,
            and_(
                AssessmentSheet.assessment_id == Assessment.id,
                AssessmentSheet.registration_id == registration.id,
                _counts(),
            ),
        )
        .where(Assessment.training_id == registration.training_id)
    )
    found = [(test, sheet) for test, sheet in db.session.execute(query)]
    return sorted(found, key=lambda one: list(Moment).index(Moment(one[0].moment)))


def list_grades(training: Training) -> dict[int, GradeStatus]:
    """Return what the test after says of everybody in a training who has handed it in; nothing if it is not asked."""
    if not training.is_assessment_required:
        return {}
    query = _sheets_of(training, whoever=True).where(Assessment.moment == Moment.POST.value)
    scores = query.with_only_columns(AssessmentSheet.registration_id, AssessmentSheet.points, AssessmentSheet.maximum)
    return {
        person: rules.grade_status((points, maximum), training.minimum_grade)
        for person, points, maximum in db.session.execute(scores)
    }


def has_passed() -> ColumnElement[bool]:
    """Return, for a query over Training and Registration, whether the test is not asked for or was passed."""
    passed = (
        select(AssessmentSheet.id)
        .join(Assessment, Assessment.id == AssessmentSheet.assessment_id)
        .where(
            AssessmentSheet.registration_id == Registration.id,
            Assessment.training_id == Training.id,
            Assessment.moment == Moment.POST.value,
            AssessmentSheet.points * 100 >= func.coalesce(Training.minimum_grade, 0) * AssessmentSheet.maximum,
            _counts(),
        )
    )
    return Training.is_assessment_required.is_(False) | passed.exists()


def _everybody(training: Training) -> list[str]:
    """Return the references of those who take the tests, in the Kyrgyz order of names."""
    query = (
        select(Registration.reference)
        .join(Person, Person.id == Registration.person_id)
        .where(Registration.training_id == training.id, _TAKES_TESTS)
        .order_by(Person.sort_key, Registration.id)
    )
    return list(db.session.scalars(query))


def progress_of(training_ids: Sequence[int]) -> list[Select[int, str, int]]:
    """Return queries of (training, what, how many), what being pre or post with _open, _closed or _sheets behind it."""
    state = case((Assessment.closed_at.is_(None), Assessment.moment + "_open"), else_=Assessment.moment + "_closed")
    tests = select(Assessment.training_id, state, literal(1)).where(Assessment.training_id.in_(training_ids))
    sheets = (
        select(Assessment.training_id, Assessment.moment + "_sheets", func.count())
        .join(AssessmentSheet, AssessmentSheet.assessment_id == Assessment.id)
        .join(Registration, Registration.id == AssessmentSheet.registration_id)
        .where(Assessment.training_id.in_(training_ids), _counts(), _TAKES_TESTS)
        .group_by(Assessment.training_id, Assessment.moment)
    )
    return [tests, sheets]


def _tests_of(training: Training) -> dict[str, Assessment]:
    query = select(Assessment).where(Assessment.training_id == training.id)
    return {one.moment: one for one in db.session.scalars(query)}


def _counts() -> ColumnElement[bool]:
    """Return whether a sheet has no later revision."""
    later = aliased(AssessmentSheet)
    newer = select(later.id).where(
        later.assessment_id == AssessmentSheet.assessment_id,
        later.registration_id == AssessmentSheet.registration_id,
        later.revision > AssessmentSheet.revision,
    )
    return ~newer.exists()


def _sheets_of(training: Training, *, whoever: bool = False) -> Select[AssessmentSheet, str]:
    query = (
        select(AssessmentSheet, Assessment.moment)
        .join(Assessment, Assessment.id == AssessmentSheet.assessment_id)
        .join(Registration, Registration.id == AssessmentSheet.registration_id)
        .where(Assessment.training_id == training.id, _counts())
    )
    return query if whoever else query.where(_TAKES_TESTS)


def _question_lines(
    results: Results, pre: Sequence[AssessmentQuestion], post: Sequence[AssessmentQuestion]
) -> list[QuestionLine]:
    after = {one.twin_id or one.id: one for one in post}
    before = {one.id: one for one in pre}
    lines = []
    for measured, share in results.shares.items():
        question, twin = before.get(measured), after.get(measured)
        shown = question or twin
        assert shown is not None
        lines.append(QuestionLine(shown, twin if question and twin is not question else None, share))
    return lines


def _topic_lines(lines: Sequence[QuestionLine]) -> list[TopicLine]:
    topics: dict[Text, list[QuestionLine]] = {}
    for line in lines:
        one = line.question
        topics.setdefault(one.topic, []).append(line)
    return [
        TopicLine(group[0].question, len(group), rules.joint([line.share for line in group]))
        for topic, group in topics.items()
        if topic
    ]
