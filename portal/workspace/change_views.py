"""Move or cancel a training: first see who will be notified and what prevents it, then do it."""

from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.agenda.queries import NO_CONFLICTS, list_conflicts
from portal.catalog import queries as catalog
from portal.catalog.models import Venue
from portal.mailing.queries import find_contact
from portal.mailing.rules import MailKind
from portal.platform import clock
from portal.platform.answers import act, see_other
from portal.platform.dates import clock_in
from portal.platform.errors import Refusal
from portal.platform.i18n import label, text_of
from portal.registration.mails import Facts
from portal.trainings.forms import beside
from portal.trainings.models import Training
from portal.trainings.queries import get_training
from portal.trainings.rules import TrainingState, Whereabouts
from portal.workspace import changes, notified
from portal.workspace.changes import Act, Notified
from portal.workspace.forms import CancelForm, MoveForm
from portal.workspace.notified import Audience
from portal.workspace.rules import cancel_obstacle, goes_back, move_obstacle

bp = Blueprint("ends", __name__, url_prefix="/trainings/<code>")


@bp.get("/move")
@requires(Permission.EDIT_TRAINING, training=get_training)
def move(training: Training) -> str | tuple[str, int]:
    """Ask where the training moves to; with a day and a place in the address, show what that means for whom."""
    form = MoveForm(formdata=request.args or None)
    venues = _offer(training, form)
    if "starts_on" not in request.args:
        form.starts_on.data, form.venue_id.data = training.starts_on, str(training.venue_id)
        return _move_page(training, form)
    if not (form.starts_on.validate(form) & form.venue_id.validate(form)):
        return _move_page(training, form), 422
    venue = venues[form.venue_id.data]
    try:
        changes.ensure_moves(training, _a_day(form), venue)
    except Refusal as refusal:
        return _move_page(training, form, refusal=beside(form, refusal)), refusal.status
    return _move_page(training, form, venue=venue)


@bp.post("/move")
@requires(Permission.EDIT_TRAINING, training=get_training)
def save_move(training: Training) -> Response | tuple[str, int]:
    """Move the training and tell people."""
    form = MoveForm()
    venues = _offer(training, form)
    if not form.validate():
        venue = venues.get(form.venue_id.data) if form.starts_on.data else None
        return _move_page(training, form, venue=venue), 422
    venue = venues[form.venue_id.data]
    return act(
        lambda: changes.move(training, _a_day(form), venue, act=_act(form), actor=actor(), now=clock.now()),
        then=lambda people: _done(training, MailKind.MOVED, people, _("The training is moved, with its whole agenda.")),
        again=lambda refusal: _move_page(training, form, refusal=beside(form, refusal), venue=venue),
    )


@bp.get("/cancel")
@requires(Permission.EDIT_TRAINING, training=get_training)
def cancel(training: Training) -> str:
    """Show who is told when the training is cancelled, and ask why."""
    return _cancel_page(training, CancelForm(formdata=None, version=training.version, is_telling=True))


@bp.post("/cancel")
@requires(Permission.EDIT_TRAINING, training=get_training)
def save_cancel(training: Training) -> Response | tuple[str, int]:
    """Cancel the training and tell people."""
    form = CancelForm()
    if not form.validate():
        return _cancel_page(training, form), 422
    end = TrainingState(form.end.data)
    return act(
        lambda: changes.cancel(training, end, act=_act(form), actor=actor(), now=clock.now()),
        then=lambda people: _done(training, MailKind.CANCELLED, people, _("The training is cancelled.")),
        again=lambda refusal: _cancel_page(training, form, refusal=refusal),
    )


def _act(form: MoveForm | CancelForm) -> Act:
    is_past_meant = isinstance(form, MoveForm) and bool(form.is_past_meant.data)
    return Act(form.version.data or 0, form.reason.data or "", bool(form.is_telling.data), is_past_meant)


def _a_day(form: MoveForm) -> Any:
    assert form.starts_on.data is not None
    return form.starts_on.data


def _done(training: Training, kind: MailKind, people: Notified, words: str) -> Response:
    """Lead to those who have no address, else to the training."""
    flash(words)
    if people.by_mail:
        flash(ngettext("%(num)s mail is queued.", "%(num)s mails are queued.", people.by_mail))
    if not people.by_hand:
        return see_other(url_for("closing.show", code=training.code))
    by_hand = ngettext(
        "%(num)s person has no e-mail: pass the text on.",
        "%(num)s people have no e-mail: pass the text on.",
        people.by_hand,
    )
    return see_other(url_for("mailing.texts", code=training.code, kind=kind.value), by_hand)


def _offer(training: Training, form: MoveForm) -> dict[str, Venue]:
    venues = catalog.list_venues([training.region_code], beside=training.venue_id)
    form.offer([(str(venue.id), text_of(venue, "name")) for venue in venues])
    return {str(venue.id): venue for venue in venues}


def _move_page(training: Training, form: MoveForm, *, venue: Venue | None = None, **context: Any) -> str:
    """Show the form; with a place that can be moved to, also who is told and what clashes there."""
    if form.version.data is None:
        form.version.data, form.is_telling.data = training.version, True
    day = form.starts_on.data
    where, found = None, NO_CONFLICTS
    if venue is not None and day is not None:
        last_day = day + (training.ends_on - training.starts_on)
        where = Whereabouts(day, last_day, venue.id, venue.time_zone)
        found = list_conflicts(training, actor(), where)
    obstacle = move_obstacle(training.state, notified.count_papers(training))
    audience = notified.list_audience(training, MailKind.MOVED, clock.now(), where) if where else None
    return render_template(
        "closing/move.html",
        training=training,
        form=form,
        where=where,
        venue=venue,
        conflicts=found,
        clock=clock_in(training.time_zone),
        obstacle=label(obstacle) if obstacle else None,
        audience=audience,
        texts=_texts(training, MailKind.MOVED, audience, (where, venue)) if audience and where and venue else {},
        has_address=notified.has_address,
        is_past=where is not None and goes_back(where.starts_on, training.starts_on, clock.today(where.time_zone)),
        is_over=where is not None and where.ends_on < clock.today(where.time_zone),
        **context,
    )


def _cancel_page(training: Training, form: CancelForm, **context: Any) -> str:
    obstacle = cancel_obstacle(training.state, notified.count_papers(training))
    audience = notified.list_audience(training, MailKind.CANCELLED, clock.now())
    return render_template(
        "closing/cancel.html",
        training=training,
        form=form,
        obstacle=label(obstacle) if obstacle else None,
        audience=audience,
        texts=_texts(training, MailKind.CANCELLED, audience),
        has_address=notified.has_address,
        **context,
    )


def _texts(
    training: Training, kind: MailKind, audience: Audience, to: tuple[Whereabouts, Venue] | None = None
) -> dict[int, str]:
    """Return what those who lead sessions and have no address are told by messenger, by person."""
    contact = find_contact(training, actor())
    texts = {}
    for person in audience.facilitators:
        locale = notified.language_of(person)
        facts = notified.facts_at(training, *to, locale) if to else Facts.of(training, locale)
        texts[person.id] = notified.letter_to(person, kind, facts, contact).text
    return texts
