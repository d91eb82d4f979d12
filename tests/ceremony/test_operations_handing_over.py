"""What is said of papers: once whatever is clicked, never over another's word, undone by saying more, void for good."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from portal.ceremony import operations as ceremony_operations
from portal.ceremony import queries as ceremony_queries
from portal.ceremony.operations import HandingInput, NotedMeanwhile, Shown
from portal.certificates import candidates
from portal.certificates import operations as certificate_operations
from portal.certificates import rules as certificate_rules
from portal.certificates.models import Certificate, CertificateMark
from portal.certificates.rules import Handing, Recipient, RevokeClass, Unsettled
from portal.closing import revocations
from portal.closing.queries import list_reconciled
from portal.closing.rules import MismatchKind, reconcile
from portal.platform import storage
from portal.trainings.models import Training
from portal.trainings.operations import TrainingLocked
from portal.workspace import queries as workspace_queries
from tests import factories
from tests.certificates.arranged import OPERATOR, complete, make_ready, revoke_by_two
from tests.refusals import raises_refusal

NOW = datetime(2026, 9, 15, 9, 0, tzinfo=UTC)
BY = {"actor": OPERATOR, "now": NOW}


@pytest.fixture
def training(session) -> Training:
    return factories.make_training(sessions=2)


def print_papers(training: Training, *families: str) -> list[Certificate]:
    """Issue for people who are there so far; the papers are said to be for the ceremony."""
    for family in families:
        make_ready(training, family, "Азамат")
    papers = complete(training)
    for one in papers:
        one.is_for_ceremony = True
    return papers


def say(certificate: Certificate, act: str, *, key: str = "", seen: int | None = None, name: str = "") -> None:
    state, recipient = {
        "self": (Handing.HANDED_OVER, Recipient.SELF),
        "on_behalf": (Handing.HANDED_OVER, Recipient.ON_BEHALF),
        "unclaimed": (Handing.UNCLAIMED, Recipient.NOBODY),
        "undo": (Handing.CLEARED, Recipient.NOBODY),
    }[act]
    last = seen_of(certificate) if seen is None else seen
    ceremony_operations.note(
        certificate, HandingInput(key or f"{act} {certificate.number} {last}", state, last, recipient, name), **BY
    )


def seen_of(certificate: Certificate) -> int:
    marks = ceremony_queries.list_marks(certificate)
    return marks[-1].id if marks else 0


def states(training: Training) -> list[str]:
    return [one.state for one in ceremony_queries.list_papers(training)]


@pytest.mark.databases("sqlite")
def test_each_thing_is_said_once_and_never_over_anothers_word(session, training) -> None:
    (one,) = print_papers(training, "Асанов")
    say(one, "self", seen=0)
    say(one, "self", seen=0)
    assert len(ceremony_queries.list_marks(one)) == 1, "Two windows say the same."
    with pytest.raises(NotedMeanwhile):
        say(one, "unclaimed", seen=0)
    with raises_refusal("who_missing"):
        say(one, "on_behalf")
    say(one, "undo")
    say(one, "undo")
    assert states(training) == ["open"] and len(ceremony_queries.list_marks(one)) == 2
    say(one, "on_behalf", name="Бекова Айгүл")
    (paper,) = ceremony_queries.list_papers(training)
    assert (paper.state, paper.mark.recipient, paper.mark.received_by) == ("handed_over", "on_behalf", "Бекова Айгүл")
    revoke_by_two(one)
    with raises_refusal("not_standing"):
        say(one, "undo")


@pytest.mark.databases("sqlite")
def test_all_but_these_leaves_alone_what_others_said_meanwhile(session, training) -> None:
    first, second, third, fourth = print_papers(training, "Асанов", "Бекова", "Газиев", "Дооронов")
    say(first, "unclaimed")
    shown = Shown(frozenset(one.number for one in (first, second, third, fourth)), seen_of(first))
    say(second, "self")
    (counted,) = workspace_queries.count_progress([training], factories.AFTER).values()
    assert (counted.issued, counted.handed_over, counted.unclaimed) == (4, 1, 1)
    say(second, "undo")  # Later than what the page showed.
    left = [third.number]
    assert ceremony_operations.note_rest(training, shown, left=left, key="k" * 22, **BY) == (1, 1)
    assert states(training) == ["unclaimed", "open", "unclaimed", "handed_over"]
    batch, number = ceremony_queries.newest_batch(ceremony_queries.list_papers(training))
    assert (batch, number) == ("k" * 22, 2)
    say(third, "self")
    assert ceremony_operations.undo_rest(training, batch=batch, **BY) == 1
    assert ceremony_operations.undo_rest(training, batch=batch, **BY) == 0
    assert states(training) == ["unclaimed", "open", "handed_over", "open"]


def leave_early(training: Training, certificate: Certificate) -> None:
    """Mark the holder absent in the last session."""
    factories.make_mark(certificate.registration, training.sessions[-1], "absent", is_decision=True)


@pytest.mark.databases("sqlite")
def test_paper_printed_in_vain_is_void_for_good(session, training) -> None:
    gone, there = print_papers(training, "Асанов", "Бекова")
    with raises_refusal("needs_two"):
        ceremony_operations.void(gone, key="v", last_mark=0, **BY)
    leave_early(training, gone)
    ceremony_operations.void(gone, key="v", last_mark=0, **BY)
    assert (gone.revoked_at, gone.revoke_class) == (NOW, RevokeClass.NOT_HANDED_OVER)
    assert certificate_rules.validity(state=gone.state, is_replaced=False, is_revoked=True) == "revoked"
    assert storage.open_bytes(gone.document) == b"%PDF-1.7 TIP-2026-0001"
    assert states(training) == ["void", "open"]
    for refused in (lambda: say(gone, "self"), lambda: ceremony_operations.void(gone, key="w", last_mark=1, **BY)):
        with raises_refusal("void_for_good"):
            refused()
    assert ceremony_operations.note_rest(training, Shown(frozenset({there.number}), 99), left=[], key="k", **BY) == (
        1,
        0,
    )
    assert candidates.find_unsettled(gone, as_of=None) is None
    # The absence was a mistake: the number stays void, and a new paper takes its place.
    later = {"is_decision": True, "marked_at": NOW}
    factories.make_mark(gone.registration, training.sessions[-1], "present", **later)
    assert candidates.find_unsettled(gone, as_of=None) is Unsettled.EARNED_AGAIN
    (mismatch,) = reconcile(list_reconciled(training, as_of=None))
    assert (mismatch.kind, mismatch.people[0].number) == (MismatchKind.NOT_CERTIFIED, gone.number)
    new, _job = certificate_operations.reissue(gone, reason="was there", **BY)
    certificate_operations.complete(new.id, b"%PDF new", **BY)
    assert reconcile(list_reconciled(training, as_of=None)) == []
    assert (new.serial, new.facts["replaces"]) == (3, gone.number)
    assert states(training) == ["open", "handed_over"]


@pytest.mark.databases("sqlite")
def test_whoever_had_or_earned_a_paper_loses_it_by_two_only(session, training) -> None:
    had, usual, locked = print_papers(training, "Асанов", "Бекова", "Газиев")
    usual.is_for_ceremony = False
    for one in (had, usual, locked):
        leave_early(training, one)
    say(had, "self")
    say(had, "undo")
    for one in (had, usual):
        with raises_refusal("needs_two"):
            ceremony_operations.void(one, key="v", last_mark=seen_of(one), **BY)
    with pytest.raises(NotedMeanwhile):
        ceremony_operations.void(had, key="v", last_mark=0, **BY)
    training.state = "finalized"
    session.flush()
    with pytest.raises(TrainingLocked):
        ceremony_operations.void(locked, key="v", last_mark=0, **BY)
    say(locked, "self")  # Who collects it after the lock is still written down.
    assert [one.revoked_at for one in (had, usual, locked)] == [None] * 3
    account = factories.make_account("administrator")
    assert revocations.ask(had, revoke_class=RevokeClass.RULE_NOT_MET, reason="left early", actor=account, now=NOW)


def test_what_was_said_is_never_edited(session, training) -> None:
    (one,) = print_papers(training, "Асанов")
    say(one, "self")
    session.commit()
    for statement in ("UPDATE certificate_mark SET state = 'void'", "DELETE FROM certificate_mark"):
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(text(statement))
        session.rollback()
    assert session.scalar(select(func.count()).select_from(CertificateMark)) == 1
