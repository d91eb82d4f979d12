"""Issue before the last session ends, so that papers lie ready at the ceremony; and in which order they lie there."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.certificates import rules
from portal.certificates.models import CeremonySeat, Certificate, CertificateCeremony
from portal.certificates.operations import issue
from portal.certificates.queries import candidates as people
from portal.certificates.queries import seating
from portal.certificates.queries.candidates import Candidate
from portal.certificates.rules import Block, PrintOrder, Window
from portal.platform.db import db, insert_if_missing, lock
from portal.platform.errors import Conflict
from portal.platform.wording import _l
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.operations.locks import lock_open


class TooEarly(Conflict):
    """Refuse to issue before it can be known who will have been there."""

    message = _l("Certificates are issued for the ceremony from noon of the last day on.")


class LastSessionOver(Conflict):
    """Refuse to assume anything about a session that is over."""

    message = _l("The last session is over, so nothing is assumed any more: mark who was there, then issue as usual.")


class ListChanged(Conflict):
    """Refuse to issue for others than those on the page."""

    message = _l("The list has changed meanwhile. This is how it stands now; look at it, then issue.")


def blocks_of(training: Training) -> list[Block]:
    """Return the sessions of the last day."""
    sessions = (one for one in training.sessions if one.local_date == training.ends_on)
    return [Block(one.id, one.starts_at, one.ends_at) for one in sessions]


def window(training: Training, now: datetime) -> Window:
    """Return whether certificates may be issued for the ceremony now, on the venue's clock."""
    return rules.window(blocks_of(training), training.ends_on, ZoneInfo(training.time_zone), now)


def provisional(training: Training, now: datetime) -> list[Candidate]:
    """Return everybody as they will stand if whoever is not marked in what is left of the last day is there."""
    return people.list_candidates(training, as_of=None, assumed=rules.left_of(blocks_of(training), now))


def issue_for_ceremony(
    training: Training, *, seen: str, base_url: str, actor: Actor, now: datetime
) -> list[Certificate]:
    """Number everyone who will have met the rule, as the page showed it (`seen`), and ask for the files.

    The numbers are taken here and now: a second click finds nobody left.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises TooEarly: if it is not yet noon of the last day. :raises LastSessionOver: if nothing is left to assume.
    :raises ListChanged: if the page showed another list. :raises NothingToIssue: if nobody is left.
    :raises Conflict: if the clock is behind the certificate that was numbered last.
    """
    lock_open(training.id)
    match window(training, now):
        case Window.BEFORE:
            raise TooEarly
        case Window.OVER:
            raise LastSessionOver
    ready = [one for one in provisional(training, now) if one.is_ready]
    if fingerprint(ready) != seen:
        raise ListChanged
    if not ready:
        raise issue.NothingToIssue
    made = issue.number_ready(training, ready, base_url=base_url, is_for_ceremony=True, now=now)
    issue.request_files(training, actor=actor, now=now)
    assumed = rules.left_of(blocks_of(training), now)
    sessions = sorted(one.reference for one in training.sessions if one.id in assumed)
    audit.record(
        "certificates.issued_for_ceremony",
        f"training {training.code}",
        after={"certificates": len(made), "first": made[0].number, "last": made[-1].number, "sessions": sessions},
        actor=actor,
        now=now,
    )
    return made


def fingerprint(ready: list[Candidate]) -> str:
    """Return what tells one list of people from another, in whatever order they stand."""
    return rules.fingerprint(one.registration.reference for one in ready)


def arrange(
    training: Training,
    order: PrintOrder,
    seats: Mapping[str, int],
    *,
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Remember the order of the papers and who sits where; the print file is made anew in that order.

    :raises RecordChanged: if somebody else has saved since `version` was shown.
    """
    insert_if_missing(CertificateCeremony, training_id=training.id, print_order=PrintOrder.NAME.value, version=0)
    ceremony = lock(CertificateCeremony, training.id, version=version)
    before = ceremony.print_order
    ceremony.print_order, ceremony.version = order.value, ceremony.version + 1
    changed = _seat(training, seats)
    db.session.flush()
    issue.request_files(training, actor=actor, now=now)
    audit.record(
        "certificates.ceremony_arranged",
        f"training {training.code}",
        before={"order": before},
        after={"order": order.value, "seats": changed},
        actor=actor,
        now=now,
    )


def _seat(training: Training, seats: Mapping[str, int]) -> int:
    """Seat people as given, all others nowhere; return for how many that is a change."""
    query = select(Registration.reference, Registration.id).where(Registration.training_id == training.id)
    ids = dict(db.session.execute(query).all())
    wanted = {ids[reference]: number for reference, number in seats.items() if reference in ids}
    known = seating.seats_of(training)
    changed = {one for one in wanted.keys() | known.keys() if wanted.get(one) != known.get(one)}
    db.session.execute(delete(CeremonySeat).where(CeremonySeat.registration_id.in_(changed)))
    db.session.add_all(CeremonySeat(registration_id=one, number=wanted[one]) for one in sorted(changed & wanted.keys()))
    return len(changed)
