"""The look of the demo's certificates: an obviously invented logo, and a disclaimer."""

from datetime import datetime

from portal.access.policy import Operator
from portal.catalog.models import Project
from portal.certificates import queries as certificate_queries
from portal.certificates.rules import PlannedTemplate
from portal.demo import telling
from portal.designs import operations as design_operations
from portal.designs import queries as design_queries
from portal.platform.texts import Text

_LETTERS = (
    "M46 10V30M46 10h5q8 0 8 10t-8 10h-5",  # D
    "M66 10V30M66 10h11M66 20h9M66 30h11",  # E
    "M83 30V10l8 11 8-11V30",  # M
    "M113 10q8 0 8 10t-8 10q-8 0-8-10t8-10",  # O
)
_ALT = Text(
    ky="Демо: ойдон чыгарылган белги", ru="Демонстрация: вымышленный знак", en="Demonstration: an invented mark"
)
_DISCLAIMER = Text(
    ky="Демонстрация: адамдар, уюмдардын белгилери жана колдор ойдон чыгарылган.",
    ru="Демонстрация: люди, знаки организаций и подписи вымышлены.",
    en="Demonstration: people, marks of organizations and signatures are invented.",
)


def design(project: Project, *, now: datetime) -> None:
    """Give a project its mark and its template, unless it has them."""
    if certificate_queries.list_logos(project) or design_queries.list_of_project(project):
        return
    design_operations.add(
        project, telling.made(design_operations.judge, wordmark(), _ALT), _ALT, actor=Operator(), now=now
    )
    planned = PlannedTemplate(texts={"disclaimer": _DISCLAIMER})
    design_operations.create(planned, None, project, actor=Operator(), now=now)


def wordmark() -> bytes:
    """Return the mark: an open book in a circle, and four letters drawn with a pen."""
    book = '<path d="M20 14q-5-4-11-3v15q6-1 11 3q5-4 11-3V11q-6-1-11 3zM20 14v15" stroke-width="1.8"/>'
    pen = '<g fill="none" stroke="#16324f" stroke-linecap="round" stroke-linejoin="round">{}</g>'
    letters = "".join(f'<path d="{one}" stroke-width="3.4"/>' for one in _LETTERS)
    circle = '<circle cx="20" cy="20" r="18.5" stroke-width="2.4"/>'
    drawn = pen.format(circle + book + letters)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 124 40">{drawn}</svg>'.encode()
