"""The list of trainings, a training's own page, and its plan."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.agenda.operations import TrainingChanged
from portal.agenda.queries import list_conflicts
from portal.catalog import queries as catalog
from portal.catalog.models import Venue
from portal.catalog.rules import NewVenue
from portal.certificates import candidates
from portal.certificates import wording as certificate_wording
from portal.certificates.candidates import Candidate
from portal.closing import operations as closing_operations
from portal.closing import queries as closing_queries
from portal.closing.fix_links import NAMED, Names, names_of
from portal.closing.queries import list_reconciled
from portal.closing.rules import Mismatch, MismatchKind, Reconciled
from portal.mailing.queries import list_recipients
from portal.mailing.rules import MailKind
from portal.people import queries as people_queries
from portal.platform import clock, compare, paging, tokens
from portal.platform.answers import act, see_other
from portal.platform.dates import clock_in, date_range
from portal.platform.errors import Refusal
from portal.platform.forms import add_error
from portal.platform.htmx import respond
from portal.platform.i18n import current, label, text_of
from portal.records import printed
from portal.trainings import documents
from portal.trainings import operations as training_operations
from portal.trainings.forms import beside, contact, details_values, session_values
from portal.trainings.models import Training
from portal.trainings.queries import find_last_change, get_training
from portal.trainings.rules import MOVES, Phase, TrainingState, phase
from portal.workspace import changes, queries, rules
from portal.workspace.changes import SeatsBelowConfirmed
from portal.workspace.forms import ChangeForm
from portal.workspace.queries import Filters
from portal.workspace.rules import Note, Step, StepKey


def names_of_step(training: Training, step: Step, people: Sequence[Reconciled], today: date) -> Names:
    """Return for whom an open step is open; nobody where a step is not about people."""
    begun = {one.reference for one in training.sessions if one.local_date <= today}
    undecided = {"nominated", "invited"} | ({"waitlisted"} if today > training.ends_on else set())
    concerns: Mapping[Note, tuple[MismatchKind, Callable[[Reconciled], bool]]] = {
        Note.TO_DECIDE: (MismatchKind.UNDECIDED, lambda one: one.state in undecided),
        Note.SESSIONS_MARKED: (
            MismatchKind.UNMARKED,
            lambda one: one.is_confirmed and not begun.isdisjoint(one.unmarked),
        ),
        Note.TO_ISSUE: (
            MismatchKind.NOT_CERTIFIED,
            lambda one: one.eligibility.due is not None and one.paper == "none",
        ),
        Note.REASONS_MISSING: (MismatchKind.REASON_MISSING, lambda one: one.is_short and one.shortfall is None),
    }
    if step.note == Note.MAILS_DUE:
        return _elsewhere(training, step)
    if step.note == Note.NAMES_CHECKED:
        return _unnamed(training, [one for one in people if one.is_confirmed and not one.is_named])
    if step.note not in concerns:
        return Names()
    kind, is_concerned = concerns[step.note]
    return names_of(training, Mismatch(kind, tuple(one for one in people if is_concerned(one))))


def _elsewhere(training: Training, step: Step) -> Names:
    """Return who knows only the old dates: of all mails that are due, the one whose readers nobody would guess."""
    if MailKind.MOVED.value not in step.counts:
        return Names()
    address = url_for("mailing.show", code=training.code, kind=MailKind.MOVED.value)
    untold = [one for one in list_recipients(training, MailKind.MOVED, clock.now()) if not one.is_notified]
    people = [(one.registration.person.full_name, address) for one in untold[:NAMED]]
    return Names(people, len(untold) - len(people), address)


def _unnamed(training: Training, people: Sequence[Reconciled]) -> Names:
    code = training.code
    named = [
        (one.name, url_for("names.edit", code=code, registration_reference=one.reference)) for one in people[:NAMED]
    ]
    return Names(named, len(people) - len(named), url_for("names.index", code=code, show="open"))


def workspace_of(training: Training) -> dict[str, Any]:
    """Return the head of a training's pages: its names, dates and place, and the steps of its life."""
    return {
        "code": training.code,
        "title": text_of(training, "title"),
        "url": url_for("closing.show", code=training.code),
        "dates": date_range(training.starts_on, training.ends_on, current()),
        "place": text_of(training.venue, "name"),
        "region": text_of(training.region, "name"),
        "state": shown_state(training),
        "steps": [
            {
                "key": step.key.value,
                "label": label(step.key),
                "url": step_url(step, training),
                "state": step.state.value,
                "note": note_of(step),
                "step": step,
            }
            for step in queries.list_steps(training, clock.now())
        ],
    }


def task_of(step: Step) -> str:
    return _(step.note.task or step.key.label)


def note_of(step: Step) -> str:
    """Return the few words beside a step; none where its state says everything."""
    note, counts = step.note, step.counts
    if note == Note.MAILS_DUE:
        return ", ".join(ngettext(*rules.MAILS_DUE[MailKind(kind)], people) for kind, people in counts.items())
    if note.more and [*counts.values()][-1]:
        return _(note.more) % counts
    if isinstance(note.words, tuple):
        return ngettext(*note.words, next(iter(counts.values())))
    return _(note.words) % counts if note.words else ""


_ENDPOINTS = {
    StepKey.PLAN: "closing.show",
    StepKey.NOMINATIONS: "nominations.index",
    StepKey.CONFIRM: "registrations.index",
    StepKey.MAILS: "mailing.index",
    StepKey.ATTENDANCE: "attendance.index",
    StepKey.ASSESSMENTS: "assessments.index",
    StepKey.EVALUATION: "evaluations.index",
    StepKey.MATERIALS: "training_materials.index",
    StepKey.NAMES: "names.index",
    StepKey.CERTIFICATES: "certificates.index",
    StepKey.CLOSE: "close.show",
}


def step_url(step: Step, training: Training) -> str:
    return url_for(_ENDPOINTS[step.key], code=training.code)


def shown_state(training: Training) -> str:
    """Return the state that a page shows: an approved training is upcoming, running or over."""
    if training.state != TrainingState.APPROVED:
        return training.state
    return phase(training.starts_on, training.ends_on, clock.today(training.time_zone)).value


bp = Blueprint("closing", __name__, url_prefix="/trainings")
_NAMED = 10


@bp.get("")
@requires(Permission.VIEW_TRAININGS)
def index() -> Response:
    """List the trainings within reach, the latest first."""
    filters = Filters(
        state=_one_of(TrainingState, "state"), region=request.args.get("region", ""), phase=_one_of(Phase, "phase")
    )
    page = queries.page_of_trainings(actor(), filters, paging.asked(), clock.today())
    return respond(
        page="closing/index.html",
        fragment="closing/_list.html",
        trainings=page,
        filters=filters,
        regions=people_queries.list_regions_of(actor()),
        states=list(TrainingState),
        phases=list(Phase),
    )


@bp.get("/<code>")
@requires(Permission.VIEW_TRAININGS, training=get_training)
def show(training: Training) -> str:
    """Show where a training stands and what is next."""
    return _workspace(training)


@bp.post("/<code>/state")
@requires(Permission.EDIT_TRAINING, training=get_training)
def move(training: Training) -> Response:
    """Move a training to the state that was chosen."""
    to = _one_of(TrainingState, "state", request.form)
    if not to:
        abort(422)
    today = clock.today(training.time_zone)
    return act(
        lambda: closing_operations.move(training, TrainingState(to), today=today, actor=actor(), now=clock.now()),
        then=lambda _done: see_other(url_for("closing.show", code=training.code)),
        again=lambda refusal: _workspace(training, refusal),
    )


def _workspace(training: Training, refusal: Refusal | None = None) -> str:
    workspace = workspace_of(training)
    steps = [step["step"] for step in workspace["steps"]]
    is_over = clock.today(training.time_zone) >= training.ends_on
    next_step = rules.next_step(steps)
    open_steps = [step for step in steps if step.is_open]
    people = list_reconciled(training, as_of=clock.now()) if open_steps else []
    today = clock.today(training.time_zone)
    open_names = {step.key.value: names_of_step(training, step, people, today) for step in open_steps}
    moves = [to for to in MOVES.get(TrainingState(training.state), ()) if to != TrainingState.HELD or is_over]
    return render_template(
        "closing/show.html",
        training=training,
        workspace=workspace,
        next_step=next_step,
        open_names=open_names,
        corrections=training.corrections,
        unsettled=_unsettled(training, steps),
        reason=certificate_wording.reason,
        agenda=_agenda(training),
        conflicts=list_conflicts(training, actor()),
        clock=clock_in(training.time_zone),
        timing=queries.timing(training),
        moves=moves,
        last_move=closing_queries.find_last_move(training),
        refusal=refusal,
    )


def _unsettled(training: Training, steps: list[Step]) -> Sequence[Candidate]:
    """Return the first page of those whose certificate no longer fits; nothing is read where nobody is counted."""
    if not any(step.note == Note.TO_SETTLE for step in steps):
        return []
    page, _summary = candidates.page_of_candidates(training, show=candidates.UNSETTLED, number=1, as_of=clock.now())
    return page.items[:_NAMED]


@bp.get("/<code>/edit")
@requires(Permission.EDIT_TRAINING, training=get_training)
def edit(training: Training) -> Response:
    """Show the plan as it stands in the form."""
    return _page(training, ChangeForm(formdata=None, **_values(training)))


@bp.post("/<code>/edit")
@requires(Permission.EDIT_TRAINING, training=get_training)
def update(training: Training) -> Response:
    """Save the changed plan, or do what one of the form's other buttons asks for."""
    form = ChangeForm()
    _offer(training, form)
    if button := request.form.get("act", ""):
        form.act(button, training.time_zone)
        return _page(training, form)
    if not form.validate():
        return _page(training, form, status=422)
    venues = {str(venue.id): venue for venue in _venues(training)}
    venue = venues.get(form.venue_id.data) or NewVenue(form.venue_name)
    plan = replace(form.plan(venue.time_zone, hours=training.hours), is_past_meant=bool(form.is_past_meant.data))
    version = form.version.data or 0

    def again(refusal: Refusal) -> Response:
        if isinstance(refusal, TrainingChanged):
            return _compare(training, form, refusal)
        if isinstance(refusal, SeatsBelowConfirmed):
            field = form.capacity if refusal.place is None else form.allotments[refusal.place].seats
            add_error(field, str(refusal))
            return _page(training, form, status=refusal.status)
        return _page(training, form, refusal=beside(form, refusal), status=refusal.status)

    return act(
        lambda: changes.change_training(training, plan, venue, version=version, actor=actor(), now=clock.now()),
        then=lambda _done: see_other(url_for("closing.show", code=training.code), _("The plan is saved.")),
        again=again,
    )


def _compare(training: Training, form: ChangeForm, refusal: Refusal) -> Response:
    """Show what was typed beside what somebody else has saved; the form can be sent again on top of it."""
    saved = ChangeForm(formdata=None, **_values(training))
    _offer(training, saved)
    form.version.data, form.version.raw_data = training.version, None
    return _page(
        training,
        form,
        refusal=refusal,
        status=refusal.status,
        differences=compare.differences(form, saved),
        saved_by=find_last_change(f"training {training.code}", ("trainings.created", "trainings.changed")),
    )


def _page(training: Training, form: ChangeForm, *, status: int = 200, **context: Any) -> Response:
    _offer(training, form)
    if status == 200:  # What is sent next is another form.
        form.form_key.data = tokens.random_token()
    return respond(
        page="closing/edit.html",
        fragment="closing/_form.html",
        training=training,
        form=form,
        letters=printed.LETTERS,
        status=status,
        **context,
    )


def _offer(training: Training, form: ChangeForm) -> None:
    venues = _venues(training)
    institutions = people_queries.list_offered_institutions(clock.today(), kept=_named(training))
    form.offer(
        institutions=[(str(one.id), text_of(one, "name")) for one in institutions],
        regions=[(one.code, text_of(one, "name")) for one in people_queries.list_regions()],
        venues=[(str(one.id), text_of(one, "name")) for one in venues],
        contacts=[contact(one) for one in accounts.list_coordinators(training.region_code)],
    )


def _venues(training: Training) -> list[Venue]:
    return catalog.list_venues([training.region_code], beside=training.venue_id)


def _named(training: Training) -> set[int]:
    """Return the institutions that stand in the plan already: they stay there, closed or not."""
    kept = {allotment.institution_id for allotment in training.allotments if allotment.institution_id is not None}
    return kept | {host.id for host in training.hosts}


def _values(training: Training) -> dict[str, Any]:
    zone = ZoneInfo(training.time_zone)
    plain = ("hours", "starts_on", "ends_on", "capacity", "minimum_attendance", "version")
    return {
        **training.title.columns(),
        **{name: getattr(training, name) for name in plain},
        "venue_id": str(training.venue_id),
        **details_values(training_operations.details_of(training)),
        "sessions": [session_values(session, zone) for session in training_operations.planned_sessions(training)],
        "allotments": [
            {
                "institution_id": str(one.institution_id or ""),
                "region_code": one.region_code or "",
                "role": one.role or "",
                "seats": one.seats,
            }
            for one in training.allotments
        ],
    }


def _agenda(training: Training) -> dict[date, list[tuple[str, str, str]]]:
    at = clock_in(training.time_zone)
    days: dict[date, list[tuple[str, str, str]]] = {}
    for block in documents.list_blocks(training):
        line = (at(block.starts_at), at(block.ends_at), documents.name_of(block))
        days.setdefault(block.local_date, []).append(line)
    return days


def _one_of(kind: type[TrainingState] | type[Phase], name: str, sent: Mapping[str, str] | None = None) -> str:
    value = (request.args if sent is None else sent).get(name, "")
    return value if value in set(kind) else ""
