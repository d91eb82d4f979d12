"""Sending a nomination list by page: what is read and shown, what is refused and why."""

import io
import re
from collections import Counter

import pytest

from portal.accounts.models import Account
from portal.list_reader.decisions import Outcome
from portal.list_reader.nominee import Nominee
from portal.nominations import queries as nomination_queries
from portal.people.name_rules import FullName
from portal.platform import sheets
from portal.platform import texts as names
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.calls.sending import (
    index_of,
    latest,
    paste,
    people_on,
    person_on,
    row_of,
    sheet,
    upload,
    upload_from,
)
from tests.nominations.lists import HEADER, row, truth
from tests.pages import Page
from tests.platform.workbooks import archive, table

PLAIN = ("Ф.И.О.", "Орган", "Регион")


@pytest.fixture
def training(aida: Account) -> Training:
    return factories.make_training(region="KG-GO")


@pytest.fixture
def signed_in(browser: Browser, aida: Account) -> Browser:
    return browser.sign_in(aida)


def figure(page: Page, words: str) -> str:
    """Return the count above the list that stands under these words."""
    found = re.search(rf"{words} (\d+)", page.text)
    return found[1] if found else ""


def is_phone(shown: dict[str, str], phone: str) -> bool:
    return phone in shown["Phone, e-mail"].replace(" ", "")


@pytest.mark.parametrize("name", ["osh", "issyk-kul", "talas"])
def test_ministrys_list_shows_what_is_true(signed_in: Browser, training: Training, name: str) -> None:
    page, true = upload_from(signed_in, training, name), truth(name)
    assert page.h1 == latest(training).filename and "Nothing is imported yet." in page.text
    assert figure(page, "people in the list") == str(true["rows"])
    assert figure(page, "new") == str(true["unique_people"])
    assert figure(page, "repeated") == (str(true["duplicates"]) if true["duplicates"] else "")
    assert figure(page, "cannot be imported") == (str(true["bad"]) if true["bad"] else "")
    pages = [page] if true["rows"] <= 50 else [page, signed_in.get(f"{page.url}?page=2")]
    shown = [each for leaf in pages for each in people_on(leaf)]
    assert len(shown) == true["rows"]
    states = Counter(each["State"].split(" The same")[0] for each in shown)
    assert states["New"] + states["New Needs checking"] == true["unique_people"]
    for person in true.get("people", []):
        written = str(FullName(person["family"], person["given"], person["patronymic"]))
        (found,) = [each for each in shown if is_phone(each, person["phone"]) and "The same" not in each["State"]]
        assert names.fold(found["Name"]).startswith(names.fold(written)), found
        assert name == "issyk-kul" or found["Name"].startswith(written)
        assert found["Name"].endswith("woman") == (person["sex"] == "F")


def test_windows_1251_is_told_once_for_the_file(signed_in: Browser, training: Training) -> None:
    page = upload_from(signed_in, training, "issyk-kul")
    assert [text for text in page.notices() if "Windows-1251" in text]
    assert figure(page, "need checking") == ""


def test_talas_says_what_is_wrong_beside_each_cell(signed_in: Browser, training: Training) -> None:
    page = upload_from(signed_in, training, "talas").follow("Cannot be imported 3")
    nameless, magic, old = people_on(page)
    assert "The family name is missing." in nameless["Name"]
    wrong = "12 not-an-email This is not a phone number.This is not an e-mail address."
    assert nameless["Phone, e-mail"] == wrong
    assert "Министерство магии" in magic["Institution, post"] and "no such institution" in magic["Institution, post"]
    assert "Атлантида There is no such region." in magic["Region"]
    assert "1890" in old["Name"] and "between" in old["Name"] and "The given name is missing." in old["Name"]
    page = page.follow("Needs checking 1")
    assert "“C” at place 1 is Latin in a Cyrillic name. Is it “Сатаров”?" in people_on(page)[0]["Name"]


def test_pasted_rows_are_read_like_a_file(signed_in: Browser, training: Training) -> None:
    page = paste(signed_in, training, row(), row(number="2", name="Бекова Айгүл", phone="0777 11 22 33", email=""))
    assert page.h1 == "Pasted list"
    assert person_on(page, "Асанова")["Phone, e-mail"] == "+996 555 123 456 a@b.kg"
    assert person_on(page, "Бекова")["State"] == "New"
    waiting = signed_in.get(index_of(training))
    assert "“Pasted list” waits for you" in waiting.notices()[0] and "2 people" in waiting.notices()[0]
    assert waiting.follow("Look at it and import").url == page.url


def test_rows_that_name_nobody_are_shown_and_counted_nowhere(signed_in: Browser, training: Training) -> None:
    content = table(
        [["Министерство внутренних дел"], list(HEADER), list(row()), [], list(HEADER), ["Начальник отдела Иванов И."]]
    )
    page = upload(signed_in, training, content)
    assert figure(page, "people in the list") == "1" and len(people_on(page)) == 1
    ignored = people_on(page.follow("Ignored 4"))
    assert [list(each.values())[2] for each in ignored] == [
        "Text above the table",
        "Blank row",
        "Header again",
        "Text below the table",
    ]


def test_formulas_are_words_and_numbers_keep_their_digits(signed_in: Browser, training: Training) -> None:
    content = sheet(
        row(post="=1+1", phone='=HYPERLINK("http://evil.example")'),
        row(number="2", name="Бекова Айгүл", phone="9.96555E+11", email="b@b.kg"),
    )
    page = upload(signed_in, training, content)
    assert "=1+1" in person_on(page, "Асанова")["Institution, post"]
    assert "This is not a phone number." in person_on(page, "Асанова")["Phone, e-mail"]
    assert "rounded number and digits are lost" in person_on(page, "Бекова")["Phone, e-mail"]
    assert "9.96555E+11" in person_on(page, "Бекова")["Phone, e-mail"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("<b>Асанова</b> Аида", "“<” at place 1 cannot be part of a name."),
        ("{{7*7}} Аида", "cannot be part of a name."),
        ("Асано\u202eва Аида", "An invisible character (U+202E"),
    ],
)
def test_markup_and_hidden_characters_stay_text_and_stay_out(
    signed_in: Browser, training: Training, name: str, reason: str
) -> None:
    page = paste(signed_in, training, row(name=name))
    (shown,) = people_on(page)
    assert reason in shown["Name"] and shown["State"] == "Cannot be imported"
    assert "<b>Асанова" not in page.html and "49 " not in shown["Name"]
    assert not page.has_form("Import 1 good row")


@pytest.mark.parametrize(
    ("content", "filename", "reason", "status"),
    [
        (b"", "list.xlsx", "The file is empty.", 422),
        (b"\xef\xbb\xbf \r\n", "list.csv", "The file is empty.", 422),
        (b"%PDF-1.7\n%\xe2\xe3", "list.xlsx", "This is a PDF, whatever its name says.", 422),
        (b"PK\x03\x04 and no more", "list.xlsx", "The file is damaged", 422),
        (
            archive({"xl/workbook.xml": b"x", "xl/worksheets/sheet1.xml": bytes(19_000_000)}),
            "a.xlsx",
            "unfolds to",
            413,
        ),
        (b"a;b\n" * (sheets.MAX_BYTES // 4 + 1), "list.csv", "The file is larger than 30 MB.", 413),
    ],
    ids=["empty", "blank", "pdf", "damaged", "bomb", "thirty megabytes"],
)
def test_file_that_is_no_list_is_refused_beside_its_field(
    signed_in: Browser, training: Training, content: bytes, filename: str, reason: str, status: int
) -> None:
    page = upload(signed_in, training, content, filename, status=status)
    assert page.h1 == "Nominations" and reason in page.refusal()
    assert reason in page.errors()[0]
    assert nomination_queries.list_imports(training.id) == []


def test_upload_beyond_every_limit_is_a_page_that_says_so(signed_in: Browser, training: Training) -> None:
    page = upload(signed_in, training, b"a;b\n" * 9_000_000, "list.csv", status=413)
    assert page.h1 == "The file is too large" and "30 MB" in page.text


def test_list_of_more_than_ten_thousand_people_is_refused(signed_in: Browser, training: Training) -> None:
    people = [[str(number), f"Асанов Асан {number}", "ГКНБ"] for number in range(10_001)]
    page = upload(signed_in, training, table([["№", "Ф.И.О.", "Орган"], *people]), status=413)
    assert "The list has more than 10000 rows. Part it" in page.refusal()


def test_form_wants_a_file_or_rows_and_keeps_what_was_pasted(signed_in: Browser, training: Training) -> None:
    form = signed_in.get(index_of(training)).form("Read the list")
    page = form.submit(status=422)
    assert "Choose a file, or paste the rows." in page.refusal()
    page = upload_and_paste(page, sheet(row()), "Ф.И.О.\nАсанова Аида")
    assert "Send either a file or pasted rows, not both." in page.refusal()
    assert page.form("Read the list").fields["pasted"] == ["Ф.И.О.\nАсанова Аида"]
    assert '<details class="more" open>' in page.html


def upload_and_paste(page: Page, content: bytes, text: str) -> Page:
    return page.form("Read the list").fill(file=(io.BytesIO(content), "list.xlsx"), pasted=text).submit(status=422)


def test_same_form_twice_makes_one_list(signed_in: Browser, training: Training) -> None:
    form = (
        signed_in.get(index_of(training))
        .form("Read the list")
        .fill(pasted="\n".join(["\t".join(HEADER), "\t".join(row())]))
    )
    first, second = form.submit(), form.submit()
    assert first.url == second.url
    assert len(nomination_queries.list_imports(training.id)) == 1


def test_same_file_again_is_told_before_it_is_imported(signed_in: Browser, training: Training) -> None:
    content = sheet(row())
    upload(signed_in, training, content).form("Import 1 good row").submit()
    page = upload(signed_in, training, content)
    assert "This very file was imported already" in page.notices()[0]
    assert "in the training already" in person_on(page, "Асанова")["State"]


def test_list_without_headings_asks_what_the_columns_hold(signed_in: Browser, training: Training) -> None:
    page = paste(signed_in, training, ("Асанова Аида", "ГКНБ", "г. Ош"), ("Бекова Айгүл", "ГКНБ", "г. Ош"), header=None)
    assert "The headings are missing" in page.notices()[0]
    assert not page.has_form("Discard the list") or not people_in(page)
    form = page.form("Read the list like this")
    page = form.fill({"column_0": "full_name", "column_1": "institution"}).submit()
    assert page.notices()[0] == "The list is read with these columns."
    assert [each["Name"] for each in people_on(page)] == ["Асанова Аида", "Бекова Айгүл"]
    page = page.form("Read the list like this").fill(column_2="region").submit()
    assert {each["Region"] for each in people_on(page)} == {"Osh city"}


def people_in(page: Page) -> bool:
    return "nominations-rows" in page.ids


def test_header_that_stands_twice_is_read_once(signed_in: Browser, training: Training) -> None:
    page = upload(
        signed_in, training, sheet(HEADER, row(), HEADER, row(number="2", name="Бекова Айгүл", phone="", email=""))
    )
    assert [each["Name"].split()[0] for each in people_on(page)] == ["Асанова", "Бекова"]
    assert [list(each.values())[2] for each in people_on(page.follow("Ignored 2"))] == ["Header again"] * 2


def test_mapping_is_refused_beside_the_columns_and_kept(signed_in: Browser, training: Training) -> None:
    page = paste(signed_in, training, ("Асанова Аида", "ГКНБ", "г. Ош"), header=PLAIN)
    twice = page.form("Read the list like this").fill(column_1="full_name").submit(status=422)
    assert "Two columns cannot hold the same: Full name in one cell." in twice.refusal()
    assert twice.form("Read the list like this").fields["column_1"] == ["full_name"]
    nameless = page.form("Read the list like this").fill(column_0="").submit(status=422)
    assert "Say which column holds the full name" in nameless.refusal()
    beyond = page.form("Read the list like this").fill(header_row="-1").submit(status=422)
    assert "0 if there are no headings" in beyond.refusal()
    foreign = page.form("Read the list like this").fill(column_2="salary").submit(status=422)
    assert foreign.form("Read the list like this").fields["column_0"] == ["full_name"]
    assert latest(training).mapping == {"full_name": 0, "institution": 1, "region": 2}


def test_mapping_says_what_a_row_means_that_names_none(signed_in: Browser, training: Training) -> None:
    page = paste(signed_in, training, ("Асанова Аида", "0555 123 456", "г. Ош"), header=("Ф.И.О.", "Телефон", "Город"))
    assert "The institution is missing." in people_on(page)[0]["Institution, post"]
    page = page.form("Read the list like this").fill(institution="SCNS", region="KG-O", column_1="").submit()
    (person,) = people_on(page)
    assert (person["Institution, post"], person["State"]) == ("State Committee for National Security", "New")
    assert row_of(training, 2).values["region"] == "KG-O"
    assert "not read: Телефон, Город" in page.text


def test_stale_mapping_shows_both(signed_in: Browser, training: Training) -> None:
    page = paste(signed_in, training, ("Асанова Аида", "ГКНБ", "г. Ош"), header=PLAIN)
    stale = signed_in.get(page.url).form("Read the list like this").fill(column_2="", institution="GPO")
    page.form("Read the list like this").fill(column_1="post", institution="SCNS").submit()
    both = stale.submit(status=409)
    assert "changed this list meanwhile" in both.refusal()
    assert "Now stands here: “Post”" in both.text and "Now stands here: “Region”" in both.text
    assert "Now stands here: “State Committee for National Security”" in both.text
    fields = both.form("Read the list like this").fields
    assert (fields["column_1"], fields["column_2"], fields["institution"]) == (["institution"], [""], ["GPO"])
    both.form("Read the list like this").submit()
    assert latest(training).mapping == {"full_name": 0, "institution": 1}


def test_unknown_words_offer_the_nearest_and_guess_nothing(signed_in: Browser, training: Training) -> None:
    people = [
        row(number=str(n), name=f"Асанова Аида{'а' * n}", institution="Генпрокуратур", region="Ошск", phone="")
        for n in (1, 2)
    ]
    page = paste(signed_in, training, *people)
    assert figure(page, "cannot be imported") == "2"
    assert "Nearest: General Prosecutor's Office" in people_on(page)[0]["Institution, post"]
    form = page.form("Use it for “Генпрокуратур”")
    assert form.fields["meaning"] == [""]
    near = [
        option.get("value")
        for group in form.element.iter("optgroup")
        for option in group
        if group.get("label") == "Nearest"
    ]
    assert near[0] == "GPO"
    refused = form.submit(status=422)
    assert refused.refusal().count("Choose what it means.") == 1
    assert "Choose what it means." in refused.errors()[0]
    page = refused.form("Use it for “Генпрокуратур”").fill(meaning="GPO").submit()
    assert page.notices()[0] == "2 rows are read anew."
    assert not page.has_form("Use it for “Генпрокуратур”")
    page = page.form("Use it for “Ошск”").fill(meaning="KG-O").submit()
    assert {each["Region"] for each in people_on(page)} == {"Osh oblast"}
    assert figure(page, "cannot be imported") == ""


def test_meaning_must_be_one_of_its_kind(signed_in: Browser, training: Training) -> None:
    page = paste(signed_in, training, row(institution="Министерство магии"))
    address = page.form("Use it for “Министерство магии”").action
    for sent in (
        {"meaning": "KG-O"},
        {"meaning": "NOBODY"},
        {"column": "phone", "meaning": "GPO"},
        {"meaning": "GPO", "written": ""},
    ):
        signed_in.post(address, {"column": "institution", "written": "Министерство магии", **sent}, status=422)
    assert row_of(training, 2).kind == Outcome.BAD


def test_meaning_that_somebody_has_settled_meanwhile_says_so(signed_in: Browser, training: Training) -> None:
    page = paste(signed_in, training, row(institution="Министерство магии"))
    stale = signed_in.get(page.url).form("Use it for “Министерство магии”").fill(meaning="GPO")
    page.form("Use it for “Министерство магии”").fill(meaning="SCNS").submit()
    assert "No row says “Министерство магии” any more" in stale.submit().notices()[0]
    assert Nominee(**row_of(training, 2).values).institution == "SCNS"


def test_column_of_names_said_to_be_institutions_asks_for_few_words(signed_in: Browser, training: Training) -> None:
    people = [(f"Асанова Аида{'а' * number}", f"Слово{'о' * number}") for number in range(30)]
    page = paste(signed_in, training, *people, header=("Ф.И.О.", "Орган"))
    assert page.html.count("Use it for") == 20
    assert "10 more words are not understood." in page.text


def test_long_list_is_paged_and_keeps_its_tab(signed_in: Browser, training: Training) -> None:
    letters = "абвгдежзик"
    people = [(f"Асан{one}{two} Азамат", "ГКНБ", "г. Ош") for one in letters for two in letters]
    page = paste(signed_in, training, *people, ("Бекова Айгүл", "Министерство магии", "г. Ош"), header=PLAIN)
    assert len(people_on(page)) == 50 and "1–50 of 101" in page.text
    second = page.follow("Page 2")
    assert people_on(second)[0]["Row"] == "52"
    assert len(people_on(signed_in.get(f"{page.url}?page=3"))) == 1
    assert len(people_on(signed_in.get(f"{page.url}?page=99&show=nonsense"))) == 1
    new = page.follow("New people 100").follow("Page 2")
    assert "51–100 of 100" in new.text
    back = signed_in.get(f"{page.url}?show=known")
    assert "No row of this list is of this kind." in back.text
    assert len(new.queries) <= len(page.queries) + 1


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_pages_speak(signed_in: Browser, training: Training, language: str) -> None:
    address = upload_from(signed_in, training, "talas").url
    signed_in.speak(language)
    for where in (index_of(training), address, f"{address}?show=bad", f"{address}/rows/26"):
        page = signed_in.get(where)
        assert not re.search(r"\b(the|rows?|people|list|file)\b", page.text), page.text


def test_auditor_reads_and_changes_nothing(
    browser: Browser, aida: Account, auditor: Account, training: Training
) -> None:
    address = paste(browser.sign_in(aida), training, row()).url
    page = browser.sign_in(auditor).get(address)
    assert len(people_on(page)) == 1 and "Fix" not in page.links
    assert not page.has_form("Discard the list") and not page.has_form("Read the list like this")
    assert not browser.get(index_of(training)).has_form("Read the list")
