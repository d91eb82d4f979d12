"""The coordinator's name check."""

import pytest
from sqlalchemy import func, select

from portal.certificates import candidates
from portal.people.models import PersonName
from portal.platform import tokens
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.certificates.arranged import attend, complete, confirm, make_ready, revoke_by_two


@pytest.fixture
def training(session) -> Training:
    return factories.make_training(code="OSH-2026-07")


@pytest.fixture
def coordinator(browser: Browser, aida) -> Browser:
    return browser.sign_in(aida)


def address(registration: Registration) -> str:
    return f"/trainings/{registration.training.code}/names/{registration.reference}"


def printed(registration: Registration) -> candidates.PrintedNames:
    return candidates.printed_names([registration.person_id])[registration.person_id]


def test_index_shows_what_will_be_printed(coordinator: Browser, training: Training) -> None:
    make_ready(training, "Өмүров", "Азамат", latin="Omurov Azamat")
    attend(training, "Асанова", "Чолпон", "Бакытовна")
    factories.make_registration(training=training, state="waitlisted")
    page = coordinator.get("/trainings/OSH-2026-07/names")
    assert page.h1 == "Names"
    assert "1 of 2 names confirmed" in page.text
    checked = page.row("Өмүров Азамат")
    assert (checked["In English"], checked["State"]) == ("Azamat Omurov", "Checked")
    assert page.row("Асанова Чолпон Бакытовна")["In English"] == "as in Cyrillic"
    assert [row["State"] for row in page.follow("Not confirmed 1").rows()] == ["Not checked"]


def test_index_without_anybody_leads_to_the_registrations(coordinator: Browser, training: Training) -> None:
    page = coordinator.get("/trainings/OSH-2026-07/names")
    assert "Nobody is confirmed yet" in page.text
    assert "/trainings/OSH-2026-07/registrations" in page.links.values()


def test_names_are_confirmed_one_by_one(coordinator: Browser, training: Training) -> None:
    somebody = attend(training, "Асанова", "Чолпон", "Бакытовна")
    page = coordinator.get(address(somebody))
    assert page.h1 == "Асанова Чолпон Бакытовна"
    done = (
        page.form("Confirm these names")
        .fill(cyrillic_given="Чолпана", latin_family="Asanova", latin_given="Cholpana")
        .submit()
    )
    assert done.url == "/trainings/OSH-2026-07/names?show=open"
    assert "The names of Асанова Чолпана Бакытовна are confirmed" in done.text
    assert printed(somebody).cyrillic.full_name == "Асанова Чолпана Бакытовна"
    again = coordinator.get(address(somebody)).form("Confirm these names")
    assert (again.fields["cyrillic_given"], again.fields["latin_given"]) == (["Чолпана"], ["Cholpana"])


def test_corrected_name_leads_to_the_certificate_that_prints_the_old_one(
    coordinator: Browser, training: Training
) -> None:
    somebody = make_ready(training, "Асанова", "Чолпон", "Бакытовна", latin="Asanova Cholpon")
    (certificate,) = complete(training)
    certificate_page = f"/trainings/OSH-2026-07/certificates/{certificate.number}"
    same = coordinator.get(address(somebody)).form("Confirm these names").submit()
    assert same.url == "/trainings/OSH-2026-07/names?show=open", "Nothing is to be issued anew."
    shown = coordinator.get(certificate_page).text
    assert "will print: Асанова Чолпон Бакытовна · Cholpon Asanova That is what this one prints too." in shown
    page = coordinator.get(address(somebody)).form("Confirm these names").fill(latin_given="Chinara").submit()
    assert page.url == certificate_page
    assert f"№ {certificate.number} still prints the old name" in page.text
    assert "will print: Асанова Чолпон Бакытовна · Chinara Asanova" in page.text
    assert "prints too" not in page.text
    revoke_by_two(certificate)
    page = coordinator.get(certificate_page)
    assert "Revoked on 14 September 2026" in page.text
    gone = coordinator.get(address(somebody)).form("Confirm these names").submit()
    assert gone.url == "/trainings/OSH-2026-07/names?show=open", "What is revoked is not issued anew for a name."


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("cyrillic_given", "<b>Чолпон</b>", "Use letters, spaces"),
        ("cyrillic_family", "{{7*7}}", "Use letters, spaces"),
        ("cyrillic_given", "Чолпон\u202eАсанова", "invisible character"),
        ("cyrillic_given", "", "Enter the given name"),
        ("cyrillic_family", "Ж" * 121, "120"),
        ("cyrillic_family", "Чолпо\ua641", "font lacks a letter"),
        ("latin_family", "Аsanova", "Enter this part"),
        ("latin_family", "Asanova", "Enter this part"),
    ],
)
def test_refusal_stands_beside_its_field_and_keeps_what_was_typed(
    coordinator: Browser, training: Training, field: str, value: str, words: str
) -> None:
    somebody = attend(training, "Асанова", "Чолпон")
    page = coordinator.get(address(somebody)).form("Confirm these names").fill({field: value}).submit(status=422)
    assert words in page.refusal()
    assert page.form("Confirm these names").fields[field] == [value]
    assert "49" not in page.text
    assert not printed(somebody).is_confirmed


def test_cyrillic_letter_on_the_english_side_is_refused(coordinator: Browser, training: Training) -> None:
    form = coordinator.get(address(attend(training))).form("Confirm these names")
    page = form.fill(latin_family="Аsanova", latin_given="Cholpon").submit(status=422)  # The first letter is Cyrillic.
    assert "Use Latin letters here" in page.refusal()


def test_stale_form_shows_both_and_can_then_be_confirmed(coordinator: Browser, training: Training) -> None:
    somebody = attend(training, "Асанова", "Чолпон")
    mine = coordinator.get(address(somebody)).form("Confirm these names").fill(cyrillic_given="Чолпана")
    theirs = coordinator.get(address(somebody)).form("Confirm these names")
    theirs.fill(cyrillic_given="Чолпонай", latin_family="Asanova", latin_given="Cholponai").submit()
    page = mine.submit(status=409)
    assert "Somebody else has changed this name" in page.refusal()
    assert "Асанова Чолпонай" in page.text and "Cholponai Asanova" in page.text
    assert page.form("Confirm these names").fields["cyrillic_given"] == ["Чолпана"]
    assert printed(somebody).cyrillic.given == "Чолпонай"
    page.form("Confirm these names").submit()
    assert printed(somebody).cyrillic.given == "Чолпана"


def test_double_click_confirms_once(coordinator: Browser, training: Training, session) -> None:
    somebody = attend(training, "Асанова", "Чолпон")
    form = coordinator.get(address(somebody)).form("Confirm these names")
    first, second = form.submit(), form.submit()
    assert first.url == second.url
    assert session.scalar(select(func.count()).select_from(PersonName)) == 1


def test_rest_is_confirmed_as_written(coordinator: Browser, training: Training) -> None:
    for family in ("Асанова", "Бекова", "Асано\ua641"):
        attend(training, family, "Чолпон")
    page = coordinator.get("/trainings/OSH-2026-07/names").form("Confirm the rest as written").submit()
    assert "2 names are confirmed as written." in page.text
    assert "2 of 3 names confirmed" in page.text


def test_names_of_another_region_are_not_there(browser: Browser, bakyt, training: Training) -> None:
    somebody = attend(training, "Кенарийкова", "Чолпон")
    browser.sign_in(bakyt)
    for page in (
        browser.get("/trainings/OSH-2026-07/names", status=404),
        browser.get(address(somebody), status=404),
        browser.post(address(somebody), {"cyrillic_family": "А", "form_key": tokens.random_token()}, status=404),
        browser.post("/trainings/OSH-2026-07/names/confirm-as-written", status=404),
    ):
        assert "Кенарийкова" not in page.html
    assert not printed(somebody).is_confirmed


def test_registration_of_another_training_is_not_there(coordinator: Browser, training: Training) -> None:
    elsewhere = attend(factories.make_training(), "Кенарийкова", "Чолпон")
    page = coordinator.get(f"/trainings/OSH-2026-07/names/{elsewhere.reference}", status=404)
    assert "Кенарийкова" not in page.html


def test_auditor_reads_and_changes_nothing(browser: Browser, auditor, training: Training) -> None:
    somebody = attend(training, "Асанова", "Чолпон")
    browser.sign_in(auditor)
    page = browser.get("/trainings/OSH-2026-07/names")
    assert not page.has_form("Confirm the rest as written")
    assert address(somebody) not in page.links.values()
    browser.get(address(somebody), status=403)
    browser.post("/trainings/OSH-2026-07/names/confirm-as-written", status=403)


def test_stranger_is_led_to_the_sign_in(browser: Browser, training: Training) -> None:
    assert browser.get("/trainings/OSH-2026-07/names").url.startswith("/sign-in")


@pytest.mark.parametrize("url", ["/trainings/OSH-2026-07/names", "/trainings/OSH-2026-07/names?show=open"])
def test_queries_do_not_grow_with_the_people(coordinator: Browser, training: Training, url: str) -> None:
    counts = []
    for number in (1, 2, 47):  # 1, 3 and 50: a whole page.
        for _person in range(number):
            confirm(attend(training)) if url.endswith("names") else attend(training)
        counts.append(len(coordinator.get(url).queries))
    assert len(set(counts)) == 1, counts
