"""Phones, e-mail addresses, sex and year of birth, as nomination lists write them."""

import re
from datetime import date
from decimal import Decimal

import phonenumbers

from portal.records.rules import Fault, FaultCode

MAX_EMAIL = 254
MAX_PHONE = 100
YOUNGEST, OLDEST = 16, 100

_SCIENTIFIC = re.compile(r"^\+?(\d(?:[.,]\d{1,20})?)[eEеЕ]\+?(\d{1,2})$")
_NUMBER_WITH_FRACTION = re.compile(r"^(\d{9,15})[.,]0+$")
_SEVERAL = re.compile(r"[,;/|\n]|\s(?:и|же|жана|или|or|and)\s")
_PHONE_WORDS = re.compile(r"\b(?:тел|телефон|моб|сот|раб|tel|mob|phone|whatsapp|telegram)\b\.?:?", re.IGNORECASE)
_PHONE = re.compile(r"^\+?[\d()\-‐‑–—. \u00a0]+$")
_EMAIL = re.compile(
    r"^[a-z0-9!#$%&'*+/=?^_{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_{|}~-]+)*@([a-z0-9-]+(?:\.[a-z0-9-]+)+)$", re.I
)
_NOTHING = frozenset({"", "-", "–", "—", "нет", "жок", "no", "none", "n/a", "н/д", "б/н", "0"})
_YEAR = re.compile(r"^(?:\d{1,2}[./-]\d{1,2}[./-])?(\d{4})(?:-\d{2}-\d{2})?\s*-?(?:г\.?|год|ж\.?|жыл)?(?: ?р\.?)?$")

_MALE = frozenset({"м", "m", "муж", "мужской", "мужчина", "э", "эр", "эрк", "эркек", "male", "man"})
_FEMALE = frozenset({"ж", "f", "жен", "женский", "женщина", "а", "ая", "аял", "аялзат", "female", "woman", "w"})


def is_nothing(text: str) -> bool:
    return text.strip().casefold() in _NOTHING


def phone(text: str, region: str = "KG") -> tuple[str, list[Fault]]:
    """Return the first number in E.164, or an empty text and why it cannot be read."""
    if is_nothing(text):
        return "", []
    if len(text) > MAX_PHONE:
        return "", [Fault(FaultCode.TOO_LONG, {"limit": MAX_PHONE})]
    restored = _restored(text.strip())
    if restored is None:
        return "", [Fault(FaultCode.PHONE_DIGITS_LOST)]
    numbers = [part for part in map(str.strip, _SEVERAL.split(_PHONE_WORDS.sub(" ", restored))) if part]
    if not numbers or not _PHONE.match(numbers[0]):
        return "", [Fault(FaultCode.PHONE_INVALID)]
    try:
        parsed = phonenumbers.parse(numbers[0], region)
    except phonenumbers.NumberParseException:
        return "", [Fault(FaultCode.PHONE_INVALID)]
    if not phonenumbers.is_possible_number(parsed):
        return "", [Fault(FaultCode.PHONE_INVALID)]
    found = [] if phonenumbers.is_valid_number(parsed) else [Fault(FaultCode.PHONE_UNUSUAL)]
    if len(numbers) > 1:
        found.append(Fault(FaultCode.PHONE_SEVERAL, {"others": ", ".join(numbers[1:])}))
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), found


def _restored(text: str) -> str | None:
    """Return the digits behind a spreadsheet's number; None if scientific notation has dropped some of them."""
    fraction = _NUMBER_WITH_FRACTION.match(text)
    if fraction:
        return fraction.group(1)
    scientific = _SCIENTIFIC.match(text)
    if not scientific:
        return text
    mantissa, exponent = scientific.group(1).replace(",", "."), int(scientific.group(2))
    digits = len(mantissa.partition(".")[2])
    return str(int(Decimal(mantissa).scaleb(exponent))) if digits == exponent else None


def email(text: str) -> tuple[str, list[Fault]]:
    """Return the first address, its domain in small letters, or an empty text and why it is none."""
    if is_nothing(text):
        return "", []
    if len(text) > 4 * MAX_EMAIL:
        return "", [Fault(FaultCode.TOO_LONG, {"limit": MAX_EMAIL})]
    addresses = [part for part in re.split(r"[,;\s]+", text.strip()) if part]
    first = addresses[0] if addresses else ""
    found = _EMAIL.match(first)
    if not found or len(first) > MAX_EMAIL or any(part.strip("-") != part for part in found.group(1).split(".")):
        return "", [Fault(FaultCode.EMAIL_INVALID)]
    local, _, domain = first.rpartition("@")
    several = [Fault(FaultCode.EMAIL_SEVERAL, {"others": ", ".join(addresses[1:])})] if len(addresses) > 1 else []
    return f"{local}@{domain.lower()}", several


def sex(text: str) -> tuple[str | None, list[Fault]]:
    """Return "M", "F", or None: never guessed from a name."""
    word = text.strip().casefold().rstrip(".")
    if is_nothing(text):
        return None, []
    if word in _MALE:
        return "M", []
    if word in _FEMALE:
        return "F", []
    return None, [Fault(FaultCode.SEX_UNKNOWN)]


def birth_year(text: str, today: date) -> tuple[int | None, list[Fault]]:
    """Return the year of a year or of a whole date, if somebody born then can be at work."""
    if is_nothing(text):
        return None, []
    found = _YEAR.match(text.strip().casefold().partition("t")[0].partition(" 00:")[0])
    if not found:
        return None, [Fault(FaultCode.BIRTH_YEAR_UNREADABLE)]
    year = int(found.group(1))
    first, last = today.year - OLDEST, today.year - YOUNGEST
    if not first <= year <= last:
        return None, [Fault(FaultCode.BIRTH_YEAR_IMPLAUSIBLE, {"first": first, "last": last})]
    return year, []


def phone_of(typed: str) -> str:
    """Return a typed phone in E.164; empty if it cannot be read."""
    return phone(typed)[0] if typed else ""
