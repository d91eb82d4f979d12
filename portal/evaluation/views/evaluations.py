"""The coordinator's pages of a training's evaluation: how it stands, paper forms, and results."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, can, requires
from portal.access.permissions import Permission
from portal.evaluation.forms.evaluations import ActForm, AnswerForm, answer_form, name_of
from portal.evaluation.operations import evaluations as operations
from portal.evaluation.queries import evaluations as queries
from portal.evaluation.queries.evaluations import QuestionResult
from portal.evaluation.rules.evaluations import FEWEST, EvaluationState, QuestionKind, may_show
from portal.platform import clock
from portal.platform.answers import see_other
from portal.platform.dates import long_date
from portal.platform.downloads import send_bytes
from portal.platform.errors import Refusal
from portal.platform.exports import write_xlsx
from portal.platform.languages import LOCALES, current, text_of
from portal.platform.wording import speaking
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("evaluations", __name__, url_prefix="/trainings/<code>/evaluation")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("")
@requires(Permission.VIEW_EVALUATION, training=get_training)
def index(training: Training) -> str:
    """Show how the evaluation stands, and the results once it is closed."""
    return _page(training)


@bp.post("/open")
@requires(Permission.RUN_EVALUATION, training=get_training)
def open_early(training: Training) -> Response | tuple[str, int]:
    """Open the evaluation before the last session has ended."""
    try:
        operations.open_early(training, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(training, refusal=refusal), refusal.status
    flash(_("The evaluation is open: participants find it on their own page."))
    return _to_index(training)


@bp.get("/close")
@requires(Permission.RUN_EVALUATION, training=get_training)
def ask(training: Training) -> str:
    """Ask whether the evaluation is to be closed for good, and say what that ends."""
    return _close_page(training)


@bp.post("/close")
@requires(Permission.RUN_EVALUATION, training=get_training)
def close(training: Training) -> Response | tuple[str, int]:
    """Close the evaluation for good."""
    try:
        operations.close(training, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _close_page(training, refusal=refusal), refusal.status
    flash(_("The evaluation is closed."))
    return _to_index(training)


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
    try:
        number = operations.enter_paper(training, form.answers(questions), actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _paper_page(training, form, refusal), refusal.status
    return see_other(url_for("evaluations.paper", code=training.code), _("Paper form %(number)s is in.", number=number))


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
    return send_bytes(content, filename=f"{training.code}-evaluation.xlsx", media_type=_XLSX)


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
        form=ActForm(formdata=None),
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


def _to_index(training: Training) -> Response:
    return see_other(url_for("evaluations.index", code=training.code))
