"""Read everything for a training report, including what a release has published."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from portal.assessments import queries as assessment_queries
from portal.assessments import statistics
from portal.assessments.rules import Moment
from portal.assessments.statistics import Change
from portal.certificates.models import Certificate
from portal.certificates.rules import CertificateState
from portal.closing import queries as closing_queries
from portal.closing.models import Correction
from portal.closing.rules import Mismatch, reconcile
from portal.completion.rules import CertificateKind
from portal.evaluation import queries as evaluation_queries
from portal.evaluation.queries import QuestionResult, Turnout
from portal.handovers import queries as handovers
from portal.handovers.queries import ActRow
from portal.materials.rules import HandoverState
from portal.people import queries as people
from portal.platform.db import db
from portal.platform.i18n import text_of
from portal.registration.models import Registration
from portal.reports import queries
from portal.reports.models import Release, ReleasePart
from portal.reports.rules import MEASURED, Seat, TrainingFacts
from portal.stock import overview
from portal.stock.overview import TrainingLine
from portal.trainings.models import Training

_STANDING = frozenset({HandoverState.PRINTED.value, HandoverState.SIGNED.value})


@dataclass(frozen=True)
class Released:
    """What the latest release says of one training, and how many were measured in each that it counts together.

    `pairs` are the scores that the release counts of it; `is_alone` tells that no other training's evaluation is in it.
    """

    number: int
    until: date
    k: int
    seats: int
    tables: Mapping[str, Any]
    measured: Mapping[str, Sequence[int]]
    pairs: Sequence[tuple[float, float]]
    is_alone: bool


@dataclass(frozen=True)
class ReportCounts:
    counts: TrainingFacts
    confirmed: Sequence[Seat]
    tested: Mapping[str, int]
    turnout: Turnout
    is_evaluated: bool
    results: Sequence[QuestionResult]
    certificates: Mapping[str, int]
    materials: Sequence[TrainingLine]
    acts: Sequence[ActRow]
    corrections: Sequence[Correction]
    mismatches: Sequence[Mismatch]
    released: Released | None

    @property
    def completed_outside(self) -> int:
        """Return how many completed as far as a copy for outside says it: what the latest release says, if any."""
        return self.released.seats if self.released else len(self.counts.seats)

    @property
    def change(self) -> Change | None:
        """Return how much people knew more afterwards, if enough took both tests."""
        return statistics.change(self.counts.pairs)


def read(training: Training, *, as_of: datetime) -> ReportCounts:
    """Return everything that the report of a training can say of a moment."""
    return ReportCounts(
        counts=queries.get_counts(training, as_of=as_of),
        confirmed=queries.list_confirmed(training),
        tested=_tested(training),
        turnout=evaluation_queries.get_turnout(training),
        is_evaluated=evaluation_queries.is_closed(training),
        results=evaluation_queries.list_results(training, with_comments=False),
        certificates=_certificates(training),
        materials=overview.list_at_training(training),
        acts=[
            one
            for one in handovers.list_for_training(training)
            if one.handover.state in _STANDING and one.corrected_by is None
        ][::-1],
        corrections=closing_queries.list_corrections(training),
        mismatches=reconcile(
            closing_queries.list_reconciled(training, as_of=as_of), closing_queries.list_receipts(training)
        ),
        released=find_released(training),
    )


def find_released(training: Training) -> Released | None:
    """Return what the latest release of the training's project says of it, if it counts it."""
    query = (
        select(Release, ReleasePart.content, ReleasePart.basis)
        .join(ReleasePart, ReleasePart.release_id == Release.id)
        .where(ReleasePart.project_id == training.project_id)
        .order_by(Release.number.desc())
    )
    row = db.session.execute(query.limit(1)).first()
    if row is None:
        return None
    release, content, basis = row[0], json.loads(row[1]), row[2]
    own = next((one for one in content["trainings"] if one["code"] == training.code), None)
    if own is None:
        return None
    measured = [one["measured"] for one in basis["trainings"].values()]
    by_name = {name: [one[MEASURED.index(name)] for one in measured] for name in ("pairs", "forms")}
    pairs = [(before, after) for before, after in basis["trainings"][training.code].get("pairs", ())]
    is_alone = (content["evaluation"] or {}).get("trainings") == 1
    return Released(release.number, release.until, release.k, own["seats"], own["tables"], by_name, pairs, is_alone)


def names_of(lang: str) -> dict[str, str]:
    """Return what regions and institutions are called, by their codes."""
    return {one.code: text_of(one, "name", lang) for one in people.list_places()}


def _tested(training: Training) -> dict[str, int]:
    scores = assessment_queries.list_scores(select(Training.id).where(Training.id == training.id))
    return {one.value: sum(moment == one.value for _person, moment in scores) for one in Moment}


def _certificates(training: Training) -> dict[str, int]:
    """Return how many were issued to those who completed and what has become of them, and how many of other kinds."""
    query = (
        select(Certificate.kind, func.count(), func.count(Certificate.replaced_at), func.count(Certificate.revoked_at))
        .join(Registration, Registration.id == Certificate.registration_id)
        .where(Registration.training_id == training.id, Certificate.state == CertificateState.ISSUED.value)
        .group_by(Certificate.kind)
    )
    found = {kind: counts for kind, *counts in db.session.execute(query)}
    kinds = training.certificate_kinds
    whole = CertificateKind.COMPLETION if CertificateKind.COMPLETION in kinds else CertificateKind.ATTENDANCE
    others = {kind: found[kind][0] for kind in ("attendance", "facilitator") if kind in found and kind != whole}
    return dict(zip(("issued", "replaced", "revoked"), found.get(whole, (0, 0, 0)), strict=True)) | others
