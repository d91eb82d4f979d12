"""Lists staged and imported: what they say is what their truth says, and nothing happens before the import."""

from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import select

from portal.audit.models import AuditDetail, AuditEntry
from portal.list_reader.problems import Problem
from portal.nominations import imports, reading
from portal.nominations import operations as nomination_operations
from portal.nominations import queries as nomination_queries
from portal.nominations.imports import Imported
from portal.nominations.summary import problem_text
from portal.people.models import PersonName
from portal.platform.db import db
from portal.platform.sheets import UnreadableSheet
from portal.registration.models import Registration
from portal.trainings.operations import TrainingClosed
from tests import factories
from tests.nominations import staging
from tests.nominations.lists import truth
from tests.nominations.staging import BY, line
from tests.platform.workbooks import table

COUNTS = {
    "osh": {"rows": 61, "new": 59, "known": 0, "duplicates": 2, "bad": 0, "registrations": 59},
    "issyk-kul": {"rows": 68, "new": 68, "known": 0, "duplicates": 0, "bad": 0, "registrations": 68},
    "talas": {"rows": 26, "new": 18, "known": 5, "duplicates": 0, "bad": 3, "registrations": 23},
}
FACTS = ("family", "given", "patronymic", "sex", "institution", "region", "phone", "email")


def facts_of(registration: Registration) -> tuple[str | None, ...]:
    """Return what the truth says about each person, as the import has stored it."""
    person = registration.person
    assert (person.institution, person.region_code) == (registration.institution, registration.region_code)
    institution = registration.institution.code if registration.institution else None
    names = (person.family, person.given, person.patronymic)
    return (*names, person.sex, institution, registration.region_code, person.phone, person.email)


@pytest.mark.parametrize("name", ["osh", "issyk-kul", "talas"])
def test_list_is_staged_and_imported_as_its_truth_says(session, name: str) -> None:
    if name == "talas":
        imports.commit(staging.stage_sent(factories.make_training(), "issyk-kul"), **BY)
    training = factories.make_training()
    nomination_list = staging.stage_sent(training, name)
    counts = nomination_queries.count_rows(nomination_list)
    assert {each: getattr(counts, each) for each in COUNTS[name]} == COUNTS[name]
    imported = imports.commit(nomination_list, **BY)
    assert imported == Imported(COUNTS[name]["registrations"], COUNTS[name]["new"], 0)
    found, true = staging.registered(training), truth(name)
    assert len(found) == true["unique_people"]
    assert Counter(each.person.sex for each in found)["F"] == true["women"]
    assert [each.order for each in found] == list(range(1, len(found) + 1))
    assert {(each.state, each.source) for each in found} == {("nominated", "list")}
    counts = nomination_queries.count_rows(nomination_list)
    assert {each: getattr(counts, each) for each in COUNTS[name]} == COUNTS[name]


@pytest.mark.parametrize("name", ["osh", "issyk-kul"])
def test_everybody_is_stored_as_the_truth_knows_them(session, name: str) -> None:
    training = factories.make_training()
    imports.commit(staging.stage_sent(training, name), **BY)
    true = truth(name)
    expected = [tuple(person[fact] or (None if fact == "sex" else "") for fact in FACTS) for person in true["people"]]
    if "note" in true:  # The file's encoding has no Ң, Ө and Ү.
        plain = str.maketrans("ңөүҢӨҮ", "ноуНОУ")
        expected = [(*(part.translate(plain) for part in person[:3]), *person[3:]) for person in expected]
    assert sorted(map(facts_of, staging.registered(training))) == sorted(expected)


def test_people_of_a_second_list_are_known_and_stay_one_person(session) -> None:
    imports.commit(staging.stage_sent(factories.make_training(), "issyk-kul"), **BY)
    training = factories.make_training()
    before = staging.stock()
    nomination_list = staging.stage_sent(training, "talas")
    assert nomination_queries.count_rows(nomination_list).known == truth("talas")["known_after_issyk_kul"]
    imports.commit(nomination_list, **BY)
    assert staging.stock()["Person"] == before["Person"] + 18
    alternates = [each for each in staging.registered(training) if each.role == "alternate"]
    assert len(alternates) == truth("talas")["alternates"]
    tendesh = [each for each in staging.registered(training) if each.institution.code == "NGO-TENDESH"]
    assert len(tendesh) == truth("talas")["small_institution"]["NGO-TENDESH"]


def test_nothing_but_the_list_is_written_before_the_import(session) -> None:
    training = factories.make_training()
    before = staging.stock()
    staging.judge(training, staging.csv(*staging.lines(3)))
    assert staging.stock() == before
    staging.stage_sent(training, "osh")
    after = staging.stock()
    assert {name for name in after if after[name] != before[name]} == {"AuditEntry", "NominationList", "NominationRow"}


def test_list_and_import_are_an_act_each_in_the_log_which_keeps_each_name_as_written(session, now: datetime) -> None:
    training = factories.make_training()
    nomination_list = staging.bring(training, line("ӨМҮРОВ  Усон Ырысбек уулу", 1), line("Сатарова Айгүл", 2, sex="ж"))
    staged, entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert (staged.event, staged.actor) == ("registration.list_staged", "operator")
    assert db.session.get_one(AuditDetail, staged.id).after["rows"] == 3
    assert (entry.event, entry.subject, entry.actor) == (
        "registration.imported",
        f"training {training.code}",
        "operator",
    )
    assert db.session.get_one(AuditDetail, entry.id).after == {
        "filename": "list.csv",
        "sha256": nomination_list.sha256,
        "registrations": 2,
        "people": 2,
    }
    names = [(name.family, name.given, name.patronymic, name.source) for name in db.session.scalars(select(PersonName))]
    assert names == [("ӨМҮРОВ", "Усон", "Ырысбек уулу", "list"), ("Сатарова", "Айгүл", "", "list")]
    assert {person.created_at for person in staging.people("ӨМҮРОВ", "Сатарова")} == {now}


def test_known_person_learns_what_was_empty_and_nothing_else(session) -> None:
    known = factories.make_person("Асанов", "Азамат", "", phone="+996555100001", post="", rank="майор", email="")
    staging.bring(factories.make_training(), line("Асанов Азамат Темирович", 1, post="прокурор"))
    (person,) = staging.people("Асанов")
    assert person.id == known.id
    assert (person.post, person.rank, person.patronymic) == ("прокурор", "майор", "")
    written = db.session.scalars(select(PersonName.patronymic).where(PersonName.person_id == known.id))
    assert "Темирович" in list(written)


def test_person_of_the_training_is_not_registered_twice(session) -> None:
    training = factories.make_training()
    staging.bring(training, line("Асанов Азамат", 1))
    (there,) = staging.registered(training)
    nomination_list = staging.stage(training, line("Асанов Азамат", 1, post="прокурор"), line("Асанов Бакыт", 2))
    assert (
        nomination_queries.count_rows(nomination_list).registered,
        nomination_queries.count_rows(nomination_list).registrations,
    ) == (1, 1)
    assert imports.commit(nomination_list, **BY) == Imported(1, 1, 1, corrected=1)
    first, second = staging.registered(training)
    assert (first.id, first.post, second.person.given) == (there.id, "прокурор", "Бакыт")


def test_cells_that_no_column_needs_are_emptied_by_the_import(session) -> None:
    nomination_list = staging.stage(
        factories.make_training(),
        (*line("Асанов Азамат", 1), "любимый цвет"),
        (*line("Асанов", 2), "другой цвет"),
        headings=(*staging.HEADINGS, "Примечания"),
    )
    assert staging.row_of(nomination_list, 2).cells[-1] == "любимый цвет"
    imports.commit(nomination_list, **BY)
    assert [staging.row_of(nomination_list, number).cells[-1] for number in (1, 2, 3)] == ["Примечания", "", ""]


def test_list_without_a_good_row_and_a_closed_training_import_nothing(session) -> None:
    training = factories.make_training()
    with pytest.raises(imports.NothingToImport):
        imports.commit(staging.stage(training, line("Асанов", 1)), **BY)
    waiting = staging.stage(training, line("Асанов Азамат", 1))
    training.state = "finalized"
    with pytest.raises(TrainingClosed):
        imports.commit(waiting, **BY)
    with pytest.raises(TrainingClosed):
        staging.stage(training, line("Асанов Азамат", 1))
    assert staging.stock()["Registration"] == 0


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("content", "filename", "reason"),
    [
        (b"", "list.xlsx", "empty"),
        (b" \r\n\t\r\n", "list.csv", "empty"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "list.xlsx", "pdf"),
        (b"PK\x03\x04 and no more", "list.xlsx", "damaged"),
        (b"a;b\n" * 8_000_000, "list.csv", "too_large"),
    ],
    ids=["nothing", "blanks", "pdf", "damaged", "30 MB"],
)
def test_file_that_is_no_list_is_refused_with_its_reason(app, content: bytes, filename: str, reason: str) -> None:
    with pytest.raises(UnreadableSheet) as refused:
        staging.open_file(content, filename)
    assert refused.value.reason == reason
    assert refused.value.status in (413, 422) and str(refused.value)


@pytest.mark.slow
@pytest.mark.databases("sqlite")
def test_ten_thousand_rows_are_a_list_and_one_more_is_not(session) -> None:
    training = factories.make_training()
    rows = [["Асанов Азамат", "ГКНБ"] for _number in range(10_001)]
    source = staging.open_file(table([["ФИО", "Орган"], *rows]), "list.xlsx")
    with pytest.raises(UnreadableSheet, match=r"more than 10000 rows"):
        reading.draft(training, source, today=factories.NOW.date())
    shorter = staging.open_file(table([["ФИО", "Орган"], *rows[1:]]), "list.xlsx")
    assert reading.draft(training, shorter, today=factories.NOW.date()).is_long


@pytest.mark.parametrize(
    ("name", "changes", "code"),
    [
        ("Асанов <b>Азамат</b>", {}, "name_character"),
        ("{{7*7}} Азамат", {}, "name_character"),
        ("Асанов\u202e Азамат", {}, "hidden_character"),
        ('=HYPERLINK("http://x")', {}, "name_character"),
        ("Асанов Азамат", {"phone": "9,96556E+11"}, "phone_digits_lost"),
        ("Асанов Азамат", {"region": "Атлантида"}, "region_unknown"),
        ("Асанов Азамат", {"institution": "Министерство магии"}, "institution_unknown"),
    ],
)
def test_hostile_or_broken_cell_keeps_its_row_out(session, name: str, changes: dict[str, str], code: str) -> None:
    training = factories.make_training()
    nomination_list = staging.stage(training, line(name, 1, **changes), line("Сатаров Эрлан", 2))
    bad = staging.row_of(nomination_list, 2)
    problem = Problem.from_dict(bad.problems[0])
    assert (bad.kind, problem.code) == ("bad", code)
    assert problem.value in (name, *changes.values()), "What is wrong is shown as it was written."
    assert str(problem_text(problem, {}))
    imports.commit(nomination_list, **BY)
    assert [each.person.family for each in staging.registered(training)] == ["Сатаров"]


def test_unknown_place_offers_the_nearest_and_guesses_nothing(session) -> None:
    nomination_list = staging.stage(factories.make_training(), line("Асанов Азамат", 1, region="Ошская облать"))
    row = staging.row_of(nomination_list, 2)
    (problem,) = map(Problem.from_dict, row.problems)
    assert row.kind == "bad" and row.values["region"] == ""
    assert "KG-O" in problem.args["offers"]


def test_formula_in_a_text_stays_a_text(session) -> None:
    training = factories.make_training()
    staging.bring(training, line("Асанов Азамат", 1, post="@SUM(A1:A9)"))
    assert staging.registered(training)[0].post == "@SUM(A1:A9)"


def test_header_twice_is_ignored_and_counts_nowhere(session) -> None:
    nomination_list = staging.stage(
        factories.make_training(), line("Асанов Азамат", 1), staging.HEADINGS, line("Сатаров Эрлан", 2)
    )
    assert staging.kinds(nomination_list) == ["header", "new", "ignored", "new"]
    assert nomination_queries.count_rows(nomination_list).rows == 2


def test_list_without_headings_waits_for_somebody_to_say_them(session) -> None:
    training = factories.make_training()
    nomination_list = staging.stage(training, line("Асанов Азамат", 1), headings=())
    assert nomination_list.mapping == {} and staging.kinds(nomination_list) == ["ignored"]
    with pytest.raises(reading.HeaderMissing):
        nomination_operations.look_through(nomination_list, today=factories.NOW.date())
    with pytest.raises(imports.NothingToImport):
        imports.commit(nomination_list, **BY)


def test_two_lists_wait_at_once_and_the_second_finds_the_first_known(session) -> None:
    training = factories.make_training()
    first = staging.stage(training, line("Асанов Азамат", 1), line("Сатаров Эрлан", 2))
    second = staging.stage(training, line("Сатаров Эрлан", 2), line("Өмүров Усон", 3))
    assert nomination_queries.count_rows(second).new == 2, "Nobody is known while nothing is imported."
    assert imports.commit(first, **BY) == Imported(2, 2, 0)
    assert imports.commit(second, **BY) == Imported(1, 1, 1)
    assert [each.person.family for each in staging.registered(training)] == ["Асанов", "Сатаров", "Өмүров"]
    assert staging.stock()["Person"] == 3


def test_import_of_the_same_list_twice_has_one_effect(session) -> None:
    training = factories.make_training()
    nomination_list = staging.bring(training, *staging.lines(3))
    before = staging.stock()
    with pytest.raises(nomination_operations.ListNotWaiting):
        imports.commit(nomination_list, **BY)
    again = staging.stage(training, *staging.lines(3))
    assert nomination_queries.list_same_file(again) == [nomination_list]
    assert imports.commit(again, **BY) == Imported(0, 0, 3)
    assert {name: staging.stock()[name] for name in ("Person", "Registration", "RegistrationDecision")} == {
        name: before[name] for name in ("Person", "Registration", "RegistrationDecision")
    }
