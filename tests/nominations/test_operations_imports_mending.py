"""A staged list mended: other columns, other texts, what a word means, who somebody is; and forms that are stale."""

import pytest

from portal.list_reader.columns import Column
from portal.nominations import imports
from portal.nominations import operations as nomination_operations
from portal.nominations import queries as nomination_queries
from portal.nominations.models import NominationList
from portal.nominations.operations import Layout
from portal.nominations.reading import NO_DEFAULTS, Defaults
from portal.nominations.summary import bad_rows
from portal.platform.db import db
from tests import factories
from tests.nominations import staging
from tests.nominations.staging import BY, line
from tests.refusals import raises_refusal

SAID = {
    0: Column.FULL_NAME,
    1: Column.SEX,
    2: Column.INSTITUTION,
    3: Column.POST,
    4: Column.REGION,
    5: Column.PHONE,
}


def stage_mistaken() -> NominationList:
    """Stage a list of which one row means a ministry that does not exist, one a region, one is good."""
    return staging.stage(
        factories.make_training(),
        line("Асанов Азамат", 1, institution="Министерство магии"),
        line("Сатаров Эрлан", 2, region="Атлантида"),
        line("Өмүров Усон", 3),
    )


def test_columns_said_by_hand_make_a_list_without_headings_readable(session) -> None:
    nomination_list = staging.stage(
        factories.make_training(), line("Асанов Азамат", 1), line("Сатаров Эрлан", 2), headings=()
    )
    seen, version = nomination_operations.layout_version(nomination_list), nomination_list.version
    nomination_operations.remap(nomination_list, Layout.chosen(0, SAID, NO_DEFAULTS), expected_version=seen, **BY)
    assert staging.kinds(nomination_list) == ["new", "new"]
    assert nomination_list.version > version
    assert imports.commit(nomination_list, **BY).registrations == 2


def test_columns_said_otherwise_are_read_anew(session) -> None:
    """The list calls the phone of an assistant the phone; whoever looks says which column it is."""
    headings = (*staging.HEADINGS, "Личный номер")
    nomination_list = staging.stage(
        factories.make_training(), (*line("Асанов Азамат", 1), "0700 10 20 30"), headings=headings
    )
    assert staging.row_of(nomination_list, 2).values["phone"] == "+996555100001"
    said = {place: column for place, column in SAID.items() if place != 5} | {6: Column.PHONE}
    nomination_operations.remap(nomination_list, Layout.chosen(1, said, NO_DEFAULTS), **BY)
    assert staging.row_of(nomination_list, 2).values["phone"] == "+996700102030"


def test_default_place_counts_for_rows_that_name_none(session) -> None:
    nomination_list = staging.stage(
        factories.make_training(), line("Асанов Азамат", 1, institution="", region=""), line("Сатаров Эрлан", 2)
    )
    assert staging.kinds(nomination_list) == ["header", "bad", "new"]
    nomination_operations.remap(nomination_list, Layout.chosen(1, SAID, Defaults("GPO", "KG-B")), **BY)
    values = [staging.row_of(nomination_list, number).values for number in (2, 3)]
    assert [(each["institution"], each["region"]) for each in values] == [("GPO", "KG-B"), ("SCNS", "KG-GO")]


def test_columns_that_cannot_be_are_refused(session) -> None:
    nomination_list = stage_mistaken()
    with raises_refusal("column_twice", match="Phone|phone|телефон"):
        Layout.chosen(1, {5: Column.PHONE, 6: Column.PHONE}, NO_DEFAULTS)
    with raises_refusal("name_column_missing"):
        nomination_operations.remap(nomination_list, Layout.chosen(1, {5: Column.PHONE}, NO_DEFAULTS), **BY)
    assert nomination_list.mapping["full_name"] == 0


def test_row_is_mended_in_place(session) -> None:
    nomination_list = stage_mistaken()
    row = staging.row_of(nomination_list, 2)
    before = nomination_list.version
    assert staging.mend(row, institution="ГКНБ") is False
    assert (row.kind, row.problems, row.values["institution"]) == ("new", [], "SCNS")
    assert row.cells[2] == "ГКНБ" and nomination_list.version > before
    assert staging.kinds(nomination_list) == ["header", "new", "bad", "new"]


def test_row_that_is_still_bad_is_refused_with_what_is_wrong_in_it(session) -> None:
    row = staging.row_of(stage_mistaken(), 3)
    with raises_refusal("row_still_bad"):
        staging.mend(row, region="Лемурия")
    assert row.problems[0]["value"] == "Лемурия"
    db.session.rollback()


def test_mended_row_that_becomes_a_repetition_says_so(session) -> None:
    nomination_list = staging.stage(
        factories.make_training(), line("Асанов Азамат", 1), line("АСАНОВ АЗАМАТ", 1, sex="?")
    )
    assert staging.kinds(nomination_list) == ["header", "new", "bad"]
    row = staging.row_of(nomination_list, 3)
    staging.mend(row, sex="м")
    assert (row.kind, row.duplicate_of) == ("duplicate", 2)


def test_mended_row_tells_when_others_have_changed_with_it(session) -> None:
    nomination_list = staging.stage(
        factories.make_training(), line("АСАНОВ АЗАМАТ", 1), line("Асанов Азамат", 1, sex="?")
    )
    assert staging.mend(staging.row_of(nomination_list, 3), sex="м") is True
    assert staging.kinds(nomination_list) == ["header", "duplicate", "new"], "The mixed-case spelling is kept."


def test_word_is_explained_once_for_every_row_that_has_it(session) -> None:
    nomination_list = staging.stage(
        factories.make_training(),
        *(line(f"Асанов {name}", place, region="Атлантида") for place, name in enumerate(("Азамат", "Бакыт"))),
        line("Сатаров Эрлан", 3),
    )
    assert nomination_queries.list_meanings(nomination_list.id, 4, "region") == [
        ("Атлантида", "", 2),
        ("г. Ош", "KG-GO", 1),
    ]
    rows = nomination_operations.interpret(nomination_list, Column.REGION, "Атлантида", "Баткенская область", **BY)
    assert rows == 2 and staging.kinds(nomination_list) == ["header", "new", "new", "new"]
    assert staging.row_of(nomination_list, 2).values["region"] == "KG-B"
    assert nomination_operations.interpret(nomination_list, Column.REGION, "Атлантида", "Баткенская область", **BY) == 0


def test_word_for_an_institution_is_explained_too(session) -> None:
    nomination_list = stage_mistaken()
    nomination_operations.interpret(
        nomination_list, Column.INSTITUTION, "Министерство магии", "Генеральная прокуратура", **BY
    )
    assert staging.row_of(nomination_list, 2).values["institution"] == "GPO"


def test_namesake_is_told_apart_by_whoever_knows(session) -> None:
    """Of two people with one name and one workplace only a human can say whether they are one."""
    known = factories.make_person("Асанов", "Азамат", phone="+996700999999", institution=factories.get_institution())
    training = factories.make_training()
    institution = known.institution.name_ru
    place = {"region": "г. Ош", "institution": institution}
    known.region_code = "KG-GO"
    first = staging.stage(training, line("Асанов Азамат", 1, **place))
    row = staging.row_of(first, 2)
    assert (row.kind, row.is_warned, row.person_id) == ("new", True, None)
    assert row.problems[0]["args"]["people"] == [known.reference]
    nomination_operations.mend(row, {}, choice=known.reference, **BY)
    assert (row.kind, row.is_warned, row.person_id) == ("known", False, known.id)
    nomination_operations.mend(row, {}, choice="", **BY)
    assert (row.kind, row.is_warned, row.person_id) == ("new", False, None)
    nomination_operations.mend(row, {}, choice=known.reference, **BY)
    imports.commit(first, **BY)
    assert [each.person_id for each in staging.registered(training)] == [known.id]


def test_choice_of_somebody_who_is_not_meant_stays_a_doubt(session) -> None:
    known = factories.make_person("Асанов", "Азамат", phone="+996700999999", institution=factories.get_institution())
    known.region_code = "KG-GO"
    stranger = factories.make_person("Сатаров", "Эрлан")
    nomination_list = staging.stage(
        factories.make_training(), line("Асанов Азамат", 1, institution=known.institution.name_ru)
    )
    row = staging.row_of(nomination_list, 2)
    nomination_operations.mend(row, {}, choice=stranger.reference, **BY)
    assert (row.kind, row.is_warned, row.person_id) == ("new", True, None)


def test_bad_rows_go_back_with_their_reasons(session) -> None:
    headings, rows = bad_rows(stage_mistaken())
    assert headings[:-1] == list(staging.HEADINGS)
    assert [row[0] for row in rows] == ["Асанов Азамат", "Сатаров Эрлан"]
    assert "institution" in rows[0][-1] and "region" in rows[1][-1]


@pytest.mark.parametrize("act", ["commit", "discard", "undo"])
def test_act_on_an_older_state_of_the_list_is_a_conflict(session, act: str) -> None:
    nomination_list = stage_mistaken()
    seen = nomination_list.version
    staging.mend(staging.row_of(nomination_list, 2), institution="ГКНБ")
    acts = {
        "commit": lambda: imports.commit(nomination_list, version=seen, **BY),
        "discard": lambda: nomination_operations.discard(nomination_list, version=seen, **BY),
        "undo": lambda: imports.undo(nomination_list, version=seen, **BY),
    }
    if act == "undo":
        imports.commit(nomination_list, version=nomination_list.version, **BY)
    before = staging.stock()
    with pytest.raises(nomination_operations.ListChanged) as refused:
        acts[act]()
    assert refused.value.status == 409
    assert staging.stock() == before


def test_row_that_somebody_else_has_mended_is_a_conflict(session) -> None:
    row = staging.row_of(stage_mistaken(), 2)
    seen = nomination_operations.row_version(row)
    staging.mend(row, institution="ГКНБ")
    with pytest.raises(nomination_operations.RowChanged) as refused:
        nomination_operations.mend(row, {Column.INSTITUTION: "Генеральная прокуратура"}, expected_version=seen, **BY)
    assert refused.value.status == 409
    assert row.cells[2] == "ГКНБ", "What stands there now is what the form shows beside what was typed."


def test_columns_that_somebody_else_has_said_are_a_conflict(session) -> None:
    nomination_list = stage_mistaken()
    seen = nomination_operations.layout_version(nomination_list)
    nomination_operations.remap(
        nomination_list, Layout.chosen(1, SAID, Defaults("GPO", "")), expected_version=seen, **BY
    )
    with pytest.raises(nomination_operations.ListChanged):
        nomination_operations.remap(nomination_list, Layout.chosen(1, SAID, NO_DEFAULTS), expected_version=seen, **BY)
    assert nomination_list.institution.code == "GPO"


def test_imported_list_is_not_mended_any_more(session) -> None:
    nomination_list = staging.bring(factories.make_training(), line("Асанов Азамат", 1))
    row = staging.row_of(nomination_list, 2)
    for act in (
        lambda: staging.mend(row, post="прокурор"),
        lambda: nomination_operations.remap(nomination_list, Layout.chosen(1, SAID, NO_DEFAULTS), **BY),
        lambda: nomination_operations.interpret(nomination_list, Column.REGION, "г. Ош", "Баткен", **BY),
        lambda: nomination_operations.discard(nomination_list, **BY),
    ):
        with pytest.raises(nomination_operations.ListNotWaiting):
            act()


def test_discarded_list_keeps_no_rows(session) -> None:
    nomination_list = stage_mistaken()
    nomination_operations.discard(nomination_list, version=nomination_list.version, **BY)
    assert (nomination_list.state, staging.stock()["NominationRow"]) == ("discarded", 0)
    assert nomination_queries.list_imports(nomination_list.training_id) == []
