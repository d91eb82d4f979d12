"""Issue for a whole training: one transaction for the numbers, one for each file, and at the end ZIP and print file.

A run that is killed goes on where it stopped: numbers without a file are rendered from their frozen facts.
"""

from typing import Any

import structlog
from flask import current_app

from portal.access.policy import Actor, Operator
from portal.certificates import documents
from portal.certificates.models import Certificate
from portal.certificates.operations import bundle, facts, issue, names
from portal.certificates.queries import candidates as people
from portal.certificates.queries import certificates as papers
from portal.platform import clock, jobs, pdf, seal
from portal.platform.db import transaction
from portal.platform.errors import DomainError
from portal.platform.pdf import Order, TextRefused, Variant
from portal.platform.wording import _l
from portal.trainings import queries as trainings

log = structlog.get_logger(__name__)


class PagesNotRendered(DomainError):
    """Report pages that the renderer could not make; their numbers wait for the next run."""

    message = _l("%(number)s pages could not be made. Their numbers are kept: issue again once the cause is mended.")


@jobs.handler(issue.JOB)
def run_issue(progress: jobs.Progress, *, code: str, names_as_written: bool = False) -> dict[str, Any]:
    """Issue every certificate of a training that is ready or was left without its file."""
    actor = Operator(label=progress.requested_by)
    with transaction():
        training = trainings.get_training(code)
        assert training is not None
        training_id, now = training.id, clock.now()
        if names_as_written:
            eligible = [
                candidate for candidate in people.list_candidates(training) if candidate.eligibility.is_eligible
            ]
            names.confirm_as_written(eligible, source="operator", actor=actor, now=now)
        reserved = issue.reserve(training, base_url=current_app.config["PORTAL_BASE_URL"], actor=actor, now=now)
    counts = _render_pending(progress, training_id, actor)
    return {"already": reserved.already, **counts, **_bundle(code)}


def _render_pending(progress: jobs.Progress, training_id: int, actor: Actor) -> dict[str, int]:
    """Render what has a number and no file; nothing is held in the database while pages are made."""
    with transaction():
        pending = papers.list_pending(training_id)
        orders = [_order(certificate) for certificate in pending]
        certificate_ids = [certificate.id for certificate in pending]
    counts, broken = {"issued": 0, "failed": 0}, 0
    progress.report(0, len(orders))
    for done, (certificate_id, outcome) in enumerate(
        zip(certificate_ids, pdf.render_each(orders), strict=True), start=1
    ):
        with transaction():
            if isinstance(outcome, bytes):
                counts["issued"] += issue.complete(certificate_id, outcome, actor=actor, now=clock.now())
            elif isinstance(outcome, TextRefused):
                issue.fail(certificate_id, reason=str(outcome), actor=actor, now=clock.now())
                counts["failed"] += 1
            else:
                log.error("page_not_rendered", certificate=certificate_id, reason=str(outcome))
                broken += 1
        progress.report(done, len(orders))
    if broken:
        raise PagesNotRendered(number=broken)
    return counts


def _order(certificate: Certificate) -> Order:
    printed = certificate.facts
    credential = seal.sign(current_app.config["PORTAL_SETTINGS"].data, facts.credential(printed))
    return Order(
        template=documents.TEMPLATE,
        facts=printed,
        title=f"{printed['number']} · {printed['name']}",
        lang="ky",
        created_at=certificate.issued_at,
        variant=Variant.ARCHIVAL,
        attachments=((facts.CREDENTIAL, credential),),
    )


def _bundle(code: str) -> dict[str, Any]:
    """Make ZIP and print file of what stands now, unless the last run made them of the same certificates."""
    with transaction():
        training = trainings.get_training(code)
        assert training is not None
        standing = papers.list_standing(training)
        numbers = [certificate.number for certificate in standing]
        last = jobs.find_latest(issue.JOB, code, state="done")
        if not standing:
            return {}
        if last is not None and last.result and last.result.get("numbers") == numbers:
            return {name: last.result[name] for name in ("zip", "print", "numbers")}
        pages = [certificate.facts for certificate in standing]
        latest = max(certificate.issued_at for certificate in standing)
    printed = pdf.render_joined(
        Order(documents.PRINT_TEMPLATE, part, title=code, lang="ky", created_at=latest, variant=Variant.PLAIN)
        for part in documents.print_parts(pages)
    )
    with transaction():
        training = trainings.get_training(code)
        assert training is not None
        kept = bundle.keep(training, papers.list_standing(training), printed, now=clock.now())
    return {**kept, "numbers": numbers}
