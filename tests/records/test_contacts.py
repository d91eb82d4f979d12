"""Phones, e-mail addresses, sex and year of birth."""

import time
from datetime import date

import pytest

from portal.records import contacts
from portal.records.rules import FaultCode

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0700744824", "+996700744824"),
        ("700744824", "+996700744824"),
        ("996555870378", "+996555870378"),
        ("+996 501 34-37-65", "+996501343765"),
        ("0(501) 604-154", "+996501604154"),
        ("00996 555 123 456", "+996555123456"),
        ("+996 0555 123456", "+996555123456"),
        ("тел. 0555-12-34-56", "+996555123456"),
        ("моб: 0555 12 34 56", "+996555123456"),
        ("0312 66-20-00", "+996312662000"),
        ("+7 701 123 45 67", "+77011234567"),
        ("996555000333.0", "+996555000333"),
        ("9.96555000333E+11", "+996555000333"),
        ("9,96555000333e+11", "+996555000333"),
        ("", ""),
        ("-", ""),
        ("нет", ""),
        ("жок", ""),
    ],
)
def test_phone_in_any_form(written: str, number: str) -> None:
    assert contacts.phone(written) == (number, [])


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("12", FaultCode.PHONE_INVALID),
        ("0555 12 34", FaultCode.PHONE_INVALID),
        ("звонить секретарю", FaultCode.PHONE_INVALID),
        ("=1+1", FaultCode.PHONE_INVALID),
        ("99655500033355555", FaultCode.PHONE_INVALID),
        ("9.96555E+11", FaultCode.PHONE_DIGITS_LOST),
        ("9,96555E+11", FaultCode.PHONE_DIGITS_LOST),
        ("9.96555e+17", FaultCode.PHONE_DIGITS_LOST),
        ("1" * 101, FaultCode.TOO_LONG),
    ],
)
def test_phone_that_is_none(written: str, code: FaultCode) -> None:
    number, (fault,) = contacts.phone(written)
    assert (number, fault.code, fault.is_warning) == ("", code, False)


def test_phone_of_no_operator_is_kept_with_a_warning() -> None:
    number, (fault,) = contacts.phone("+996 199 99 99 99")
    assert (number, fault.code, fault.is_warning) == ("+996199999999", FaultCode.PHONE_UNUSUAL, True)


def test_several_phones_keep_the_first_and_name_the_others() -> None:
    number, (fault,) = contacts.phone("0555 12 34 56, 0700 12 34 56")
    assert (number, fault.is_warning, fault.args) == ("+996555123456", True, {"others": "0700 12 34 56"})


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("aida@example.org", "aida@example.org"),
        ("Aida.Osmonova+osh@Example.ORG", "Aida.Osmonova+osh@example.org"),
        ("", ""),
        ("нет", ""),
    ],
)
def test_email(written: str, address: str) -> None:
    assert contacts.email(written) == (address, [])


@pytest.mark.parametrize(
    "written",
    [
        "not-an-email",
        "a@b",
        "a@@b.kg",
        "a..b@c.kg",
        "@c.kg",
        "a@-c.kg",
        "a@c-.kg",
        "аида@example.org",
        "a@b.kg\0",
        "a" * 250 + "@b.kg",
    ],
)
def test_email_that_is_none(written: str) -> None:
    address, (fault,) = contacts.email(written)
    assert (address, fault.code, fault.is_warning) == ("", FaultCode.EMAIL_INVALID, False)


def test_several_emails_keep_the_first_and_name_the_others() -> None:
    address, (fault,) = contacts.email("a@b.kg; c@d.kg")
    assert (address, fault.is_warning, fault.args) == ("a@b.kg", True, {"others": "c@d.kg"})


@pytest.mark.parametrize(
    ("written", "sex"),
    [(text, "M") for text in ("м", "М", "муж.", "мужской", "M", "э", "Эркек", "male", "м.")]
    + [(text, "F") for text in ("ж", "Ж", "жен.", "женский", "F", "а", "А", "аял", "female")]
    + [("", None), ("-", None)],
)
def test_sex(written: str, sex: str | None) -> None:
    assert contacts.sex(written) == (sex, [])


def test_sex_that_says_nothing() -> None:
    assert contacts.sex("?")[1][0].code is FaultCode.SEX_UNKNOWN


@pytest.mark.parametrize(
    ("written", "year"),
    [
        ("1981", 1981),
        ("1981 г.", 1981),
        ("1981-ж.", 1981),
        ("12.05.1981", 1981),
        ("1981-05-12", 1981),
        ("1981-05-12 00:00:00", 1981),
        ("2010", 2010),
        ("", None),
    ],
)
def test_birth_year(written: str, year: int | None) -> None:
    assert contacts.birth_year(written, TODAY) == (year, [])


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1890", FaultCode.BIRTH_YEAR_IMPLAUSIBLE),
        ("2011", FaultCode.BIRTH_YEAR_IMPLAUSIBLE),
        ("2026", FaultCode.BIRTH_YEAR_IMPLAUSIBLE),
        ("81", FaultCode.BIRTH_YEAR_UNREADABLE),
        ("29718", FaultCode.BIRTH_YEAR_UNREADABLE),
        ("давно", FaultCode.BIRTH_YEAR_UNREADABLE),
    ],
)
def test_birth_year_that_is_none(written: str, code: FaultCode) -> None:
    year, (fault,) = contacts.birth_year(written, TODAY)
    assert (year, fault.code) == (None, code)


def test_plausible_years_move_with_the_day() -> None:
    assert contacts.birth_year("2011", date(2027, 1, 1)) == (2011, [])


@pytest.mark.parametrize(
    "text", ["1" * 50_000, "a" * 50_000, "a." * 25_000, "a@" * 25_000, "a@" + "b." * 25_000, "(" * 50_000]
)
def test_long_text_is_refused_quickly(text: str) -> None:
    began = time.perf_counter()
    for read in (contacts.phone, contacts.email, contacts.sex, lambda year: contacts.birth_year(year, TODAY)):
        assert read(text)[1]
    assert time.perf_counter() - began < 0.2
