"""A training's tests: open, close, show the code, results, scores."""

from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, render_template, url_for
from flask_babel import gettext as _

from portal.access import guard
from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.assessments import operations, queries, rules, statistics
from portal.assessments.rules import WEAK_BELOW, Moment, Standing
from portal.assessments.statistics import FEWEST_PAIRS
from portal.platform import clock, paging
from portal.platform.answers import act, see_other
from portal.platform.i18n import label
from portal.platform.qr import qr
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
        standing=lambda sheet: rules.standing((sheet.points, sheet.maximum), training.minimum_grade),
        Standing=Standing,
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
        may_run=guard.can(Permission.RUN_ASSESSMENTS, training) and not is_over,
        may_change_rule=guard.can(Permission.EDIT_TRAINING, training) and not is_over,
        **context,
    )
