"""Whole lists: the three of the ministries, duplicates, look-alikes, limits."""

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from portal.list_reader import columns, reading
from portal.list_reader.problems import ListFault, file_problems
from portal.list_reader.reading import ReadRow
from portal.people.match_rules import Likeness, compare
from portal.people.name_rules import FullName
from portal.platform import texts as names
from tests.nominations.lists import read, reference_data, row, sent, truth

KEYS = ("sex", "institution", "region", "phone", "email")


def folded(row: ReadRow) -> str:
    assert row.nominee is not None
    return names.fold(row.nominee.full_name)


@pytest.mark.parametrize("name", ["osh", "issyk-kul"])
def test_list_says_what_is_true(name: str) -> None:
    found, _ = sent(name)
    true = truth(name)
    assert found.counts == {"rows": true["rows"], "duplicates": true["duplicates"], "bad": true["bad"]}
    nominees = [each.nominee for each in found.people if each.nominee]
    assert len(nominees) == true["unique_people"]
    assert sum(nominee.sex == "F" for nominee in nominees) == true["women"]
    assert Counter(nominee.institution for nominee in nominees) == true["by_institution"]
    assert Counter(nominee.region for nominee in nominees) == true["by_region"]
    by_phone = {nominee.phone: nominee for nominee in nominees}
    for person in true["people"]:
        nominee = by_phone[person["phone"]]
        written = str(FullName(person["family"], person["given"], person["patronymic"]))
        assert names.fold(nominee.full_name) == names.fold(written)
        assert [getattr(nominee, key) for key in KEYS] == [person[key] for key in KEYS]
        assert name == "issyk-kul" or nominee.full_name == written


def test_osh_keeps_the_mixed_case_spelling_and_shows_both() -> None:
    found, encoding = sent("osh")
    repeated = {each.number: each.duplicate_of for each in found.rows if each.duplicate_of}
    assert repeated == {48: 6, 55: 58}
    written = {each.number: each.nominee.full_name for each in found.rows if each.nominee}
    assert [written[48], written[6]] == ["АКМАТОВ БЕКЖАН КАДЫРОВИЧ", "Акматов Бекжан Кадырович"]
    assert [written[55], written[58]] == ["ЖЭЭНБЕКОВА НУРГҮЛ БАЙЫШОВНА", "Жээнбекова Нургүл Байышовна"]
    assert all(not each.problems for each in found.rows)
    assert file_problems(encoding) == []


def test_issyk_kul_has_one_problem_and_it_is_the_file() -> None:
    found, encoding = sent("issyk-kul")
    assert all(not each.problems for each in found.rows)
    (problem,) = file_problems(encoding)
    assert (problem.code, problem.is_warning) == (ListFault.WINDOWS_1251, True)


def test_talas_has_all_that_goes_wrong() -> None:
    found, _ = sent("talas")
    true = truth("talas")
    assert found.counts == {"rows": true["rows"], "duplicates": true["duplicates"], "bad": true["bad"]}
    nominees = [each.nominee for each in found.people if each.nominee]
    assert len(nominees) == true["unique_people"]
    assert sum(nominee.sex == "F" for nominee in nominees) == true["women"]
    assert sum(nominee.role == "alternate" for nominee in nominees) == true["alternates"]
    assert (
        Counter(nominee.institution for nominee in nominees)["NGO-TENDESH"] == true["small_institution"]["NGO-TENDESH"]
    )
    warnings = [problem for each in found.people for problem in each.problems]
    assert len(warnings) == true["warnings"]
    assert (warnings[0].value, warnings[0].args["letter"], warnings[0].args["position"]) == ("Cатаров", "C", 1)
    assert {each.number: [problem.heading for problem in each.problems] for each in found.rows if each.is_bad} == {
        26: ["Фамилиясы / Фамилия", "Телефон", "E-mail"],
        27: ["Жынысы / Пол", "Мекеме / Орган", "Облус / Регион"],
        28: ["Аты / Имя", "Туулган жылы / Год рождения"],
    }


def test_same_people_across_the_lists_and_no_others() -> None:
    lists = {name: sent(name)[0].people for name in ("osh", "issyk-kul", "talas")}
    alike = [
        (first, second, folded(one), compare(one.nominee.identity, other.nominee.identity).likeness)
        for first, second in combinations(lists, 2)
        for one in lists[first]
        for other in lists[second]
        if one.nominee and other.nominee
        if compare(one.nominee.identity, other.nominee.identity).likeness is not Likeness.DIFFERENT
    ]
    returning = {names.fold(name) for name in truth("talas")["returning"]}
    assert len(alike) == truth("talas")["known_after_issyk_kul"]
    assert {(*pair, likeness) for *pair, _, likeness in alike} == {("issyk-kul", "talas", Likeness.SAME)}
    assert {name for _, _, name, _ in alike} == returning


def test_look_alikes_stay_apart() -> None:
    written = Counter(each.nominee.full_name for each in sent("osh")[0].people if each.nominee)
    for name in ("Үсөнова Жаңыл Байышовна", "Үсөнова Жаңыл Турдубековна", "Турдубаев Руслан Таалай уулу"):
        assert written[name] == 1


@pytest.mark.parametrize(
    "again",
    [
        row(number="2", name="АСАНОВА  АИДА  МАРАТОВНА"),
        row(number="2", phone="+996 555 12-34-56", email=""),
        row(number="2", phone="", email="A@B.kg"),
        row(number="2", name="Асанова Аида", phone="0(555) 123-456"),
        row(number="2", name="Asanova Aida Maratovna"),
        row(number="2", phone="", email="", year=""),
    ],
)
def test_person_twice_is_one_and_both_are_shown(again: tuple[str, ...]) -> None:
    found = read(row(), again)
    assert [each.duplicate_of for each in found.rows[1:]] == [None, 2]
    assert found.counts == {"rows": 2, "duplicates": 1, "bad": 0}


def test_capitals_first_lose_to_mixed_case_later() -> None:
    found = read(row(name="АСАНОВА АИДА МАРАТОВНА"), row(number="2"), row(number="3", name="асанова аида маратовна"))
    assert [each.duplicate_of for each in found.rows[1:]] == [3, None, 3]


def test_same_name_in_doubt_and_same_phone_warn_and_stay() -> None:
    found = read(
        row(),
        row(number="2", phone="0700 11 22 33", email="", year=""),
        row(number="3", name="Асанов Марат", sex="м", email="", year=""),
    )
    assert found.counts == {"rows": 3, "duplicates": 0, "bad": 0}
    assert [[problem.code for problem in each.problems] for each in found.rows[1:]] == [
        [],
        [ListFault.SAME_NAME_IN_LIST],
        [ListFault.SAME_PHONE_IN_LIST],
    ]
    assert [problem.args for each in found.rows for problem in each.problems] == [{"row": 2}, {"row": 2}]


def test_bad_row_is_bad_and_no_duplicate() -> None:
    found = read(row(), row(number="2", region="Атлантида"))
    assert found.counts == {"rows": 2, "duplicates": 0, "bad": 1}


def test_mended_row_is_compared_anew() -> None:
    found = read(row(), row(number="2", region="Атлантида"))
    mended = read(row(), row(number="2"))
    rows = reading.compare_rows([*found.rows[:2], mended.rows[2]])
    assert [each.duplicate_of for each in rows] == [None, None, 2]
    assert [each.duplicate_of for each in reading.compare_rows(rows[:2])] == [None, None]


def test_ten_thousand_rows_and_one_more() -> None:
    people = [(f"{n}", f"Асанов{'абвгд'[n % 5]} Асан", "ГКНБ", f"0555{n:06d}") for n in range(10_001)]
    header = ("№", "Ф.И.О.", "Орган", "Тел")
    assert not read(*people[:-1], header=header).is_too_long
    assert read(*people, header=header).is_too_long


def test_row_of_one_name_typed_thousands_of_times_ends() -> None:
    people = [
        (f"Асанов Асан Асан{'абвгдежзик'[n % 10]}{'лмнопрсту'[n % 9]}ич", "ГКНБ", "0555123456") for n in range(3_000)
    ]
    assert read(*people, header=("Ф.И.О.", "Орган", "Тел")).counts["rows"] == 3_000


def test_list_of_one_institution_may_leave_it_out() -> None:
    rows = [["Ф.И.О.", "Тел"], ["Асанов Асан", "0555123456"]]
    found = columns.detect(rows)
    assert found is not None
    one = reading.read_list(rows, found, replace(reference_data(), institution="GPO", region="KG-B"))[1].nominee
    assert one is not None
    assert (one.institution, one.region) == ("GPO", "KG-B")
