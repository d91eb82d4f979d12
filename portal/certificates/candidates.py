"""Read who is eligible and why not, and the names to print."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from portal.certificates import rules
from portal.certificates.models import Certificate
from portal.certificates.queries import find_issued, is_corrected_since, newest_certificates
from portal.certificates.rules import CertificateState, Unsettled
from portal.completion import queries as completion
from portal.completion.rules import Eligibility, Outcome
from portal.people.models import Person, PersonName
from portal.platform import paging
from portal.platform.db import db
from portal.platform.paging import Page
from portal.registration.models import Registration
from portal.registration.rules import RegistrationState
from portal.trainings.models import Training

ROWS = 50
UNSETTLED = "unsettled"


@dataclass(frozen=True)
class PrintedNames:
    """The names that a certificate of this person prints; `latin` is None until one is confirmed."""

    cyrillic: PersonName | None
    latin: PersonName | None

    @property
    def is_confirmed(self) -> bool:
        """Tell whether the person or the coordinator has looked at the name."""
        return self.cyrillic is not None


@dataclass(frozen=True)
class Candidate:
    """Someone in a training, seen from the certificate; `void` is the last page that could not be printed since.

    `unsettled` is known on pages of the certificates only.
    """

    registration: Registration
    eligibility: Eligibility
    names: PrintedNames
    certificate: Certificate | None = None
    void: Certificate | None = None
    unsettled: Unsettled | None = None

    @property
    def is_ready(self) -> bool:
        """Tell whether a click would issue this one: one is due, names confirmed, none issued yet."""
        return self.eligibility.due is not None and self.names.is_confirmed and self.certificate is None


@dataclass(frozen=True)
class CandidateStatus(Outcome):
    """One registration, as little of it as the counts of a whole training need.

    `certificate` is the row of the newest one that is not void, as `newest_rows` returns it.
    """

    is_named: bool = False
    certificate: Any = None

    @property
    def is_revoked(self) -> bool:
        return self.certificate is not None and self.certificate.revoked_at is not None

    @property
    def is_pending(self) -> bool:
        return self.certificate is not None and self.certificate.state == CertificateState.PENDING

    @property
    def unsettled(self) -> Unsettled | None:
        return _unsettled(self.certificate, self.eligibility) if self.certificate is not None else None

    @property
    def group(self) -> str:
        """Return the one group of the certificates page that this registration belongs to."""
        if self.is_revoked:
            return "revoked"
        if self.certificate is not None:
            return "certified"
        if self.eligibility.due is None:
            return "running" if self.eligibility.is_undecided else "not_eligible"
        return "ready" if self.is_named else "unnamed"


def list_candidates(
    training: Training,
    *,
    as_of: datetime | None,
    registrations: Sequence[Registration] | None = None,
    assumed: Collection[int] = (),
) -> list[Candidate]:
    """Return everyone registered in Kyrgyz order of names, or the given registrations in their own order.

    They stand as they do at a moment or, with `as_of` None, as if all that is marked had come. In the sessions
    `assumed` whoever is not marked counts as present.
    """
    only = None if registrations is None else [one.id for one in registrations]
    if registrations is None:
        registrations = db.session.scalars(_registrations(training).order_by(Person.sort_key, Registration.id)).all()
    outcomes = completion.list_outcomes(training, as_of=as_of, assumed=assumed, only=only)
    eligibility = {one.registration_id: one.eligibility for one in outcomes}
    names = printed_names(one.person_id for one in registrations)
    newest = newest_certificates(training, [one.id for one in registrations])
    return [Candidate(one, eligibility[one.id], names[one.person_id], *newest.get(one.id, ())) for one in registrations]


def list_statuses(training: Training, *, as_of: datetime | None) -> list[CandidateStatus]:
    """Return where every registration stands, in Kyrgyz order of names, in a few queries whatever the size."""
    named, newest = list_named(training), newest_rows(training)
    return [
        CandidateStatus(**vars(one), is_named=one.person_id in named, certificate=newest.get(one.registration_id))
        for one in completion.list_outcomes(training, as_of=as_of)
    ]


def list_named(training: Training) -> set[int]:
    """Return the ids of the people of a training whose Cyrillic name is confirmed."""
    query = select(Registration.person_id).where(Registration.training_id == training.id, _is_named())
    return set(db.session.scalars(query))


def newest_rows(training: Training) -> dict[int, Any]:
    """Return what decides about the newest certificate that is not void, by registration."""
    query = (
        select(Certificate.registration_id, Certificate.number, Certificate.kind, Certificate.state)
        .add_columns(Certificate.revoked_at, Certificate.revoke_class, Certificate.is_for_ceremony)
        .add_columns(is_corrected_since().label("is_corrected_since"))
        .join(Registration, Registration.id == Certificate.registration_id)
        .where(Registration.training_id == training.id, Certificate.state != CertificateState.FAILED)
        .order_by(Certificate.revision)
    )
    return {row.registration_id: row for row in db.session.execute(query)}


def find_unsettled(certificate: Certificate, *, as_of: datetime | None) -> Unsettled | None:
    """Return what of somebody's last certificate no longer fits the rule; nothing of one that has a successor."""
    training = certificate.registration.training
    newest = newest_rows(training).get(certificate.registration_id)
    if newest is None or newest.number != certificate.number:
        return None
    (outcome,) = completion.list_outcomes(training, as_of=as_of, only=[certificate.registration_id])
    return _unsettled(newest, outcome.eligibility)


def _unsettled(certificate: Any, eligibility: Eligibility) -> Unsettled | None:
    return rules.unsettled(
        eligibility,
        kind=certificate.kind,
        is_issued=certificate.state == CertificateState.ISSUED,
        is_revoked=certificate.revoked_at is not None,
        is_corrected_since=bool(certificate.is_corrected_since),
        is_for_ceremony=certificate.is_for_ceremony,
    )


def find_shown(registration: Registration, *, as_of: datetime | None) -> Certificate | None:
    """Return the newest certificate with a file that its holder may see; one issued ahead waits for the last marks."""
    issued = find_issued(registration)
    if issued is None or not issued.is_for_ceremony:
        return issued
    (outcome,) = completion.list_outcomes(registration.training, as_of=as_of, only=[registration.id])
    return issued if outcome.eligibility.is_true(issued.kind) else None


def list_unproven(training: Training, *, as_of: datetime | None) -> set[int]:
    """Return the registrations whose certificate was issued ahead of marks that do not bear it out, or not yet."""
    return {
        one.registration_id
        for one in list_statuses(training, as_of=as_of)
        if one.certificate is not None
        and one.certificate.is_for_ceremony
        and not one.eligibility.is_true(one.certificate.kind)
    }


def page_of_candidates(
    training: Training, *, show: str, number: int, as_of: datetime | None
) -> tuple[Page[Candidate], Counter[str]]:
    """Return one page of a group of `CandidateStatus.group`, of all, or of the unsettled, and how many are in each.

    Of the certified those are counted as `pending`, too, whose file is not made yet.
    """
    statuses = list_statuses(training, as_of=as_of)
    unsettled = {one.registration_id: one.unsettled for one in statuses if one.unsettled}
    counts = Counter(one.group for one in statuses)
    counts[UNSETTLED] = len(unsettled)
    counts[CertificateState.PENDING.value] = sum(one.is_pending for one in statuses)
    if show == UNSETTLED:
        wanted = list(unsettled)
    else:
        wanted = [one.registration_id for one in statuses if show in ("all", one.group)]
    page = _page(training, wanted, number, as_of)
    items = [replace(one, unsettled=unsettled.get(one.registration.id)) for one in page.items]
    return replace(page, items=items), counts


def page_of_names(training: Training, *, only_open: bool, number: int, as_of: datetime | None) -> Page[Candidate]:
    """Return one page of the confirmed participants for the name check."""
    query = (
        select(Registration.id)
        .join(Person, Person.id == Registration.person_id)
        .where(Registration.training_id == training.id, Registration.state == RegistrationState.CONFIRMED)
        .order_by(Person.sort_key, Registration.id)
    )
    if only_open:
        query = query.where(~_is_named())
    return _page(training, db.session.scalars(query).all(), number, as_of)


def count_names(training: Training) -> tuple[int, int]:
    """Return how many confirmed participants have a confirmed name, and how many there are."""
    confirmed = select(func.count()).where(
        Registration.training_id == training.id, Registration.state == RegistrationState.CONFIRMED
    )
    return db.session.scalar(confirmed.where(_is_named())) or 0, db.session.scalar(confirmed) or 0


def printed_names(person_ids: Iterable[int]) -> dict[int, PrintedNames]:
    """Return the latest confirmed name in each script, by person."""
    wanted = set(person_ids)
    query = select(PersonName).where(PersonName.person_id.in_(wanted), *_IS_CONFIRMED)
    found = {
        (name.person_id, name.script): name
        for name in db.session.scalars(query.order_by(PersonName.confirmed_at, PersonName.id))
    }
    return {one: PrintedNames(found.get((one, "cyrillic")), found.get((one, "latin"))) for one in wanted}


_IS_CONFIRMED = (PersonName.confirmed_at.is_not(None), PersonName.is_former.is_(False))


def _is_named() -> ColumnElement[bool]:
    """Return, for a query over Registration, whether the person's Cyrillic name is confirmed."""
    name = select(PersonName.id).where(PersonName.person_id == Registration.person_id, *_IS_CONFIRMED)
    return name.where(PersonName.script == "cyrillic").exists()


def _registrations(training: Training) -> Select[Registration]:
    return (
        select(Registration)
        .join(Person, Person.id == Registration.person_id)
        .options(
            contains_eager(Registration.person), joinedload(Registration.institution), joinedload(Registration.region)
        )
        .where(Registration.training_id == training.id)
    )


def _page(training: Training, ids: Sequence[int], number: int, as_of: datetime | None) -> Page[Candidate]:
    page = paging.cut(ids, number, ROWS)
    found = {
        registration.id: registration
        for registration in db.session.scalars(_registrations(training).where(Registration.id.in_(page.items)))
    }
    chosen = [found[registration_id] for registration_id in page.items]
    return page.showing(list_candidates(training, as_of=as_of, registrations=chosen))
