"""A finalized training changes by numbered corrections only; what was before stays readable."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.access.policy import Operator
from portal.attendance import operations as attendance_operations
from portal.attendance import queries as attendance
from portal.attendance.operations import MarkInput
from portal.audit.models import AuditEntry
from portal.certificates import operations as certificate_operations
from portal.certificates.models import Certificate
from portal.certificates.names import NameParts, NameRefused, Names
from portal.certificates.rules import RevokeClass
from portal.closing import corrections, revocations
from portal.closing.corrections import Act
from portal.closing.models import Correction
from portal.closing.queries import list_reconciled
from portal.registration.models import Registration
from portal.trainings.operations import TrainingLocked
from tests import factories
from tests.closing.arranged import complete, make_over, miss
from tests.refusals import raises_refusal

OPERATOR = Operator()
BY = {"actor": OPERATOR, "now": factories.NOW}


@pytest.fixture
def training(app):
    training = make_over()
    complete(training, "Асанов")
    miss(training, "Бекова", reason="ill")
    training.state = "finalized"
    return training


@pytest.fixture
def people_of(training, session):
    session.flush()
    return {one.name.split()[0]: one for one in list_reconciled(training, as_of=None)}


def registration_of(session, one):
    return session.get_one(Registration, one.registration_id)


def correct(registration, session_, state, *, seen, reason="the sheet says so"):
    return corrections.correct_mark(registration, session_, MarkInput("k", state), act=Act(reason, seen), **BY)


def test_mark_is_corrected_above_all_others(session, training, people_of) -> None:
    registration = registration_of(session, people_of["Асанов"])
    made = correct(registration, training.sessions[0], "absent", seen=0)
    assert (made.number, made.before["state"], made.after["state"]) == (1, "present", "absent")
    assert attendance.get_current_mark(training.sessions[0], registration).is_decision
    assert list_reconciled(training, as_of=None)[0].is_short
    events = session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert events[-2:] == ["closing.corrected", "closing.books_kept"]
    with pytest.raises(TrainingLocked):
        attendance_operations.correct(
            training.sessions[0], registration, given=MarkInput("k", "late"), correction=0, **BY
        )


def test_numbers_have_no_gaps_whatever_is_refused(session, training, people_of) -> None:
    registration = registration_of(session, people_of["Асанов"])
    first = training.sessions[0]
    correct(registration, first, "absent", seen=0)
    for refused, values in (
        ("nothing_corrected", {"state": "absent", "seen": 1}),
        ("corrected_meanwhile", {"state": "late", "seen": 0}),
        ("reason_missing", {"state": "late", "seen": 1, "reason": "  "}),
        ("unknown_state", {"state": "gone", "seen": 1}),
    ):
        with raises_refusal(refused):
            correct(registration, first, **values)
    assert correct(registration, first, "late", seen=1).number == 2
    assert session.scalars(select(Correction.number).order_by(Correction.id)).all() == [1, 2]
    assert training.corrections == 2


def test_open_training_needs_no_correction(session, training, people_of) -> None:
    training.state = "held"
    with raises_refusal("not_finalized"):
        correct(registration_of(session, people_of["Асанов"]), training.sessions[0], "absent", seen=0)


def test_reason_and_facts_are_corrected(session, training, people_of) -> None:
    registration = registration_of(session, people_of["Бекова"])
    corrections.correct_shortfall(registration, "cancellation:work_related", "", act=Act("a letter", 0), **BY)
    assert list_reconciled(training, as_of=None)[1].shortfall.choice == "cancellation:work_related"
    said = {"institution": "GPO", "region": "KG-B", "post": registration.post, "rank": "майор", "sex": "F"}
    made = corrections.correct_facts(registration, said, act=Act("a typo", 1), **BY)
    assert made.after == {"institution": "GPO", "region": "KG-B", "rank": "майор", "sex": "F"}
    assert (registration.institution.code, registration.region_code, registration.rank) == ("GPO", "KG-B", "майор")
    assert (registration.person.region_code, registration.person.rank, registration.person.sex) == ("KG-GO", "", "F")
    with raises_refusal("nothing_corrected"):
        corrections.correct_facts(registration, said, act=Act("again", 2), **BY)


def test_whoever_completes_by_a_correction_is_certified_by_one(session, training, people_of) -> None:
    registration = registration_of(session, people_of["Бекова"])
    for place, one in enumerate(training.sessions):
        correct(registration, one, "present", seen=place)
    with pytest.raises(TrainingLocked):
        certificate_operations.reserve(training, **BY)
    made = corrections.issue_certificate(registration, act=Act("see 2", 2), **BY)
    new = session.scalars(select(Certificate).where(Certificate.registration_id == registration.id)).one()
    assert (made.number, made.after["number"]) == (3, new.number)


def test_certificate_is_revoked_by_two_and_one_correction(session, training, people_of) -> None:
    certificate = session.scalars(select(Certificate)).one()
    asker, second = factories.make_account("administrator"), factories.make_account("administrator")
    why = {"revoke_class": RevokeClass.FALSE_DATA, "reason": "a letter"}
    request = revocations.ask(certificate, **why, actor=asker, now=factories.NOW)
    with pytest.raises(TrainingLocked):
        revocations.confirm(request, actor=second, now=factories.NOW)
    for seen, who, refused in ((1, second, "corrected_meanwhile"), (0, asker, "same_person")):
        with raises_refusal(refused):
            corrections.confirm_revocation(request, expected=seen, actor=who, now=factories.NOW)
    corrections.confirm_revocation(request, expected=0, actor=second, now=factories.NOW)
    made = session.scalars(select(Correction)).one()
    assert (made.number, made.kind, made.corrected_by) == (1, "certificate_revoked", second.label)
    assert (certificate.revoked_at, certificate.revoke_class) == (factories.NOW, "false_data")


def test_certificate_is_reissued_with_another_name(session, training, people_of) -> None:
    certificate = session.scalars(select(Certificate)).one()
    registration = certificate.registration
    names = Names(NameParts("Асанова", "Азиза"), NameParts("", ""), registration.person.version)
    with pytest.raises(NameRefused):
        bad = Names(NameParts("", ""), NameParts("", ""), registration.person.version)
        corrections.reissue_certificate(certificate, bad, act=Act("typo", 0), **BY)
    made = corrections.reissue_certificate(certificate, names, act=Act("typo", 0), **BY)
    new = session.scalars(select(Certificate).where(Certificate.number == made.after["number"])).one()
    assert (made.number, made.before["number"], new.facts["name"]) == (1, certificate.number, "Асанова Азиза")


@pytest.mark.parametrize("table", ["correction", "shortfall_reason"])
def test_what_was_said_is_never_edited(session, training, people_of, table: str) -> None:
    registration = registration_of(session, people_of["Бекова"])
    corrections.correct_shortfall(registration, "administrative", "", act=Act("a letter", 0), **BY)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(f"DELETE FROM {table}"))
