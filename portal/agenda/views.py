"""A training's agenda: its blocks, conflicts, and the published versions on screen and as PDF."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.agenda import operations, queries
from portal.agenda.forms import BlockForm, BreakBlockForm, SessionBlockForm, values_of
from portal.agenda.operations import AgendaRefused, MarkedSessionsMove, TrainingChanged
from portal.audit import documents as footing
from portal.audit.queries import head_of
from portal.platform import clock, downloads, i18n, tokens
from portal.platform.answers import see_other
from portal.platform.dates import long_date
from portal.platform.errors import Refusal
from portal.platform.htmx import is_partial, respond
from portal.platform.i18n import NAMES, current, text_of
from portal.printing import batch, client
from portal.printing.orders import Order
from portal.trainings import agenda_rules, documents
from portal.trainings import queries as trainings
from portal.trainings.agenda_rules import Block, Direction, Frame, Saving
from portal.trainings.documents import AgendaBlock
from portal.trainings.models import AgendaBreak, AgendaVersion, Training, TrainingSession
from portal.trainings.paper_numbers import PaperKind, PaperNumber
from portal.trainings.queries import clock_of, get_break, get_session, get_training

bp = Blueprint("agenda", __name__, url_prefix="/trainings/<code>/agenda")
_FIRST, _LENGTH = (9, 30), timedelta(minutes=90)


@bp.get("")
@requires(Permission.VIEW_TRAININGS, training=get_training)
def index(training: Training) -> Response:
    """Show the agenda day by day, with what stands against it."""
    return _page(training)


@bp.get("/sessions/new")
@requires(Permission.EDIT_TRAINING, training=get_training)
def new_session(training: Training) -> Response:
    """Show the form of a new session, after the last block of the day."""
    return _form_page(training, SessionBlockForm(formdata=None, **_proposed(training)), None)


@bp.post("/sessions")
@requires(Permission.EDIT_TRAINING, training=get_training)
def create_session(training: Training) -> Response:
    """Add a session, or look for somebody to lead it."""
    return _save(training, SessionBlockForm(), None)


@bp.get("/sessions/<session_reference>")
@requires(Permission.EDIT_TRAINING, training=get_training, session=get_session)
def edit_session(training: Training, session: TrainingSession) -> Response:
    """Show the form of a session."""
    return _form_page(training, SessionBlockForm(formdata=None, **_values(session)), session)


@bp.post("/sessions/<session_reference>")
@requires(Permission.EDIT_TRAINING, training=get_training, session=get_session)
def update_session(training: Training, session: TrainingSession) -> Response:
    """Save a session, or look for somebody to lead it."""
    return _save(training, SessionBlockForm(), session)


@bp.post("/sessions/<session_reference>/move")
@requires(Permission.EDIT_TRAINING, training=get_training, session=get_session)
def move_session(training: Training, session: TrainingSession) -> Response:
    """Let a session change places with its neighbor."""
    return _move(training, session)


@bp.post("/sessions/<session_reference>/remove")
@requires(Permission.EDIT_TRAINING, training=get_training, session=get_session)
def remove_session(training: Training, session: TrainingSession) -> Response:
    """Take a session out."""
    return _remove(training, session)


@bp.get("/breaks/new")
@requires(Permission.EDIT_TRAINING, training=get_training)
def new_break(training: Training) -> Response:
    """Show the form of a new break."""
    form = BreakBlockForm(formdata=None, **_proposed(training, timedelta(minutes=15)), is_pushing=True)
    return _form_page(training, form, None)


@bp.post("/breaks")
@requires(Permission.EDIT_TRAINING, training=get_training)
def create_break(training: Training) -> Response:
    """Add a break."""
    return _save(training, BreakBlockForm(), None)


@bp.get("/breaks/<break_reference>")
@requires(Permission.EDIT_TRAINING, training=get_training, pause=get_break)
def edit_break(training: Training, pause: AgendaBreak) -> Response:
    """Show the form of a break."""
    return _form_page(training, BreakBlockForm(formdata=None, **_values(pause)), pause)


@bp.post("/breaks/<break_reference>")
@requires(Permission.EDIT_TRAINING, training=get_training, pause=get_break)
def update_break(training: Training, pause: AgendaBreak) -> Response:
    """Save a break."""
    return _save(training, BreakBlockForm(), pause)


@bp.post("/breaks/<break_reference>/move")
@requires(Permission.EDIT_TRAINING, training=get_training, pause=get_break)
def move_break(training: Training, pause: AgendaBreak) -> Response:
    """Let a break change places with its neighbor."""
    return _move(training, pause)


@bp.post("/breaks/<break_reference>/remove")
@requires(Permission.EDIT_TRAINING, training=get_training, pause=get_break)
def remove_break(training: Training, pause: AgendaBreak) -> Response:
    """Take a break out."""
    return _remove(training, pause)


def _save(training: Training, form: SessionBlockForm | BreakBlockForm, standing: AgendaBlock | None) -> Response:
    _offer(training, form, standing)
    if request.form.get("act") == "find":
        return _form_page(training, form, standing, is_searched=True)
    if not form.validate():
        return _form_page(training, form, standing, status=422)
    try:
        wanted = form.wanted(ZoneInfo(training.time_zone))
        operations.save(training, wanted, standing, saving=form.saving, actor=actor(), now=clock.now())
    except AgendaRefused as refusal:
        form.show(refusal.fields)
        return _form_page(training, form, standing, status=refusal.status)
    except MarkedSessionsMove as refusal:
        return _form_page(training, form, standing, refusal=refusal, status=refusal.status, asks_if_sure=True)
    except Refusal as refusal:
        form.version.data, form.version.raw_data = training.version, None
        return _form_page(training, form, standing, refusal=refusal, status=refusal.status)
    flash(_("The agenda is saved."))
    return _back(training)


def _move(training: Training, standing: AgendaBlock) -> Response:
    version = request.form.get("version", 0, type=int)
    saving = Saving(version, is_sure="is_sure" in request.form)
    direction = Direction.UP if request.form.get("direction") == Direction.UP else Direction.DOWN
    try:
        operations.swap(training, standing, direction, saving=saving, actor=actor(), now=clock.now())
    except MarkedSessionsMove as refusal:
        asked = {"block": standing, "direction": direction.value, "address": request.path}
        return _page(training, status=refusal.status, refusal=refusal, asked=asked)
    except Refusal as refusal:
        return _page(training, status=refusal.status, refusal=refusal)
    if not is_partial():
        return _back(training)
    begins = clock_of(training)(standing.starts_at)
    toast = _("“%(title)s” begins at %(time)s now.", title=documents.name_of(standing), time=begins)
    moved = {"reference": standing.reference, "direction": direction.value}
    return _page(training, toast=toast, moved=moved)


def _remove(training: Training, standing: AgendaBlock) -> Response:
    version = request.form.get("version", 0, type=int)
    try:
        operations.remove(training, standing, version=version, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(training, status=refusal.status, refusal=refusal)
    flash(_("“%(title)s” is taken out of the agenda.", title=documents.name_of(standing)))
    return _back(training)


def _back(training: Training) -> Response:
    return see_other(url_for("agenda.index", code=training.code))


def _page(training: Training, *, status: int = 200, toast: str = "", **context: Any) -> Response:
    training = trainings.load_agenda(training)
    versions = trainings.list_agenda_versions(training.id)
    content = documents.agenda_content(training)
    return respond(
        page="closing/agenda.html",
        fragment="closing/_agenda.html",
        status=status,
        toast=toast,
        training=training,
        days=_days(training),
        marks=queries.count_marks([session.id for session in training.sessions]),
        conflicts=queries.list_conflicts(training, actor()),
        versions=versions,
        is_published=bool(versions) and versions[0].content == content,
        language_names=NAMES,
        name_of=documents.name_of,
        names_of=documents.names_of,
        clock=clock_of(training),
        **context,
    )


def _days(training: Training) -> list[dict[str, Any]]:
    """Return every day of the training, also one that is empty or that was left by a change of the plan."""
    zone = ZoneInfo(training.time_zone)
    frame = Frame(training.starts_on, training.ends_on, zone)
    blocks = documents.list_blocks(training)
    plain = {one.reference: Block(one.reference, one.starts_at, one.ends_at, documents.name_of(one)) for one in blocks}

    def faults(one: AgendaBlock) -> list[agenda_rules.AgendaFault]:
        return agenda_rules.faults(plain[one.reference], plain.values(), frame)

    length = (training.ends_on - training.starts_on).days + 1
    days = {training.starts_on + timedelta(days=number) for number in range(length)}
    return [
        {
            "day": day,
            "blocks": [
                {
                    "row": one,
                    "is_session": isinstance(one, TrainingSession),
                    "faults": [
                        operations.wording(f) for f in agenda_rules.faults(plain[one.reference], plain.values(), frame)
                    ],
                }
                for one in blocks
                if one.local_date == day
            ],
        }
        for day in sorted(days | {one.local_date for one in blocks})
    ]


def _form_page(
    training: Training, form: BlockForm, standing: AgendaBlock | None, *, status: int = 200, **context: Any
) -> Response:
    if form.version.data is None:
        form.version.data = training.version
    _offer(training, form, standing)
    if status == 200:  # What is sent next is another form.
        form.form_key.data = tokens.random_token()
    return respond(
        page="closing/block.html",
        fragment="closing/_block.html",
        status=status,
        training=training,
        form=form,
        standing=standing,
        address=_address(training, form, standing),
        title=documents.name_of(standing) if standing else "",
        last_day=long_date(training.ends_on, current()),
        **context,
    )


def _address(training: Training, form: BlockForm, standing: AgendaBlock | None) -> str:
    is_break = isinstance(form, BreakBlockForm)
    if standing is None:
        return url_for("agenda.create_break" if is_break else "agenda.create_session", code=training.code)
    if is_break:
        return url_for("agenda.update_break", code=training.code, break_reference=standing.reference)
    return url_for("agenda.update_session", code=training.code, session_reference=standing.reference)


def _offer(training: Training, form: BlockForm, standing: AgendaBlock | None) -> None:
    """Offer who can lead the session: who leads it, who is registered for that or led before, who is found by name."""
    if not isinstance(form, SessionBlockForm):
        return
    leading = {one.person_id for one in standing.facilitators} if isinstance(standing, TrainingSession) else set()
    sent = {int(value) for value in form.facilitators.data or [] if str(value).isdecimal()}
    offered = queries.list_facilitators(training, actor(), leading)
    further = queries.list_within_reach(sent - {one.id for one in offered}, actor())
    found = queries.find_people(form.people.data or "", actor())
    people = {person.id: person for person in (*offered, *further, *found)}
    form.offer([(str(person.id), _described(person)) for person in people.values()])


def _described(person: Any) -> str:
    institution = text_of(person.institution, "name") if person.institution else ""
    return ", ".join(part for part in (person.full_name, person.post, institution) if part)


def _proposed(training: Training, length: timedelta = _LENGTH) -> dict[str, Any]:
    """Return when the next block of the asked day could be: after the last one, at most until midnight."""
    zone = ZoneInfo(training.time_zone)
    day = _day(training)
    ends = [block.ends_at for block in documents.list_blocks(training) if block.local_date == day]
    first = datetime(day.year, day.month, day.day, *_FIRST, tzinfo=zone)
    begins = max(ends, default=first).astimezone(zone)
    ends_at = min(begins + length, begins.replace(hour=23, minute=59))
    return {"version": training.version, "local_date": day, "starts_at": begins.time(), "ends_at": ends_at.time()}


def _day(training: Training) -> date:
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return training.starts_on
    return day if training.starts_on <= day <= training.ends_on else training.starts_on


def _values(block: AgendaBlock) -> dict[str, Any]:
    return {"version": block.training.version, **values_of(block, ZoneInfo(block.training.time_zone))}


papers_bp = Blueprint("agenda_papers", __name__, url_prefix="/trainings/<code>/agenda")


@papers_bp.post("/publish")
@requires(Permission.EDIT_TRAINING, training=get_training)
def publish(training: Training) -> Response:
    """Freeze the agenda under the next number and show it ready to print."""
    try:
        version = request.form.get("version", 0, type=int)
        published = operations.publish(training, version=version, actor=actor(), now=clock.now())
    except TrainingChanged:
        flash(_("The agenda has changed meanwhile. Look at it once more, then publish it."))
        return _to(url_for("agenda.index", code=training.code))
    except Refusal as refusal:
        flash(str(refusal))
        return _to(url_for("agenda.index", code=training.code))
    flash(_("Version %(number)s is published. Print it, or give it to people as a PDF.", number=published.number))
    return _to(url_for("agenda_papers.show", code=training.code, version_number=published.number))


@papers_bp.get("/versions/<int:version_number>")
@requires(Permission.VIEW_TRAININGS, training=get_training)
def show(training: Training, version_number: int) -> str:
    """Show a version as it was given to people."""
    return _paper_page(training, _version(training, version_number))


@papers_bp.get("/versions/<int:version_number>.pdf")
@requires(Permission.VIEW_TRAININGS, training=get_training)
def download(training: Training, version_number: int) -> Response | tuple[str, int]:
    """Print a version; its facts are frozen, so every print says the same."""
    version = _version(training, version_number)
    facts = documents.agenda_facts(version, training.code, i18n.current())
    try:
        printed = facts | {"foot": _foot(training, version)}
        title = f"{training.code} · {facts['title']}"
        content = batch.render_one(Order(documents.TEMPLATE, printed, title, facts["lang"], version.published_at))
    except client.NOT_PRINTED as reason:
        return _paper_page(training, version, reason=reason), 503
    filename = f"{training.code}-agenda-{version.number}.pdf"
    return downloads.send_bytes(content, filename=filename, media_type="application/pdf")


def _foot(training: Training, version: AgendaVersion) -> dict[str, str]:
    """Return the foot with the entry by which the version was published, so that every print says the same."""
    number = str(PaperNumber(training.code, PaperKind.AGENDA, str(version.number)))
    published = head_of(f"training {training.code}", "trainings.agenda_published", version.published_at)
    return footing.foot(number, published)


def _version(training: Training, number: int) -> AgendaVersion:
    versions = trainings.list_agenda_versions(training.id)
    return next((one for one in versions if one.number == number), None) or abort(404)


def _paper_page(training: Training, version: AgendaVersion, *, reason: Exception | None = None) -> str:
    return render_template(
        "closing/agenda_version.html",
        training=training,
        version=version,
        facts=documents.agenda_facts(version, training.code, i18n.current()),
        reason=reason,
    )


def _to(address: str) -> Response:
    return see_other(address)
