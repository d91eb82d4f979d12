"""A test on the phone: from the participant's page, or with the code in the room and a slip."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import participant, public, requires
from portal.access.permissions import Permission
from portal.assessments import operations, queries, rules
from portal.assessments.forms import AnswersForm, CodeForm
from portal.assessments.models import Assessment, AssessmentQuestion
from portal.assessments.operations import Handing
from portal.assessments.rules import Moment, QuestionKind
from portal.participants import forms as participant_forms
from portal.participants import operations as participant_operations
from portal.participants import queries as participant_queries
from portal.participants.models import ParticipantSession
from portal.participants.rules import COOKIE, STAY
from portal.platform import clock, cookies, tokens
from portal.platform.answers import act, see_other
from portal.platform.errors import Refusal
from portal.platform.i18n import _l, label
from portal.platform.limits import forgive_request, limited
from portal.platform.submissions import repeatable

bp = Blueprint("my_assessments", __name__, url_prefix="/my/assessments")
AS_IT_IS = "as-it-is"


@bp.get("")
@public
def begin() -> str:
    """Ask for the code and the slip, or name the tests of the page that is open in this browser."""
    return _begin(CodeForm(formdata=None, code=request.args.get("code", "")[:20]))


@bp.post("")
@public
@repeatable
@limited(*participant_forms.SLIP_TRIES)
def open_with_code() -> Response | tuple[str, int]:
    """Open the test that the code belongs to."""
    form = CodeForm()
    if not form.validate():
        return _begin(form), 422
    now = clock.now()
    try:
        secret = participant_operations.open_with_pin(
            form.reference.data or "", form.pin.data or "", new_browser=participant_forms.new_browser(), now=now
        )
        test = _find(form.reference.data or "", form.code.data or "")
    except Refusal as refusal:
        return _begin(form, refusal=refusal), refusal.status
    forgive_request()
    stay = participant()
    if isinstance(stay, ParticipantSession):
        participant_operations.end_stay(stay, now=now)
    response = see_other(url_for("my_assessments.show", moment=test.moment))
    cookies.write(response, COOKIE, secret, max_age=int(STAY.total_seconds()))
    participant_forms.remember_browser(response)
    return response


@bp.get("/<any(pre, post):moment>")
@requires(Permission.ANSWER_ASSESSMENT)
def show(moment: str) -> str:
    """Show the questions, or why they are not to be answered now."""
    return _page(Moment(moment), AnswersForm(formdata=None))


@bp.post("/<any(pre, post):moment>")
@requires(Permission.ANSWER_ASSESSMENT)
def hand_in(moment: str) -> Response | tuple[str, int]:
    """Take all answers at once; with gaps only if somebody says so."""
    stay, form = participant_forms.own_stay(), AnswersForm()
    test = queries.find_assessment(stay.registration.training_id, moment)
    questions = queries.list_questions(test) if test else []
    chosen = {one.reference: "".join(sorted(set(request.form.getlist(_field(one))))) for one in questions}
    gaps = [number for number, one in enumerate(questions, start=1) if not chosen[one.reference]]
    is_answerable = test is not None and test.is_open and queries.find_sheet(test, stay.registration) is None
    if gaps and is_answerable and request.form.get("act") != AS_IT_IS:
        return _page(Moment(moment), form, chosen=chosen, gaps=gaps), 422
    handing = Handing(form.registration.data or "", chosen)
    here = url_for("my_assessments.show", moment=moment)
    return act(
        lambda: operations.hand_in(stay.registration, Moment(moment), handing, actor=stay, now=clock.now()),
        then=lambda _sheet: see_other(here, _("Thank you, your answers are handed in.")),
        again=lambda refusal: _page(Moment(moment), form, chosen=chosen, refusal=refusal),
    )


def _page(moment: Moment, form: AnswersForm, *, chosen: dict[str, str] | None = None, **context: Any) -> str:
    registration = participant_forms.own_stay().registration
    training = registration.training
    test = queries.find_assessment(training.id, moment)
    sheet = queries.find_sheet(test, registration) if test else None
    refusal = rules.person_refusal(registration.state, registration.role)
    is_answered = sheet is not None or refusal is not None or training.is_cancelled or training.is_locked
    questions = queries.list_questions(test) if test and not is_answered and (test.is_open or chosen) else []
    grade = None
    if sheet is not None and moment == Moment.POST and training.is_assessment_required:
        grade = rules.grade_status((sheet.points, sheet.maximum), training.minimum_grade)
    form.registration.data = registration.reference
    form.registration.raw_data = None
    return render_template(
        "assessments/answer.html",
        registration=registration,
        training=training,
        title=label(moment),
        moment=moment,
        form=form,
        test=test,
        sheet=sheet,
        person_refusal=label(refusal) if refusal else None,
        grade=grade,
        questions=questions,
        chosen=chosen or {},
        field_name=_field,
        multiple=QuestionKind.MULTIPLE,
        as_it_is=AS_IT_IS,
        zone=ZoneInfo(training.time_zone),
        **context,
    )


def _begin(form: CodeForm, **context: Any) -> str:
    stay = participant()
    registration = stay.registration if isinstance(stay, ParticipantSession) else None
    tests = queries.list_for_person(registration) if registration else []
    titles = {one.value: label(one) for one in Moment}
    context |= {"form": form, "registration": registration, "tests": tests, "titles": titles}
    return render_template("assessments/begin.html", **context)


def _find(reference: str, code: str) -> Assessment:
    """Return the test of the code in the training of somebody whose PIN was right."""
    found = participant_queries.find_by_reference(tokens.normalize_code(reference), clock.now())
    test = queries.find_by_code(found[0].training_id, tokens.normalize_code(code)) if found else None
    if test is None:
        raise Refusal(
            "wrong_code", _l("This is not the code of a test in your training. Look at the code on the wall again.")
        )
    return test


def _field(question: AssessmentQuestion) -> str:
    return f"answer-{question.reference}"
