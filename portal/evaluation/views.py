"""A training's evaluation: state, paper forms and results; the participant's form; the questions."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, can, requires
from portal.access.permissions import Permission
from portal.evaluation import operations, queries
from portal.evaluation.forms import AnswerForm, QuestionsForm, answer_form, name_of
from portal.evaluation.operations import FormRefused, QuestionsChanged
from portal.evaluation.queries import QuestionResult
from portal.evaluation.rules import FEWEST, EvaluationState, EvaluationStatus, QuestionKind, may_show
from portal.participants.forms import own_stay
from portal.platform import clock, tokens
from portal.platform.answers import act, see_other
from portal.platform.dates import long_date
from portal.platform.downloads import send_bytes
from portal.platform.errors import Conflict, Refusal
from portal.platform.exports import write_xlsx
from portal.platform.forms import PortalForm
from portal.platform.i18n import LOCALES, current, speaking, text_of
from portal.platform.submissions import repeatable
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("evaluations", __name__, url_prefix="/trainings/<code>/evaluation")


@bp.get("")
@requires(Permission.VIEW_EVALUATION, training=get_training)
def index(training: Training) -> str:
    """Show how the evaluation stands, and the results once it is closed."""
    return _page(training)


@bp.post("/open")
@requires(Permission.RUN_EVALUATION, training=get_training)
def open_early(training: Training) -> Response:
    """Open the evaluation before the last session has ended."""
    return act(
        lambda: operations.open_early(training, actor=actor(), now=clock.now()),
        then=lambda _done: _to_index(training, _("The evaluation is open: participants find it on their own page.")),
        again=lambda refusal: _page(training, refusal),
    )


@bp.get("/close")
@requires(Permission.RUN_EVALUATION, training=get_training)
def ask(training: Training) -> str:
    """Ask whether the evaluation is to be closed for good, and say what that ends."""
    return _close_page(training)


@bp.post("/close")
@requires(Permission.RUN_EVALUATION, training=get_training)
def close(training: Training) -> Response:
    """Close the evaluation for good."""
    return act(
        lambda: operations.close(training, actor=actor(), now=clock.now()),
        then=lambda _done: _to_index(training, _("The evaluation is closed.")),
        again=lambda refusal: _close_page(training, refusal),
    )


@bp.get("/paper")
@requires(Permission.RUN_EVALUATION, training=get_training)
def paper(training: Training) -> str:
    """Show the form for typing in what participants have written on paper."""
    return _paper_page(training, answer_form(queries.get_form(training).questions, is_paper=True))


@bp.post("/paper")
@requires(Permission.RUN_EVALUATION, training=get_training)
def enter_paper(training: Training) -> Response | tuple[str, int]:
    """Take one paper form."""
    questions = queries.get_form(training).questions
    form = answer_form(questions, is_paper=True)
    if not form.validate():
        return _paper_page(training, form), 422
    here = url_for("evaluations.paper", code=training.code)
    return act(
        lambda: operations.enter_paper(training, form.answers(questions), actor=actor(), now=clock.now()),
        then=lambda number: see_other(here, _("Paper form %(number)s is in.", number=number)),
        again=lambda refusal: _paper_page(training, form, refusal),
    )


@bp.get("/blank")
@requires(Permission.RUN_EVALUATION, training=get_training)
def blank(training: Training) -> str:
    """Show the form for printing, in the language of those who will fill it in."""
    language = request.args.get("lang", "")
    language = language if language in LOCALES else current()
    with speaking(language):
        words = {
            "title": _("Evaluate the training"),
            "promise": _(
                "Do not write your name. Results appear only at the end, and only if %(fewest)s or more have answered.",
                fewest=FEWEST,
            ),
            "circle": _("Circle one number in each line. Leave out what you do not want to answer."),
            "yes": _("Yes"),
            "no": _("No"),
        }
    questions = queries.get_form(training).questions
    return render_template("evaluation/blank.html", training=training, questions=questions, lang=language, words=words)


@bp.get("/results.xlsx")
@requires(Permission.VIEW_EVALUATION, training=get_training)
def export(training: Training) -> Response:
    """Download the distributions; comments stay on the page."""
    results = queries.list_results(training, with_comments=False)
    turnout = queries.get_turnout(training)
    heading = [
        f"{text_of(training, 'title')} ({training.code})",
        _("Evaluation: %(forms)s of %(asked)s people answered", forms=turnout.forms, asked=turnout.asked),
        _("As of %(date)s", date=long_date(clock.today(training.time_zone), current())),
    ]
    columns = [_("Question"), _("Answer"), _("People"), _("Share in percent")]
    content = write_xlsx(_("Evaluation"), columns, _lines(results), heading=heading)
    return send_bytes(content, filename=f"{training.code}-evaluation.xlsx")


def _lines(results: list[QuestionResult]) -> Iterator[tuple[str, str, int | str, int | str]]:
    for result in results:
        found, text = result.distribution, text_of(result.question, "text")
        if found is None:
            continue
        if not found.is_shown:
            yield text, _("fewer than %(fewest)s answers", fewest=FEWEST), "–", "–"
            continue
        for value, count in found.rows:
            yield text, answer_name(result, value), count, found.percent(count)


def answer_name(result: QuestionResult, value: int) -> str:
    """Return what an answer is called: the ends of a scale by their names."""
    if result.question.kind == QuestionKind.YES_NO:
        return _("Yes") if value else _("No")
    end = {1: "low", 5: "high"}.get(value)
    return f"{value} – {text_of(result.question, end)}" if end else str(value)


def _page(training: Training, refusal: Refusal | None = None) -> str:
    now = clock.now()
    state, turnout = queries.get_state(training, now), queries.get_turnout(training)
    context: dict[str, Any] = {}
    if state == EvaluationState.CLOSED:
        context["results"] = queries.list_results(training, with_comments=can(Permission.READ_COMMENTS, training))
    else:
        context["questions"] = queries.get_form(training).questions
    ends_at = training.ends_at
    return render_template(
        "evaluation/evaluation.html",
        training=training,
        state=state,
        turnout=turnout,
        is_closed=queries.is_closed(training),
        closes_on=queries.closes_on(training),
        opens_at=ends_at.astimezone(ZoneInfo(training.time_zone)) if ends_at else None,
        fewest=FEWEST,
        answer_name=answer_name,
        form=PortalForm(formdata=None),
        refusal=refusal,
        **context,
    )


def _close_page(training: Training, refusal: Refusal | None = None) -> str:
    turnout = queries.get_turnout(training)
    return render_template(
        "evaluation/close.html",
        training=training,
        is_open=queries.is_to_close(training, clock.now()),
        turnout=turnout,
        is_shown=may_show(is_closed=True, forms=turnout.forms, paper_forms=turnout.paper_forms),
        fewest=FEWEST,
        refusal=refusal,
    )


def _paper_page(training: Training, form: AnswerForm, refusal: Refusal | None = None) -> str:
    return render_template(
        "evaluation/paper.html",
        training=training,
        state=queries.get_state(training, clock.now()),
        turnout=queries.get_turnout(training),
        questions=queries.get_form(training).questions,
        form=form,
        name_of=name_of,
        refusal=refusal,
    )


def _to_index(training: Training, words: str) -> Response:
    return see_other(url_for("evaluations.index", code=training.code), words)


my_bp = Blueprint("my_evaluation", __name__, url_prefix="/my/evaluation")


@my_bp.get("")
@requires(Permission.ANSWER_EVALUATION)
def show() -> str:
    """Show the questions, or why there is nothing to answer."""
    return _my_page(own_stay().registration)


@my_bp.post("")
@requires(Permission.ANSWER_EVALUATION)
@repeatable  # A second form of somebody is refused; a form's key would keep when it came and a hash of what it says.
def answer() -> Response | tuple[str, int]:
    """Take a form."""
    registration = own_stay().registration
    questions = queries.get_form(registration.training).questions
    form = answer_form(questions)
    if not form.validate():
        return _my_page(registration, form), 422
    return act(
        lambda: operations.answer(registration, form.answers(questions), now=clock.now()),
        then=lambda _done: see_other(url_for("my_evaluation.show")),
        # What was typed stays where it can be sent again; the words of a conflict say what is so now.
        again=lambda refusal: _my_page(registration, None if isinstance(refusal, Conflict) else form, refusal),
    )


def _my_page(registration: Registration, form: AnswerForm | None = None, refusal: Refusal | None = None) -> str:
    training = registration.training
    status = queries.get_status(registration, clock.now())
    questions = queries.get_form(training).questions if status == EvaluationStatus.TO_ANSWER else []
    return render_template(
        "evaluation/my_evaluation.html",
        registration=registration,
        status=status,
        questions=questions,
        form=form or answer_form(questions),
        name_of=name_of,
        refusal=refusal,
        closes_on=queries.closes_on(training),
        fewest=FEWEST,
    )


questions_bp = Blueprint("evaluation_questions", __name__, url_prefix="/trainings/<code>/evaluation/questions")


@questions_bp.get("")
@requires(Permission.RUN_EVALUATION, training=get_training)
def edit(training: Training) -> Response:
    """Show the questions in the form."""
    known, form = queries.get_form(training), QuestionsForm(formdata=None)
    form.fill(operations.questions_of(known), known.id)
    return _questions_page(training, form)


@questions_bp.post("")
@requires(Permission.RUN_EVALUATION, training=get_training)
def update(training: Training) -> Response:
    """Save the questions as a new version, or do what one of the form's other buttons asks for."""
    form = QuestionsForm()
    if button := request.form.get("act", ""):
        form.act(button)
        form.form_key.data = tokens.random_token()  # What is sent next is another form.
        return _questions_page(training, form)
    if not form.validate():
        return _questions_page(training, form, status=422)
    try:
        operations.change_form(training, form.asked(), form_id=form.form_id.data or 0, actor=actor(), now=clock.now())
    except FormRefused as refusal:
        return _questions_page(training, form, problems=form.show(refusal.faults), status=refusal.status)
    except QuestionsChanged as refusal:
        saved = queries.get_form(training)
        form.form_id.data, form.form_id.raw_data = saved.id, None
        return _questions_page(training, form, refusal=refusal, saved=saved.questions, status=refusal.status)
    except Refusal as refusal:
        return _questions_page(training, form, refusal=refusal, status=refusal.status)
    return _to_index(training, _("The questions are saved: this training and the next ones of the course ask them."))


def _questions_page(training: Training, form: QuestionsForm, *, status: int = 200, **context: Any) -> Response:
    state = queries.get_state(training, clock.now())
    may_change = state == EvaluationState.UPCOMING and queries.get_evaluation(training) is None
    context |= {"training": training, "form": form, "may_change": may_change, "kinds": list(QuestionKind)}
    return make_response(render_template("evaluation/questions.html", **context), status)
