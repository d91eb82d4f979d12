"""Issue certificates for a whole training: one transaction for the numbers, one per file, then ZIP and print file.

A run that is killed goes on where it stopped: numbers without a file are rendered from their frozen facts. A page that
fails keeps its number, which waits for the next run.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import structlog
from flask import current_app

from portal.access.permissions import Permission
from portal.access.policy import Actor, Operator
from portal.accounts.operations import actor_of
from portal.certificates import bundle, documents, facts, names, operations, queries, wording
from portal.certificates import candidates as certificate_candidates
from portal.certificates.models import Certificate
from portal.platform import clock, jobs
from portal.platform.db import transaction
from portal.platform.errors import Refusal
from portal.platform.i18n import _l
from portal.printing import batch
from portal.printing.client import PdfUnavailable, RenderFailed
from portal.printing.fonts import TextRefused
from portal.printing.orders import Order, Variant
from portal.signing import credential as signing_credential
from portal.signing.seal import Sealer
from portal.trainings import queries as trainings
from portal.trainings.models import Training

log = structlog.get_logger(__name__)


@jobs.handler(operations.JOB)
def run_issue(progress: jobs.Progress, *, code: str, names_as_written: bool = False) -> dict[str, Any]:
    """Issue every certificate of a training that is ready or was left without its file."""
    with transaction():
        training, now = _training(code), clock.now()
        actor = actor_of(progress.requested_by, Permission.ISSUE_CERTIFICATES, training)
        if not training.is_locked:  # A finalized training has its numbers; its files are still made and named.
            if not names_as_written:
                operations.ensure_over(training, now)
            else:  # An operator's command may go before the last day, and counts what is marked until its end.
                candidates = [
                    one for one in certificate_candidates.list_candidates(training, as_of=None) if one.eligibility.due
                ]
                names.confirm_as_written(training, candidates, source="operator", actor=actor, now=now)
            operations.reserve(training, actor=actor, now=now)
    return _make_files(progress, code, actor)


@jobs.handler(operations.RENEW)
def run_renew(progress: jobs.Progress, *, code: str) -> dict[str, Any]:
    """Make the files that are missing or out of date, and number nobody.

    It follows from an act that was allowed when it was done, so nobody's right is asked for again.
    """
    return _make_files(progress, code, Operator(label=progress.requested_by))


def _make_files(progress: jobs.Progress, code: str, actor: Actor) -> dict[str, Any]:
    try:
        return {**_render_pending(progress, code, actor), **_bundle(code)}
    except PdfUnavailable as missing:
        raise Refusal(
            "pages_unavailable", _l("This machine cannot make PDF files. %(reason)s"), reason=missing
        ) from missing


def _render_pending(progress: jobs.Progress, code: str, actor: Actor) -> Counter[str]:
    """Render what has a number and no file, also what got its number while this run was at work.

    Nothing is held in the database while pages are made. Return what became of how many pages.
    """
    ended, tried = Counter(issued=0, failed=0, waiting=0), list[int]()
    sealer = Sealer.current(now=clock.now())
    while orders := _orders(code, but_for=tried):
        total = len(tried) + len(orders)
        progress.report(len(tried), total)
        for (certificate_id, _order), outcome in zip(
            orders, batch.render_each(sealer.order(order) for _id, order in orders), strict=True
        ):
            made = sealer.seal(outcome) if isinstance(outcome, bytes) else outcome
            with transaction():
                what, number = _settle(certificate_id, made, sealer.fingerprint, actor)
            ended[what] += number
            tried.append(certificate_id)
            progress.report(len(tried), total)
    return ended


def _orders(code: str, *, but_for: Sequence[int]) -> list[tuple[int, Order]]:
    with transaction():
        pending = queries.list_pending(_training(code).id)
        return [(one.id, _order(one)) for one in pending if one.id not in but_for]


def _settle(
    certificate_id: int, outcome: bytes | TextRefused | RenderFailed, sealed_by: str, actor: Actor
) -> tuple[str, int]:
    """Keep a page; return what became of it, and 0 if that was so by then."""
    now = clock.now()
    if isinstance(outcome, bytes):
        return "issued", operations.complete(certificate_id, outcome, sealed_by=sealed_by, actor=actor, now=now)
    if isinstance(outcome, TextRefused):
        return "failed", operations.fail(certificate_id, reason=wording.pack_refusal(outcome), actor=actor, now=now)
    log.error("page_not_rendered", certificate=certificate_id, reason=str(outcome))
    return "waiting", 1


def _order(certificate: Certificate) -> Order:
    printed = certificate.facts
    credential = signing_credential.sign(current_app.config["PORTAL_SETTINGS"].keys, facts.credential(printed))
    return Order(
        template=documents.TEMPLATE,
        facts=printed,
        title=f"{printed['number']} · {printed['name']}",
        lang="ky",
        created_at=certificate.issued_at,
        variant=Variant.ARCHIVAL,
        attachments=((facts.CREDENTIAL, credential),),
        pictures=facts.pictures_of(printed),
    )


def _bundle(code: str) -> dict[str, Any]:
    """Make ZIP and print file of what stands, again if one is revoked meanwhile, unless they are there already."""
    while True:
        with transaction():
            standing = queries.list_standing(_training(code))
            numbers = [certificate.number for certificate in standing]
            made = bundle.find(code)
            if not standing:
                return {}
            if made is not None and made.numbers == numbers:
                return vars(made)
            pages = [certificate.facts for certificate in standing]
            latest, pictures = max(one.issued_at for one in standing), facts.pictures_of(*pages)
        printed = batch.render_joined(
            Order(documents.PRINT_TEMPLATE, part, code, "ky", latest, Variant.PLAIN, pictures=pictures)
            for part in documents.print_parts(pages)
        )
        with transaction():
            standing = queries.list_standing(_training(code))
            if [certificate.number for certificate in standing] == numbers:
                return vars(bundle.keep(code, standing, printed, now=clock.now()))


def _training(code: str) -> Training:
    training = trainings.get_training(code)
    assert training is not None
    return training
