"""Read templates, the one that applies to a training, and a project's logos."""

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager, joinedload

from portal.catalog.models import Course, Project
from portal.certificates.models import CertificateLogo, CertificateTemplate
from portal.platform import paging, texts
from portal.platform.db import db
from portal.platform.paging import Page

PAGE_SIZE = 30


def find_of(course_id: int | None, project_id: int | None) -> CertificateTemplate | None:
    """Return the template of exactly this course and project."""
    model = CertificateTemplate
    query = select(model).where(
        model.course_id.is_(None) if course_id is None else model.course_id == course_id,
        model.project_id.is_(None) if project_id is None else model.project_id == project_id,
    )
    return db.session.scalars(query).one_or_none()


def page_of_templates(*, search: str, number: int) -> Page[CertificateTemplate]:
    """Return one page of the templates in whose project or course every word is found, by project and course."""
    found = _whole()
    for word in texts.fold(search).split():
        found = found.where(
            or_(Project.search_text.contains(word, autoescape=True), Course.search_text.contains(word, autoescape=True))
        )
    return paging.page(found.order_by(Project.code, Course.code, CertificateTemplate.id), number, PAGE_SIZE)


def list_of_project(project: Project) -> list[CertificateTemplate]:
    """Return the templates of a project, that of all its courses first."""
    query = _whole().where(CertificateTemplate.project_id == project.id)
    return sorted(db.session.scalars(query), key=lambda one: one.course.code if one.course else "")


def get_template(template_id: int) -> CertificateTemplate | None:
    """Return one template."""
    return db.session.scalars(_whole().where(CertificateTemplate.id == template_id)).one_or_none()


def get_logo(project_id: int, logo_id: int) -> CertificateLogo | None:
    """Return one logo of a project."""
    query = select(CertificateLogo).options(joinedload(CertificateLogo.document), joinedload(CertificateLogo.project))
    query = query.where(CertificateLogo.id == logo_id, CertificateLogo.project_id == project_id)
    return db.session.scalars(query).one_or_none()


def _whole() -> Any:
    return (
        select(CertificateTemplate)
        .outerjoin(CertificateTemplate.project)
        .outerjoin(CertificateTemplate.course)
        .options(contains_eager(CertificateTemplate.project), contains_eager(CertificateTemplate.course))
    )
