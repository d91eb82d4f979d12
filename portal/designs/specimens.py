"""A specimen: a project's texts and a template on paper, without a number."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.catalog.models import Course, Project
from portal.certificates import documents, facts
from portal.certificates import queries as certificate_queries
from portal.certificates.documents import Delivery, Holder
from portal.certificates.models import CertificateTemplate
from portal.completion.rules import CertificateKind
from portal.platform import links
from portal.platform.db import db
from portal.platform.texts import Text
from portal.trainings.models import Training

TEMPLATE = "certificate_specimen.html"
_NO_NUMBER = "– – – –"
_CODE = "–" * 12
_TITLE = Text(ky="Окуунун аталышы", ru="Название обучения", en="Title of the training").printed()
_PLACE = Text(ky="Өткөн жери", ru="Место проведения", en="Venue").printed()
_NAME = "Үсөнбекова Айгүл Өмүрбековна", "Aigul Usonbekova"
_LONG_NAME = "Абдыкадырова-Өмүрбековская Үсөнбүбү Турдумамбет кызы", "Usonbubu Abdykadyrova-Omurbekovskaya"


@dataclass(frozen=True)
class Sample:
    """What a specimen is to show; without a template, the one that holds for the course and project."""

    project: Project | None = None
    course: Course | None = None
    template: CertificateTemplate | None = None
    kind: CertificateKind = CertificateKind.COMPLETION
    has_long_name: bool = False


def specimen(sample: Sample, *, today: date) -> dict[str, Any]:
    """Return what a specimen prints: the texts around the newest training that they would be printed for."""
    name, latin = _LONG_NAME if sample.has_long_name else _NAME
    holder = Holder(
        number=_NO_NUMBER,
        code=_CODE,
        kind=sample.kind.value,
        name=name,
        latin_name=latin,
        issued_on=today,
        verify_url=links.address("/verify"),
        verify_address=links.address("/verify").partition("://")[2],
    )
    return documents.certificate(_delivery(sample, today), holder).as_dict()


def _delivery(sample: Sample, today: date) -> Delivery:
    newest = _find_newest(sample)
    delivery = facts.delivery(newest) if newest else _invented(sample, today)
    course = sample.course or (newest.course if newest else None)
    template = sample.template or certificate_queries.find_for(course, sample.project)
    return replace(delivery, **facts.of_project(sample.project or (newest.project if newest else None), template))


def _find_newest(sample: Sample) -> Training | None:
    newest = select(Training).options(joinedload(Training.venue))
    if sample.project is not None:
        newest = newest.where(Training.project_id == sample.project.id)
    if sample.course is not None:
        newest = newest.where(Training.course_id == sample.course.id)
    if sample.project is None and sample.course is None:
        return None
    return db.session.scalars(newest.order_by(Training.starts_on.desc(), Training.id.desc()).limit(1)).first()


def _invented(sample: Sample, today: date) -> Delivery:
    course = sample.course
    title = course.title.printed() if course else _TITLE
    return Delivery(
        title=title,
        starts_on=today,
        ends_on=today + timedelta(days=1),
        hours=Decimal(course.hours if course else 12),
        place=_PLACE,
        **facts.of_project(sample.project),
    )
