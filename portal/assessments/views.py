"""A training's tests: open, close, show the code, results, scores; type in paper sheets, and print them."""

from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, flash, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, can, requires
from portal.access.permissions import Permission
from portal.assessments import operations, queries, question_queries, rules, statistics
from portal.assessments.forms import SheetForm
from portal.assessments.operations import SheetExists
from portal.assessments.rules import WEAK_BELOW, GradeStatus, Moment, QuestionKind
from portal.assessments.statistics import FEWEST_PAIRS
from portal.platform import clock, i18n, paging
from portal.platform.answers import act, see_other
from portal.platform.errors import Refusal
from portal.platform.i18n import label, speaking
from portal.platform.qr import qr
from portal.registration.models import Registration
from portal.registration.queries import get_registration
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("assessments", __name__, url_prefix="/trainings/<code>/assessments")


@bp.get("")
@requires(Permission.VIEW_ASSESSMENTS, training=get_training)
def index(training: Training) -> str:
    """Show how both tests stand, and what they say together."""
    return _index(training)


@bp.post("/<any(pre, post):moment>/open")
@requires(Permission.RUN_ASSESSMENTS, training=get_training)
def open_test(training: Training, moment: str) -> Response:
    """Open a test."""
    room = url_for("assessments.room", code=training.code, moment=moment)
    return act(
        lambda: operations.open_test(training, Moment(moment), actor=actor(), now=clock.now()),
        then=lambda _test: see_other(room, _("The test is open. Show the room its code.")),
        again=lambda refusal: _index(training, refusal=refusal),
    )


@bp.post("/<any(pre, post):moment>/close")
@requires(Permission.RUN_ASSESSMENTS, training=get_training)
def close_test(training: Training, moment: str) -> Response:
    """Close a test; sheets on paper can still be typed in."""
    index = url_for("assessments.index", code=training.code)
    return act(
        lambda: operations.close_test(training, Moment(moment), actor=actor(), now=clock.now()),
        then=lambda _done: see_other(index, _("The test is closed. Sheets on paper can still be typed in.")),
        again=lambda refusal: _index(training, refusal=refusal),
    )


@bp.get("/<any(pre, post):moment>/room")
@requires(Permission.RUN_ASSESSMENTS, training=get_training)
def room(training: Training, moment: str) -> str:
    """Show the room where to go and which code to type, and count the sheets."""
    base = str(current_app.config["PORTAL_BASE_URL"])
    state, address = queries.states(training)[Moment(moment)], url_for("my_assessments.begin")
    return render_template(
        "assessments/room.html",
        training=training,
        state=state,
        title=label(Moment(moment)),
        address=f"{urlsplit(base).netloc}{address}",
        qr=qr(f"{base}{address}?code={state.assessment.code}") if state.assessment else None,
    )


@bp.get("/scores")
@requires(Permission.RUN_ASSESSMENTS, training=get_training)
def scores(training: Training) -> str:
    """Show each person's scores; nobody but the person and the coordinator sees them."""
    return render_template(
        "assessments/scores.html",
        training=training,
        page=queries.page_of_scores(training, paging.asked()),
        standing=lambda sheet: rules.grade_status((sheet.points, sheet.maximum), training.minimum_grade),
        GradeStatus=GradeStatus,
    )


def _index(training: Training, **context: Any) -> str:
    report, is_over = queries.report(training), training.is_locked or training.is_cancelled
    change = report.results.change
    return render_template(
        "assessments/index.html",
        training=training,
        states=queries.states(training),
        report=report,
        results=report.results,
        band=label(statistics.gain_band(change.gain)) if change and change.gain is not None else "",
        fewest=FEWEST_PAIRS,
        weak_below=WEAK_BELOW,
        zone=ZoneInfo(training.time_zone),
        may_run=can(Permission.RUN_ASSESSMENTS, training) and not is_over,
        may_change_rule=can(Permission.EDIT_TRAINING, training) and not is_over,
        **context,
    )


entry_bp = Blueprint("assessment_entry", __name__, url_prefix="/trainings/<code>/assessments/<any(pre, post):moment>")


@entry_bp.get("/entry", endpoint="index")
@requires(Permission.RUN_ASSESSMENTS, training=get_training)
def entry(training: Training, moment: str) -> str:
    """List everybody, each with a row for the letters; the first without a sheet has the cursor."""
    return _entry_page(training, Moment(moment))


@entry_bp.post("/entry/<registration_reference>")
@requires(Permission.RUN_ASSESSMENTS, training=get_training, registration=get_registration)
def enter(training: Training, moment: str, registration: Registration) -> Response | tuple[str, int]:
    """Take one person's row."""
    form = SheetForm()
    if not form.validate():
        return _entry_page(training, Moment(moment), at=registration, form=form), 422
    said, typed = form.seen.data or "", form.letters.data or ""
    seen = int(said) if said.isdigit() else 0
    try:
        sheet = operations.enter(registration, Moment(moment), typed, seen=seen, actor=actor(), now=clock.now())
    except SheetExists as refusal:
        page = _entry_page(training, Moment(moment), at=registration, form=form, refusal=refusal, conflict=refusal)
        return page, refusal.status
    except Refusal as refusal:
        return _entry_page(training, Moment(moment), at=registration, form=form, refusal=refusal), refusal.status
    name = f"{registration.person.family} {registration.person.given}"
    flash(_("%(name)s: %(points)s of %(maximum)s", name=name, points=sheet.points, maximum=sheet.maximum))
    address = url_for("assessment_entry.index", code=training.code, moment=moment, after=registration.reference)
    return see_other(address)


@entry_bp.get("/paper")
@requires(Permission.RUN_ASSESSMENTS, training=get_training)
def paper(training: Training, moment: str) -> str:
    """Show the test ready to be printed, in one of the three languages."""
    test = queries.find_assessment(training.id, moment)
    questions = (
        queries.list_questions(test) if test else question_queries.list_for_moment(training.course_id, Moment(moment))
    )
    chosen = request.args.get("lang", "")
    lang = chosen if chosen in i18n.LOCALES else i18n.current()
    with speaking(lang):
        words = {"name": _("Name"), "several": _("Several answers can be right.")}
    return render_template(
        "assessments/paper.html",
        training=training,
        title=label(Moment(moment)),
        moment=moment,
        questions=questions,
        lang=lang,
        words=words,
        multiple=QuestionKind.MULTIPLE,
    )


def _entry_page(
    training: Training,
    moment: Moment,
    *,
    at: Registration | None = None,
    form: SheetForm | None = None,
    **context: Any,
) -> str:
    test = queries.find_assessment(training.id, moment)
    after = request.args.get("after", "")
    cursor = at.reference if at else queries.find_next(test, after) if test and after else ""
    page = queries.page_of_scores(training, paging.asked(), around=cursor)
    without = (row.registration.reference for row in page.items if moment not in row.sheets)
    return render_template(
        "assessments/entry.html",
        training=training,
        moment=moment,
        title=label(moment),
        test=test,
        questions=queries.list_questions(test) if test else [],
        page=page,
        at=at,
        typed=form,
        focus=cursor or next(without, ""),
        **context,
    )
