"""Read participants' access and sessions."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from portal.participants.models import ParticipantSession
from portal.platform import links, tokens
from portal.platform.db import db
from portal.registration.models import ParticipantKey, Registration
from portal.registration.queries import is_valid
from portal.registration.rules import RegistrationState

_MOST_BROWSERS = 5


def sees_centers(registration: Registration, now: datetime) -> bool:
    """Tell whether somebody who has the training behind them sees where victims find help."""
    training = registration.training
    is_over = not training.is_cancelled and training.ends_on < training.day_at(now)
    return registration.state == RegistrationState.CONFIRMED and is_over


def find_by_link(token: str, now: datetime) -> Registration | None:
    """Return the registration that a personal link opens now."""
    query = (
        select(Registration)
        .join(ParticipantKey, ParticipantKey.registration_id == Registration.id)
        .where(ParticipantKey.secret_hash == tokens.hash_token(token), ParticipantKey.kind == "link", *is_valid(now))
    )
    return db.session.scalars(query).one_or_none()


def find_by_reference(reference: str, now: datetime) -> tuple[Registration, str] | None:
    """Return the registration of a reference that has a PIN now, with the PIN's hash."""
    query = (
        select(Registration, ParticipantKey.secret_hash)
        .join(ParticipantKey, ParticipantKey.registration_id == Registration.id)
        .where(Registration.reference == reference, ParticipantKey.kind == "pin", *is_valid(now))
        .order_by(ParticipantKey.id.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def find_stay(token: str, now: datetime) -> ParticipantSession | None:
    """Return the open stay of a cookie, with its registration, training and person."""
    query = (
        select(ParticipantSession)
        .options(
            joinedload(ParticipantSession.registration).joinedload(Registration.training),
            joinedload(ParticipantSession.registration).joinedload(Registration.person),
        )
        .where(
            ParticipantSession.token_hash == tokens.hash_token(token),
            ParticipantSession.ended_at.is_(None),
            ParticipantSession.expires_at > now,
        )
    )
    return db.session.scalars(query).one_or_none()


def list_new_browsers(registration_id: int) -> list[ParticipantSession]:
    """Return the stays in which the present slip was used in a browser for the first time, the last first."""
    printed = select(func.max(ParticipantKey.created_at)).where(
        ParticipantKey.registration_id == registration_id, ParticipantKey.kind == "pin"
    )
    query = select(ParticipantSession).where(
        ParticipantSession.registration_id == registration_id,
        ParticipantSession.new_browser.is_not(None),
        ParticipantSession.created_at >= printed.scalar_subquery(),
    )
    return list(db.session.scalars(query.order_by(ParticipantSession.id.desc()).limit(_MOST_BROWSERS)))


def find_seeds(registration_ids: Sequence[int], now: datetime, *, good_until: datetime) -> dict[int, str]:
    """Return by registration the seed of the newest personal link that can be written again and is good long enough."""
    query = select(ParticipantKey).where(
        ParticipantKey.registration_id.in_(registration_ids),
        ParticipantKey.kind == "link",
        ParticipantKey.seed.is_not(None),
        ParticipantKey.expires_at >= good_until,
        *is_valid(now),
    )
    return {
        key.registration_id: key.seed
        for key in db.session.scalars(query.order_by(ParticipantKey.id))
        if key.seed and tokens.hash_token(links.secret_of(key.seed)) == key.secret_hash
    }


def list_with_key(registration_ids: Sequence[int], kind: str, now: datetime) -> set[int]:
    """Return which of these registrations have a valid link or PIN now."""
    query = select(ParticipantKey.registration_id).where(
        ParticipantKey.registration_id.in_(registration_ids), ParticipantKey.kind == kind, *is_valid(now)
    )
    return set(db.session.scalars(query.order_by(ParticipantKey.registration_id)))


def list_without_pin(training_id: int, now: datetime) -> list[Registration]:
    """Return the confirmed people who have no valid PIN, in the order of nomination."""
    has_pin = (
        select(ParticipantKey.id)
        .where(ParticipantKey.registration_id == Registration.id, ParticipantKey.kind == "pin", *is_valid(now))
        .exists()
    )
    query = (
        select(Registration)
        .options(joinedload(Registration.person))
        .where(
            Registration.training_id == training_id,
            Registration.state == RegistrationState.CONFIRMED.value,
            ~has_pin,
        )
    )
    return list(db.session.scalars(query.order_by(Registration.order, Registration.id)))
