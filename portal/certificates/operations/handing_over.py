"""Say what became of printed certificates: handed over, unclaimed, or void; what was said is taken back by saying more.

A paper that nobody ever had is made void by one person, and only if the rule is not met after all. Once it was handed
over, or where the rule is met, it takes two to revoke it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.access.policy import Actor
from portal.attendance.rules import batch_id, undo_id
from portal.audit import operations as audit
from portal.certificates.models import Certificate, CertificateMark
from portal.certificates.operations import issue, standing
from portal.certificates.queries import candidates as people
from portal.certificates.queries import papers as queries
from portal.certificates.queries.papers import Paper
from portal.certificates.rules import Eligibility, Handing, Recipient, RevokeClass
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.wording import _l
from portal.trainings.models import Training
from portal.trainings.operations.locks import lock_open


class NotedMeanwhile(Conflict):
    """Refuse to say otherwise of a paper than what the page did not show."""

    message = _l("Somebody has noted something else about № %(number)s meanwhile. Look at it, then decide again.")


@dataclass(frozen=True)
class Wish:
    """What somebody says of a paper; `key` makes saying it twice harmless, `seen` is the last mark that was shown."""

    key: str
    state: Handing
    seen: int
    recipient: Recipient | None = None
    received_by: str = ""


@dataclass(frozen=True)
class Shown:
    """What a page showed: the papers on it, and the last mark of any paper."""

    numbers: frozenset[str]
    last: int


def note(certificate: Certificate, wish: Wish, *, actor: Actor, now: datetime) -> None:
    """Say that a paper was handed over or is unclaimed, or take back what was said last.

    :raises Conflict: if it was replaced or revoked. :raises Conflict: if it is void.
    :raises Refusal: if it was taken on behalf of its holder by nobody.
    :raises NotedMeanwhile: if the page did not show the last mark, unless that says the same.
    """
    if wish.recipient == Recipient.ON_BEHALF and not wish.received_by:
        raise Refusal("who_missing", _l("Write who has taken the certificate."))
    paper = _locked(certificate)
    key = undo_id(paper.marks[-1].mark_id) if wish.state == Handing.CLEARED and paper.marks else wish.key
    if _says(paper) == _wanted(wish) or queries.find_mark(key) is not None:
        return
    if paper.seen != wish.seen:
        raise NotedMeanwhile(number=certificate.number)
    _add(paper, wish, key, actor, now)
    _record([paper], wish.state, actor, now)


def void(certificate: Certificate, *, key: str, seen: int, actor: Actor, now: datetime) -> None:
    """Make a paper void that was printed for somebody who did not meet the rule in the end; its number stays.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises Conflict: if it was replaced or revoked. :raises Conflict: if it is void.
    :raises NotedMeanwhile: if the page did not show the last mark.
    :raises Conflict: if somebody had it, the rule is met, or it was not issued for the ceremony.
    """
    training = lock_open(certificate.registration.training_id)
    paper = _locked(certificate)
    if paper.seen != seen:
        raise NotedMeanwhile(number=certificate.number)
    if certificate.number not in list_voidable(training, [paper], now=now):
        raise Conflict(
            "needs_two",
            _l(
                "№ %(number)s was handed over once, or the rule is met, or it was not issued for "
                "the ceremony: it takes two to"
                " revoke it."
            ),
            number=certificate.number,
        )
    _add(paper, Wish(key, Handing.VOID, seen), key, actor, now)
    standing.take_back(paper.certificate, RevokeClass.NOT_HANDED_OVER, "", actor=actor, now=now)
    issue.request_files(training, actor=actor, now=now)
    audit.record(
        "certificates.voided",
        f"certificate {certificate.number}",
        after={"number": certificate.number},
        actor=actor,
        now=now,
    )


def list_voidable(training: Training, papers: Collection[Paper], *, now: datetime) -> dict[str, Eligibility]:
    """Return, by number, which papers one person may make void, each with what its holder lacks for good."""
    printed = {one.certificate.registration_id: one.certificate for one in papers if _nobody_had(one)}
    registrations = [one.registration for one in printed.values()]
    found = people.list_candidates(training, as_of=now, registrations=registrations) if registrations else []
    with_paper = ((printed[one.registration.id], one.eligibility) for one in found)
    return {
        paper.number: lacks for paper, lacks in with_paper if not lacks.is_true(paper.kind) and not lacks.is_undecided
    }


def _nobody_had(paper: Paper) -> bool:
    certificate = paper.certificate
    return certificate.is_for_ceremony and certificate.revoked_at is None and not paper.was_handed_over


def note_rest(
    training: Training, shown: Shown, *, left: Collection[str], key: str, actor: Actor, now: datetime
) -> tuple[int, int]:
    """Say of every paper shown without a mark that it was handed over, but that those `left` are unclaimed.

    Papers with a mark that was not shown are left alone. Return how many are handed over and how many unclaimed now.
    """
    _lock_all(training)
    there = (one for one in queries.list_papers(training) if one.certificate.number in shown.numbers)
    rest = [one for one in there if one.state == "open" and one.seen <= shown.last]
    noted: dict[Handing, list[Paper]] = {Handing.HANDED_OVER: [], Handing.UNCLAIMED: []}
    for paper in rest:
        is_left = paper.certificate.number in left
        state = Handing.UNCLAIMED if is_left else Handing.HANDED_OVER
        wish = Wish(key, state, paper.seen, None if is_left else Recipient.SELF)
        _add(paper, wish, batch_id(key, str(paper.certificate.id)), actor, now)
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
        wish = Wish("", Handing.CLEARED, paper.seen)
        _add(paper, wish, undo_id(paper.marks[-1].mark_id), actor, now)
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
    standing.require_standing(fresh)
    return paper


def _lock_all(training: Training) -> None:
    """Lock all papers of a training in one order, so that two acts about many of them come one after the other."""
    ids = [one.certificate.id for one in queries.list_papers(training)]
    query = select(Certificate.id).where(Certificate.id.in_(ids)).order_by(Certificate.id)
    db.session.execute(query.with_for_update()).all()


def _says(paper: Paper) -> tuple[str, str, str]:
    mark = paper.mark
    return (mark.state, mark.recipient, mark.received_by) if mark else (Handing.CLEARED.value, "", "")


def _wanted(wish: Wish) -> tuple[str, str, str]:
    return wish.state.value, wish.recipient.value if wish.recipient else "", wish.received_by


def _add(paper: Paper, wish: Wish, key: str, actor: Actor, now: datetime) -> None:
    db.session.add(
        CertificateMark(
            mark_id=key,
            certificate_id=paper.certificate.id,
            state=wish.state.value,
            recipient=wish.recipient.value if wish.recipient else "",
            received_by=wish.received_by,
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
    audit.record(
        "certificates.handing_noted",
        f"training {code}",
        after={"state": state.value, "certificates": numbers},
        actor=actor,
        now=now,
    )
