"""The pages of courses, projects, donors and venues, as an administrator, a coordinator and an auditor use them."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.accounts.models import Account
from portal.catalog.models import Course, Donor, Project, Venue
from tests import factories
from tests.browser import Browser

SAVE = "Save"
LONG = "Министерство внутренних дел и Генеральная прокуратура Кыргызской Республики " * 5


def test_project_is_made_with_all_that_its_certificate_prints(
    browser: Browser, session: scoped_session, admin: Account
) -> None:
    donor = factories.make_donor("BUREAU", name_en="Bureau")
    form = browser.sign_in(admin).get("/projects/new").form(SAVE)
    typed = {
        "code": "TIP-KG",
        "title_ru": "Против торговли людьми",
        "donors": str(donor.id),
        "certificate_series": "TIP",
        "organizers_ru": "МВД\nи ГП",
        "acknowledgement_en": "With the support of the Bureau",
        "signatories-0-name": "А. Асанов",
        "signatories-0-post_ru": "Директор",
        "signatories-2-post_en": "Head of office",
    }
    page = form.fill(typed).submit(SAVE)
    project = session.scalars(select(Project)).one()
    assert page.url == f"/projects/{project.id}"
    assert (project.organizers_ru, [one.code for one in project.donors]) == ("МВД и ГП", ["BUREAU"])
    assert [(one.order, one.name_ru, one.post_en) for one in project.signatories] == [
        (1, "А. Асанов", ""),
        (2, "", "Head of office"),
    ]
    assert "empty; this is shown: МВД и ГП" in page.text
    assert browser.get("/projects?q=торговли").text.count("TIP-KG") == 1


def test_text_that_does_not_fit_is_refused_beside_its_field(
    browser: Browser, session: scoped_session, admin: Account
) -> None:
    project = factories.make_project()
    form = browser.sign_in(admin).get(f"/projects/{project.id}/edit").form(SAVE)
    page = form.fill({"organizers_ru": LONG.strip(), "signatories-1-name": "Я" * 80}).submit(SAVE, status=422)
    assert "The text is too long for its place on paper" in page.refusal()
    assert page.form(SAVE).fields["organizers_ru"] == [LONG.strip()]
    session.expire_all()
    assert project.organizers_ru == "Организаторы"


def test_two_editors_see_both_texts(browser: Browser, session: scoped_session, admin: Account) -> None:
    project = factories.make_project(title_ru="Старое")
    address = f"/projects/{project.id}/edit"
    mine = browser.sign_in(admin).get(address).form(SAVE)
    browser.get(address).form(SAVE).fill({"title_ru": "Чужое", "is_vetting_required": "y"}).submit(SAVE)
    page = mine.fill({"title_ru": "Моё"}).submit(SAVE, status=409)
    assert "Чужое" in page.text
    assert page.form(SAVE).fields["title_ru"] == ["Моё"]
    page.form(SAVE).submit(SAVE)
    session.expire_all()
    assert (project.title_ru, project.is_vetting_required) == ("Моё", False)


def test_course_and_donor_are_made_once(browser: Browser, session: scoped_session, admin: Account) -> None:
    browser.sign_in(admin)
    course = browser.get("/courses/new").form(SAVE)
    typed = {"code": "TIP-INV", "title_ru": "Расследование", "hours": "12", "objectives_ru": "Первая\n\nВторая"}
    page = course.fill(typed).submit(SAVE)
    assert "Вторая" in page.text
    taken = browser.get("/courses/new").form(SAVE).fill({**typed, "code": "tip-inv"}).submit(SAVE, status=422)
    assert "The code “tip-inv” is taken." in taken.refusal()
    donor = browser.get("/donors/new").form(SAVE).fill({"code": "EU", "name_en": "European Union"}).submit(SAVE)
    changed = browser.get(donor.url + "/edit").form(SAVE).fill({"name_ru": "ЕС"}).submit(SAVE)
    assert "ЕС" in changed.text
    assert session.scalars(select(Course.hours)).all() == [12]
    assert session.scalars(select(Donor.name_ru).where(Donor.code == "EU")).all() == ["ЕС"]


def test_coordinator_keeps_the_venues_of_her_regions(browser: Browser, session: scoped_session, aida: Account) -> None:
    north = factories.make_venue("KG-N", name_ru="Нарын, зал")
    browser.sign_in(aida)
    form = browser.get("/venues/new").form(SAVE)
    page = form.fill({"region_code": "KG-GO", "name_ru": "Ош, зал", "contact_phone": "0770757797"}).submit(SAVE)
    venue = session.scalars(select(Venue).where(Venue.region_code == "KG-GO")).one()
    assert page.url == f"/venues/{venue.id}"
    listed = browser.get("/venues").text
    assert "Ош, зал" in listed
    assert "Нарын" not in listed
    browser.get(f"/venues/{north.id}", status=404)
    browser.get(f"/venues/{2**40}", status=404)
    form = browser.get("/venues/new").form(SAVE)
    refused = form.fill({"region_code": "KG-N", "name_ru": "Другой"}).submit(SAVE, status=422)
    assert "Choose one of the list." in refused.refusal()
    for address in ("/courses", "/projects", "/donors"):
        browser.get(address, status=403)


def test_auditor_reads_and_changes_nothing(browser: Browser, auditor: Account) -> None:
    project = factories.make_project()
    browser.sign_in(auditor)
    page = browser.get(f"/projects/{project.id}")
    assert "Организаторы" in page.text
    assert "Change the project" not in page.text
    browser.get(f"/projects/{project.id}/edit", status=403)
    assert "Venues" in browser.get("/administration").text


@pytest.mark.parametrize("role", ["donor", "focal_point", "vetting_officer"])
def test_other_roles_see_no_list(browser: Browser, role: str) -> None:
    browser.sign_in(factories.make_account(role))
    for address in ("/courses", "/projects", "/donors", "/venues"):
        browser.get(address, status=403)


def test_long_list_comes_in_pages_and_is_searched_in_any_script(browser: Browser, admin: Account) -> None:
    for number in range(31):
        factories.make_course(f"C-{number:02d}", title_ru=f"Курс {number:02d}", title_ky="Үйрөнүү")
    browser.sign_in(admin)
    assert "C-30" not in browser.get("/courses").text
    assert "C-30" in browser.get("/courses?page=2").text
    assert "C-00" in browser.get("/courses?q=ҮЙРОНУУ").text
    assert "Nothing fits" in browser.get("/courses?q=зззз").text


def test_retired_course_is_offered_for_nothing_new(
    browser: Browser, session: scoped_session, admin: Account, aida: Account
) -> None:
    old = factories.make_course("TIP-OLD", title_en="Old course")
    training = factories.make_training(course=old)
    factories.make_course("TIP-NEW", title_en="New course")
    page = browser.sign_in(admin).get(f"/courses/{old.id}").form("Retire").submit()
    assert "offered nowhere new" in page.text
    assert [row["Its name"] for row in browser.get("/courses?q=course").rows()] == ["New courseTIP-NEW"]
    retired = browser.get("/courses?show=retired&q=old")
    assert [row["Its name"] for row in retired.rows()] == ["Old courseTIP-OLD"]
    browser.sign_in(aida)
    assert "TIP-OLD" not in browser.get("/trainings/new").html
    assert "TIP-OLD" in browser.get(f"/trainings/{training.code}").text
    browser.post(f"/courses/{old.id}/restore", status=403)
    browser.sign_in(admin).get(f"/courses/{old.id}").form("Offer it again").submit()
    assert "TIP-OLD" in browser.sign_in(aida).get("/trainings/new").html


def test_training_keeps_its_retired_venue_and_takes_no_other_one(
    browser: Browser, session: scoped_session, aida: Account, bakyt: Account
) -> None:
    mine, other = factories.make_venue(name_en="Mine"), factories.make_venue(name_en="Other", name_ru="Другой")
    training = factories.make_training(venue=mine)
    browser.sign_in(aida)
    for venue in (mine, other):
        browser.get(f"/venues/{venue.id}").form("Retire").submit()
    form = browser.get(f"/trainings/{training.code}/edit").form("Save the plan")
    assert "Other" not in browser.get(f"/trainings/{training.code}/edit").html
    form.fill(capacity="50").submit()
    session.expire_all()
    assert (training.venue_id, training.capacity) == (mine.id, 50)
    assert "Mine" not in browser.get("/trainings/new").html
    browser.sign_in(bakyt).post(f"/venues/{mine.id}/restore", status=404)
    session.expire_all()
    assert mine.retired_at is not None
