"""A course's question bank, reached from a training that uses it."""

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.assessments import question_queries, questions, rules
from portal.assessments.forms import QuestionForm
from portal.assessments.models import AssessmentQuestion
from portal.assessments.question_queries import BankQuestion, get_bank_question
from portal.assessments.questions import QuestionChanged
from portal.assessments.rules import Moment, QuestionKind, UsedIn
from portal.platform import clock, i18n
from portal.platform.answers import act, see_other
from portal.platform.errors import Refusal
from portal.platform.i18n import text_of
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("assessment_questions", __name__, url_prefix="/trainings/<code>/assessments/questions")


@bp.get("")
@requires(Permission.RUN_ASSESSMENTS, training=get_training)
def index(training: Training) -> str:
    """List the questions in their order."""
    return _index(training)


@bp.get("/new")
@requires(Permission.RUN_ASSESSMENTS, training=get_training)
def new(training: Training) -> str:
    """Show the empty form."""
    form = QuestionForm(formdata=None, kind=QuestionKind.SINGLE.value, used_in=UsedIn.BOTH.value)
    return _page(training, form, None)


@bp.post("")
@requires(Permission.RUN_ASSESSMENTS, training=get_training)
def create(training: Training) -> Response | tuple[str, int]:
    """Add a question at the end."""
    form = QuestionForm()
    _offer(form, training, None)
    if not form.validate():
        return _page(training, form, None), 422
    return act(
        lambda: questions.add(training.course, form.draft(), actor=actor(), now=clock.now()),
        then=lambda _question: _to_index(training, _("The question is saved.")),
        again=lambda refusal: _page(training, form, None, refusal=refusal),
    )


@bp.get("/<question_reference>")
@requires(Permission.RUN_ASSESSMENTS, training=get_training, entry=get_bank_question)
def edit(training: Training, entry: BankQuestion) -> str:
    """Show a question in the form."""
    form = QuestionForm(formdata=None)
    form.show(entry.question)
    return _page(training, form, entry.question)


@bp.post("/<question_reference>")
@requires(Permission.RUN_ASSESSMENTS, training=get_training, entry=get_bank_question)
def update(training: Training, entry: BankQuestion) -> Response | tuple[str, int]:
    """Save the changed question."""
    form, question = QuestionForm(), entry.question
    _offer(form, training, question)
    if not form.validate():
        return _page(training, form, question), 422
    sent = form.version.data or ""
    version = int(sent) if sent.isdigit() else 0

    def again(refusal: Refusal) -> str:
        is_stale = isinstance(refusal, QuestionChanged)
        if is_stale:
            form.version.data = str(question.version)
        return _page(training, form, question, refusal=refusal, is_stale=is_stale)

    return act(
        lambda: questions.change(question, form.draft(), version=version, actor=actor(), now=clock.now()),
        then=lambda _question: _to_index(training, _("The question is saved.")),
        again=again,
    )


@bp.post("/<question_reference>/retire")
@requires(Permission.RUN_ASSESSMENTS, training=get_training, entry=get_bank_question)
def retire(training: Training, entry: BankQuestion) -> Response:
    """Ask the question in no further test."""
    questions.retire(entry.question, actor=actor(), now=clock.now())
    return _to_index(training, _("The question is retired: new tests do not ask it."))


@bp.post("/<question_reference>/restore")
@requires(Permission.RUN_ASSESSMENTS, training=get_training, entry=get_bank_question)
def restore(training: Training, entry: BankQuestion) -> Response:
    """Ask a retired question again."""
    questions.restore(entry.question, actor=actor(), now=clock.now())
    return _to_index(training, _("New tests ask the question again."))


@bp.post("/<question_reference>/delete")
@requires(Permission.RUN_ASSESSMENTS, training=get_training, entry=get_bank_question)
def remove(training: Training, entry: BankQuestion) -> Response:
    """Delete a question that nobody has answered."""
    return act(
        lambda: questions.remove(entry.question, actor=actor(), now=clock.now()),
        then=lambda _done: _to_index(training, _("The question is deleted.")),
        again=lambda refusal: _index(training, refusal=refusal),
    )


@bp.post("/<question_reference>/move")
@requires(Permission.RUN_ASSESSMENTS, training=get_training, entry=get_bank_question)
def move(training: Training, entry: BankQuestion) -> Response:
    """Let the question change places with its neighbor."""
    is_up = request.form.get("direction") == "up"
    questions.move(entry.question, up=is_up, actor=actor(), now=clock.now())
    return _to_index(training, _anchor=f"question-{entry.question.reference}")


def _index(training: Training, **context: Any) -> str:
    known = question_queries.list_questions(training.course_id)
    asked = {moment: [one for one in known if question_queries.is_asked(one, moment)] for moment in Moment}
    return render_template(
        "assessments/questions.html",
        training=training,
        questions=[one for one in known if one.retired_at is None],
        retired=[one for one in known if one.retired_at is not None],
        answered=question_queries.find_answered(training.course_id),
        asked=asked,
        is_comparable=rules.is_comparable(*(question_queries.items_of(asked[moment]) for moment in Moment)),
        missing=_missing,
        QuestionKind=QuestionKind,
        UsedIn=UsedIn,
        **context,
    )


def _missing(question: AssessmentQuestion) -> list[str]:
    """Return the languages in which somebody would read another one's words."""
    parts = [question, *question.options]
    return [i18n.NAMES[lang] for lang in i18n.LOCALES if not all(getattr(one, f"text_{lang}") for one in parts)]


def _page(training: Training, form: QuestionForm, question: AssessmentQuestion | None, **context: Any) -> str:
    _offer(form, training, question)
    return render_template(
        "assessments/question.html",
        training=training,
        form=form,
        question=question,
        has_answers=question is not None and question_queries.has_answers(question),
        letters=rules.LETTERS,
        **context,
    )


def _offer(form: QuestionForm, training: Training, question: AssessmentQuestion | None) -> None:
    others = [
        one
        for one in question_queries.list_questions(training.course_id)
        if one.used_in == UsedIn.PRE and one is not question and one.retired_at is None
    ]
    form.offer([(one.reference, f"{text_of(one, 'text')[:80]}") for one in others])


def _to_index(training: Training, words: str = "", **values: Any) -> Response:
    return see_other(url_for("assessment_questions.index", code=training.code, **values), words)
