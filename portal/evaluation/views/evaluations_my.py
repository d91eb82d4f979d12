"""The participant's form: on a phone, in two minutes, and anonymous."""

from flask import Blueprint, Response, redirect, render_template, url_for

from portal.access.guard import participant, requires
from portal.access.permissions import Permission
from portal.evaluation.forms.evaluations import AnswerForm, answer_form, name_of
from portal.evaluation.operations import evaluations as operations
from portal.evaluation.queries import evaluations as queries
from portal.evaluation.rules.evaluations import FEWEST, Standing
from portal.platform import clock, cookies, tokens
from portal.platform.db import transaction
from portal.platform.errors import Conflict, DomainError
from portal.platform.submissions import repeatable
from portal.registration.models import ParticipantSession, Registration
from portal.registration.rules.keys import COOKIE

bp = Blueprint("my_evaluation", __name__, url_prefix="/my/evaluation")


@bp.get("")
@requires(Permission.ANSWER_EVALUATION)
def show() -> str:
    """Show the questions, or why there is nothing to answer."""
    return _page(_registration())


@bp.post("")
@requires(Permission.ANSWER_EVALUATION)
@repeatable  # The ballot makes a repetition harmless; the key of a form would say when somebody has answered.
def answer() -> Response | tuple[str, int]:
    """Take a form in two transactions: that somebody has answered, then what was answered."""
    registration = _registration()
    training, questions = registration.training, queries.get_form(registration.training).questions
    form = answer_form(questions)
    if not form.validate():
        return _page(registration, form), 422
    answers, ballot, now = form.answers(questions), _ballot(), clock.now()
    try:
        with transaction():
            operations.note_answered(registration, answers, ballot=ballot, now=now)
        operations.hand_in(training, answers, ballot=ballot, now=now)
    except DomainError as refusal:
        # What was typed stays where it can be sent again; the words of a conflict say what is so now.
        return _page(registration, None if isinstance(refusal, Conflict) else form, refusal), refusal.status
    return redirect(url_for("my_evaluation.show"), 303)  # type: ignore[return-value]


def _page(registration: Registration, form: AnswerForm | None = None, refusal: DomainError | None = None) -> str:
    standing = queries.get_standing(registration, clock.now(), _ballot())
    is_asked = standing in (Standing.TO_ANSWER, Standing.UNFINISHED)
    questions = queries.get_form(registration.training).questions if is_asked else []
    return render_template(
        "evaluation/my_evaluation.html",
        registration=registration,
        standing=standing,
        questions=questions,
        form=form or answer_form(questions),
        name_of=name_of,
        refusal=refusal,
        fewest=FEWEST,
    )


def _registration() -> Registration:
    stay = participant()
    assert isinstance(stay, ParticipantSession)
    return stay.registration


def _ballot() -> str:
    """Return the ballot's hash: it follows from what this browser alone keeps, and leads back to nothing."""
    return tokens.hash_token(f"evaluation ballot {cookies.read(COOKIE)}")
