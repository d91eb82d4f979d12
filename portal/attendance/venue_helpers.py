"""Let somebody without an account mark attendance by a link, stored as a hash; read helpers, links and devices."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import contains_eager

from portal.access.policy import Actor
from portal.attendance import rules
from portal.attendance.models import VenueHelper, VenueHelperSession
from portal.audit import operations as audit
from portal.platform import paging, security_events, tokens
from portal.platform.db import db, is_writing, note_in_passing
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.platform.paging import Page
from portal.platform.security_events import Kind
from portal.trainings.models import Training
from portal.trainings.operations import TrainingClosed, lock_open

_HELPERS = 20  # on one page


class DaysGone(Refusal):
    message = _l("Choose days of this training that are not over.")


class WrongHelperLink(Refusal):
    message = _l("This link is not valid any more. Ask the coordinator of the training for a new one.")


def give_link(
    training: Training, *, name: str, days: Collection[date], actor: Actor, now: datetime
) -> tuple[VenueHelper, str]:
    """Make a link for a helper on these days of a training; return it with its secret, which is known only now.

    :raises Conflict: if the training is finalized or cancelled.
    :raises DaysGone: if a day is not of the training, or the link would be over already.
    """
    try:
        training = lock_open(training.id)
    except TrainingClosed:
        raise Conflict(
            "takes_no_marks", _l("This training takes no marks any more, so nobody needs a link for it.")
        ) from None
    until = rules.helper_until(days, ZoneInfo(training.time_zone)) if days else now
    if until <= now or not set(days) <= {session.local_date for session in training.sessions}:
        raise DaysGone
    secret = tokens.random_token()
    helper = VenueHelper(
        reference=tokens.random_code(8),
        training_id=training.id,
        name=name,
        days=[day.isoformat() for day in sorted(days)],
        secret_hash=tokens.hash_token(secret),
        created_at=now,
        created_by=actor.label,
        expires_at=until,
    )
    db.session.add(helper)
    db.session.flush()
    after = {"helper": helper.reference, "name": name, "days": helper.days}
    audit.record("attendance.helper_link_made", f"training {training.code}", after=after, actor=actor, now=now)
    return helper, secret


def end_link(helper: VenueHelper, *, actor: Actor, now: datetime) -> None:
    """End a helper's link and every stay that it opened; twice is once."""
    if helper.ended_at is not None:
        return
    helper.ended_at = now
    stays = update(VenueHelperSession).where(VenueHelperSession.venue_helper_id == helper.id)
    db.session.execute(stays.where(VenueHelperSession.ended_at.is_(None)).values(ended_at=now))
    db.session.flush()
    after = {"helper": helper.reference, "name": helper.name}
    subject = f"training {helper.training.code}"
    audit.record("attendance.helper_link_ended", subject, after=after, actor=actor, now=now)


def open_with_link(token: str, *, device: str, now: datetime) -> tuple[str, VenueHelper]:
    """Begin a stay for whoever brings a helper's link, as often as it is brought; return the cookie's secret.

    :raises WrongHelperLink: if the link opens nothing now.
    """
    query = select(VenueHelper).where(
        VenueHelper.secret_hash == tokens.hash_token(token),
        VenueHelper.ended_at.is_(None),
        VenueHelper.expires_at > now,
    )
    helper = db.session.scalars(query).one_or_none()
    if helper is None:
        security_events.note(Kind.LINK_REFUSED)
        raise WrongHelperLink
    secret = tokens.random_token()
    db.session.add(
        VenueHelperSession(
            venue_helper_id=helper.id,
            token_hash=tokens.hash_token(secret),
            device=device,
            created_at=now,
            seen_at=now,
            expires_at=min(now + rules.HELPER_STAY, helper.expires_at),
        )
    )
    db.session.flush()
    security_events.note(Kind.HELPER_OPENED, helper.label)
    return secret, helper


def end_stay(stay: VenueHelperSession, *, now: datetime) -> None:
    """End a helper's stay on one device; its cookie is worth nothing from now on."""
    stay.ended_at = now
    db.session.flush()


def touch_stay(stay: VenueHelperSession, *, now: datetime) -> None:
    """Note that the helper is at work, in the transaction of what they do; or still reading, if nobody is writing."""
    if is_writing():
        stay.seen_at = now
    else:
        note_in_passing(update(VenueHelperSession).where(VenueHelperSession.id == stay.id).values(seen_at=now))


def find_helper_stay(token: str, now: datetime) -> VenueHelperSession | None:
    """Return the open stay of a helper's cookie, with the helper and the training, if the link still holds."""
    helper = VenueHelperSession.venue_helper
    query = (
        select(VenueHelperSession)
        .join(helper)
        .options(contains_eager(helper).joinedload(VenueHelper.training).joinedload(Training.venue))
        .where(
            VenueHelperSession.token_hash == tokens.hash_token(token),
            VenueHelperSession.ended_at.is_(None),
            VenueHelperSession.expires_at > now,
            VenueHelper.ended_at.is_(None),
            VenueHelper.expires_at > now,
        )
    )
    return db.session.scalars(query).one_or_none()


def get_venue_helper(helper_reference: str) -> VenueHelper | None:
    """Return one venue helper by the reference."""
    return db.session.scalars(select(VenueHelper).where(VenueHelper.reference == helper_reference)).one_or_none()


def list_venue_helpers(training: Training, number: int = 1) -> Page[tuple[VenueHelper, tuple[VenueHelperSession, ...]]]:
    """Return one page of a training's helpers, the last one first, each with the devices from which they came."""
    of_training = select(VenueHelper).where(VenueHelper.training_id == training.id)
    page = paging.page(of_training.order_by(VenueHelper.id.desc()), number, _HELPERS)
    stays: dict[int, list[VenueHelperSession]] = defaultdict(list)
    of_helpers = VenueHelperSession.venue_helper_id.in_([helper.id for helper in page.items])
    query = select(VenueHelperSession).where(of_helpers)
    for stay in db.session.scalars(query.order_by(VenueHelperSession.seen_at.desc(), VenueHelperSession.id)):
        stays[stay.venue_helper_id].append(stay)
    return page.showing([(helper, tuple(stays[helper.id])) for helper in page.items])


def helper_names(labels: Iterable[str]) -> dict[str, str]:
    """Return the names behind the labels under which marks know venue helpers."""
    references = {label.removeprefix("helper ") for label in labels if label.startswith("helper ")}
    helpers = select(VenueHelper).where(VenueHelper.reference.in_(references)).order_by(VenueHelper.id)
    return {helper.label: helper.name for helper in db.session.scalars(helpers)} if references else {}
