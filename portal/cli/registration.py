"""Commands that seat the nominated and list who takes part."""

from typing import Any
from zoneinfo import ZoneInfo

import click

from portal.access.policy import Operator
from portal.certificates.operations import wording
from portal.certificates.queries import candidates
from portal.certificates.queries.candidates import Candidate
from portal.cli.output import Refused, command
from portal.cli.warnings import Warned, before_end
from portal.platform import clock
from portal.platform.languages import text_of
from portal.registration.operations import seats
from portal.registration.queries import registrations as queries
from portal.trainings import queries as trainings
from portal.trainings.models import Training


@command("confirm-registrations")
@click.argument("code")
def confirm_registrations(code: str) -> dict[str, Any]:
    """Give everyone nominated a seat in the order of nomination, or a place on the waiting list."""
    placements = seats.confirm_all(_training(code), actor=Operator(), now=clock.now())
    return {
        "confirmed": len(placements.confirmed),
        "waitlisted": len(placements.waitlisted),
        "refused": [
            {"registration": place.registration.reference, "reason": str(seats.OBSTACLES[place.obstacle].message)}
            for place in placements.refused
            if place.obstacle is not None
        ],
    }


@command("list-registrations")
@click.argument("code")
def list_registrations(code: str) -> dict[str, Any]:
    """List everyone registered in the order of nomination, with their share of the sessions, and the sessions."""
    training = _training(code)
    zone = ZoneInfo(training.time_zone)
    registrations = queries.list_registrations(training.id)
    return {
        "registrations": [
            _row(candidate)
            for candidate in candidates.list_candidates(training, as_of=None, registrations=registrations)
        ],
        "sessions": [
            {
                "session": session.reference,
                "title": text_of(session, "title"),
                "starts_at": session.starts_at.astimezone(zone).isoformat(),
            }
            for session in training.sessions
        ],
        "warnings": before_end(training, Warned.COUNTED_AHEAD, clock.now()),
    }


def _row(candidate: Candidate) -> dict[str, Any]:
    registration, attended = candidate.registration, candidate.eligibility.attended
    is_eligible = candidate.eligibility.is_eligible
    return {
        "registration": registration.reference,
        "name": registration.person.full_name,
        "institution": registration.institution.code if registration.institution else None,
        "region": registration.region_code,
        "state": registration.state,
        "attended_share": round(attended.attended / attended.scheduled, 4) if attended.scheduled else 0.0,
        "eligible": is_eligible,
        "reason": None if is_eligible else str(wording.reason(candidate.eligibility)),
    }


def _training(code: str) -> Training:
    training = trainings.get_training(code)
    if training is None:
        raise Refused(f"There is no training {code}.")
    return training
