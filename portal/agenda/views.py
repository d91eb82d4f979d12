"""A training's agenda: its blocks, conflicts, and the published versions on screen and as PDF."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.agenda import operations, queries
from portal.agenda.forms import BlockForm, BreakBlockForm, SessionBlockForm, values_of
from portal.agenda.operations import AgendaRefused, MarkedSessionsMove, TrainingChanged
from portal.audit import documents as footing
from portal.audit.queries import head_of
from portal.platform import clock, downloads, i18n, tokens
from portal.platform.answers import act, see_other
from portal.platform.dates import clock_in, long_date
from portal.platform.errors import Refusal, wording
from portal.platform.forms import add_error
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
from portal.trainings.queries import get_block, get_training

bp = Blueprint("agenda", __name__, url_prefix="/trainings/<code>/agenda")
_FIRST, _LENGTH, _BREAK = (9, 30), timedelta(minutes=90), timedelta(minutes=15)


@bp.get("")
@requires(Permission.VIEW_TRAININGS, training=get_training)
def index(training: Training) -> Response:
    """Show the agenda day by day, with what stands against it."""
    return _page(training)


@bp.get("/sessions/new", endpoint="new_session")
@bp.get("/breaks/new", endpoint="new_break")
@requires(Permission.EDIT_TRAINING, training=get_training)
def new(training: Training) -> Response:
    """Show the form of a new session or break, after the last block of the day."""
    if request.endpoint == "agenda.new_break":
        form = BreakBlockForm(formdata=None, **_proposed(training, _BREAK), is_pushing=True)
        return _form_page(training, form, None)
    return _form_page(training, SessionBlockForm(formdata=None, **_proposed(training, _LENGTH)), None)


@bp.post("/sessions", endpoint="create_session")
@bp.post("/breaks", endpoint="create_break")
@requires(Permission.EDIT_TRAINING, training=get_training)
def create(training: Training) -> Response:
    """Add a session or a break, or look for somebody to lead the session."""
    form_class = BreakBlockForm if request.endpoint == "agenda.create_break" else SessionBlockForm
    return _save(training, form_class(), None)


@bp.get("/sessions/<session_reference>", endpoint="edit_session")
@bp.get("/breaks/<break_reference>", endpoint="edit_break")
@requires(Permission.EDIT_TRAINING, training=get_training, block=get_block)
def edit(training: Training, block: AgendaBlock) -> Response:
    """Show the form of a block."""
    values = {"version": training.version, **values_of(block, ZoneInfo(training.time_zone))}
    return _form_page(training, _form_class(block)(formdata=None, **values), block)


@bp.post("/sessions/<session_reference>", endpoint="update_session")
@bp.post("/breaks/<break_reference>", endpoint="update_break")
@requires(Permission.EDIT_TRAINING, training=get_training, block=get_block)
def update(training: Training, block: AgendaBlock) -> Response:
    """Save a block, or look for somebody to lead the session."""
    return _save(training, _form_class(block)(), block)


@bp.post("/sessions/<session_reference>/move", endpoint="move_session")
@bp.post("/breaks/<break_reference>/move", endpoint="move_break")
@requires(Permission.EDIT_TRAINING, training=get_training, block=get_block)
def move(training: Training, block: AgendaBlock) -> Response:
    """Let a block change places with its neighbor."""
    version = request.form.get("version", 0, type=int)
    saving = Saving(version, is_sure="is_sure" in request.form)
    direction = Direction.UP if request.form.get("direction") == Direction.UP else Direction.DOWN
    try:
        operations.swap(training, block, direction, saving=saving, actor=actor(), now=clock.now())
    except MarkedSessionsMove as refusal:
        asked = {"block": block, "direction": direction.value, "address": request.path}
        return _page(training, status=refusal.status, refusal=refusal, asked=asked)
    except Refusal as refusal:
        return _page(training, status=refusal.status, refusal=refusal)
    if not is_partial():
        return _back(training)
    begins = clock_in(training.time_zone)(block.starts_at)
    toast = _("“%(title)s” begins at %(time)s now.", title=documents.name_of(block), time=begins)
    return _page(training, toast=toast, moved={"reference": block.reference, "direction": direction.value})


@bp.post("/sessions/<session_reference>/remove", endpoint="remove_session")
@bp.post("/breaks/<break_reference>/remove", endpoint="remove_break")
@requires(Permission.EDIT_TRAINING, training=get_training, block=get_block)
def remove(training: Training, block: AgendaBlock) -> Response:
    """Take a block out."""
    version = request.form.get("version", 0, type=int)
    return act(
        lambda: operations.remove(training, block, version=version, actor=actor(), now=clock.now()),
        then=lambda _done: _back(
            training, _("“%(title)s” is taken out of the agenda.", title=documents.name_of(block))
        ),
        again=lambda refusal: _page(training, refusal=refusal),
    )


def _form_class(block: AgendaBlock) -> type[SessionBlockForm | BreakBlockForm]:
    return BreakBlockForm if isinstance(block, AgendaBreak) else SessionBlockForm


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
        for fault in refusal.faults:
            add_error(form[fault.field], wording(fault))
        return _form_page(training, form, standing, status=refusal.status)
    except MarkedSessionsMove as refusal:
        return _form_page(training, form, standing, refusal=refusal, status=refusal.status, asks_if_sure=True)
    except Refusal as refusal:
        form.version.data, form.version.raw_data = training.version, None
        return _form_page(training, form, standing, refusal=refusal, status=refusal.status)
    return _back(training, _("The agenda is saved."))


def _back(training: Training, words: str = "") -> Response:
    return see_other(url_for("agenda.index", code=training.code), words)


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
        clock=clock_in(training.time_zone),
        **context,
    )


def _days(training: Training) -> list[dict[str, Any]]:
    """Return every day of the training, also one that is empty or that was left by a change of the plan."""
    zone = ZoneInfo(training.time_zone)
    frame = Frame(training.starts_on, training.ends_on, zone)
    blocks = documents.list_blocks(training)
    plain = {one.reference: Block(one.reference, one.starts_at, one.ends_at, documents.name_of(one)) for one in blocks}
    length = (training.ends_on - training.starts_on).days + 1
    days = {training.starts_on + timedelta(days=number) for number in range(length)}
    return [
        {
            "day": day,
            "blocks": [
                {
                    "row": one,
                    "is_session": isinstance(one, TrainingSession),
                    "faults": [wording(f) for f in agenda_rules.faults(plain[one.reference], plain.values(), frame)],
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
    kind = "break" if isinstance(form, BreakBlockForm) else "session"
    if standing is None:
        return url_for(f"agenda.create_{kind}", code=training.code)
    place: dict[str, Any] = {"code": training.code, f"{kind}_reference": standing.reference}
    return url_for(f"agenda.update_{kind}", **place)


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


def _proposed(training: Training, length: timedelta) -> dict[str, Any]:
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


papers_bp = Blueprint("agenda_papers", __name__, url_prefix="/trainings/<code>/agenda")


@papers_bp.post("/publish")
@requires(Permission.EDIT_TRAINING, training=get_training)
def publish(training: Training) -> Response:
    """Freeze the agenda under the next number and show it ready to print."""
    try:
        version = request.form.get("version", 0, type=int)
        published = operations.publish(training, version=version, actor=actor(), now=clock.now())
    except TrainingChanged:
        return _back(training, _("The agenda has changed meanwhile. Look at it once more, then publish it."))
    except Refusal as refusal:
        return _back(training, str(refusal))
    words = _("Version %(number)s is published. Print it, or give it to people as a PDF.", number=published.number)
    return see_other(url_for("agenda_papers.show", code=training.code, version_number=published.number), words)


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
        number = str(PaperNumber(training.code, PaperKind.AGENDA, str(version.number)))
        # The entry by which the version was published, so that every print says the same.
        published = head_of(f"training {training.code}", "trainings.agenda_published", version.published_at)
        printed = facts | {"foot": footing.foot(number, published)}
        title = f"{training.code} · {facts['title']}"
        content = batch.render_one(Order(documents.TEMPLATE, printed, title, facts["lang"], version.published_at))
    except client.NOT_PRINTED as reason:
        return _paper_page(training, version, reason=reason), 503
    return downloads.send_bytes(content, filename=f"{training.code}-agenda-{version.number}.pdf")


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
