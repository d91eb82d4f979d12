"""The fixtures themselves: a database of its own for each test, pages that are checked, reads that only read."""

from xml.etree.ElementTree import Element

import lxml.html
import pytest
from flask import Blueprint, Flask
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from portal.access.guard import public
from portal.accounts.models import Account
from portal.people.models import Institution, Region
from portal.platform.db import db
from portal.registration.models import Registration
from tests import applications, factories, pagecheck
from tests.browser import Browser


@pytest.mark.parametrize("_round", [1, 2])
def test_database_is_fresh(app: Flask, aida: Account, cholpon: Registration, _round: int) -> None:
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 1
    assert db.session.scalar(select(func.count()).select_from(Region)) == 9
    assert db.session.scalar(select(func.count()).select_from(Institution)) > 5


def test_database_is_the_one_asked_for(app: Flask, database: str) -> None:
    assert db.engine.dialect.name == database


def test_factories_make_valid_rows(app: Flask) -> None:
    registration = factories.make_registration(state="confirmed")
    factories.make_attendance(registration)
    certificate = factories.make_certificate(registration)
    factories.make_certificate(state="pending")
    factories.make_allotment(registration.training, 5, institution=factories.get_institution())
    factories.make_nomination_list(registration.training, rows=3)
    factories.make_participant_link(registration)
    db.session.commit()
    assert certificate.scope.region == "KG-GO"


def test_browser_reads_what_the_test_arranged(app: Flask, browser: Browser, admin: Account) -> None:
    browser.sign_in(admin)
    page = browser.get("/no-such-page", status=404)
    assert page.h1 == "Page not found"
    assert "Error 404" in page.text


@pytest.mark.databases("sqlite")
def test_both_parsers_read_the_same_on_a_page(browser: Browser, admin: Account) -> None:
    for address in ("/verify", "/trainings/new"):
        html = browser.sign_in(admin).get(address).html
        quick, strict = lxml.html.document_fromstring(html), pagecheck.parse_strictly(html)
        assert outline(quick) == outline(strict)
        assert pagecheck.text(quick) == pagecheck.text(strict)


def outline(root: Element) -> list[tuple[str, set[str]]]:
    """Return the tags of a page in their order, each with the names of its attributes, both as they are compared."""
    found = [element for element in root.iter() if isinstance(element.tag, str)]
    return [(one.tag.rpartition("}")[2], {name.lower() for name in one.attrib}) for one in found]


@pytest.mark.parametrize(
    "fault", ["<p><div></div></p>", '<span class="a" class="b"></span>', "<form><form></form></form>", "a < b &amp"]
)
def test_what_no_page_had_before_is_read_strictly(fault: str) -> None:
    page = f"<!doctype html><html><head><title>x</title></head><body><article>{fault}</article></body></html>"
    with pytest.raises(pagecheck.PageFault, match="Not valid HTML5 near line 1"):
        pagecheck.parse(page)


@pytest.mark.databases("sqlite")
def test_get_that_changes_a_row_fails_the_test(settings: object) -> None:
    app = applications.make(settings)  # type: ignore[arg-type]
    bp = Blueprint("dirty", __name__)

    @bp.get("/dirty")
    @public
    def dirty() -> str:
        db.session.get(Region, "KG-GO").name_en = "changed"  # type: ignore[union-attr]
        return "read"

    app.register_blueprint(bp)
    with pytest.raises(AssertionError, match="A GET only reads"):
        Browser(app).send("GET", "/dirty")


def test_get_that_writes_is_refused_by_the_database(settings: object) -> None:
    app = applications.make(settings)  # type: ignore[arg-type]
    bp = Blueprint("writing", __name__)

    @bp.get("/writing")
    @public
    def writing() -> str:
        with pytest.raises(DBAPIError) as refusal:
            db.session.execute(Region.__table__.update().values(name_en="changed"))
        return str(refusal.value.orig)

    app.register_blueprint(bp)
    assert "read" in Browser(app).send("GET", "/writing").text
