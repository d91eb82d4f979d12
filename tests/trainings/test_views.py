"""The form that plans a training, as a coordinator fills it in."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import scoped_session

from portal.accounts.models import Account
from portal.catalog.models import Course
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.pagecheck import find_all
from tests.pages import Form, Page

SAVE = "Save the training"


def new_form(browser: Browser) -> Form:
    return browser.get("/trainings/new").form(SAVE)


def fill(form: Form, **values: object) -> Form:
    """Fill in a new course in Osh city on two days of March 2027."""
    given = {
        "course_code": "TIP-INV",
        "title_ru": "Расследование",
        "region_code": "KG-GO",
        "venue_name_ru": "Ош, зал",
        "starts_on": "2027-03-09",
        "ends_on": "2027-03-10",
        "capacity": "60",
        "minimum_attendance": "80",
    }
    return form.fill({**given, **values})


def proposed(browser: Browser, **values: object) -> Page:
    """Send the form without sessions; it comes back with those that are proposed."""
    return fill(new_form(browser), **values).submit(SAVE, status=422)


def count(session: scoped_session) -> int:
    return session.scalar(select(func.count()).select_from(Training)) or 0


def test_training_is_planned_in_two_steps(browser: Browser, session: scoped_session, aida: Account) -> None:
    page = proposed(browser.sign_in(aida))
    assert count(session) == 0
    form = page.form(SAVE)
    assert form.fields["sessions-0-starts_at"] == ["09:30"]
    assert form.fields["sessions-3-local_date"] == ["2027-03-10"]
    assert form.fields["sessions-1-title_en"] == ["Session 2"]

    shown = form.submit(SAVE)

    assert shown.url == "/trainings/OSH-2027-01"
    assert any("OSH-2027-01 is planned" in words for words in shown.notices())
    training = session.scalars(select(Training)).one()
    assert (training.state, training.hours, training.capacity, len(training.sessions)) == ("approved", 12, 60, 4)
    assert (training.course.code, training.course.title_ru) == ("TIP-INV", "Расследование")
    assert training.venue.name_ru == "Ош, зал"


def test_known_course_gives_title_and_hours(browser: Browser, session: scoped_session, aida: Account) -> None:
    course = factories.make_course("TIP-INV", title_ru="Курс", hours=30)
    venue = factories.make_venue("KG-GO", name_ru="Зал")
    page = proposed(
        browser.sign_in(aida),
        course_id=str(course.id),
        course_code="",
        title_ru="",
        venue_id=str(venue.id),
        venue_name_ru="",
    )
    page.form(SAVE).submit(SAVE)
    training = session.scalars(select(Training)).one()
    assert (training.title_ru, training.hours, training.venue_id) == ("Курс", 30, venue.id)


def test_same_form_twice_plans_one_training(browser: Browser, session: scoped_session, aida: Account) -> None:
    form = proposed(browser.sign_in(aida)).form(SAVE)
    assert form.submit(SAVE).url == form.submit(SAVE).url == "/trainings/OSH-2027-01"
    assert count(session) == 1


def test_rows_are_added_and_removed_without_script(browser: Browser, session: scoped_session, aida: Account) -> None:
    page = fill(new_form(browser.sign_in(aida))).submit("Add a session")
    page = (
        page.form(SAVE).fill({"sessions-0-title_ru": "Первое", "sessions-0-starts_at": "junk"}).submit("Add a session")
    )
    form = page.form(SAVE).fill({"sessions-1-title_ru": "Второе"})
    assert form.fields["sessions-0-starts_at"] == ["junk"]
    page = form.submit("Remove session 1")
    form = page.form(SAVE)
    assert form.fields["sessions-0-title_ru"] == ["Второе"]
    assert "sessions-1-title_ru" not in form.names
    assert form.fields["capacity"] == ["60"]
    page = form.submit("Keep seats for an institution or region")
    page = page.form(SAVE).fill({"allotments-0-seats": "5"}).submit("Remove kept seats 1")
    assert "allotments-0-seats" not in page.form(SAVE).names
    assert count(session) == 0


def test_part_is_sent_to_a_request_for_a_part(browser: Browser, aida: Account) -> None:
    part = fill(new_form(browser.sign_in(aida))).submit_part("Propose two sessions for each day without one")
    assert part.ids[0] == "trainings-form"
    assert "sessions-3-title_ru" in part.form(SAVE).names


def test_seats_are_kept_for_an_institution(browser: Browser, session: scoped_session, aida: Account) -> None:
    office = factories.get_institution("GPO")
    page = proposed(browser.sign_in(aida)).form(SAVE).submit("Keep seats for an institution or region")
    page.form(SAVE).fill({"allotments-0-institution_id": str(office.id), "allotments-0-seats": "40"}).submit(SAVE)
    training = session.scalars(select(Training)).one()
    assert [(one.institution_id, one.seats) for one in training.allotments] == [(office.id, 40)]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"ends_on": "2027-03-08"}, "The last day is before the first one."),
        ({"starts_on": "2026-13-40"}, "Give a day, such as 09.03.2027."),
        ({"capacity": "0"}, "Give at least one seat."),
        ({"capacity": "many"}, "Give a whole number."),
        ({"capacity": "99999999999999999999"}, "Give at most 10000 seats."),
        ({"minimum_attendance": "101"}, "The minimum attendance is a percentage"),
        ({"hours": "0"}, "Give the hours as a number from 1"),
        ({"title_ru": ""}, "Give the title in at least one language."),
        ({"title_ru": "x" * 301}, "at most 300 characters"),
        ({"title_ru": "Ош\u202eшО"}, "invisible character (U+202E)"),
        ({"course_code": ""}, "Choose a course, or give the new one a code."),
        ({"course_code": "x" * 21}, "at most 20 visible characters"),
        ({"course_code": "Taken"}, "There is a course “Taken” already."),
        ({"venue_name_ru": ""}, "Choose a venue, or name the new one"),
        ({"venue_name_ru": "x" * 201}, "at most 200 characters"),
        ({"region_code": ""}, "Choose the region."),
        ({"sessions-1-ends_at": "13:00"}, "The session ends before it begins."),
        ({"sessions-1-starts_at": "12:00"}, "The session overlaps session 1."),
        ({"sessions-0-local_date": "2027-03-11"}, "from 2027-03-09 to 2027-03-10"),
        ({"sessions-0-starts_at": "25:00"}, "Give a time, such as 09:30."),
        ({"sessions-0-title_ky": "", "sessions-0-title_ru": "", "sessions-0-title_en": ""}, "Give the session a title"),
    ],
)
def test_wrong_input_is_refused_beside_its_field(
    browser: Browser, session: scoped_session, aida: Account, values: dict[str, str], words: str
) -> None:
    factories.make_course("TAKEN")
    page = proposed(browser.sign_in(aida)).form(SAVE).fill(values).submit(SAVE, status=422)
    assert words in page.refusal()
    form = page.form(SAVE)
    for name, value in values.items():
        assert form.fields[name] == [value]
    assert count(session) == 0
    assert session.scalar(select(func.count()).select_from(Course)) == 1


def test_markup_in_a_title_stays_text(browser: Browser, session: scoped_session, aida: Account) -> None:
    page = proposed(browser.sign_in(aida), title_ru="<b>{{7*7}}</b>").form(SAVE).submit(SAVE)
    assert "<b>{{7*7}}</b>" in page.browser.get("/trainings").text
    assert session.scalars(select(Training.title_ru)).one() == "<b>{{7*7}}</b>"


def test_regions_are_those_of_the_coordinator(browser: Browser, session: scoped_session, bakyt: Account) -> None:
    form = new_form(browser.sign_in(bakyt))
    options = [option.get("value") for option in form.element.iter("option")]
    assert "KG-N" in options
    page = browser.get("/trainings/new")
    assert 'value="KG-GO"' not in page.html.split('name="venue_id"')[0]
    refused = fill(form, region_code="KG-GO").submit(SAVE, status=422)
    assert refused.form(SAVE)
    assert count(session) == 0


def test_venue_of_another_region_is_refused(browser: Browser, session: scoped_session, aida: Account) -> None:
    venue = factories.make_venue("KG-B")
    page = proposed(browser.sign_in(aida), venue_id=str(venue.id), venue_name_ru="").form(SAVE).submit(SAVE, status=422)
    assert "The venue is in another region." in page.refusal()


@pytest.mark.parametrize("role", ["auditor", "donor", "focal_point", "vetting_officer"])
def test_other_roles_plan_nothing(browser: Browser, session: scoped_session, role: str) -> None:
    browser.sign_in(factories.make_account(role))
    browser.get("/trainings/new", status=403)
    browser.post("/trainings", {"title_ru": "Расследование"}, status=403)
    assert count(session) == 0


def test_stranger_is_led_to_the_sign_in_page(browser: Browser) -> None:
    assert browser.get("/trainings/new").url == "/sign-in?next=/trainings/new"


def test_more_is_said_about_a_training_and_shown(browser: Browser, session: scoped_session, aida: Account) -> None:
    host = factories.get_institution("GPO")
    page = proposed(browser.sign_in(aida)).form(SAVE)
    more = {
        "objectives_ru": "Первая\n\nВторая",
        "profile_en": "Investigators",
        "hosts": str(host.id),
        "working_language": "ky-ru",
        "has_interpreter": "y",
        "is_assessment_required": "y",
        "minimum_grade": "70",
        "people_planned": "55",
        "nominations_due_days": "21",
        "comments": "Зал с 8:00",
    }
    shown = page.fill(more).submit(SAVE)
    training = session.scalars(select(Training)).one()
    assert (training.objectives_ru, training.profile_en) == ("Первая\n\nВторая", "Investigators")
    assert (training.minimum_grade, training.people_planned, training.is_assessment_required) == (70, 55, True)
    assert (training.nominations_due_days, training.names_due_days) == (21, 7)
    for words in ("Kyrgyz and Russian, with an interpreter", "after the training, at least 70 %", "16 February 2027"):
        assert words in shown.text
    page = browser.get("/trainings/OSH-2027-01/edit").form("Save the plan")
    assert page.fields["hosts"] == [str(host.id)]
    assert page.fields["contact_id"] == [str(aida.id)]  # Whoever plans it, unless somebody else is chosen.
    page.fill({"comments": "", "contact_id": ""}).submit("Save the plan")
    session.expire_all()
    assert (training.comments, [one.code for one in training.hosts]) == ("", ["GPO"])
    assert training.contact_id is None


def test_only_coordinators_of_the_region_who_sign_in_are_offered_as_contacts(
    browser: Browser, session: scoped_session, aida: Account, bakyt: Account
) -> None:
    factories.make_account(name="Приглашена", password_hash="")
    colleague = factories.make_account(name="Коллега")
    training = factories.make_training()
    page = browser.sign_in(aida).get(f"/trainings/{training.code}/edit")
    [choice] = [one for one in find_all(page.root, "select") if one.get("name") == "contact_id"]
    offered = {option.get("value") for option in find_all(choice, "option")}
    assert offered == {"", str(aida.id), str(colleague.id)}
    page.form("Save the plan").fill({"contact_id": str(bakyt.id)}).submit("Save the plan", status=422)
    session.expire_all()
    assert training.contact_id is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"minimum_grade": "101"}, "The minimum grade is a percentage"),
        ({"people_planned": "many"}, "Give a whole number."),
        ({"names_due_days": "30"}, "The list of names is final before"),
        ({"title_ru": "Расследование торговли людьми " * 9}, "The text is too long for its place on paper"),
        ({"venue_name_ru": "Учебный центр Министерства внутренних дел " * 4}, "The text is too long for its place"),
    ],
)
def test_wrong_detail_is_refused_beside_its_field(
    browser: Browser, session: scoped_session, aida: Account, values: dict[str, str], words: str
) -> None:
    page = proposed(browser.sign_in(aida)).form(SAVE).fill(values).submit(SAVE, status=422)
    assert words in page.refusal()
    assert count(session) == 0


def test_draft_goes_step_by_step_to_approved(browser: Browser, session: scoped_session, aida: Account) -> None:
    page = proposed(browser.sign_in(aida)).form(SAVE).submit("Save as a draft")
    for button in ("Send for approval", "Back to draft", "Send for approval", "Note the approval"):
        page = page.form(button).submit(button)
    assert "noted on" in page.text
    assert session.scalars(select(Training.state)).one() == "approved"
    assert "Note that it was held" not in page.text
    browser.post("/trainings/OSH-2027-01/state", {"state": "held"}, status=422)
    browser.post("/trainings/OSH-2027-01/state", {"state": "draft"}, status=409)
    browser.post("/trainings/OSH-2027-01/state", {"state": "finished"}, status=422)
    assert session.scalars(select(Training.state)).one() == "approved"


def test_training_is_copied_to_new_days_and_another_region(
    browser: Browser, session: scoped_session, aida: Account
) -> None:
    training = factories.make_training(title_ru="Обучение", title_ky="", title_en="")
    north = factories.make_venue("KG-N")
    page = browser.sign_in(aida).get(f"/trainings/{training.code}").follow("Copy")
    form = page.form("Make the copy")
    assert (form.fields["title_ru"], form.fields["venue_id"]) == (["Обучение"], [str(training.venue_id)])
    assert "Give a day" in form.submit("Make the copy", status=422).refusal()
    form = page.browser.get(page.url).form("Make the copy").fill({"starts_on": "2027-03-09", "region_code": "KG-O"})
    refused = form.submit("Make the copy", status=422)
    assert "The venue is in another region." in refused.refusal()
    form = refused.form("Make the copy").fill({"venue_id": "", "venue_name_ru": "Узген, зал"})
    shown = form.submit("Make the copy")
    assert shown.url == "/trainings/OSO-2027-01"
    assert "after the pattern of" in " ".join(shown.notices())
    assert f'value="{north.id}"' not in page.html
    assert count(session) == 2
