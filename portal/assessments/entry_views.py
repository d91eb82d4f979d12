"""Type in paper sheets: a row of letters per person, by keyboard alone; and print the sheet."""

from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.assessments import operations, queries, question_queries
from portal.assessments.forms import SheetForm
from portal.assessments.operations import SheetExists
from portal.assessments.rules import Moment, QuestionKind
from portal.platform import clock, i18n, paging
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.i18n import label, speaking
from portal.registration.models import Registration
from portal.registration.queries import get_registration
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("assessment_entry", __name__, url_prefix="/trainings/<code>/assessments/<any(pre, post):moment>")


@bp.get("/entry")
@requires(Permission.RUN_ASSESSMENTS, training=get_training)
def index(training: Training, moment: str) -> str:
    """List everybody, each with a row for the letters; the first without a sheet has the cursor."""
    return _page(training, Moment(moment))


@bp.post("/entry/<registration_reference>")
@requires(Permission.RUN_ASSESSMENTS, training=get_training, registration=get_registration)
def enter(training: Training, moment: str, registration: Registration) -> Response | tuple[str, int]:
    """Take one person's row."""
    form = SheetForm()
    if not form.validate():
        return _page(training, Moment(moment), at=registration, form=form), 422
    said, typed = form.seen.data or "", form.letters.data or ""
    seen = int(said) if said.isdigit() else 0
    try:
        sheet = operations.enter(registration, Moment(moment), typed, seen=seen, actor=actor(), now=clock.now())
    except SheetExists as refusal:
        page = _page(training, Moment(moment), at=registration, form=form, refusal=refusal, conflict=refusal)
        return page, refusal.status
    except Refusal as refusal:
        return _page(training, Moment(moment), at=registration, form=form, refusal=refusal), refusal.status
    name = f"{registration.person.family} {registration.person.given}"
    flash(_("%(name)s: %(points)s of %(maximum)s", name=name, points=sheet.points, maximum=sheet.maximum))
    address = url_for("assessment_entry.index", code=training.code, moment=moment, after=registration.reference)
    return see_other(address)


@bp.get("/paper")
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


def _page(
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
