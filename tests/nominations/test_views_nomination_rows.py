"""Fixing one row of a nomination list, with and without script, and saying who of the directory is meant."""

import pytest
from sqlalchemy import select

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.list_reader.columns import Column
from portal.list_reader.decisions import Outcome
from portal.list_reader.nominee import Nominee
from portal.nominations import operations as nomination_operations
from portal.people.models import Person
from portal.platform.db import db
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser, toast
from tests.calls.sending import fix, paste, people_on, person_on, row_of, upload_from
from tests.nominations.lists import row
from tests.pages import Page

ACTOR = Operator()


@pytest.fixture
def training(aida: Account) -> Training:
    return factories.make_training(region="KG-GO")


@pytest.fixture
def signed_in(browser: Browser, aida: Account) -> Browser:
    return browser.sign_in(aida)


def nominee(training: Training, number: int) -> Nominee:
    return Nominee(**row_of(training, number).values)


def save(page: Page) -> str:
    """Return the address to which the form of a row goes."""
    return page.form("Save the row").action


def fix_part(page: Page, number: int, back: str = "") -> Page:
    """Open the form of a row in the table, as htmx does."""
    address = f"{page.url.split('?')[0]}/rows/{number}"
    return page.browser.part(f"{address}?back={back}")


def test_row_is_fixed_without_script_on_a_page_of_its_own(signed_in: Browser, training: Training) -> None:
    page = upload_from(signed_in, training, "talas").follow("Cannot be imported 3")
    page = signed_in.get(page.links["Fix"].replace("/28?", "/26?"))
    assert page.h1 == "Fix row 26"
    assert page.errors()[0].endswith("The family name is missing.")
    assert [text for text in page.errors() if "This is not a phone number." in text]
    page = page.form("Save the row").fill(family="Асанов", phone="123", email="").submit(status=422)
    assert "This row cannot be imported yet." in page.refusal()
    assert page.form("Save the row").fields["phone"] == ["123"] and page.form("Save the row").fields["family"] == [
        "Асанов"
    ]
    assert [text for text in page.errors() if "This is not a phone number." in text]
    assert row_of(training, 26).cells[1] == "" and row_of(training, 26).kind == Outcome.BAD
    page = page.form("Save the row").fill(phone="0555 12 34 57").submit()
    assert page.notices()[0] == "Row 26 is fixed."
    assert "show=bad" in page.url and len(people_on(page)) == 2
    assert (nominee(training, 26).full_name, nominee(training, 26).phone) == ("Асанов Айбек", "+996555123457")


def test_row_is_fixed_in_its_place_and_the_counts_follow(signed_in: Browser, training: Training) -> None:
    page = upload_from(signed_in, training, "talas")
    part = fix_part(page, 26, "bad,1")
    assert part.ids[0] == "nominations-row-form-26" and "is-edited" in part.html
    part = part.form("Save the row").fill(family="<b>", phone="x").submit_part(status=422)
    assert part.ids[0] == "nominations-row-form-26"
    assert "“<” at place 1 cannot be part of a name." in " ".join(part.errors())
    assert part.form("Save the row").fields["family"] == ["<b>"] and 'value="<b>"' not in part.html
    part = part.form("Save the row").fill(family="Асанов", phone="", email="").submit_part()
    assert part.ids[0] == "nominations-row-26" and part.tags()[0] == "New"
    assert {"nominations-standing", "nominations-tabs", "nominations-bar"} <= set(part.ids)
    assert "Cannot be imported 2" in " ".join(part.links) and part.has_form("Import 24 good rows")
    assert toast(part.headers) == "Row 26 is fixed."


def test_fixed_row_that_changes_others_shows_the_whole_list_anew(signed_in: Browser, training: Training) -> None:
    page = paste(
        signed_in, training, row(), row(number="2", name="Асанова Аида", phone="x"), row(number="3", name="Бекова А")
    )
    part = (
        fix_part(page, 3)
        .form("Save the row")
        .fill(full_name="АСАНОВА АИДА МАРАТОВНА", phone="0555123456")
        .submit_part()
    )
    assert part.headers.get("HX-Refresh") == "true" or part.tags()[0] == "Duplicate"
    assert row_of(training, 3).kind == Outcome.DUPLICATE
    assert "The same person as row 2" in person_on(signed_in.get(page.url), "АСАНОВА")["State"]


def test_row_keeps_what_the_file_said_until_something_else_is_chosen(signed_in: Browser, training: Training) -> None:
    page = fix(paste(signed_in, training, row(institution="Генпрокуратур", sex="?")), 2)
    fields = page.form("Save the row").fields
    assert (fields["institution"], fields["sex"], fields["region"]) == (["="], ["="], ["KG-GO"])
    groups = [group.get("label") for group in page.form("Save the row").element.iter("optgroup")]
    assert groups == ["In the file", "Nearest", "All"]
    refused = page.form("Save the row").submit(status=422)
    assert "Nearest: General Prosecutor's Office" in " ".join(refused.errors())
    page.form("Save the row").fill(institution="GPO", sex="F", region="-").submit()
    assert (nominee(training, 2).institution, nominee(training, 2).sex, nominee(training, 2).region) == ("GPO", "F", "")


@pytest.mark.parametrize("sent", [{"institution": "NOBODY"}, {"sex": "X"}, {"full_name": "а" * 501}])
def test_row_takes_only_what_the_form_offers(signed_in: Browser, training: Training, sent: dict[str, str]) -> None:
    page = fix(paste(signed_in, training, row()), 2)
    page = signed_in.post(save(page), {**flat(page), **sent}, status=422)
    assert page.errors() and nominee(training, 2).institution == "SCNS"


def flat(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in page.form("Save the row").fields.items() if values}


def test_stale_row_shows_what_stands_there_and_what_was_typed(
    signed_in: Browser, training: Training, now: object
) -> None:
    page = paste(signed_in, training, row())
    form = fix(page, 2).form("Save the row").fill(full_name="Асанова Аида Маратовна-кызы", post="прокурор")
    nomination_operations.mend(row_of(training, 2), {Column.FULL_NAME: "Бекова Айгүл"}, actor=ACTOR, now=now)
    both = form.submit(status=409)
    assert "Somebody else has changed this row meanwhile." in both.refusal()
    assert "Now stands here: “Бекова Айгүл”" in both.text and "Now stands here: “следователь”" in both.text
    assert both.form("Save the row").fields["full_name"] == ["Асанова Аида Маратовна-кызы"]
    both.form("Save the row").submit()
    assert nominee(training, 2).post == "прокурор"
    assert nominee(training, 2).patronymic == "Маратовна-кызы"


def test_stale_row_in_the_table_shows_both_too(signed_in: Browser, training: Training, now: object) -> None:
    form = fix_part(paste(signed_in, training, row()), 2).form("Save the row").fill(post="прокурор")
    nomination_operations.mend(row_of(training, 2), {Column.POST: "судья"}, actor=ACTOR, now=now)
    both = form.submit_part(status=409)
    assert both.ids[0] == "nominations-row-form-2"
    assert "Now stands here: “судья”" in both.text and both.form("Save the row").fields["post"] == ["прокурор"]


def test_row_of_a_list_that_was_imported_meanwhile(signed_in: Browser, training: Training) -> None:
    page = paste(signed_in, training, row())
    form = fix(page, 2).form("Save the row").fill(post="прокурор")
    page.form("Import 1 good row").submit()
    refused = form.submit(status=409)
    assert "This list does not wait any more" in refused.refusal()
    assert refused.form("Save the row").fields["post"] == ["прокурор"]
    assert "1 person was nominated" in fix(page, 2).notices()[0]
    answer = signed_in.part(f"{page.url}/rows/2", status=409)
    assert toast(answer.headers).startswith("This list does not wait any more")


@pytest.mark.parametrize("number", ["1", "99", "0", "99999999999999999999"])
def test_row_that_names_nobody_or_is_not_there(signed_in: Browser, training: Training, number: str) -> None:
    page = paste(signed_in, training, row())
    signed_in.get(f"{page.url}/rows/{number}", status=404)
    signed_in.post(f"{page.url}/rows/{number}", {"full_name": "x"}, status=404)


def test_same_fix_twice_has_one_effect(signed_in: Browser, training: Training) -> None:
    form = fix(paste(signed_in, training, row()), 2).form("Save the row").fill(post="прокурор")
    first, second = form.submit(), form.submit()
    assert first.url == second.url and nominee(training, 2).post == "прокурор"


def test_namesake_of_the_own_region_is_offered_and_can_be_chosen(signed_in: Browser, training: Training) -> None:
    known = namesake(phone="+996555999999", post="судья", birth_year=None)
    page = paste(signed_in, training, row())
    shown = person_on(page, "Асанова")
    assert "Somebody of this name is known already." in shown["Name"] and shown["State"] == "New Needs checking"
    page = fix(page, 2)
    assert "Асанова Аида Маратовна, State Committee for National Security, судья, Osh city" in page.text
    assert "Another person, not known yet" in page.text
    page = page.form("Save the row").fill(choice=known.reference).submit()
    assert person_on(page, "Асанова")["State"].startswith("Known")
    assert row_of(training, 2).person_id == known.id
    page = fix(page, 2).form("Save the row").fill(choice="").submit()
    assert person_on(page, "Асанова")["State"] == "New" and row_of(training, 2).person_id is None


def test_namesake_outside_the_scope_is_known_and_no_more(signed_in: Browser, training: Training) -> None:
    far = namesake(region_code="KG-N", phone="+996555999999", post="тайная должность")
    page = paste(signed_in, training, row(region="Нарынская область", year=""))
    assert "Somebody of this name is known already." in person_on(page, "Асанова")["Name"]
    form = fix(page, 2)
    assert "тайная" not in form.html and far.reference not in form.html and "999 999" not in form.html
    assert "choice" not in form.form("Save the row").names
    signed_in.post(save(form), {**flat(form), "choice": far.reference})
    assert row_of(training, 2).person_id is None


def test_known_person_outside_the_scope_is_imported_without_being_shown(signed_in: Browser, training: Training) -> None:
    far = namesake(patronymic="Маратқызы", region_code="KG-N", phone="+996555123456", post="тайная должность")
    page = paste(signed_in, training, row(name="Асанова Аида"))
    assert person_on(page, "Асанова")["State"] == "Known"
    assert "тайная" not in page.html and far.reference not in page.html and "Маратқызы" not in page.html
    page.form("Import 1 good row").submit()
    assert (
        db.session.scalars(select(Registration.person_id).where(Registration.training_id == training.id)).one()
        == far.id
    )


def test_known_person_of_the_scope_is_shown_as_the_directory_has_them(signed_in: Browser, training: Training) -> None:
    namesake(phone="+996555123456")
    page = paste(signed_in, training, row(name="АСАНОВА АИДА"))
    assert person_on(page, "АСАНОВА")["State"] == "Known in the directory: Асанова Аида Маратовна"


def namesake(patronymic: str = "Маратовна", **values: object) -> Person:
    """Make somebody who is called as the row says and serves where it says."""
    scns = factories.get_institution("SCNS")
    return factories.make_person("Асанова", "Аида", patronymic, sex="F", institution=scns, **values)
