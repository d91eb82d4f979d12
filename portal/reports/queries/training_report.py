"""Read everything that the report of one training says, and what a release has said of it already."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from portal.certificates import rules as certificates
from portal.certificates.models import Certificate
from portal.certificates.rules import CertificateState
from portal.closing.models import Correction
from portal.closing.queries import standings
from portal.closing.rules.reconciliation import Mismatch, reconcile
from portal.evaluation.queries import evaluations, figures
from portal.evaluation.queries.evaluations import QuestionResult, Turnout
from portal.evaluation.rules import statistics
from portal.evaluation.rules.assessments import Moment
from portal.evaluation.rules.statistics import Change
from portal.materials.queries import handovers, overview
from portal.materials.queries.handovers import ActRow
from portal.materials.queries.overview import TrainingLine
from portal.materials.rules.handovers import HandoverState
from portal.people import queries as people
from portal.platform.db import db
from portal.platform.languages import text_of
from portal.registration.models import Registration
from portal.reports.models import Release, ReleasePart
from portal.reports.queries import counts
from portal.reports.rules.counting import Seat, TrainingFacts
from portal.reports.rules.reporting import MEASURED
from portal.trainings.models import Training

_STANDING = frozenset({HandoverState.PRINTED.value, HandoverState.SIGNED.value})


@dataclass(frozen=True)
class Certificates:
    """How many certificates were issued to those who completed, and what has become of them; and how many others."""

    issued: int = 0
    replaced: int = 0
    revoked: int = 0
    attendance: int = 0
    facilitator: int = 0


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
    """What the portal knows of one training, nothing hidden."""

    counts: TrainingFacts
    confirmed: Sequence[Seat]
    tested: Mapping[str, int]
    turnout: Turnout
    is_evaluated: bool
    results: Sequence[QuestionResult]
    certificates: Certificates
    materials: Sequence[TrainingLine]
    acts: Sequence[ActRow]
    corrections: Sequence[Correction]
    mismatches: Sequence[Mismatch]
    released: Released | None

    @property
    def change(self) -> Change | None:
        """Return how much people knew more afterwards, if enough took both tests."""
        return statistics.change(self.counts.pairs)


def read(training: Training, *, as_of: datetime) -> ReportCounts:
    """Return everything that the report of a training can say of a moment."""
    return ReportCounts(
        counts=counts.get_counts(training, as_of=as_of),
        confirmed=counts.list_confirmed(training),
        tested=_tested(training),
        turnout=evaluations.get_turnout(training),
        is_evaluated=evaluations.is_closed(training),
        results=evaluations.list_results(training, with_comments=False),
        certificates=_certificates(training),
        materials=overview.list_at_training(training),
        acts=[
            one
            for one in handovers.list_for_training(training)
            if one.handover.state in _STANDING and one.corrected_by is None
        ][::-1],
        corrections=_corrections(training),
        mismatches=reconcile(standings.list_standings(training, as_of=as_of), standings.list_receipts(training)),
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


def list_region_codes() -> list[str]:
    """Return the regions in the order in which a table names them."""
    return [one.code for one in people.list_regions()]


def _tested(training: Training) -> dict[str, int]:
    scores = figures.list_scores(select(Training.id).where(Training.id == training.id))
    return {one.value: sum(moment == one.value for _person, moment in scores) for one in Moment}


def _certificates(training: Training) -> Certificates:
    query = (
        select(Certificate.kind, func.count(), func.count(Certificate.replaced_at), func.count(Certificate.revoked_at))
        .join(Registration, Registration.id == Certificate.registration_id)
        .where(Registration.training_id == training.id, Certificate.state == CertificateState.ISSUED.value)
        .group_by(Certificate.kind)
    )
    found = {kind: tuple(counts) for kind, *counts in db.session.execute(query)}
    whole = certificates.for_completing(training.certificate_kinds)
    others = {kind: counts[0] for kind, counts in found.items() if kind != whole and kind != "completion"}
    return Certificates(*found.get(whole, ()), **others)


def _corrections(training: Training) -> list[Correction]:
    query = (
        select(Correction)
        .options(joinedload(Correction.registration).joinedload(Registration.person))
        .where(Correction.training_id == training.id)
        .order_by(Correction.number)
    )
    return list(db.session.scalars(query))
