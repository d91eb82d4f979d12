"""Read in which order papers lie on the table: by seats, by institutions and ranks, or by names."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from portal.certificates.models import CeremonySeat, CertificateCeremony
from portal.certificates.rules import PrintOrder, place_key
from portal.people import queries as people
from portal.people.models import Institution, Person
from portal.people.rules import names
from portal.people.rules.ranks import rank_place
from portal.platform.db import db
from portal.registration.models import Registration
from portal.trainings.models import Training

_LAST = "\U0010ffff"  # Who has no institution comes after those who have one.


def find_ceremony(training: Training) -> CertificateCeremony | None:
    """Return what was said about a training's ceremony, read anew."""
    query = select(CertificateCeremony).where(CertificateCeremony.training_id == training.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def order_of(training: Training) -> PrintOrder:
    """Return the order that was chosen for a training's papers; that of names unless somebody chose another."""
    ceremony = find_ceremony(training)
    return PrintOrder(ceremony.print_order) if ceremony else PrintOrder.NAME


def seats_of(training: Training) -> dict[int, int]:
    """Return the number of the seat by registration, of those who have one."""
    query = (
        select(CeremonySeat.registration_id, CeremonySeat.number)
        .join(Registration, Registration.id == CeremonySeat.registration_id)
        .where(Registration.training_id == training.id)
    )
    return dict(db.session.execute(query).all())


def places(training: Training, order: PrintOrder) -> Mapping[int, int]:
    """Return the place of every registration in an order; what is equal follows the Kyrgyz order of names."""
    rows = db.session.execute(
        select(Registration.id, Registration.rank, Institution.name_ky, Institution.name_ru)
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(Institution, Institution.id == Registration.institution_id)
        .where(Registration.training_id == training.id)
        .order_by(Person.sort_key, Registration.id)
    ).all()
    seats = seats_of(training) if order == PrintOrder.SEAT else {}
    ranks = people.list_known_ranks() if order == PrintOrder.INSTITUTION else []

    def key(row: Any) -> Any:
        institution = names.sort_key(row.name_ky or row.name_ru, "") if row.name_ky or row.name_ru else _LAST
        return place_key(order, seat=seats.get(row.id), institution=institution, rank=rank_place(row.rank, ranks))

    return {row.id: place for place, row in enumerate(sorted(rows, key=key))}
