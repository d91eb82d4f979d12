"""Numbers in words: forms and genders of three languages, and every number says itself and no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from portal.materials import spelling
from portal.materials.spelling import CURRENCIES, UNITS, Gender

COPY, PIECE = UNITS["copy"], UNITS["piece"]
NUMBERS = [
    (0, "нөл", "ноль", "zero"),
    (1, "бир", "один", "one"),
    (2, "эки", "два", "two"),
    (9, "тогуз", "девять", "nine"),
    (10, "он", "десять", "ten"),
    (11, "он бир", "одиннадцать", "eleven"),
    (12, "он эки", "двенадцать", "twelve"),
    (13, "он үч", "тринадцать", "thirteen"),
    (14, "он төрт", "четырнадцать", "fourteen"),
    (15, "он беш", "пятнадцать", "fifteen"),
    (16, "он алты", "шестнадцать", "sixteen"),
    (17, "он жети", "семнадцать", "seventeen"),
    (18, "он сегиз", "восемнадцать", "eighteen"),
    (19, "он тогуз", "девятнадцать", "nineteen"),
    (20, "жыйырма", "двадцать", "twenty"),
    (21, "жыйырма бир", "двадцать один", "twenty-one"),
    (38, "отуз сегиз", "тридцать восемь", "thirty-eight"),
    (40, "кырк", "сорок", "forty"),
    (50, "элүү", "пятьдесят", "fifty"),
    (67, "алтымыш жети", "шестьдесят семь", "sixty-seven"),
    (70, "жетимиш", "семьдесят", "seventy"),
    (86, "сексен алты", "восемьдесят шесть", "eighty-six"),
    (99, "токсон тогуз", "девяносто девять", "ninety-nine"),
    (100, "жүз", "сто", "one hundred"),
    (101, "жүз бир", "сто один", "one hundred one"),
    (212, "эки жүз он эки", "двести двенадцать", "two hundred twelve"),
    (350, "үч жүз элүү", "триста пятьдесят", "three hundred fifty"),
    (1000, "бир миң", "одна тысяча", "one thousand"),
    (1001, "бир миң бир", "одна тысяча один", "one thousand one"),
    (2000, "эки миң", "две тысячи", "two thousand"),
    (5000, "беш миң", "пять тысяч", "five thousand"),
    (11_000, "он бир миң", "одиннадцать тысяч", "eleven thousand"),
    (14_000, "он төрт миң", "четырнадцать тысяч", "fourteen thousand"),
    (21_000, "жыйырма бир миң", "двадцать одна тысяча", "twenty-one thousand"),
    (100_000, "жүз миң", "сто тысяч", "one hundred thousand"),
    (101_101, "жүз бир миң жүз бир", "сто одна тысяча сто один", "one hundred one thousand one hundred one"),
    (
        999_999,
        "тогуз жүз токсон тогуз миң тогуз жүз токсон тогуз",
        "девятьсот девяносто девять тысяч девятьсот девяносто девять",
        "nine hundred ninety-nine thousand nine hundred ninety-nine",
    ),
    (1_000_000, "бир миллион", "один миллион", "one million"),
    (2_350_000, "эки миллион үч жүз элүү миң", "два миллиона триста пятьдесят тысяч", None),
]


@pytest.mark.parametrize(("value", "ky", "ru", "en"), NUMBERS)
def test_number(value: int, ky: str, ru: str, en: str | None) -> None:
    assert spelling.number(value, "ky") == ky
    assert spelling.number(value, "ru") == ru
    assert en is None or spelling.number(value, "en") == en


@pytest.mark.parametrize(
    ("value", "masculine", "feminine", "neuter"),
    [
        (1, "один", "одна", "одно"),
        (2, "два", "две", "два"),
        (11, "одиннадцать", "одиннадцать", "одиннадцать"),
        (12, "двенадцать", "двенадцать", "двенадцать"),
        (21, "двадцать один", "двадцать одна", "двадцать одно"),
        (102, "сто два", "сто две", "сто два"),
        (1001, "одна тысяча один", "одна тысяча одна", "одна тысяча одно"),
    ],
)
def test_russian_number_takes_the_gender_of_what_is_counted(
    value: int, masculine: str, feminine: str, neuter: str
) -> None:
    spelled = [spelling.number(value, "ru", gender) for gender in (Gender.MASCULINE, Gender.FEMININE, Gender.NEUTER)]
    assert spelled == [masculine, feminine, neuter]


@pytest.mark.parametrize(
    ("value", "ky", "ru", "en"),
    [
        (1, "1 (бир) нуска", "1 (один) экземпляр", "1 (one) copy"),
        (2, "2 (эки) нуска", "2 (два) экземпляра", "2 (two) copies"),
        (5, "5 (беш) нуска", "5 (пять) экземпляров", "5 (five) copies"),
        (11, "11 (он бир) нуска", "11 (одиннадцать) экземпляров", "11 (eleven) copies"),
        (14, "14 (он төрт) нуска", "14 (четырнадцать) экземпляров", "14 (fourteen) copies"),
        (21, "21 (жыйырма бир) нуска", "21 (двадцать один) экземпляр", "21 (twenty-one) copies"),
        (22, "22 (жыйырма эки) нуска", "22 (двадцать два) экземпляра", "22 (twenty-two) copies"),
        (40, "40 (кырк) нуска", "40 (сорок) экземпляров", "40 (forty) copies"),
        (111, "111 (жүз он бир) нуска", "111 (сто одиннадцать) экземпляров", "111 (one hundred eleven) copies"),
        (1001, "1 001 (бир миң бир) нуска", "1 001 (одна тысяча один) экземпляр", "1 001 (one thousand one) copies"),
    ],
)
def test_copies(value: int, ky: str, ru: str, en: str) -> None:
    spelled = [spelling.counted(value, COPY, lang).replace("\u00a0", " ") for lang in ("ky", "ru", "en")]
    assert spelled == [ky, ru, en]


def test_pieces_are_feminine_in_russian() -> None:
    assert spelling.counted(2, PIECE, "ru") == "2 (две) штуки"
    assert spelling.counted(21, PIECE, "ru") == "21 (двадцать одна) штука"


@pytest.mark.parametrize(
    ("minor", "currency", "ky", "ru", "en"),
    [
        (
            1_400_000,
            "KGS",
            "14 000 (он төрт миң) сом 00 тыйын",
            "14 000 (четырнадцать тысяч) сомов 00 тыйынов",
            "14 000 (fourteen thousand) som 00 tyiyn",
        ),
        (101, "KGS", "1 (бир) сом 01 тыйын", "1 (один) сом 01 тыйын", "1 (one) som 01 tyiyn"),
        (222, "KGS", "2 (эки) сом 22 тыйын", "2 (два) сома 22 тыйына", "2 (two) som 22 tyiyn"),
        (50, "KGS", "0 (нөл) сом 50 тыйын", "0 (ноль) сомов 50 тыйынов", "0 (zero) som 50 tyiyn"),
        (
            99_999_999,
            "KGS",
            "999 999 (тогуз жүз токсон тогуз миң тогуз жүз токсон тогуз) сом 99 тыйын",
            "999 999 (девятьсот девяносто девять тысяч девятьсот девяносто девять) сомов 99 тыйынов",
            "999 999 (nine hundred ninety-nine thousand nine hundred ninety-nine) som 99 tyiyn",
        ),
        (
            2_100,
            "USD",
            "21 (жыйырма бир) АКШ доллары 00 цент",
            "21 (двадцать один) доллар США 00 центов",
            "21 (twenty-one) US dollars 00 cents",
        ),
        (100, "EUR", "1 (бир) евро 00 евроцент", "1 (одно) евро 00 евроцентов", "1 (one) euro 00 cents"),
    ],
)
def test_sum(minor: int, currency: str, ky: str, ru: str, en: str) -> None:
    spelled = [spelling.money(minor, currency, lang).replace("\u00a0", " ") for lang in ("ky", "ru", "en")]
    assert spelled == [ky, ru, en]


def test_copies_of_the_act_stand_in_the_case_of_their_sentence() -> None:
    assert [spelling.copies_of_act(2, lang) for lang in ("ky", "ru", "en")] == [
        "2 (эки) нускада",
        "2 (двух) экземплярах",
        "2 (two) copies",
    ]
    with pytest.raises(ValueError, match="not 1"):
        spelling.copies_of_act(1, "ru")


@pytest.mark.parametrize("value", [-1, spelling.LARGEST + 1])
def test_what_cannot_be_spelled_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="cannot be spelled"):
        spelling.number(value, "ky")


@pytest.mark.parametrize("lang", ["ky", "ru", "en"])
@given(value=some.integers(0, spelling.LARGEST))
def test_every_number_reads_back_as_itself(lang: str, value: int) -> None:
    assert read(spelling.number(value, lang), lang) == value
    assert read(spelling.number(value, lang, Gender.FEMININE), lang) == value


@pytest.mark.parametrize("lang", ["ky", "ru", "en"])
def test_all_numbers_to_a_thousand_and_around_each_thousand_differ(lang: str) -> None:
    values = {*range(1101), *(thousand * 1000 + rest for thousand in range(1000) for rest in (0, 1, 999))}
    assert len({spelling.number(value, lang) for value in values}) == len(values)


@pytest.mark.parametrize("currency", CURRENCIES)
@given(minor=some.integers(0, 99_999_999), other=some.integers(0, 99_999_999))
def test_different_sums_never_read_alike(currency: str, minor: int, other: int) -> None:
    for lang in ("ky", "ru", "en"):
        alike = spelling.money(minor, currency, lang) == spelling.money(other, currency, lang)
        assert alike == (minor == other)


# An independent reader: what each word is worth, whatever its gender and form.
WORTH = {
    lang: words.split()
    for lang, words in {
        "ky": "нөл бир эки үч төрт беш алты жети сегиз тогуз он",
        "ru": "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать"
        " четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать",
        "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen",
    }.items()
}
TENS = {
    lang: words.split()
    for lang, words in {
        "ky": "жыйырма отуз кырк элүү алтымыш жетимиш сексен токсон",
        "ru": "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
        "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    }.items()
}
HUNDREDS = ["сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"]


def read(words: str, lang: str) -> int:
    whole = group = 0
    for word in words.replace("-", " ").split():
        if word in ("жүз", "hundred"):
            group = (group or 1) * 100
        elif word[:3] in ("миң", "тыс", "tho", "мил", "mil", "bil"):
            scale = {"миң": 3, "тыс": 3, "tho": 3, "bil": 9, "mil": 6}.get(word[:3]) or (9 if "ард" in word else 6)
            whole, group = whole + group * 10**scale, 0
        else:
            group += worth(word, lang)
    return whole + group


def worth(word: str, lang: str) -> int:
    if word in ("одна", "две"):
        return 1 + (word == "две")
    if word in TENS[lang]:
        return 20 + 10 * TENS[lang].index(word)
    if word in HUNDREDS:
        return 100 + 100 * HUNDREDS.index(word)
    return WORTH[lang].index(word)
