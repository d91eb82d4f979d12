"""A project's specimen, and what a change of project, course or venue does to what was issued: nothing."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.catalog.kinds import COURSES, PROJECTS, VENUES
from portal.catalog.rules import PlannedSignatory
from portal.certificates import facts
from portal.certificates.models import Certificate, CertificateCounter
from portal.platform import storage
from portal.platform.texts import Text
from portal.records import operations as records
from tests import factories, pdfs
from tests.browser import Browser


def test_specimen_is_marked_and_takes_no_number(browser: Browser, session: scoped_session, admin: Account) -> None:
    training = factories.make_training(title_en="Investigating")
    answer = browser.sign_in(admin).send("GET", f"/projects/{training.project_id}/specimen.pdf")
    assert (answer.status, answer.response.mimetype) == (200, "application/pdf")
    text = pdfs.text_of(answer.body, "-raw")  # The mark stands askew: only the raw order keeps its letters together.
    for words in ("SPECIMEN", "ОБРАЗЕЦ", "ҮЛГҮ", "Investigating", "Organizers", "А. Асанов"):
        assert words in text
    assert session.scalars(select(Certificate)).all() == []
    assert session.scalars(select(CertificateCounter)).all() == []


def test_project_without_trainings_has_a_specimen_too(browser: Browser, auditor: Account) -> None:
    project = factories.make_project()
    answer = browser.sign_in(auditor).send("GET", f"/projects/{project.id}/specimen.pdf")
    assert "Title of the training" in pdfs.text_of(answer.body)


@pytest.mark.databases("sqlite", "postgresql")
def test_change_touches_nothing_that_was_issued(session: scoped_session, now: datetime) -> None:
    certificate = factories.make_certificate()
    training = certificate.registration.training
    printed, content = dict(certificate.facts), storage.open_bytes(certificate.document)
    acting = {"actor": Operator(), "now": now}
    planned = {
        "title": Text(ru="Новый"),
        "certificate_series": "NEW",
        "organizers": Text(ru="Другие"),
        "acknowledgement": Text(en="Others"),
        "signatories": [PlannedSignatory("Б. Другой", Text(ru="Другой"))],
    }
    records.change(PROJECTS, training.project, planned, version=training.project.version, **acting)
    course = {"title": Text(ru="Другой курс"), "hours": 99}
    records.change(COURSES, training.course, course, version=training.course.version, **acting)
    venue = {"name": Text(ru="Другое место")}
    records.change(VENUES, training.venue, venue, version=training.venue.version, **acting)

    session.expire_all()
    assert certificate.facts == printed
    assert storage.open_bytes(certificate.document) == content
    assert (certificate.series, training.title_ru, training.hours) == ("TIP", "Расследование торговли людьми: Ош", 24)
    assert facts.delivery(training).organizers[0].ru.text == "Другие"  # The next one prints the new texts.


def test_organizers_in_one_language_are_printed_on_every_side(session: scoped_session) -> None:
    project = factories.make_project(organizers_ru="", organizers_en="", organizers_ky="Министрлик")
    assert facts.of_project(project)["organizers"][0].en.text == "Министрлик"
