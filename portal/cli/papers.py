"""Commands that issue and verify certificates, receive and hand over stock, and publish releases."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from portal.access.policy import Operator
from portal.certificates import candidates as certificate_candidates
from portal.certificates import operations as certificate_operations
from portal.certificates import queries as certificate_queries
from portal.certificates import wording as certificate_wording
from portal.certificates.rules import FileVerdict
from portal.cli import output
from portal.cli.output import FILE, Refused, Warned, command, training_of
from portal.config import get_settings
from portal.handovers import files as handover_files
from portal.handovers import operations as handover_operations
from portal.handovers import papers
from portal.handovers.papers import Press
from portal.materials import operations as material_operations
from portal.materials.models import Handover
from portal.materials.rules import MAIN_OFFICE
from portal.people import queries as people
from portal.platform import clock, jobs
from portal.platform.db import db, lock, reading_session, transaction
from portal.platform.i18n import current, text_of
from portal.platform.jobs import Job
from portal.platform.storage import Document
from portal.printing import client
from portal.reports import operations as report_operations
from portal.reports import queries as report_queries
from portal.reports.rules import Seen
from portal.signing.seal import Sealer
from portal.stock import files as stock_files
from portal.stock import queries as stock
from portal.trainings import files as training_files
from portal.trainings.models import Training
from portal.verification import operations as verification_operations
from portal.verification.operations import ActVerification

_ACT_STATUS = {"stands": "valid", "corrected": "replaced", "void": "revoked"}


@command("issue-certificates")
@click.argument("code")
def issue_certificates(code: str) -> dict[str, Any]:
    """Issue a certificate to everyone eligible; what an operator issues prints names as the list wrote them."""
    training = training_of(code)
    already = sum(
        candidate.certificate is not None and candidate.certificate.state == "issued"
        for candidate in certificate_candidates.list_candidates(training, as_of=None)
    )
    started = time.monotonic()
    job = output.run_job(
        lambda: _begin_issue(training),
        lambda job: "names_as_written" in job.arguments,
        "The worker is still issuing for this training. Look at its page, or try again later.",
    )
    seconds = round(time.monotonic() - started, 2)
    if job.state != "done":
        raise Refused(job.error or "The run stopped; the log says why. What was issued stands.")
    training = training_of(code)
    candidates = certificate_candidates.list_candidates(training, as_of=None)
    result = job.result or {}
    bundles = {name: db.session.get(Document, result[name]) if result.get(name) else None for name in ("zip", "print")}
    folder = get_settings().data / "exports" / training.code
    standing = certificate_queries.list_standing(training)
    return {
        "eligible": sum(candidate.eligibility.due is not None for candidate in candidates),
        "issued": result.get("issued", 0),
        "already": already,
        "failed": result.get("failed", 0),
        "waiting": result.get("waiting", 0),
        "not_eligible": [
            {
                "registration": candidate.registration.reference,
                "reason": str(certificate_wording.reason(candidate.eligibility)),
            }
            for candidate in candidates
            if candidate.eligibility.due is None
        ],
        "warnings": output.before_end(training, Warned.ISSUED_AHEAD, clock.now()),
        "seconds": seconds,
        "files": [output.export(folder, certificate.document) for certificate in standing],
        "zip": output.export(folder, bundles["zip"]),
        "print": output.export(folder, bundles["print"]),
        # Pages that could not be made keep their numbers: the next run tries them again.
        "exit_code": 1 if result.get("waiting") else 0,
    }


@command("accept-clock")
def accept_clock() -> dict[str, Any]:
    """Say that the clock is right now, after it was ahead: certificates of the future stand and stop no new ones."""
    misdated = certificate_operations.accept_clock(actor=Operator(), now=clock.now())
    return {"misdated": [{"number": one.number, "issued_on": one.issued_on.isoformat()} for one in misdated]}


@command("verify-certificate")
@click.option("--code", default="", help="The 12 characters that are printed beside the QR.")
@click.option("--file", "file", type=FILE, help="A PDF.")
def verify_certificate(code: str, file: Path | None) -> dict[str, Any]:
    """Say whether a certificate is valid, replaced, revoked or unknown; of a file also whether it is as issued.

    A hand-over act is told by its file: replaced is one that a later act set right, revoked one that is void.
    """
    if bool(code) == bool(file):
        raise click.UsageError("Give either --code or --file.")
    if file is not None:
        with reading_session():  # Nobody waits for the database while the file is looked into.
            answer = verification_operations.by_file(file.read_bytes(), folder=get_settings().keys)
    else:
        answer = verification_operations.by_secret(code=code)
    if isinstance(answer, ActVerification):
        return {
            "status": _ACT_STATUS[answer.state],
            "number": answer.number,
            "issued_on": answer.handed_on.isoformat(),
            "file_unchanged": answer.file is FileVerdict.UNCHANGED,
        }
    return {
        "status": answer.validity.value,
        "number": answer.number or None,
        "issued_on": answer.issued_on.isoformat() if answer.issued_on else None,
        "file_unchanged": None if answer.file is None else answer.file is FileVerdict.UNCHANGED,
    }


def _begin_issue(training: Training) -> Job:
    return jobs.enqueue(
        certificate_operations.JOB,
        subject=training.code,
        requested_by="operator",
        now=clock.now(),
        is_offered=False,
        code=training.code,
        names_as_written=True,
    )


@command("receive-stock")
@click.argument("file", type=FILE)
@click.option("--region", default=MAIN_OFFICE, show_default=True, help="The region whose office receives the copies.")
def receive_stock(file: Path, region: str) -> dict[str, Any]:
    """Receive the copies that FILE names, a JSON file such as tests/data/handover.json; balance is what is in stock."""
    office = people.get_region(region.upper())
    if office is None:
        raise Refused(f"There is no region {region}. Regions: {', '.join(one.code for one in people.list_regions())}.")
    content = output.read(file, training_files.MAX_BYTES)
    received = stock_files.receive_file(content, office, actor=Operator(), now=clock.now())
    return {"items": balances(received)}


@command("hand-over")
@click.argument("code")
@click.argument("file", type=FILE)
def hand_over(code: str, file: Path) -> dict[str, Any]:
    """Hand over at the training CODE what FILE names, and print the act; its number and file are what counts."""
    training = training_of(code)
    content = output.read(file, training_files.MAX_BYTES)
    settings = get_settings()
    try:
        handover = _print(training, content, settings.base_url)
    except (client.PdfUnavailable, client.RenderFailed) as failure:
        raise Refused(str(failure)) from failure
    folder = settings.data / "exports" / training.code
    return {
        "number": handover.number,
        "file": output.export(folder, handover.document),
        "balances": balances([item.material for item in handover.items]),
    }


def _print(training: Training, content: bytes, base_url: str) -> Handover:
    """Draft the act and try it, set its paper while others write, do it; a draft that cannot be printed goes again."""
    actor, now = Operator(), clock.now()
    sealer = Sealer.current(now=now)

    def act(press: Press) -> None:
        handover_operations.hand_over(lock(Handover, handover_id), press=press, base_url=base_url, actor=actor, now=now)

    with transaction():
        handover_id = handover_files.draft_from_file(training, content, actor=actor, now=now).id
        proof = papers.tried(act, sealer)
    try:
        press = proof.set()
        with transaction():
            act(press)
    except Exception:
        with transaction():
            material_operations.discard(lock(Handover, handover_id), actor=actor, now=now)
        raise
    return lock(Handover, handover_id)


def balances(materials: list[Any]) -> list[dict[str, Any]]:
    """Return what a command prints of titles: how many copies are in stock, wherever."""
    held = stock.in_stock([material.id for material in materials])
    return [
        {
            "title": text_of(material, "title"),
            "language": material.language,
            "edition": material.edition,
            "balance": held[material.id],
        }
        for material in materials
    ]


@command("publish-release")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Count trainings that ended by this day; else by today."
)
def publish_release(until: datetime | None) -> dict[str, Any]:
    """Publish the counts of all finalized trainings as the next release."""
    day, k = until.date() if until else clock.today(), get_settings().smallest_count

    def begin() -> Job:
        last = report_queries.get_last()
        seen = Seen(last.number + 1 if last else 1, day, k, report_queries.list_books(day))
        return report_operations.request(seen, locale=current(), is_offered=False, actor=Operator(), now=clock.now())

    busy = "The worker is still publishing a release. Look at its page, or try again later."
    job = output.run_job(begin, lambda job: job.arguments["until"] == day.isoformat(), busy)
    if job.state != "done":
        raise Refused(job.error or "The run stopped; the log says why. Nothing was published.")
    return dict(job.result or {})
