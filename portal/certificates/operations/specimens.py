"""A certificate to look at: today's texts of a project on paper, without a number, issued to nobody."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.certificates import documents
from portal.certificates.documents import Delivery, Holder
from portal.certificates.operations import facts
from portal.platform.db import db
from portal.platform.trilingual import Trilingual
from portal.trainings.models import Project, Training

TEMPLATE = "certificate_specimen.html"
_NO_NUMBER = "– – – –"
_CODE = "–" * 12
_TITLE = Trilingual.of(ky="Окуунун аталышы", ru="Название обучения", en="Title of the training")
_PLACE = Trilingual.of(ky="Өткөн жери", ru="Место проведения", en="Venue")


def specimen(project: Project, *, base_url: str, address: str, today: date) -> dict[str, Any]:
    """Return what a specimen prints: the project's texts around its newest training, or around sample words."""
    holder = Holder(
        number=_NO_NUMBER,
        code=_CODE,
        kind="completion",
        name="Үсөнбекова Айгүл Өмүрбековна",
        latin_name="Aigul Usonbekova",
        issued_on=today,
        verify_url=f"{base_url}/verify",
        verify_address=address,
    )
    return documents.certificate(_delivery(project, today), holder).as_dict()


def _delivery(project: Project, today: date) -> Delivery:
    newest = (
        select(Training)
        .options(joinedload(Training.venue))
        .where(Training.project_id == project.id)
        .order_by(Training.starts_on.desc(), Training.id.desc())
        .limit(1)
    )
    training = db.session.scalars(newest).first()
    if training is not None:
        return facts.delivery(training)
    return Delivery(
        title=_TITLE,
        starts_on=today,
        ends_on=today + timedelta(days=1),
        hours=Decimal(12),
        place=_PLACE,
        **facts.of_project(project),
    )
