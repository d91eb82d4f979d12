"""Issue for a whole training: one transaction for the numbers, one for each file, and at the end ZIP and print file.

A run that is killed goes on where it stopped: numbers without a file are rendered from their frozen facts.
"""

from typing import Any

from flask import current_app

from portal.access.policy import Actor, Operator
from portal.certificates import documents
from portal.certificates.models import Certificate
from portal.certificates.operations import bundle, facts, issue, names
from portal.certificates.queries import candidates as people
from portal.certificates.queries import certificates as papers
from portal.platform import clock, jobs, pdf, seal
from portal.platform.db import db, transaction
from portal.platform.pdf import Renderer, RenderFailed, TextRefused, Variant
from portal.trainings import queries as trainings


@jobs.handler(issue.JOB)
def run_issue(
    progress: jobs.Progress, *, code: str, requested_by: str, names_as_written: bool = False
) -> dict[str, Any]:
    """Issue every certificate of a training that is ready or was left without its file."""
    actor = Operator(label=requested_by)
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
    with pdf.renderer() as renderer:
        counts = _render_pending(progress, renderer, training_id, actor)
        files = _bundle(renderer, code)
    return {"already": reserved.already, **counts, **files}


def _render_pending(progress: jobs.Progress, renderer: Renderer, training_id: int, actor: Actor) -> dict[str, int]:
    with transaction():
        pending = papers.list_pending(training_id)
    counts = {"issued": 0, "failed": 0}
    progress.report(0, len(pending))
    for done, certificate_id in enumerate(pending, start=1):
        certificate = db.session.get_one(Certificate, certificate_id)
        db.session.commit()  # Nothing is held while a page is rendered.
        try:
            content = _render(renderer, certificate)
        except (RenderFailed, TextRefused) as refusal:
            with transaction():
                issue.fail(certificate_id, reason=str(refusal), actor=actor, now=clock.now())
            counts["failed"] += 1
        else:
            with transaction():
                counts["issued"] += issue.complete(certificate_id, content, actor=actor, now=clock.now())
        progress.report(done, len(pending))
    return counts


def _render(renderer: Renderer, certificate: Certificate) -> bytes:
    printed = certificate.facts
    credential = seal.sign(current_app.config["PORTAL_SETTINGS"].data, facts.credential(printed))
    return renderer.render(
        documents.TEMPLATE,
        printed,
        title=f"{printed['number']} · {printed['name']}",
        lang="ky",
        created_at=certificate.issued_at,
        variant=Variant.ARCHIVAL,
        attachments=[(facts.CREDENTIAL, credential)],
    )


def _bundle(renderer: Renderer, code: str) -> dict[str, int]:
    with transaction():
        training = trainings.get_training(code)
        assert training is not None
        standing = papers.list_standing(training)
        if not standing:
            return {}
        pages = [certificate.facts for certificate in standing]
        latest = max(certificate.issued_at for certificate in standing)
    printed = renderer.render(
        documents.PRINT_TEMPLATE, {"pages": pages}, title=code, lang="ky", created_at=latest, variant=Variant.PLAIN
    )
    with transaction():
        training = trainings.get_training(code)
        assert training is not None
        return bundle.keep(training, papers.list_standing(training), printed, now=clock.now())
