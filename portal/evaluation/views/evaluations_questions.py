"""What the participants of a course are asked, changed from a training that has not been evaluated yet."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.evaluation.forms.evaluations_questions import QuestionsForm
from portal.evaluation.operations import evaluations as operations
from portal.evaluation.operations.evaluations import FormRefused, QuestionsChanged
from portal.evaluation.queries import evaluations as queries
from portal.evaluation.rules.evaluations import (
    MAX_QUESTIONS,
    EvaluationState,
    Fault,
    QuestionFault,
    QuestionKind,
)
from portal.platform import clock, tokens
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.wording import _l
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("evaluation_questions", __name__, url_prefix="/trainings/<code>/evaluation/questions")

_FAULTS: Mapping[QuestionFault, Any] = {
    QuestionFault.TEXT_MISSING: _l("Write the question in at least one language."),
    QuestionFault.END_MISSING: _l("Say what this end of the scale means, in at least one language."),
    QuestionFault.TOO_LONG: _l("The text is too long."),
    QuestionFault.NONE_LEFT: _l("Ask at least one question."),
    QuestionFault.TOO_MANY: _l("Ask at most %(most)s questions: people have two minutes."),
}


@bp.get("")
@requires(Permission.RUN_EVALUATION, training=get_training)
def edit(training: Training) -> Response:
    """Show the questions in the form."""
    known, form = queries.get_form(training), QuestionsForm(formdata=None)
    form.fill(operations.questions_of(known), known.id)
    return _page(training, form)


@bp.post("")
@requires(Permission.RUN_EVALUATION, training=get_training)
def update(training: Training) -> Response:
    """Save the questions as a new version, or do what one of the form's other buttons asks for."""
    form, act = QuestionsForm(), request.form.get("act", "")
    if act:
        form.act(act)
        form.form_key.data = tokens.random_token()  # What is sent next is another form.
        return _page(training, form)
    if not form.validate():
        return _page(training, form, status=422)
    try:
        operations.change_form(training, form.asked(), form_id=form.form_id.data or 0, actor=actor(), now=clock.now())
    except FormRefused as refusal:
        return _page(training, form, problems=form.show(refusal.faults, _wording), status=refusal.status)
    except QuestionsChanged as refusal:
        saved = queries.get_form(training)
        form.form_id.data, form.form_id.raw_data = saved.id, None
        return _page(training, form, refusal=refusal, saved=saved.questions, status=refusal.status)
    except Refusal as refusal:
        return _page(training, form, refusal=refusal, status=refusal.status)
    flash(_("The questions are saved: this training and the next ones of the course ask them."))
    return see_other(url_for("evaluations.index", code=training.code))


def _page(training: Training, form: QuestionsForm, *, status: int = 200, **context: Any) -> Response:
    state = queries.get_state(training, clock.now())
    may_change = state == EvaluationState.UPCOMING and queries.get_evaluation(training) is None
    page = render_template(
        "evaluation/questions.html",
        training=training,
        form=form,
        may_change=may_change,
        kinds=list(QuestionKind),
        **context,
    )
    return make_response(page, status)


def _wording(fault: Fault) -> Any:
    return _FAULTS[fault.code] % {"most": MAX_QUESTIONS}
