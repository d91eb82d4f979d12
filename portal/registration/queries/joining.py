"""Read the public links of trainings and what came by them."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.platform import links, tokens
from portal.platform.db import db
from portal.registration.models import JoinLink, JoinRequest, Registration
from portal.trainings.models import Training


def find_link(token: str) -> JoinLink | None:
    """Return the link of an address, with its training, unless it was ended or never made."""
    query = (
        select(JoinLink)
        .options(joinedload(JoinLink.training).joinedload(Training.venue))
        .where(JoinLink.secret_hash == tokens.hash_token(token), JoinLink.ended_at.is_(None))
    )
    return db.session.scalars(query).one_or_none()


def find_open_link(training_id: int) -> JoinLink | None:
    """Return the link that a training has now."""
    query = select(JoinLink).where(JoinLink.training_id == training_id, JoinLink.ended_at.is_(None))
    return db.session.scalars(query.order_by(JoinLink.id.desc()).limit(1)).first()


def secret_of(link: JoinLink) -> str | None:
    """Return the secret of a link; None if it was made under another secret key and cannot be shown any more."""
    secret = links.secret_of(link.seed)
    return secret if tokens.hash_token(secret) == link.secret_hash else None


def find_registration(training_id: int, person_id: int) -> Registration | None:
    """Return a person's registration in a training."""
    query = select(Registration).where(Registration.training_id == training_id, Registration.person_id == person_id)
    return db.session.scalars(query).one_or_none()


def list_requests(registration_id: int) -> list[JoinRequest]:
    """Return what came by the public form for one registration, the last first."""
    query = select(JoinRequest).where(JoinRequest.registration_id == registration_id)
    return list(db.session.scalars(query.order_by(JoinRequest.id.desc())))


def get_request(registration_id: int, request_id: int) -> JoinRequest | None:
    """Return one request of a registration."""
    found = db.session.get(JoinRequest, request_id)
    return found if found is not None and found.registration_id == registration_id else None
