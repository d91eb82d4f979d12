"""Issue certificates before the last session ends, and record what happened to printed ones.

A paper that nobody ever had is made void by one person, and only if the rule is not met after all. Once it was handed
over, or where the rule is met, it takes two to revoke it.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from portal.access.policy import Actor
from portal.attendance.rules import batch_id, undo_id
from portal.audit import operations as audit
from portal.ceremony import queries
from portal.ceremony.queries import Paper
from portal.certificates import candidates
from portal.certificates import operations as certificate_operations
from portal.certificates import queries as certificate_queries
from portal.certificates.candidates import Candidate
from portal.certificates.models import CeremonySeat, Certificate, CertificateCeremony, CertificateMark
from portal.certificates.rules import Handing, PrintOrder, Recipient, RevokeClass
from portal.completion import queries as completion
from portal.completion.rules import Eligibility
from portal.platform.db import db, insert_if_missing, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.registration.models import Registration
from portal.trainings.models import Training, TrainingSession
from portal.trainings.operations import lock_open


class Window(StrEnum):
    """Whether certificates may be issued before the last session ends: too early, now, or nothing left to assume."""

    BEFORE = "before"
    OPEN = "open"
    OVER = "over"


def window(training: Training, now: datetime) -> Window:
    """Return whether papers may be issued for the ceremony: from noon of the last day to the end of its last session.

    Where the last session begins in the morning, they may be issued when it does.
    """
    zone, sessions = ZoneInfo(training.time_zone), _of_last_day(training)
    if not sessions or now >= max(one.ends_at for one in sessions):
        return Window.OVER if now.astimezone(zone).date() >= training.ends_on else Window.BEFORE
    noon = datetime.combine(training.ends_on, time(12), zone)
    return Window.OPEN if now >= min(noon, max(one.starts_at for one in sessions)) else Window.BEFORE


def sessions_left(training: Training, now: datetime) -> list[TrainingSession]:
    """Return the sessions of the last day that are not over: in them whoever is not marked counts as present."""
    return [one for one in _of_last_day(training) if one.ends_at > now]


def _of_last_day(training: Training) -> list[TrainingSession]:
    return [one for one in training.sessions if one.local_date == training.ends_on]


def provisional(training: Training, now: datetime) -> list[Candidate]:
    """Return everybody as they will stand if whoever is not marked in what is left of the last day is there."""
    assumed = {one.id for one in sessions_left(training, now)}
    return candidates.list_candidates(training, as_of=None, assumed=assumed)


def issue_for_ceremony(training: Training, *, shown: str, actor: Actor, now: datetime) -> list[Certificate]:
    """Number everyone who will have met the rule and ask for the files; `shown` is the fingerprint of the page's list.

    The numbers are taken here and now: a second click finds nobody left.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises Conflict: if it is not yet noon of the last day, nothing is left to assume, or the page showed another list.
    :raises NothingToIssue: if nobody is left.
    :raises Conflict: if the clock is behind the certificate that was numbered last.
    """
    lock_open(training.id)
    match window(training, now):
        case Window.BEFORE:
            raise Conflict("too_early", _l("Certificates are issued for the ceremony from noon of the last day on."))
        case Window.OVER:
            raise Conflict(
                "last_session_over",
                _l(
                    "The last session is over, so nothing is assumed any more: mark who was there, then issue as usual."
                ),
            )
    ready = [one for one in provisional(training, now) if one.is_ready]
    if fingerprint(ready) != shown:
        raise Conflict(
            "list_changed", _l("The list has changed meanwhile. This is how it stands now; look at it, then issue.")
        )
    if not ready:
        raise certificate_operations.NothingToIssue
    made = certificate_operations.number_ready(training, ready, is_for_ceremony=True, now=now)
    certificate_operations.request_files(training, actor=actor, now=now)
    sessions = sorted(one.reference for one in sessions_left(training, now))
    after = {"certificates": len(made), "first": made[0].number, "last": made[-1].number, "sessions": sessions}
    audit.record("certificates.issued_for_ceremony", f"training {training.code}", after=after, actor=actor, now=now)
    return made


def fingerprint(ready: list[Candidate]) -> str:
    """Return what tells one list of people from another, in whatever order they stand."""
    references = sorted(one.registration.reference for one in ready)
    return hashlib.sha256("\n".join(references).encode()).hexdigest()[:32]


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
    certificate_operations.request_files(training, actor=actor, now=now)
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
    known = certificate_queries.seats_of(training)
    changed = {one for one in wanted.keys() | known.keys() if wanted.get(one) != known.get(one)}
    db.session.execute(delete(CeremonySeat).where(CeremonySeat.registration_id.in_(changed)))
    db.session.add_all(CeremonySeat(registration_id=one, number=wanted[one]) for one in sorted(changed & wanted.keys()))
    return len(changed)


class NotedMeanwhile(Conflict):
    message = _l("Somebody has noted something else about № %(number)s meanwhile. Look at it, then decide again.")


@dataclass(frozen=True)
class HandingInput:
    """What somebody says of a paper; `key` makes saying it twice harmless, `last_mark` is the last one shown."""

    key: str
    state: Handing
    last_mark: int
    recipient: Recipient = Recipient.NOBODY
    received_by: str = ""


@dataclass(frozen=True)
class Shown:
    """What a page showed: the papers on it, and the last mark of any paper."""

    numbers: frozenset[str]
    last: int


def note(certificate: Certificate, handing: HandingInput, *, actor: Actor, now: datetime) -> None:
    """Say that a paper was handed over or is unclaimed, or take back what was said last.

    :raises Conflict: if it was replaced or revoked, or is void.
    :raises Refusal: if it was taken on behalf of its holder by nobody.
    :raises NotedMeanwhile: if the page did not show the last mark, unless that says the same.
    """
    if handing.recipient == Recipient.ON_BEHALF and not handing.received_by:
        raise Refusal("who_missing", _l("Write who has taken the certificate."))
    paper = _locked(certificate)
    key = undo_id(paper.marks[-1].mark_id) if handing.state == Handing.CLEARED and paper.marks else handing.key
    mark = paper.mark
    said = (mark.state, mark.recipient, mark.received_by) if mark else (Handing.CLEARED.value, "", "")
    if (
        said == (handing.state.value, handing.recipient.value, handing.received_by)
        or queries.find_mark(key) is not None
    ):
        return
    if paper.last_mark != handing.last_mark:
        raise NotedMeanwhile(number=certificate.number)
    _add(paper, handing, key, actor, now)
    _record([paper], handing.state, actor, now)


def void(certificate: Certificate, *, key: str, last_mark: int, actor: Actor, now: datetime) -> None:
    """Make a paper void that was printed for somebody who did not meet the rule in the end; its number stays.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises NotedMeanwhile: if the page did not show the last mark.
    :raises Conflict: if it was replaced or revoked, is void, was in somebody's hands, or meets the rule.
    """
    training = lock_open(certificate.registration.training_id)
    paper = _locked(certificate)
    if paper.last_mark != last_mark:
        raise NotedMeanwhile(number=certificate.number)
    if certificate.number not in list_voidable(training, [paper], now=now):
        raise Conflict(
            "needs_two",
            _l(
                "№ %(number)s was handed over once, or the rule is met, or it was not issued for the ceremony: "
                "it takes two to revoke it."
            ),
            number=certificate.number,
        )
    _add(paper, HandingInput(key, Handing.VOID, last_mark), key, actor, now)
    certificate_operations.take_back(paper.certificate, RevokeClass.NOT_HANDED_OVER, "", actor=actor, now=now)
    certificate_operations.request_files(training, actor=actor, now=now)
    certificate_operations.note("certificates.voided", certificate, actor=actor, now=now)


def list_voidable(training: Training, papers: Collection[Paper], *, now: datetime) -> dict[str, Eligibility]:
    """Return, by number, which papers one person may make void, each with what its holder lacks for good."""
    printed = {
        one.certificate.registration_id: one.certificate
        for one in papers
        if one.certificate.is_for_ceremony and one.certificate.revoked_at is None and not one.was_handed_over
    }
    found = completion.list_outcomes(training, as_of=now, only=list(printed)) if printed else []
    with_paper = ((printed[one.registration_id], one.eligibility) for one in found)
    return {
        paper.number: lacks for paper, lacks in with_paper if not lacks.is_true(paper.kind) and not lacks.is_undecided
    }


def note_rest(
    training: Training, shown: Shown, *, left: Collection[str], key: str, actor: Actor, now: datetime
) -> tuple[int, int]:
    """Say of every paper shown without a mark that it was handed over, but that those `left` are unclaimed.

    Papers with a mark that was not shown are left alone. Return how many are handed over and how many unclaimed now.
    """
    _lock_all(training)
    there = (one for one in queries.list_papers(training) if one.certificate.number in shown.numbers)
    rest = [one for one in there if one.state == "open" and one.last_mark <= shown.last]
    noted: dict[Handing, list[Paper]] = {Handing.HANDED_OVER: [], Handing.UNCLAIMED: []}
    for paper in rest:
        is_left = paper.certificate.number in left
        state = Handing.UNCLAIMED if is_left else Handing.HANDED_OVER
        handing = HandingInput(key, state, paper.last_mark, Recipient.NOBODY if is_left else Recipient.SELF)
        _add(paper, handing, batch_id(key, str(paper.certificate.id)), actor, now)
        noted[state].append(paper)
    for state, papers in noted.items():
        _record(papers, state, actor, now)
    return len(noted[Handing.HANDED_OVER]), len(noted[Handing.UNCLAIMED])


def undo_rest(training: Training, *, batch: str, actor: Actor, now: datetime) -> int:
    """Take back what was said of many papers at once, as far as nothing else was said since; return of how many."""
    _lock_all(training)
    of_batch = [
        one
        for one in queries.list_papers(training)
        if one.mark and one.mark.mark_id == batch_id(batch, str(one.certificate.id))
    ]
    for paper in of_batch:
        handing = HandingInput("", Handing.CLEARED, paper.last_mark)
        _add(paper, handing, undo_id(paper.marks[-1].mark_id), actor, now)
    _record(of_batch, Handing.CLEARED, actor, now)
    return len(of_batch)


def _locked(certificate: Certificate) -> Paper:
    fresh = lock(Certificate, certificate.id)
    paper = Paper(fresh, queries.list_marks(fresh))
    if paper.state == Handing.VOID:
        raise Conflict(
            "void_for_good",
            _l("№ %(number)s is void for good. If the rule is met after all, issue a new certificate."),
            number=fresh.number,
        )
    certificate_operations.ensure_standing(fresh)
    return paper


def _lock_all(training: Training) -> None:
    """Lock all papers of a training in one order, so that two acts about many of them come one after the other."""
    ids = [one.certificate.id for one in queries.list_papers(training)]
    query = select(Certificate.id).where(Certificate.id.in_(ids)).order_by(Certificate.id)
    db.session.execute(query.with_for_update()).all()


def _add(paper: Paper, handing: HandingInput, key: str, actor: Actor, now: datetime) -> None:
    db.session.add(
        CertificateMark(
            mark_id=key,
            certificate_id=paper.certificate.id,
            state=handing.state.value,
            recipient=handing.recipient.value,
            received_by=handing.received_by,
            marked_at=now,
            marked_by=actor.label,
        )
    )
    db.session.flush()


def _record(papers: Collection[Paper], state: Handing, actor: Actor, now: datetime) -> None:
    """Tell the audit log once of an act, however many papers it is about; the marks say the rest."""
    if not papers:
        return
    numbers = [one.certificate.number for one in papers]
    code = next(iter(papers)).certificate.registration.training.code
    after = {"state": state.value, "certificates": numbers}
    audit.record("certificates.handing_noted", f"training {code}", after=after, actor=actor, now=now)
