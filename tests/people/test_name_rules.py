"""Names as Kyrgyz lists write them."""

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.people import name_rules
from portal.people.name_rules import FullName
from portal.platform import texts as names
from portal.records.rules import FaultCode

KYRGYZ = "абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя"
WRITTEN = st.text(alphabet=KYRGYZ + KYRGYZ.upper() + "abcdefghijklmnopqrstuvwxyz -'’", max_size=40)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Турдубаев Руслан Таалай уулу", FullName("Турдубаев", "Руслан", "Таалай уулу")),
        ("Өмүрбек уулу Үсөн", FullName("Өмүрбек уулу", "Үсөн")),
        ("Асан кызы Айгүл", FullName("Асан кызы", "Айгүл")),
        ("Omurbek uulu Uson", FullName("Omurbek uulu", "Uson")),
        ("ӨМҮРБЕК УУЛУ ҮСӨН", FullName("ӨМҮРБЕК УУЛУ", "ҮСӨН")),
        ("Сатарова Динара", FullName("Сатарова", "Динара")),
        ("  АКМАТОВ   БЕКЖАН\u00a0КАДЫРОВИЧ ", FullName("АКМАТОВ", "БЕКЖАН", "КАДЫРОВИЧ")),
        ("McDonald-Асанов Жан-Поль", FullName("McDonald-Асанов", "Жан-Поль")),
        ("12. Асанов Асан", FullName("Асанов", "Асан")),
        ("Асанов\nАсан Асанович", FullName("Асанов", "Асан", "Асанович")),
        ("Асанов", FullName("Асанов", "")),
        ("Асан уулу", FullName("Асан уулу", "")),
        ("", FullName("", "")),
    ],
)
def test_parse_full_name(written: str, expected: FullName) -> None:
    assert name_rules.parse_full_name(written) == expected


@given(WRITTEN)
def test_clean_changes_no_letter(written: str) -> None:
    assert names.clean(written).replace(" ", "") == unicodedata.normalize("NFC", written).replace(" ", "")


@pytest.mark.parametrize(
    ("written", "code", "args"),
    [
        ("<b>Асан</b>", FaultCode.NAME_CHARACTER, {"character": "<", "position": 1}),
        ("{{7*7}}", FaultCode.NAME_CHARACTER, {"character": "{", "position": 1}),
        ("</style>", FaultCode.NAME_CHARACTER, {"character": "<", "position": 1}),
        ("=1+1", FaultCode.NAME_CHARACTER, {"character": "=", "position": 1}),
        ("Ж?мабаев", FaultCode.NAME_CHARACTER, {"character": "?", "position": 2}),
        ("Асан1", FaultCode.NAME_CHARACTER, {"character": "1", "position": 5}),
        ("李", FaultCode.NAME_CHARACTER, {"character": "李", "position": 1}),
        ("Асан\u202eнаса", FaultCode.HIDDEN_CHARACTER, {"character": "U+202E", "position": 5}),
        ("\u2067Асан", FaultCode.HIDDEN_CHARACTER, {"character": "U+2067", "position": 1}),
        ("Аса\u200bн", FaultCode.HIDDEN_CHARACTER, {"character": "U+200B", "position": 4}),
        ("Аса\0н", FaultCode.HIDDEN_CHARACTER, {"character": "U+0000", "position": 4}),
        ("А" * 121, FaultCode.TOO_LONG, {"limit": 120}),
        ("-", FaultCode.NAME_WITHOUT_LETTERS, {}),
        ("И.О.", FaultCode.NAME_INITIALS, {}),
        ("И. О.", FaultCode.NAME_INITIALS, {}),
    ],
)
def test_faults_name_what_is_wrong_and_where(written: str, code: FaultCode, args: dict[str, object]) -> None:
    (fault,) = name_rules.faults(written)
    assert (fault.code, fault.args) == (code, args)


@pytest.mark.parametrize(
    "written", ["Өмүрбек уулу", "Жаңыл", "О’Коннор", "O'Neill", "Жан-Поль", "Dürr", "Ст.", "Ан", "А" * 120]
)
def test_faults_of_a_good_name(written: str) -> None:
    assert name_rules.faults(written) == []


@pytest.mark.parametrize(
    ("written", "letter", "position", "script", "instead"),
    [
        ("Cатаров", "C", 1, "latin", "Сатаров"),
        ("Асан Cатаров", "C", 6, "latin", "Асан Сатаров"),
        ("Жумaбаев", "a", 4, "latin", "Жумабаев"),
        ("Sаtarov", "а", 2, "cyrillic", "Satarov"),
    ],
)
def test_mixed_script_warns_and_names_the_letter(
    written: str, letter: str, position: int, script: str, instead: str
) -> None:
    (fault,) = name_rules.faults(written)
    assert fault.is_warning
    assert fault.args == {"letter": letter, "position": position, "script": script, "instead": instead}


def test_two_words_in_two_scripts_are_no_slip() -> None:
    assert name_rules.faults("Сатаров Smith") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Өмүралиев Жаңыл", "омуралиев жаныл"),
        ("Семёнов", "СЕМЕНОВ"),
        ("  АКМАТОВ  БЕКЖАН", "Акматов Бекжан"),
        ("Cатаров", "Сатаров"),
        ("Dürr", "durr"),
        ("О’Коннор", "О'Коннор"),
    ],
)
def test_fold_makes_one_search_text(one: str, other: str) -> None:
    assert names.fold(one) == names.fold(other)


def test_fold_keeps_й_apart_from_и() -> None:
    assert names.fold("Байыш") != names.fold("Баиыш")


@given(st.one_of(WRITTEN, st.text(max_size=30)))
@example("aaЁ")
@example("ÖӨ")
def test_fold_twice_is_fold(written: str) -> None:
    assert names.fold(names.fold(written)) == names.fold(written)


@given(st.text(alphabet=KYRGYZ, min_size=1, max_size=30))
def test_fold_and_match_key_ignore_case(written: str) -> None:
    assert names.fold(written.upper()) == names.fold(written)
    assert name_rules.match_key(written.upper()) == name_rules.match_key(written)


@pytest.mark.parametrize(
    ("cyrillic", "latin"),
    [
        ("Жумабаев", ["Jumabaev", "Djumabaev", "Zhumabayev", "Dzhumabaev", "Jymabayev", "Jumabayev"]),
        ("Джумабаев", ["Jumabaev", "Zhumabaev"]),
        ("Жаңыл", ["Jangyl", "Zhanyl", "Jañyl", "Janil"]),
        ("Өмүрбек уулу Үсөн", ["Omurbek uulu Uson", "Ömürbek uulu Üsön", "Omyrbek ulu Yson"]),
        ("Дүйшөева", ["Duishoeva", "Duyshoeva", "Düyshöyeva"]),
        ("Байгазиева", ["Baigazieva", "Baygaziyeva"]),
        ("Чынгыз", ["Chyngyz", "Chingiz"]),
        ("Айпери", ["Aiperi", "Ayperi"]),
        ("Шаршеев", ["Sharsheev", "Sharsheyev"]),
        ("Жээнбеков", ["Jeenbekov", "Zheenbekov"]),
        ("Нургүл", ["Nurgul", "Nurgyl", "Nurgül"]),
        ("Кыдырова", ["Kydyrova", "Kidirova"]),
        ("Юлия", ["Yuliya", "Iuliia", "Yulia"]),
        ("Хакимов", ["Khakimov", "Hakimov"]),
        ("Максат", ["Maksat", "Maxat"]),
    ],
)
def test_match_keys_join_the_spellings_of_a_name(cyrillic: str, latin: list[str]) -> None:
    assert [
        spelling for spelling in latin if not name_rules.match_keys(spelling) & name_rules.match_keys(cyrillic)
    ] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Нурбек", "Өмүрбек"),
        ("Турдубаев", "Турдубаева"),
        ("Байышовна", "Турдубековна"),
        ("Осмонов", "Усонов"),
        ("Асан", "Эсен"),
        ("Акматов", "Маматов"),
        ("Талант", "Таалай"),
    ],
)
def test_match_keys_keep_names_apart(one: str, other: str) -> None:
    assert not name_rules.match_keys(one) & name_rules.match_keys(other)


@given(WRITTEN)
def test_match_key_is_one_of_the_keys_or_stands_for_too_many(written: str) -> None:
    assert name_rules.match_key(written) in name_rules.match_keys(written)


def test_person_key_is_among_the_keys() -> None:
    assert name_rules.person_key("Sydykov", "Bakyt") in name_rules.person_keys("Sydykov", "Bakyt")
    assert name_rules.person_key("Сыдыков", "Бакыт") in name_rules.person_keys("Sydykov", "Bakyt")


def test_sort_key_follows_the_kyrgyz_alphabet() -> None:
    letters = [letter.upper() for letter in KYRGYZ]
    mixed = letters[::-1]
    assert sorted(mixed, key=lambda letter: name_rules.sort_key(letter, "")) == letters


def test_sort_key_orders_by_family_then_given() -> None:
    written = [
        ("Нур", "Я"),
        ("Ңур", "А"),
        ("Оров", "А"),
        ("Өмүров", "А"),
        ("Өмүрова", "А"),
        ("Усов", "А"),
        ("Үсөнов", "Б"),
    ]
    mixed = written[::-1]
    assert sorted(mixed, key=lambda name: name_rules.sort_key(*name)) == written
    assert sorted([("Аб", "А"), ("А", "Я"), ("А-б", "А")], key=lambda name: name_rules.sort_key(*name))[0] == ("А", "Я")


@given(st.lists(st.text(alphabet=KYRGYZ, min_size=1, max_size=12), min_size=2, max_size=6))
def test_sort_key_agrees_with_letter_by_letter_order(words: list[str]) -> None:
    by_letters = sorted(words, key=lambda word: [KYRGYZ.index(letter) for letter in word])
    assert sorted(words, key=lambda word: name_rules.sort_key(word, "")) == by_letters


@given(WRITTEN, WRITTEN)
def test_sort_key_is_digits_so_that_no_collation_can_change_it(family: str, given_name: str) -> None:
    key = name_rules.sort_key(family, given_name)
    assert key.isascii() and key.isdigit()


def test_long_text_is_judged_quickly() -> None:
    began = time.perf_counter()
    for text in ("А" * 50_000, "y" * 50_000, "И." * 25_000, " " * 50_000, "1" * 50_000 + "."):
        name_rules.faults(name_rules.clean_family(text))
        name_rules.parse_full_name(text)
        name_rules.match_keys(text)
    assert time.perf_counter() - began < 2
