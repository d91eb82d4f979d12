"""The participant's own page, opened by a personal link, or by reference and PIN of a slip."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, url_for
from flask_babel import format_decimal
from flask_babel import gettext as _

from portal.access.guard import participant, public, requires
from portal.access.permissions import Permission
from portal.assessments import queries as assessments
from portal.certificates import candidates, name_check, names
from portal.certificates import rules as certificate_rules
from portal.certificates.name_check import NamesForm
from portal.evaluation import queries as evaluation_queries
from portal.participants import forms as participant_forms
from portal.participants import operations as participant_operations
from portal.participants import queries as participant_queries
from portal.participants.forms import LinkForm, SlipForm, own_stay
from portal.participants.models import ParticipantSession
from portal.participants.rules import COOKIE, STAY
from portal.people import operations as people_operations
from portal.platform import clock, cookies, i18n
from portal.platform.answers import see_other
from portal.platform.downloads import send, send_bytes
from portal.platform.errors import Refusal
from portal.platform.limits import forgive_request, limited
from portal.platform.submissions import repeatable
from portal.registration.models import Registration
from portal.trainings import calendars, documents
from portal.trainings import queries as trainings
from portal.trainings.models import Training

bp = Blueprint("my", __name__, url_prefix="/my")


@bp.get("")
@public
def index() -> str:
    """Show the participant's own page, or ask for the slip; the script sends what a personal link carries."""
    if participant() is None:
        return _open_page()
    return _page(own_stay().registration)


@bp.post("/open")
@public
@repeatable
@limited(participant_forms.BY_ADDRESS)
def open_with_link() -> Response | tuple[str, int]:
    form = LinkForm()
    try:
        secret = participant_operations.open_with_link(form.token.data or "", now=clock.now())
    except Refusal as refusal:
        return _open_page(refusal=refusal), refusal.status
    return _opened(secret)


@bp.post("/slip")
@public
@repeatable
@limited(*participant_forms.SLIP_TRIES)
def open_with_slip() -> Response | tuple[str, int]:
    slip = SlipForm()
    if not slip.validate():
        return _open_page(slip), 422
    try:
        secret = participant_operations.open_with_pin(
            slip.reference.data or "", slip.pin.data or "", new_browser=participant_forms.new_browser(), now=clock.now()
        )
    except Refusal as refusal:
        return _open_page(slip, refusal), refusal.status
    response = _opened(secret)
    participant_forms.remember_browser(response)
    return response


@bp.post("/names")
@requires(Permission.CONFIRM_OWN_NAMES)
def confirm_names() -> Response | tuple[str, int]:
    stay = own_stay()
    registration, form = stay.registration, NamesForm()
    refused = name_check.save(form, registration, confirm=names.confirm_own, actor=stay, now=clock.now())
    if refused:
        return _page(registration, form, **refused), refused["status"]
    people_operations.keep_language([registration.person_id], i18n.current())
    return see_other(url_for("my.index"), _("Thank you. Your certificate will print your name like this."))


@bp.get("/certificate")
@requires(Permission.VIEW_OWN_REGISTRATION)
def certificate() -> Response:
    issued = candidates.find_shown(own_stay().registration, as_of=clock.now())
    if issued is None or issued.document is None or issued.revoked_at is not None:
        abort(404)
    return send(issued.document)


@bp.get("/calendar.ics")
@requires(Permission.VIEW_OWN_REGISTRATION)
def calendar() -> Response:
    registration = own_stay().registration
    if not certificate_rules.takes_part(registration.state, is_cancelled=False):
        abort(404)
    content = calendars.training_file(registration.training, i18n.current(), now=clock.now())
    filename = f"{registration.training.code}.ics"
    return send_bytes(content.encode(), filename=filename)


@bp.post("/leave")
@requires(Permission.VIEW_OWN_REGISTRATION)
def leave() -> Response:
    participant_operations.end_stay(own_stay(), now=clock.now())
    response = see_other(url_for("my.index"))
    cookies.write(response, COOKIE, "", max_age=0)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _open_page(slip: SlipForm | None = None, refusal: Refusal | None = None) -> str:
    slip = slip or SlipForm(formdata=None)
    return render_template("home/open.html", slip=slip, link=LinkForm(formdata=None), refusal=refusal)


def _opened(secret: str) -> Response:
    """Hand over the cookie of a new stay; whoever's page was open in this browser is closed."""
    forgive_request()
    stay = participant()
    if isinstance(stay, ParticipantSession):
        participant_operations.end_stay(stay, now=clock.now())
    response = see_other(url_for("my.index"))
    cookies.write(response, COOKIE, secret, max_age=int(STAY.total_seconds()))
    return response


def _page(registration: Registration, form: NamesForm | None = None, **context: Any) -> str:
    training, now = registration.training, clock.now()
    today = clock.today(training.time_zone)
    takes_part = certificate_rules.takes_part(registration.state, is_cancelled=training.is_cancelled)
    candidate = candidates.list_candidates(training, as_of=now, registrations=[registration])[0]
    return render_template(
        "home/my.html",
        registration=registration,
        link=LinkForm(formdata=None),
        form=form or NamesForm(formdata=None, **name_check.values_of(registration)),
        opened=browsers if len(browsers := participant_queries.list_new_browsers(registration.id)) > 1 else [],
        names=candidate.names,
        certificate=candidates.find_shown(registration, as_of=now),
        eligibility=candidate.eligibility,
        is_numbered=candidate.certificate is not None,
        evaluation=evaluation_queries.get_status(registration, now).value,
        takes_part=takes_part,
        zone=ZoneInfo(training.time_zone),
        may_withdraw=takes_part and today < training.starts_on and not training.is_locked,
        sees_centers=participant_queries.sees_centers(registration, now),
        tests=assessments.list_for_person(registration),
        agenda=_agenda(training),
        hours=lambda minutes: format_decimal(round(minutes / 60, 1)),
        **context,
    )


def _agenda(training: Training) -> dict[str, Any]:
    """Return the agenda that people hold, by its number; as long as there is none for these days, the draft of one."""
    version, lang = trainings.find_published_agenda(training.id), i18n.current()
    if version is not None and documents.is_of_todays_dates(version, training):
        return documents.agenda_facts(version, training.code, lang)
    content = documents.agenda_content(trainings.load_agenda(training))
    return {"number": None, "days": documents.agenda_days(content, lang)}
