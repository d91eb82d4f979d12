"""Regions and institutions as lists call them."""

import json
from pathlib import Path

import pytest

from portal.people.rules import Choice, Places, resolve

KG = json.loads((Path(__file__).parents[2] / "portal" / "people" / "data" / "KG.json").read_text(encoding="utf-8"))


def places(kind: str) -> Places:
    return Places(
        Choice(each["code"], (each["name_ky"], each["name_ru"], each["name_en"], *each["aliases"])) for each in KG[kind]
    )


REGIONS, INSTITUTIONS = places("regions"), places("institutions")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("г. Ош", "KG-GO"),
        ("г.Ош", "KG-GO"),
        ("Ош шаары", "KG-GO"),
        ("Osh city", "KG-GO"),
        ("Ошская область", "KG-O"),
        ("ОШСКАЯ ОБЛ.", "KG-O"),
        ("Ош облусу", "KG-O"),
        ("Osh oblast", "KG-O"),
        ("г. Бишкек", "KG-GB"),
        ("город Бишкек", "KG-GB"),
        ("Issyk-Kul", "KG-Y"),
        ("Issyk Kul oblast", "KG-Y"),
        ("Ysyk-Köl", "KG-Y"),
        ("Ысык-Көл облусу", "KG-Y"),
        ("Ысык-Кол", "KG-Y"),
        ("Иссык-Кульская область", "KG-Y"),
        ("Chuy", "KG-C"),
        ("Chui region", "KG-C"),
        ("Chüy oblast", "KG-C"),
        ("Чүй облусу", "KG-C"),
        ("Джалал-Абадская область", "KG-J"),
        ("Жалал-Абадская обл.", "KG-J"),
        ("Жалал-Абад облусу", "KG-J"),
        ("Нарынская  область", "KG-N"),
        ("Таласская область", "KG-T"),
        ("Баткен облусу", "KG-B"),
        ("KG-B", "KG-B"),
    ],
)
def test_region_under_its_many_names(written: str, code: str) -> None:
    assert REGIONS.resolve(written).code == code


@pytest.mark.parametrize("written", ["Ош", "Osh", "ош"])
def test_bare_osh_offers_the_city_and_the_oblast(written: str) -> None:
    found = REGIONS.resolve(written)
    assert (found.code, set(found.offers), found.is_ambiguous) == (None, {"KG-GO", "KG-O"}, True)


@pytest.mark.parametrize(
    ("written", "nearest"), [("Талаская область", "KG-T"), ("Ошская облась", "KG-O"), ("Исык-Кульская область", "KG-Y")]
)
def test_unknown_region_offers_the_nearest_and_guesses_none(written: str, nearest: str) -> None:
    found = REGIONS.resolve(written)
    assert (found.code, found.offers[0], found.is_ambiguous) == (None, nearest, False)


def test_region_of_nowhere() -> None:
    assert REGIONS.resolve("Атлантида").code is None


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Генеральная прокуратура КР", "GPO"),
        ("Башкы прокуратура", "GPO"),
        ("Кыргыз Республикасынын Башкы прокуратурасы", "GPO"),
        ("General Prosecutor's Office", "GPO"),
        ("Следственная служба МВД", "MOI-IS"),
        ("Тергөө кызматы", "MOI-IS"),
        ("СЛУЖБА КРИМИНАЛЬНОЙ МИЛИЦИИ МВД", "MOI-CPS"),
        ("МВД КР", "MOI"),
        ("Министерство внутренних дел Кыргызской Республики", "MOI"),
        ("Кризисный центр «Тендеш»", "NGO-TENDESH"),
        ('кризисный центр "Тендеш"', "NGO-TENDESH"),
        ("ГКНБ", "SCNS"),
        ("UNODC", "UNODC"),
    ],
)
def test_institution_under_its_many_names(written: str, code: str) -> None:
    assert INSTITUTIONS.resolve(written).code == code


def test_unknown_institution_offers_the_nearest_and_guesses_none() -> None:
    found = INSTITUTIONS.resolve("Служба криминальной милици")
    assert (found.code, found.offers[0]) == (None, "MOI-CPS")
    assert INSTITUTIONS.resolve("Министерство магии").code is None


def test_part_of_a_name_offers_all_that_hold_it() -> None:
    assert INSTITUTIONS.resolve("Кризисный центр").code is None
    assert len(INSTITUTIONS.resolve("Кризисный центр").offers) == 3


def test_country_data_is_whole() -> None:
    assert len(KG["regions"]) == 9
    codes = [each["code"] for each in KG["institutions"]]
    assert len(set(codes)) == len(codes)
    assert {each["parent"] for each in KG["institutions"]} - {None} <= set(codes)
    assert {each["region"] for each in KG["institutions"] if each.get("region")} <= {
        each["code"] for each in KG["regions"]
    }
    for each in (*KG["regions"], *KG["institutions"], *KG["donors"]):
        assert each["name_ky"] and each["name_ru"] and each["name_en"]


@pytest.mark.parametrize("kind", ["regions", "institutions"])
def test_every_name_means_itself_or_says_that_it_is_ambiguous(kind: str) -> None:
    known = places(kind)
    for each in KG[kind]:
        for name in (each["name_ky"], each["name_ru"], each["name_en"], *each["aliases"]):
            found = known.resolve(name)
            assert found.code == each["code"] or (found.is_ambiguous and each["code"] in found.offers), name


def test_resolve_one_value() -> None:
    choices = [Choice("A", ("Ак-Суу",)), Choice("B", ("Кара-Суу",))]
    assert resolve("ак суу", choices).code == "A"


def test_many_unknown_values_cost_little() -> None:
    assert [INSTITUTIONS.resolve(f"Учреждение номер {number}").code for number in range(3000)] == [None] * 3000
    assert INSTITUTIONS.resolve("x" * 5000).offers == ()
    assert INSTITUTIONS.resolve("ГКНБ").code == "SCNS"
