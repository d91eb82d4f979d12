"""Which registrations a list shows, in which order, and which are selected."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import request, url_for

from portal.people.models import Institution
from portal.platform.i18n import _l
from portal.registration import queries
from portal.registration.models import Registration
from portal.registration.queries import Filters
from portal.registration.rules import RegistrationState
from portal.trainings.models import Training

# The tabs of the list: name in the address, words, states.
TABS: dict[str, tuple[Any, tuple[RegistrationState, ...]]] = {
    "": (_l("All"), ()),
    "nominated": (_l("Nominated"), (RegistrationState.NOMINATED, RegistrationState.INVITED)),
    "confirmed": (_l("Confirmed"), (RegistrationState.CONFIRMED,)),
    "waitlisted": (_l("Waiting list"), (RegistrationState.WAITLISTED,)),
    "out": (_l("Out"), (RegistrationState.DECLINED, RegistrationState.WITHDRAWN, RegistrationState.SUBSTITUTED)),
}
MOST_CHOSEN = 1_000
_SORTS = ("order", "-order", "name", "-name")


def filters_of(
    training: Training, args: Mapping[str, str], institutions: Sequence[Institution] | None = None
) -> Filters:
    used = queries.list_institutions(training.id) if institutions is None else institutions
    institution_ids = {institution.code: institution.id for institution in used}
    sort = args.get("sort", "")
    return Filters(
        states=tuple(state.value for state in TABS.get(args.get("state", ""), TABS[""])[1]),
        institution_id=institution_ids.get(args.get("institution", "")),
        region_code=args.get("region", ""),
        text=args.get("q", "")[:200],
        sort=sort if sort in _SORTS else "order",
    )


def chosen_of(training: Training) -> list[Registration]:
    """Return whom a bulk act concerns: the ticked people, or all whom the list's search and filters let through."""
    if request.values.get("everyone"):
        return queries.list_filtered(training.id, filters_of(training, request.args), limit=MOST_CHOSEN)
    return queries.list_chosen(training.id, request.values.getlist("registration")[:MOST_CHOSEN])


def list_address(training: Training, sent: str | None) -> str:
    """Return the list's address that a form brought along; anything but this training's list is forgotten."""
    own = url_for("registrations.index", code=training.code)
    parts = urlsplit(sent or "")
    is_own = not parts.netloc and not parts.scheme and parts.path == own
    return f"{own}?{parts.query}" if is_own and parts.query else own
