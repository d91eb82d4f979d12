"""Issue and verify from the command line."""

import time
from pathlib import Path
from typing import Any

import click
from flask import current_app

from portal.access.policy import Operator
from portal.certificates.operations import issue, numbers, verify, verify_files, wording
from portal.certificates.operations.verify_files import ActVerification
from portal.certificates.queries import candidates as people
from portal.certificates.queries import certificates as papers
from portal.certificates.rules import FileVerdict
from portal.cli.exports import export
from portal.cli.output import Refused, command
from portal.cli.warnings import Warned, before_end
from portal.cli.work import see_through
from portal.platform import clock, jobs
from portal.platform.db import db, reading_session
from portal.platform.jobs import Job
from portal.platform.storage import Document
from portal.trainings import queries as trainings
from portal.trainings.models import Training

_ACT_STATUS = {"stands": "valid", "corrected": "replaced", "void": "revoked"}


@command("issue-certificates")
@click.argument("code")
def issue_certificates(code: str) -> dict[str, Any]:
    """Issue a certificate to everyone eligible; what an operator issues prints names as the list wrote them."""
    training = _training(code)
    already = sum(
        candidate.certificate is not None and candidate.certificate.state == "issued"
        for candidate in people.list_candidates(training, as_of=None)
    )
    started = time.monotonic()
    job = _run(training)
    seconds = round(time.monotonic() - started, 2)
    if job.state != "done":
        raise Refused(job.error or "The run stopped; the log says why. What was issued stands.")
    training = _training(code)
    candidates = people.list_candidates(training, as_of=None)
    result = job.result or {}
    folder = Path(current_app.config["PORTAL_SETTINGS"].data) / "exports" / training.code
    standing = papers.list_standing(training)
    return {
        "eligible": sum(candidate.eligibility.due is not None for candidate in candidates),
        "issued": result.get("issued", 0),
        "already": already,
        "failed": result.get("failed", 0),
        "waiting": result.get("waiting", 0),
        "not_eligible": [
            {
                "registration": candidate.registration.reference,
                "reason": str(wording.reason(candidate.eligibility)),
            }
            for candidate in candidates
            if candidate.eligibility.due is None
        ],
        "warnings": before_end(training, Warned.ISSUED_AHEAD, clock.now()),
        "seconds": seconds,
        "files": [export(folder, certificate.document) for certificate in standing],
        "zip": export(folder, _document(result.get("zip"))),
        "print": export(folder, _document(result.get("print"))),
        # Pages that could not be made keep their numbers: the next run tries them again.
        "exit_code": 1 if result.get("waiting") else 0,
    }


@command("accept-clock")
def accept_clock() -> dict[str, Any]:
    """Say that the clock is right now, after it was ahead: certificates of the future stand and stop no new ones."""
    misdated = numbers.accept_clock(actor=Operator(), now=clock.now())
    return {"misdated": [{"number": one.number, "issued_on": one.issued_on.isoformat()} for one in misdated]}


@command("verify-certificate")
@click.option("--code", default="", help="The 12 characters that are printed beside the QR.")
@click.option("--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A PDF.")
def verify_certificate(code: str, file: Path | None) -> dict[str, Any]:
    """Say whether a certificate is valid, replaced, revoked or unknown; of a file also whether it is as issued.

    A hand-over act is told by its file: replaced is one that a later act set right, revoked one that is void.
    """
    if bool(code) == bool(file):
        raise click.UsageError("Give either --code or --file.")
    if file is not None:
        with reading_session():  # Nobody waits for the database while the file is looked into.
            answer = verify_files.by_file(file.read_bytes(), folder=current_app.config["PORTAL_SETTINGS"].keys)
    else:
        answer = verify.by_secret(code=code)
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


def _run(training: Training) -> Job:
    """Run the job here and now; another run is seen through first."""
    while True:
        job = jobs.enqueue(
            issue.JOB,
            subject=training.code,
            requested_by="operator",
            now=clock.now(),
            is_offered=False,
            code=training.code,
            names_as_written=True,
        )
        job_id, is_ours = job.id, "names_as_written" in job.arguments
        db.session.commit()
        over = see_through(
            job_id, "The worker is still issuing for this training. Look at its page, or try again later."
        )
        if is_ours:
            return over


def _training(code: str) -> Training:
    training = trainings.get_training(code)
    if training is None:
        raise Refused(f"There is no training {code}.")
    return training


def _document(document_id: int | None) -> Document | None:
    return None if document_id is None else db.session.get(Document, document_id)
