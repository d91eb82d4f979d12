"""The whole run with real pages: a file for each number, ZIP and print file of what stands, and what goes wrong."""

import base64
import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, current_app
from sqlalchemy import func, select

from portal.audit.models import AuditEntry
from portal.certificates import bundle, candidates, facts
from portal.certificates import jobs as work
from portal.certificates import operations as certificate_operations
from portal.certificates import queries as certificate_queries
from portal.certificates import wording as certificate_wording
from portal.certificates.models import Certificate
from portal.platform import clock, jobs, storage
from portal.platform.db import db, transaction
from portal.platform.jobs import Job, Progress
from portal.platform.storage import Document
from portal.printing import batch
from portal.signing import credential, keys
from portal.signing.seal import Sealer
from portal.trainings.models import Training
from tests import factories, pdfs, pkcs12
from tests.certificates.arranged import (
    BASE_URL,
    OPERATOR,
    attend,
    certificates_of,
    issue_for_real,
    make_eligible,
    make_ready,
    revoke_by_two,
    run,
)

UNPRINTABLE = ("Ж" * 110, "Щ" * 110, "Ы" * 110)  # A name for the rules, and far too long for the paper.


@pytest.fixture
def training(session) -> Training:
    return factories.make_training(code="OSH-2026-07", sessions=2)


def bytes_of(document_id: int) -> bytes:
    return storage.open_bytes(db.session.get_one(Document, document_id))


def pages_of(document_id: int) -> int:
    with pdfs.opened(bytes_of(document_id)) as file:
        return len(file.pages)


def sealed_in(content: bytes) -> bytes:
    with pdfs.opened(content) as file:
        return file.attachments[facts.CREDENTIAL].get_file().read_bytes()


def test_everyone_gets_a_file_and_the_bundles_hold_all(session, training: Training, tmp_path: Path) -> None:
    make_ready(training, "Өмүров", "Азамат")
    make_ready(training, "Асанова", "Чолпон", latin="Asanova Cholpon")
    attend(training, "Бекова", "Айгүл")
    job = issue_for_real(training)
    assert (job.state, job.done, job.total) == ("done", 2, 2)
    assert {name: job.result[name] for name in ("issued", "failed", "waiting")} == {
        "issued": 2,
        "failed": 0,
        "waiting": 0,
    }
    certificates = certificates_of(training)
    files = {one.document.filename: storage.open_bytes(one.document) for one in certificates}
    assert list(files) == ["OSH-2026-07-TIP-2026-0001-Асанова.pdf", "OSH-2026-07-TIP-2026-0002-Өмүров.pdf"]
    for certificate, content in zip(certificates, files.values(), strict=True):
        text = pdfs.text_of(content)
        for words in (certificate.number, certificate.facts["name"], certificate.facts["code"]):
            assert words in text
        (folder := tmp_path / certificate.number).mkdir()
        assert pdfs.qr_codes(pdfs.pictures_of(content, folder)[0]) == [f"{BASE_URL}/verify#{certificate.token}"]
    with zipfile.ZipFile(io.BytesIO(bytes_of(job.result["zip"]))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert archive.testzip() is None
    assert pages_of(job.result["print"]) == 2
    assert session.get_one(Document, job.result["print"]).filename == "OSH-2026-07-certificates-print.pdf"


@pytest.mark.slow
def test_repeated_run_issues_nothing_and_names_the_same_files(session, training: Training) -> None:
    make_eligible(training, 2)
    first = issue_for_real(training)
    documents = session.scalar(select(func.count()).select_from(Document))
    again = run(training)
    assert again.result["issued"] == 0
    assert {name: again.result[name] for name in ("zip", "print")} == {
        name: first.result[name] for name in ("zip", "print")
    }
    assert session.scalar(select(func.count()).select_from(Document)) == documents


@pytest.mark.slow
def test_same_facts_make_the_same_bytes(session, training: Training) -> None:
    make_eligible(training, 2)
    issue_for_real(training)
    certificates = certificates_of(training)
    stored = [storage.open_bytes(one.document) for one in certificates]
    sealer = Sealer.current(now=clock.now())
    orders = [sealer.order(work._order(one)) for one in certificates]
    session.commit()
    again = batch.render_each(orders)
    assert [sealer.seal(content) for content in again] == stored
    assert {one.document.sealed_by for one in certificates} == {sealer.fingerprint}


def test_sealed_facts_are_genuine_and_nothing_else_is(session, training: Training, tmp_path: Path) -> None:
    make_ready(training, "Асанова", "Чолпон")
    issue_for_real(training)
    (certificate,) = certificates_of(training)
    folder = current_app.config["PORTAL_SETTINGS"].keys
    sealed = sealed_in(storage.open_bytes(certificate.document))
    assert credential.is_genuine(folder, sealed)
    parts = json.loads(sealed)
    assert parts["facts"]["name"] == "Асанова Чолпон"
    assert set(parts["facts"]) <= set(certificate.facts), "Nothing is sealed that is not printed."
    assert not credential.is_genuine(folder, sealed.replace("Чолпон".encode(), "Чолпан".encode()))
    assert not credential.is_genuine(tmp_path, sealed), "The key of another installation."
    for position in range(0, len(sealed), 7):
        changed = sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :]
        if json_or_none(changed) != parts:  # A changed `key` or space changes no fact.
            assert not credential.is_genuine(folder, changed) or json_or_none(changed)["facts"] == parts["facts"]


def json_or_none(content: bytes) -> dict | None:
    try:
        return json.loads(content)
    except ValueError:
        return None


@pytest.mark.slow
@pytest.mark.databases("sqlite")
def test_openssl_checks_the_seal_with_the_published_key(session, training: Training, browser, tmp_path: Path) -> None:
    make_ready(training)
    issue_for_real(training)
    parts = json.loads(sealed_in(storage.open_bytes(certificates_of(training)[0].document)))
    (tmp_path / "key.pem").write_bytes(browser.download("/verify/key.pem").body)
    (tmp_path / "facts").write_bytes(
        json.dumps(parts["facts"], sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    )
    (tmp_path / "signature").write_bytes(base64.b64decode(parts["signature"]))
    command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in facts -sigfile signature"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True)
    assert "Signature Verified Successfully" in done.stdout, done.stderr


def test_page_that_cannot_be_printed_voids_its_number_alone(session, training: Training) -> None:
    make_ready(training, *UNPRINTABLE)
    make_ready(training, "Асанова", "Чолпон")
    job = issue_for_real(training)
    assert (job.result["issued"], job.result["failed"]) == (1, 1)
    assert [(one.serial, one.state) for one in certificates_of(training)] == [(1, "issued"), (2, "failed")]
    void = next(one.void for one in candidates.list_candidates(training, as_of=None) if one.void)
    assert "is too long for its place" in certificate_wording.void_reason(void.reason)
    assert job.result["numbers"] == ["TIP-2026-0001"]


def break_facts(certificate: Certificate) -> dict:
    """Take something out of the frozen facts that the page needs; return them as they were."""
    whole = dict(certificate.facts)
    certificate.facts = {name: value for name, value in whole.items() if name != "place"}
    return whole


@pytest.mark.slow
def test_page_that_fails_keeps_its_number_for_the_next_run(session, training: Training) -> None:
    make_ready(training, "Асанова", "Чолпон")
    make_ready(training, "Бекова", "Айгүл")
    with transaction():
        certificate_operations.reserve(training, actor=OPERATOR, now=clock.now())
        whole = break_facts(certificates_of(training)[0])
    job = issue_for_real(training)
    assert (job.state, job.result["issued"], job.result["waiting"]) == ("done", 1, 1)
    assert job.result["numbers"] == ["TIP-2026-0002"]
    with transaction():
        certificates_of(training)[0].facts = whole
    job = issue_for_real(training)
    assert (job.result["issued"], job.result["waiting"]) == (1, 0)
    assert job.result["numbers"] == ["TIP-2026-0001", "TIP-2026-0002"]
    assert [one.state for one in certificates_of(training)] == ["issued", "issued"]


def renew(training: Training) -> Job:
    return run(training, certificate_operations.RENEW)


@pytest.mark.slow
def test_bundles_leave_out_what_was_revoked_or_replaced(session, training: Training) -> None:
    make_ready(training, "Асанова", "Чолпон"), make_ready(training, "Бекова", "Айгүл")
    issue_for_real(training)
    first, second = certificates_of(training)
    old_file = storage.open_bytes(first.document)
    now = clock.now()
    revoke_by_two(second, now, reason="by mistake")
    certificate_operations.reissue(first, reason="a letter", actor=OPERATOR, now=now)
    make_ready(training, "Үсөнова", "Жылдыз")
    job = renew(training)
    assert job.result["numbers"] == ["TIP-2026-0003"]
    assert len(certificates_of(training)) == 3, "A correction numbers nobody else."
    with zipfile.ZipFile(io.BytesIO(bytes_of(job.result["zip"]))) as archive:
        (name,) = archive.namelist()
        assert archive.read(name) == storage.open_bytes(certificates_of(training)[2].document)
    assert pages_of(job.result["print"]) == 1
    assert storage.open_bytes(first.document) == old_file
    assert "TIP-2026-0001" in pdfs.text_of(storage.open_bytes(certificates_of(training)[2].document))


@pytest.mark.slow
def test_nothing_standing_makes_no_bundle(session, training: Training) -> None:
    make_ready(training)
    issue_for_real(training)
    revoke_by_two(certificates_of(training)[0], clock.now(), reason="by mistake")
    job = renew(training)
    assert (job.state, "zip" in job.result) == ("done", False)


class Interrupted(Progress):
    """Somebody acts as soon as the first page is done."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__(0, "operator")
        self.act: Callable[[], None] | None = act

    def report(self, done: int, total: int) -> None:
        if done and self.act:
            act, self.act = self.act, None
            with transaction():
                act()


@pytest.mark.slow
def test_number_given_while_a_run_is_at_work_gets_its_file_too(session, training: Training) -> None:
    make_eligible(training, 2)
    session.commit()

    def reissue_first() -> None:
        first = certificates_of(training)[0]
        certificate_operations.reissue(first, reason="a letter", actor=OPERATOR, now=clock.now())

    result = work.run_issue(Interrupted(reissue_first), code=training.code)
    assert (result["issued"], result["numbers"]) == (3, certificate_queries.list_standing_numbers(training))
    assert [one.state for one in certificates_of(training)] == ["issued"] * 3


@pytest.mark.slow
def test_bundle_is_made_again_when_something_is_revoked_meanwhile(
    session, training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_eligible(training, 2)
    issue_for_real(training)
    second = certificates_of(training)[1].id
    revoke_by_two(certificates_of(training)[0], clock.now(), reason="by mistake")
    real, calls = batch.render_joined, []

    def revoke_meanwhile(parts) -> bytes:
        calls.append(1)
        if len(calls) == 1:
            with transaction():
                revoke_by_two(session.get_one(Certificate, second), clock.now(), reason="too")
        return real(parts)

    monkeypatch.setattr(batch, "render_joined", revoke_meanwhile)
    job = renew(training)
    assert (job.state, "zip" in job.result, len(calls)) == ("done", False, 1)


@pytest.mark.slow
def test_newest_bundle_is_found_whichever_run_made_it(session, training: Training) -> None:
    make_eligible(training, 2)
    issue_for_real(training)
    revoke_by_two(certificates_of(training)[0], clock.now(), reason="by mistake")
    renewed = renew(training)
    assert vars(bundle.find(training.code)) == {name: renewed.result[name] for name in ("zip", "print", "numbers")}


@pytest.mark.databases("sqlite")
def test_machine_without_pango_says_what_it_lacks_and_keeps_the_numbers(
    session, training: Training, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make_ready(training)
    with monkeypatch.context() as patch:
        pdfs.lose_pango(patch, tmp_path)
        job = issue_for_real(training)
    assert job.state == "failed"
    assert "apt-get install" in job.error
    assert [one.state for one in certificates_of(training)] == ["pending"]
    assert issue_for_real(training).result["issued"] == 1


@pytest.mark.databases("sqlite")
def test_key_whose_time_is_over_seals_nothing_and_the_numbers_wait(session, training: Training) -> None:
    folder, now = current_app.config["PORTAL_SETTINGS"].keys, clock.now()
    ended = pkcs12.certificate(pkcs12.ec_key(), now=now, last=-timedelta(seconds=1))
    keys.replace(folder, keys.SealKey(pkcs12.ec_key(), ended, ()), now=now)
    make_ready(training)
    job = issue_for_real(training)
    assert job.state == "failed"
    assert "the certificate of the key ended on" in job.error
    assert [one.state for one in certificates_of(training)] == ["pending"]


@pytest.mark.slow
def test_names_as_written_are_confirmed_for_an_operator_only(app: Flask, session, training: Training) -> None:
    attend(training, "Асанова", "Чолпон")
    absent = factories.make_registration(training=training, state="confirmed")
    factories.make_attendance(absent, "absent")
    job = run(training, names_as_written=True)
    assert job.result["issued"] == 1
    names = candidates.printed_names([absent.person_id])
    assert not names[absent.person_id].is_confirmed


def test_who_asked_is_who_issued(session, training: Training, aida) -> None:
    make_ready(training)
    job = certificate_operations.request(training, actor=aida, now=clock.now())
    job_id = job.id
    session.commit()
    jobs.run(job_id)
    actors = set(session.scalars(select(AuditEntry.actor).where(AuditEntry.event == "certificates.issued")))
    assert actors == {aida.label}
