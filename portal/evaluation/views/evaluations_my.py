"""The participant's form: on a phone, in two minutes, and anonymous."""

from flask import Blueprint, Response, render_template, url_for

from portal.access.guard import participant, requires
from portal.access.permissions import Permission
from portal.evaluation.forms.evaluations import AnswerForm, answer_form, name_of
from portal.evaluation.operations import evaluations as operations
from portal.evaluation.queries import evaluations as queries
from portal.evaluation.rules.evaluations import FEWEST, Standing
from portal.platform import clock
from portal.platform.answers import see_other
from portal.platform.errors import Conflict, Refusal
from portal.platform.submissions import repeatable
from portal.registration.models import ParticipantSession, Registration

bp = Blueprint("my_evaluation", __name__, url_prefix="/my/evaluation")


@bp.get("")
@requires(Permission.ANSWER_EVALUATION)
def show() -> str:
    """Show the questions, or why there is nothing to answer."""
    return _page(_registration())


@bp.post("")
@requires(Permission.ANSWER_EVALUATION)
@repeatable  # A second form of somebody is refused; a form's key would keep when it came and a hash of what it says.
def answer() -> Response | tuple[str, int]:
    """Take a form."""
    registration = _registration()
    questions = queries.get_form(registration.training).questions
    form = answer_form(questions)
    if not form.validate():
        return _page(registration, form), 422
    try:
        operations.answer(registration, form.answers(questions), now=clock.now())
    except Refusal as refusal:
        # What was typed stays where it can be sent again; the words of a conflict say what is so now.
        return _page(registration, None if isinstance(refusal, Conflict) else form, refusal), refusal.status
    return see_other(url_for("my_evaluation.show"))


def _page(registration: Registration, form: AnswerForm | None = None, refusal: Refusal | None = None) -> str:
    training = registration.training
    standing = queries.get_standing(registration, clock.now())
    questions = queries.get_form(training).questions if standing == Standing.TO_ANSWER else []
    return render_template(
        "evaluation/my_evaluation.html",
        registration=registration,
        standing=standing,
        questions=questions,
        form=form or answer_form(questions),
        name_of=name_of,
        refusal=refusal,
        closes_on=queries.closes_on(training),
        fewest=FEWEST,
    )


def _registration() -> Registration:
    stay = participant()
    assert isinstance(stay, ParticipantSession)
    return stay.registration
