"""Where victims find help: a list for the phone of whoever has the training behind them."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Blueprint, abort, render_template
from flask_babel import gettext as _

from portal.access.guard import participant, requires
from portal.access.permissions import Permission
from portal.catalog import queries as catalog
from portal.catalog.kinds import GUESTS, OFFERS, TONGUES
from portal.catalog.models import ReferralCenter
from portal.catalog.rules import is_stale
from portal.platform import clock
from portal.platform.languages import text_of
from portal.records.fields import in_words
from portal.registration.models import ParticipantSession, Registration
from portal.registration.rules import referrals as rules

bp = Blueprint("referrals", __name__, url_prefix="/my/referral-centers")


@dataclass(frozen=True)
class CenterView:
    """A center as a participant sees it."""

    center: ReferralCenter
    offers: list[str]
    facts: list[tuple[str, str]]
    is_stale: bool


@bp.get("")
@requires(Permission.VIEW_CENTERS_AFTERWARDS)
def index() -> str:
    """List the centers, those of one's own region first; before the end of the training there is no such page."""
    stay = participant()
    assert isinstance(stay, ParticipantSession)
    if not sees_centers(stay.registration):
        abort(404)
    own = stay.registration.region_code or stay.registration.training.region_code
    found = catalog.list_open_centers(clock.today(), first=own)
    groups = [(region, [_view(one) for one in group]) for region, group in groupby(found, lambda one: one.region)]
    return render_template("my/centers.html", groups=groups, own=own)


def sees_centers(registration: Registration) -> bool:
    """Tell whether this participant sees the centers today."""
    training = registration.training
    today = clock.today(training.time_zone)
    return rules.sees_centers(registration.state, training.ends_on, today, is_cancelled=training.is_cancelled)


def _view(center: ReferralCenter) -> CenterView:
    facts: list[tuple[str, Any]] = [
        (_("Whom it takes in"), ", ".join(in_words(center.accepts, GUESTS))),
        (_("Hours"), text_of(center, "hours")),
        (_("Address"), text_of(center, "address")),
        (_("Languages spoken"), ", ".join(in_words(center.languages, TONGUES))),
        (_("Note"), text_of(center, "note")),
    ]
    return CenterView(center, in_words(center.offers, OFFERS), facts, is_stale(center.checked_on, clock.today()))
