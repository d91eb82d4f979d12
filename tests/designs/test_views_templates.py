"""The form of a template with its preview, and the row of logos, as an administrator uses them."""

import io

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.accounts.models import Account
from portal.audit.models import AuditEntry
from portal.catalog.models import Project
from portal.certificates import queries as certificate_queries
from portal.certificates.models import CertificateLogo, CertificateTemplate
from portal.platform import storage
from portal.printing.batch import kept
from tests import factories, pdfs
from tests.browser import Browser

SAVE, SHOW = "Save", "Show the preview"
INJECTED = '{{7*7}}<b>{% include "x" %}</text><script>alert(1)</script>'


@pytest.fixture
def project(session: scoped_session) -> Project:
    """Return a project with a training, whose certificates are designed."""
    return factories.make_training(title_en="Investigating").project


def picture(content: bytes, name: str = "logo.png") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), "#16324f").save(buffer, "PNG")
    return buffer.getvalue()


SPECIMENS = {
    "Certificate of completion (PDF)": "о прохождении обучения",
    "Certificate of attendance (PDF)": "об участии в обучении",
    "Certificate of a facilitator (PDF)": "о проведении обучения",
}


def test_template_is_made_seen_changed_and_removed(browser: Browser, project: Project, admin: Account) -> None:
    form = browser.sign_in(admin).get(f"/certificate-templates/new?project_id={project.id}").form(SAVE)
    assert form.fields["project_id"] == [str(project.id)]
    nowhere = form.fill(project_id="", line_en="x" * 119).submit(SAVE, status=422)
    assert "Choose a course, a project, or both." in nowhere.refusal()
    assert nowhere.form(SAVE).fields["line_en"] == ["x" * 119]  # What was typed is kept, beside what is wrong with it.
    page = nowhere.form(SAVE).fill(project_id=str(project.id), line_en=INJECTED, signatories="3").submit(SAVE)
    assert page.h1 == project.code and INJECTED in page.text

    twice = (
        browser.get("/certificate-templates/new").form(SAVE).fill(project_id=str(project.id)).submit(SAVE, status=422)
    )
    assert "There is a template for this course and project already" in twice.refusal()
    assert project.code in browser.get("/certificate-templates").text
    specimens = {name: pdfs.text_of(browser.download(page.links[name]).body, "-raw") for name in SPECIMENS}
    for name, words in SPECIMENS.items():
        assert INJECTED in specimens[name] and words in specimens[name], name
    left = browser.get(page.url).form("Remove the template").submit()
    assert (left.url, "stay as they are" in left.text) == ("/certificate-templates", True)


def test_two_editors_see_both_texts(
    browser: Browser, session: scoped_session, project: Project, admin: Account
) -> None:
    template = factories.make_template(project=project)
    mine = browser.sign_in(admin).get(f"/certificate-templates/{template.id}/edit").form(SAVE)
    browser.get(f"/certificate-templates/{template.id}/edit").form(SAVE).fill(line_ru="Чужая строка").submit(SAVE)
    late = mine.fill(line_ru="Моя строка").submit(SAVE, status=409)
    assert "Чужая строка" in late.text and late.form(SAVE).fields["line_ru"] == ["Моя строка"]
    late.form(SAVE).submit(SAVE)
    session.expire_all()
    assert template.line_ru == "Моя строка"


def test_preview_is_the_page_that_the_texts_make_and_saves_nothing(
    browser: Browser, session: scoped_session, project: Project, admin: Account, renderer: object
) -> None:
    logo = factories.make_logo(project)
    form = browser.sign_in(admin).get(f"/certificate-templates/new?project_id={project.id}").form(SAVE)
    typed = {**form.fields, "line_en": INJECTED, "completion_en": "of the whole course", "sample_kind": "completion"}
    part = browser.part("/certificate-templates/preview", typed, method="POST")
    for words in (INJECTED, "of the whole course", "Investigating", "Үсөнбекова Айгүл", "– – – –"):
        assert words in part.text
    assert "<script>" not in part.html and f"/projects/{project.id}/logos/{logo.id}/picture" in part.html
    child = kept.process_id
    part = browser.part(
        "/certificate-templates/preview", {**typed, "sample_kind": "facilitator", "sample_name": "1"}, method="POST"
    )
    assert "of conducting the training" in part.text and "of the whole course" not in part.text
    assert kept.process_id == child is not None  # It waits for the next one.

    unfit = browser.part("/certificate-templates/preview", {**typed, "line_en": "W" * 110}, method="POST")
    assert "too long for its place on paper" in unfit.text and 'class="paper"' not in unfit.html
    # Without scripts, the button shows the same in the form, with what was typed.
    page = browser.post("/certificate-templates/preview", typed)
    assert "Investigating" in page.text and page.form(SAVE).fields["line_en"] == [INJECTED]
    assert session.scalars(select(CertificateTemplate)).all() == []
    kept.close()
    assert kept.process_id is None


def test_logos_are_added_moved_and_taken_out(
    browser: Browser, session: scoped_session, project: Project, admin: Account
) -> None:
    address = f"/projects/{project.id}/logos"
    page = browser.sign_in(admin).get(address)
    alts = {"alt_ky": "Институт", "alt_ru": "Институт", "alt_en": "Institute"}
    refused = page.form("Add the logo").fill(alt_en="Institute", picture=picture(png())).submit(status=422)
    assert refused.refusal().count("Say in each language whose logo it is.") == 2
    for content, words in (
        (b"MZ not a picture", "neither PNG, JPEG nor SVG"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script/></svg>', "<script>"),
        (b"", "Choose the picture"),
    ):
        form = browser.get(address).form("Add the logo").fill(alts | {"picture": picture(content)})
        refused = form.submit(status=422)
        assert words in refused.refusal()
        assert refused.form("Add the logo").fields["alt_en"] == ["Institute"]
    assert session.scalars(select(CertificateLogo)).all() == []

    browser.get(address).form("Add the logo").fill(alts | {"picture": picture(png(), "../../x.svg")}).submit()
    page = browser.get(address).form("Add the logo").fill({**alts, "alt_en": "Bureau", "picture": picture(png())})
    page = page.submit()
    first, second = certificate_queries.list_logos(project)
    page.form("To the left: Bureau").submit()
    session.expire_all()
    assert certificate_queries.list_logos(project) == [second, first]
    stale = page.form("Take out: Bureau").submit(status=409)  # That page showed it at its old place.
    assert "Somebody else has changed the row meanwhile." in stale.refusal()
    browser.get(address).form("Take out: Bureau").submit()
    session.expire_all()
    [left] = certificate_queries.list_logos(project)
    assert (left.alt_en, left.order) == ("Institute", 1)
    file = browser.send("GET", f"{address}/{left.id}/picture")
    assert (file.body, file.response.mimetype) == (storage.open_bytes(left.document), "image/png")
    assert "attachment" in file.headers["Content-Disposition"]
    events = session.scalars(select(AuditEntry.event).where(AuditEntry.subject == f"project {project.code}")).all()
    assert events == ["certificates.logo_added"] * 2 + ["certificates.logo_moved", "certificates.logo_removed"]


def test_auditor_reads_and_nobody_else_designs(
    browser: Browser, project: Project, auditor: Account, aida: Account
) -> None:
    template, logo = factories.make_template(project=project), factories.make_logo(project)
    browser.sign_in(auditor)
    assert not browser.get(f"/projects/{project.id}/logos").has_form("Add the logo")
    assert not browser.get(f"/certificate-templates/{template.id}").has_form("Remove the template")
    for url in (f"/certificate-templates/{template.id}/remove", f"/projects/{project.id}/logos/{logo.id}/remove"):
        browser.post(url, status=403)
    other = factories.make_project()
    assert browser.send("GET", f"/projects/{other.id}/logos/{logo.id}/picture").status == 404
    browser.sign_in(aida).get("/certificate-templates", status=403)
