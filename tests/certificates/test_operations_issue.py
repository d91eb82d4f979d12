"""Issue, reissue, revoke: each number once, nothing twice, and what was issued stays as it was."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from portal.audit import queries as audit
from portal.audit.models import AuditEntry
from portal.certificates import candidates, names
from portal.certificates import operations as certificate_operations
from portal.certificates import queries as certificate_queries
from portal.certificates import rules as certificate_rules
from portal.certificates import wording as certificate_wording
from portal.certificates.models import Certificate
from portal.certificates.names import NameParts, Names
from portal.certificates.operations import NothingToIssue
from portal.completion.rules import Ineligible
from portal.platform import jobs, storage
from portal.platform.jobs import Job
from portal.registration.models import Registration
from portal.trainings.operations import TrainingCancelled
from tests import factories
from tests.certificates.arranged import (
    BASE_URL,
    OPERATOR,
    attend,
    certificates_of,
    complete,
    make_eligible,
    make_ready,
    reserve,
    revoke_by_two,
)
from tests.refusals import raises_refusal

pytestmark = pytest.mark.databases("sqlite", "postgresql")
MINUTE = timedelta(minutes=1)


def reissue(certificate: Certificate, now: datetime = factories.NOW) -> Certificate:
    new, _job = certificate_operations.reissue(certificate, reason="a letter", actor=OPERATOR, now=now)
    return new


def revoke(certificate: Certificate, now: datetime = factories.NOW) -> None:
    revoke_by_two(certificate, now, reason="issued by mistake")


def validity(certificate: Certificate) -> str:
    return certificate_rules.validity(
        state=certificate.state,
        is_replaced=certificate.replaced_at is not None,
        is_revoked=certificate.revoked_at is not None,
    ).value


def test_numbers_run_in_the_kyrgyz_order_of_names(session) -> None:
    training = factories.make_training()
    for family in ("Өмүров", "Үсөнов", "Осмонов", "Ногоев", "Ңогоев"):
        make_ready(training, family, "Азамат")
    reserve(training)
    assert [(one.number, one.facts["name"]) for one in certificates_of(training)] == [
        ("TIP-2026-0001", "Ногоев Азамат"),
        ("TIP-2026-0002", "Ңогоев Азамат"),
        ("TIP-2026-0003", "Осмонов Азамат"),
        ("TIP-2026-0004", "Өмүров Азамат"),
        ("TIP-2026-0005", "Үсөнов Азамат"),
    ]


def test_facts_are_frozen_with_the_number(session) -> None:
    training = factories.make_training(hours=12)
    somebody = make_ready(training, "Асанова", "Чолпон")
    reserve(training)
    certificate = certificates_of(training)[0]
    before = dict(certificate.facts)
    somebody.person.family, training.title_ru, training.hours = "Бекова", "Другое", 99
    training.project.signatories[0].name_ru = "Другой"
    complete(training)
    session.expire_all()
    assert certificates_of(training)[0].facts == before
    assert before["name"] == "Асанова Чолпон"
    assert before["dates"]["ru"]["text"].endswith("12 часов")
    assert before["verify_url"] == f"{BASE_URL}/verify#{certificate.token}"
    assert before["code"].replace("-", "") == certificate.code


def test_repeated_run_numbers_nobody_twice(session) -> None:
    training = factories.make_training()
    make_eligible(training, 3)
    assert len(reserve(training)) == 3
    assert reserve(training) == []
    complete(training)
    assert reserve(training) == []
    assert len(certificates_of(training)) == 3


def test_only_who_is_ready_gets_a_number(session) -> None:
    training = factories.make_training()
    ready = make_ready(training)
    unnamed = attend(training)
    absent = factories.make_registration(training=training, state="confirmed")
    factories.make_attendance(absent, "absent")
    unmarked = factories.make_registration(training=training, state="confirmed")
    waitlisted = factories.make_registration(training=training, state="waitlisted")
    withdrawn = make_ready(training)
    withdrawn.state = "withdrawn"
    guest = make_ready(training)
    guest.role = "guest"
    session.flush()
    reserve(training)
    assert [one.registration_id for one in certificates_of(training)] == [ready.id]
    reasons = {one.registration.id: one.eligibility.reason for one in candidates.list_candidates(training, as_of=None)}
    assert reasons == {
        ready.id: None,
        unnamed.id: None,
        absent.id: Ineligible.BELOW_MINIMUM,
        unmarked.id: Ineligible.NOT_MARKED,
        waitlisted.id: Ineligible.NOT_CONFIRMED,
        withdrawn.id: Ineligible.NOT_CONFIRMED,
        guest.id: Ineligible.NOT_A_PARTICIPANT,
    }


def test_required_test_decides_who_gets_a_number(session) -> None:
    training = factories.make_training(is_assessment_required=True, minimum_grade=75)
    factories.make_questions(training.course)
    passed, failed, corrected, untested = (make_ready(training) for _ in range(4))
    factories.make_sheet(passed, "post", "A B CD B")
    factories.make_sheet(failed, "post", "A B - -")
    factories.make_sheet(corrected, "post", "A B CD A")
    factories.make_sheet(corrected, "post", "A - - -", revision=2)  # The later sheet counts.
    factories.make_sheet(untested, "pre", "A B CD A")
    reserve(training)
    assert [one.registration_id for one in certificates_of(training)] == [passed.id]
    found = {one.registration.id: one.eligibility for one in candidates.list_candidates(training, as_of=None)}
    assert {one: eligibility.reason for one, eligibility in found.items()} == {
        passed.id: None,
        failed.id: Ineligible.BELOW_GRADE,
        corrected.id: Ineligible.BELOW_GRADE,
        untested.id: Ineligible.NOT_TESTED,
    }
    assert "50" not in str(
        certificate_wording.reason(found[failed.id])
    )  # A score is not for everybody who reads the list.


def test_cancelled_training_issues_nothing(session) -> None:
    training = factories.make_training()
    make_ready(training)
    training.state = "cancelled_by_host"
    session.flush()
    with pytest.raises(TrainingCancelled):
        reserve(training)
    with pytest.raises(TrainingCancelled):
        certificate_operations.request(training, actor=OPERATOR, now=factories.AFTER)


def test_request_makes_one_job(session) -> None:
    training = factories.make_training()
    make_ready(training)
    first = certificate_operations.request(training, actor=OPERATOR, now=factories.AFTER)
    assert certificate_operations.request(training, actor=OPERATOR, now=factories.AFTER).id == first.id
    assert session.scalar(select(func.count()).select_from(Job)) == 1


def test_request_without_anybody_ready_is_refused(session) -> None:
    training = factories.make_training()
    attend(training)
    with pytest.raises(NothingToIssue):
        certificate_operations.request(training, actor=OPERATOR, now=factories.AFTER)


def test_request_goes_on_with_a_number_that_has_no_file(session) -> None:
    training = factories.make_training()
    make_ready(training)
    reserve(training)
    assert certificate_operations.request(training, actor=OPERATOR, now=factories.AFTER).state == "queued"


def test_series_and_year_have_their_own_numbers(session, now: datetime) -> None:
    first = factories.make_training()
    other = factories.make_training(project=factories.make_project("OTHER"))
    without = factories.make_training(project=None)
    for training in (first, other, without):
        make_ready(training)
        reserve(training)
    late = factories.make_training()
    make_ready(late)
    reserve(late, datetime(2026, 12, 31, 18, 0, tzinfo=ZoneInfo("UTC")))  # Already 2027 in Bishkek.
    numbers = [certificates_of(training)[0].number for training in (first, other, without, late)]
    assert numbers == ["TIP-2026-0001", "OTHER-2026-0001", "C-2026-0001", "TIP-2027-0001"]
    assert certificates_of(late)[0].issued_on.isoformat() == "2027-01-01"


def test_rolled_back_run_takes_no_number(session) -> None:
    training = factories.make_training()
    make_eligible(training, 3)
    session.commit()
    reserve(training)
    session.rollback()
    reserve(training)
    session.commit()
    assert [one.serial for one in certificates_of(training)] == [1, 2, 3]


def test_complete_and_fail_have_their_effect_once(session) -> None:
    training = factories.make_training()
    make_eligible(training, 2)
    first, second = reserve(training)
    assert certificate_operations.complete(first, b"%PDF one", actor=OPERATOR, now=factories.NOW)
    assert not certificate_operations.complete(first, b"%PDF two", actor=OPERATOR, now=factories.NOW)
    assert not certificate_operations.fail(first, reason="too_long - x", actor=OPERATOR, now=factories.NOW)
    assert certificate_operations.fail(second, reason="too_long - x", actor=OPERATOR, now=factories.NOW)
    assert not certificate_operations.complete(second, b"%PDF", actor=OPERATOR, now=factories.NOW)
    one, two = certificates_of(training)
    assert storage.open_bytes(one.document) == b"%PDF one"
    assert (two.state, two.document_id) == ("failed", None)


def test_void_number_is_kept_and_the_person_gets_another(session) -> None:
    training = factories.make_training()
    make_ready(training)
    (first,) = reserve(training)
    certificate_operations.fail(first, reason="too_long - x", actor=OPERATOR, now=factories.NOW)
    (candidate,) = candidates.list_candidates(training, as_of=None)
    assert candidate.is_ready and candidate.certificate is None
    assert candidate.void.id == first
    complete(training)
    assert [(one.serial, one.revision, one.state) for one in certificates_of(training)] == [
        (1, 1, "failed"),
        (2, 2, "issued"),
    ]
    assert candidates.list_candidates(training, as_of=None)[0].void is None


def test_file_is_named_by_training_number_and_family(session) -> None:
    training = factories.make_training(code="OSH-2026-07")
    make_ready(training, "Үсөнова-Бек", "Айгүл")
    (certificate,) = complete(training)
    assert certificate.document.filename == "OSH-2026-07-TIP-2026-0001-Үсөнова-Бек.pdf"


@pytest.fixture
def issued(session) -> SimpleNamespace:
    """Return somebody with a certificate."""
    training = factories.make_training()
    registration = make_ready(training, "Асанова", "Чолпон")
    (certificate,) = complete(training)
    session.commit()
    return SimpleNamespace(training=training, registration=registration, certificate=certificate)


@pytest.mark.parametrize("act", [reissue, revoke])
def test_certificate_as_a_page_loads_it_can_be_acted_on(session, issued, act) -> None:
    number = issued.certificate.number
    session.expunge_all()
    act(certificate_queries.get_certificate(number))
    session.commit()
    with raises_refusal("not_standing"):
        act(certificate_queries.get_certificate(number))


def correct(registration: Registration, given: str) -> None:
    wanted = Names(NameParts("Асанова", given), NameParts("", ""), registration.person.version)
    names.confirm(registration, wanted, source="coordinator", actor=OPERATOR, now=factories.NOW + MINUTE)


def test_reissue_replaces_only_when_the_new_file_stands(session, issued, now: datetime) -> None:
    old = issued.certificate
    correct(issued.registration, "Чолпана")
    new = reissue(old, now + MINUTE)
    assert (new.number, new.facts["replaces"], new.facts["name"]) == (
        "TIP-2026-0002",
        "TIP-2026-0001",
        "Асанова Чолпана",
    )
    assert (validity(old), validity(new)) == ("valid", "unknown")
    assert certificate_queries.find_issued(issued.registration).id == old.id
    certificate_operations.complete(new.id, b"%PDF new", actor=OPERATOR, now=now + 2 * MINUTE)
    assert (validity(old), validity(new)) == ("replaced", "valid")
    assert old.replaced_at == now + 2 * MINUTE
    assert old.facts["name"] == "Асанова Чолпон"
    assert storage.open_bytes(old.document) == b"%PDF-1.7 TIP-2026-0001"
    assert storage.open_bytes(new.document) == b"%PDF new"
    assert certificate_queries.list_standing_numbers(issued.training) == ["TIP-2026-0002"]


def test_reissue_numbers_nobody_else(session, issued) -> None:
    make_ready(issued.training)
    reissue(issued.certificate)
    assert len(certificates_of(issued.training)) == 2
    assert session.scalars(select(Job.name)).all() == [certificate_operations.RENEW]


def test_chain_of_reissues(session, issued, now: datetime) -> None:
    current = issued.certificate
    for turn in range(3):
        new = reissue(current, now + turn * MINUTE)
        certificate_operations.complete(new.id, f"%PDF {turn}".encode(), actor=OPERATOR, now=now + turn * MINUTE)
        current = new
    chain = certificates_of(issued.training)
    assert [validity(one) for one in chain] == ["replaced", "replaced", "replaced", "valid"]
    assert [one.facts["replaces"] for one in chain[1:]] == [one.number for one in chain[:-1]]
    assert [one.revision for one in chain] == [1, 2, 3, 4]
    for old in chain[:-1]:
        with raises_refusal("not_standing"):
            reissue(old)


def test_reissue_waits_for_nothing_twice(session, issued) -> None:
    reissue(issued.certificate)
    with raises_refusal("not_standing"):
        reissue(issued.certificate)
    with raises_refusal("not_standing"):
        revoke(issued.certificate)


def test_reissue_whose_page_fails_leaves_the_old_one_standing(session, issued) -> None:
    new = reissue(issued.certificate)
    certificate_operations.fail(new.id, reason="too_long - x", actor=OPERATOR, now=factories.NOW)
    assert validity(issued.certificate) == "valid"
    again = reissue(issued.certificate)
    assert again.number == "TIP-2026-0003"


def test_pending_certificate_is_neither_reissued_nor_revoked(session) -> None:
    training = factories.make_training()
    make_ready(training)
    reserve(training)
    (pending,) = certificates_of(training)
    for act in (reissue, revoke):
        with raises_refusal("not_standing"):
            act(pending)


def test_revoke_keeps_file_and_number_and_asks_for_new_bundles(session, issued, now: datetime) -> None:
    revoke(issued.certificate, now + MINUTE)
    certificate = issued.certificate
    assert validity(certificate) == "revoked"
    assert (certificate.revoked_at, certificate.revoke_class) == (now + MINUTE, "issued_in_error")
    assert storage.open_bytes(certificate.document) == b"%PDF-1.7 TIP-2026-0001"
    assert certificate_queries.list_standing_numbers(issued.training) == []
    assert jobs.find_latest(certificate_operations.RENEW, issued.training.code).state == "queued"
    for act in (reissue, revoke):
        with raises_refusal("not_standing"):
            act(certificate)
    assert reserve(issued.training) == [], "Who had it taken away does not get a new one by the way."


def test_each_act_is_recorded_once(session, issued, now: datetime) -> None:
    new = reissue(issued.certificate, now + MINUTE)
    certificate_operations.complete(new.id, b"%PDF new", actor=OPERATOR, now=now + MINUTE)
    revoke(new, now + 2 * MINUTE)
    session.commit()
    entries = session.execute(select(AuditEntry.event, AuditEntry.subject).order_by(AuditEntry.id)).all()
    assert [tuple(entry) for entry in entries] == [
        ("certificates.issued", "certificate TIP-2026-0001"),
        ("certificates.reissued", "certificate TIP-2026-0002"),
        ("certificates.issued", "certificate TIP-2026-0002"),
        ("certificates.revocation_asked", "certificate TIP-2026-0002"),
        ("certificates.revoked", "certificate TIP-2026-0002"),
    ]
    assert audit.check_chain().first_bad is None
