"""Read venue helpers, their links and their devices."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from portal.attendance.models import VenueHelper, VenueHelperSession
from portal.platform import paging, tokens
from portal.platform.db import db
from portal.platform.paging import Page
from portal.trainings.models import Training

_HELPERS = 20  # on one page


def find_helper(token: str, now: datetime) -> VenueHelper | None:
    """Return the venue helper whose link this is, if it holds now."""
    query = select(VenueHelper).where(
        VenueHelper.secret_hash == tokens.hash_token(token),
        VenueHelper.ended_at.is_(None),
        VenueHelper.expires_at > now,
    )
    return db.session.scalars(query).one_or_none()


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
