"""Importing a nomination list by page, its bad rows as a file, taking the import back, letting a list go."""

from datetime import datetime

import pytest
from sqlalchemy import func, select

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.list_reader.columns import Column
from portal.nominations import operations as nomination_operations
from portal.nominations.models import NominationRow
from portal.people.models import Person
from portal.platform import sheets
from portal.platform.db import db
from portal.registration import operations as registration_operations
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.calls.sending import index_of, latest, paste, people_on, row_of, upload, upload_from
from tests.nominations.lists import row, truth
from tests.pages import Page

ACTOR = Operator()
TWO = (row(), row(number="2", name="Бекова Айгүл Асановна", phone="0777 11 22 33", email="", institution="ГКНБ"))
BAD = row(number="3", name="Өмүрова Жаңыл", phone="", email="", institution="Министерство магии")


@pytest.fixture
def training(aida: Account) -> Training:
    return factories.make_training(region="KG-GO")


@pytest.fixture
def signed_in(browser: Browser, aida: Account) -> Browser:
    return browser.sign_in(aida)


def registered(training: Training) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Registration.training_id == training.id)) or 0


def people() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Person.id))) or 0


def import_good(page: Page) -> Page:
    (button,) = [
        words
        for words in ("Import 1 good row", *(f"Import {n} good rows" for n in range(2, 99)))
        if page.has_form(words)
    ]
    return page.form(button).submit()


def test_import_nominates_the_good_rows(signed_in: Browser, training: Training) -> None:
    page = paste(signed_in, training, *TWO, BAD)
    assert registered(training) == 0 == people()
    page = import_good(page)
    assert "2 people were nominated 1 row stayed out" in page.notices()[0]
    assert (registered(training), people()) == (2, 2)
    assert not page.has_form("Read the list like this") and "Fix" not in page.links
    names = [each["Name"] for each in page.follow("To the registrations").rows()]
    assert names == ["Асанова Аида Маратовна woman", "Бекова Айгүл Асановна woman"] or len(names) == 2
    earlier = signed_in.get(index_of(training)).row("Pasted list")
    assert (earlier["Nominated"], earlier["Left out"], earlier["State"]) == ("2", "1", "Imported")


@pytest.mark.parametrize("name", ["osh", "issyk-kul", "talas"])
def test_ministrys_list_goes_in_and_out_again(signed_in: Browser, training: Training, name: str) -> None:
    true = truth(name)
    page = import_good(upload_from(signed_in, training, name))
    assert f"{true['unique_people']} people were nominated" in " ".join(page.notices())
    assert (registered(training), people()) == (true["unique_people"], true["unique_people"])
    page = page.form("Undo the whole import").submit()
    assert page.notices()[0] == f"{true['unique_people']} registrations are removed."
    assert (registered(training), people()) == (0, 0)


def test_talas_knows_who_was_in_issyk_kul(signed_in: Browser, admin: Account, training: Training) -> None:
    import_good(upload_from(signed_in, training, "issyk-kul"))
    other = factories.make_training(region="KG-GO")
    page = upload_from(signed_in, other, "talas")
    known = people_on(page.follow(f"Known people {truth('talas')['known_after_issyk_kul']}"))
    shown = " ".join(each["Name"] + each["State"] for each in known)
    assert len(known) == 5 and all(name.split()[1] in shown for name in ("Асанов Тологон", "Байгазиева Айгүл"))
    import_good(page)
    assert people() == truth("issyk-kul")["unique_people"] + truth("talas")["unique_people"] - 5


def test_bad_rows_come_back_as_a_file_that_can_be_fixed_and_sent_again(signed_in: Browser, training: Training) -> None:
    page = upload_from(signed_in, training, "talas")
    address = page.form("Download 3 bad rows").action
    answer = signed_in.take(address)
    assert answer.headers["Content-Disposition"].startswith(f"attachment; filename={training.code}-rows-to-fix-")
    db.session.commit()
    (sent_back,) = sheets.read(answer.body)
    header = next(n for n, cells in enumerate(sent_back.rows) if "Телефон" in cells)
    headings, bad = sent_back.rows[header], sent_back.rows[header + 1 :]
    assert "talas-nominations.xlsx" in sent_back.rows[0][0] and len(bad) == 3
    assert headings[-1] == "What to fix" and headings[1] == "Фамилиясы / Фамилия"
    assert "E-mail: This is not an e-mail address." in bad[0][-1]
    assert "Мекеме / Орган: There is no such institution." in bad[1][-1]
    import_good(page)
    assert signed_in.get(page.url).form("Download 3 bad rows").action == address
    again = upload(signed_in, training, answer.body, "rows-to-fix.xlsx")
    assert len(people_on(again.follow("Cannot be imported 3"))) == 3
    mended = {
        0: {"Фамилиясы / Фамилия": "Асанов", "Телефон": "", "E-mail": ""},
        1: {"Жынысы / Пол": "а", "Мекеме / Орган": "ГКНБ", "Облус / Регион": "г. Ош"},
        2: {"Аты / Имя": "Темир", "Туулган жылы / Год рождения": "1990"},
    }
    for number, cells in mended.items():
        for heading, text in cells.items():
            bad[number][headings.index(heading)] = text
    fixed = import_good(paste(signed_in, training, *bad, header=headings))
    assert "3 people were nominated" in fixed.notices()[0]
    assert registered(training) == truth("talas")["unique_people"] + 3


def test_list_without_a_bad_row_gives_nothing_to_fix(signed_in: Browser, training: Training) -> None:
    page = paste(signed_in, training, *TWO)
    assert "bad row" not in page.text


def test_list_without_a_good_row_offers_no_import(signed_in: Browser, training: Training) -> None:
    page = paste(signed_in, training, BAD)
    assert "No row can be imported yet." in page.text and not page.has_form("Import 1 good row")
    refused = signed_in.post(f"{page.url}/import", status=422)
    assert "Fix at least one, or discard the list." in refused.refusal()


def test_same_import_twice_has_one_effect(signed_in: Browser, training: Training) -> None:
    form = paste(signed_in, training, *TWO).form("Import 2 good rows")
    first, second = form.submit(), form.submit()
    assert first.url == second.url and "2 people were nominated" in second.notices()[0]
    assert registered(training) == 2


def test_two_windows_import_once_and_the_second_is_told(signed_in: Browser, training: Training) -> None:
    page = paste(signed_in, training, *TWO)
    other = signed_in.get(page.url)
    import_good(page)
    refused = other.form("Import 2 good rows").submit(status=409)
    assert "changed this list meanwhile" in refused.refusal() or "does not wait any more" in refused.refusal()
    assert "2 people were nominated" in refused.notices()[0]
    assert registered(training) == 2


def test_stale_list_is_shown_as_it_is_now_and_can_be_decided_again(
    signed_in: Browser, training: Training, now: datetime
) -> None:
    page = paste(signed_in, training, *TWO)
    nomination_operations.mend(
        row_of(training, 3),
        {Column.FULL_NAME: "Асанова Аида Маратовна", Column.PHONE: "0555123456"},
        actor=ACTOR,
        now=now,
    )
    refused = page.form("Import 2 good rows").submit(status=409)
    assert "Somebody has changed this list meanwhile." in refused.refusal()
    assert "1 repeated row counts once." in refused.text
    assert "1 person was nominated" in refused.form("Import 1 good row").submit().notices()[0]
    assert registered(training) == 1


@pytest.mark.parametrize(
    ("act", "words"), [("mapping", "Read the list like this"), ("meaning", "Use it for “Министерство магии”")]
)
def test_act_on_a_list_that_was_imported_meanwhile_says_so(
    signed_in: Browser, training: Training, act: str, words: str
) -> None:
    page = paste(signed_in, training, *TWO, BAD)
    stale = signed_in.get(page.url).form(words)
    if act == "meaning":
        stale.fill(meaning="GPO")
    import_good(page)
    refused = stale.submit(status=409)
    assert "This list does not wait any more" in refused.refusal()
    assert "2 people were nominated" in refused.notices()[0]


def test_undo_keeps_whom_another_training_needs(signed_in: Browser, training: Training) -> None:
    page = import_good(paste(signed_in, training, *TWO))
    import_good(paste(signed_in, factories.make_training(region="KG-GO"), TWO[0]))
    page = page.form("Undo the whole import").submit()
    assert "2 registrations are removed. 1 person stays in the directory" in page.notices()[0]
    assert (registered(training), people()) == (0, 1)
    row_here = page.row("Pasted list")
    assert (row_here["State"], row_here["Nominated"]) == ("Undone", "–")
    assert "its rows are not kept" in page.follow("Pasted list").notices()[0]
    assert (
        db.session.scalar(select(func.count(NominationRow.id)).where(NominationRow.list_id == latest(training).id)) == 0
    )


def test_undo_is_refused_while_somebody_hangs_on_it(signed_in: Browser, training: Training, now: datetime) -> None:
    page = import_good(paste(signed_in, training, *TWO))
    registration = db.session.scalars(select(Registration).where(Registration.training_id == training.id)).first()
    assert registration is not None
    registration_operations.confirm(registration, actor=ACTOR, now=now)
    refused = page.form("Undo the whole import").submit(status=409)
    assert f"{registration.person.family} {registration.person.given}" in refused.refusal()
    assert "cannot be undone any more" in refused.refusal() and registered(training) == 2


def test_undo_is_refused_when_somebody_was_marked(signed_in: Browser, training: Training) -> None:
    page = import_good(paste(signed_in, training, *TWO))
    registration = db.session.scalars(select(Registration).where(Registration.training_id == training.id)).first()
    assert registration is not None
    factories.make_mark(registration, training.sessions[0], "present")
    assert "have attendance or certificates" in page.form("Undo the whole import").submit(status=409).refusal()
    assert registered(training) == 2


def test_undo_twice_has_one_effect_and_the_second_window_is_told(signed_in: Browser, training: Training) -> None:
    page = import_good(paste(signed_in, training, *TWO))
    other = signed_in.get(page.url)
    form = page.form("Undo the whole import")
    assert form.submit().url == form.submit().url == index_of(training)
    refused = other.form("Undo the whole import").submit(status=409)
    assert refused.refusal() and "The import was undone" in " ".join(refused.notices())


def test_discarded_list_is_gone_with_its_rows(signed_in: Browser, training: Training) -> None:
    page = paste(signed_in, training, *TWO)
    other = signed_in.get(page.url)
    index = page.form("Discard the list").submit()
    assert index.url == index_of(training) and "its rows are not kept" in index.notices()[0]
    assert "waits for you" not in index.text
    assert db.session.scalar(select(func.count(NominationRow.id))) == 0
    signed_in.get(page.url, status=404)
    refused = other.form("Import 2 good rows").submit(status=409)
    assert refused.h1 == "Nominations" and "This list does not wait any more" in refused.refusal()
    assert registered(training) == 0


def test_closed_training_takes_no_list(signed_in: Browser, training: Training) -> None:
    page = paste(signed_in, training, *TWO)
    form = signed_in.get(index_of(training)).form("Read the list").fill(pasted="Ф.И.О.\nАсанова Аида")
    training.state = "finalized"
    assert "is finalized" in signed_in.get(index_of(training)).notices()[0]
    assert "is finalized" in form.submit(status=409).notices()[0]
    assert "is finalized" in page.form("Import 2 good rows").submit(status=409).refusal()
    assert registered(training) == 0


def test_other_regions_coordinator_sees_no_list(
    browser: Browser, aida: Account, bakyt: Account, training: Training
) -> None:
    page = paste(browser.sign_in(aida), training, *TWO, BAD)
    browser.sign_in(bakyt)
    for address in ("", "/progress", "/rows/2"):
        assert "Асанова" not in browser.get(page.url + address, status=404).html
    for act in ("mapping", "meaning", "rows/2", "bad-rows", "import", "undo", "discard"):
        browser.post(f"{page.url}/{act}", {"full_name": "x"}, status=404)
    assert latest(training).state == "staged" and registered(training) == 0
