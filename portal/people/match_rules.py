"""Whether two rows mean the same person: the name and something else must agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from portal.people import name_rules


class Likeness(StrEnum):
    SAME = "same"
    POSSIBLE = "possible"
    DIFFERENT = "different"


class Evidence(StrEnum):
    """What two rows have in common beside the name, or hold against each other."""

    PHONE = "phone"
    EMAIL = "email"
    BIRTH_YEAR = "birth_year"
    WORKPLACE = "workplace"
    OTHER_BIRTH_YEAR = "other_birth_year"
    OTHER_SEX = "other_sex"


@dataclass(frozen=True)
class Identity:
    """What is known of a person for the comparison; phones are E.164, places are codes, unknown is empty."""

    family: str
    given: str
    patronymic: str = ""
    phone: str = ""
    email: str = ""
    birth_year: int | None = None
    sex: str | None = None
    institution: str = ""
    region: str = ""


@dataclass(frozen=True)
class Comparison:
    likeness: Likeness
    evidence: tuple[Evidence, ...] = ()

    @property
    def is_same(self) -> bool:
        return self.likeness is Likeness.SAME


_DIFFERENT = Comparison(Likeness.DIFFERENT)


def compare(one: Identity, other: Identity, *, by_workplace: bool = True) -> Comparison:
    """Return whether two rows are one person, and why.

    The names must agree in any spelling, the patronymic unless one side has none. Then a phone or an e-mail address
    decides; a birth year or the workplace only with the whole name and nothing against it. The rest is for a human.
    Without `by_workplace` the workplace decides nothing either: a stranger knows it of anybody.
    """
    if not names_agree(one, other):
        return _DIFFERENT
    found = tuple(_evidence(one, other))
    against = {Evidence.OTHER_BIRTH_YEAR, Evidence.OTHER_SEX} & set(found)
    contact = {Evidence.PHONE, Evidence.EMAIL} & set(found)
    if against:
        return Comparison(Likeness.POSSIBLE, found) if contact else _DIFFERENT
    if contact:
        return Comparison(Likeness.SAME, found)
    whole_name = bool(one.patronymic) and bool(other.patronymic)
    if Evidence.BIRTH_YEAR in found and whole_name:
        return Comparison(Likeness.SAME, found)
    no_contact = not (one.phone and other.phone) and not (one.email and other.email)
    if by_workplace and Evidence.WORKPLACE in found and whole_name and no_contact:
        return Comparison(Likeness.SAME, found)
    return Comparison(Likeness.POSSIBLE, found) if found else _DIFFERENT


def names_agree(one: Identity, other: Identity) -> bool:
    """Tell whether the names are spellings of one name; a patronymic may be missing on one side."""
    if not name_rules.match_keys(one.family) & name_rules.match_keys(other.family):
        return False
    if not name_rules.match_keys(one.given) & name_rules.match_keys(other.given):
        return False
    if not one.patronymic or not other.patronymic:
        return True
    return bool(name_rules.match_keys(one.patronymic) & name_rules.match_keys(other.patronymic))


def _evidence(one: Identity, other: Identity) -> Iterator[Evidence]:
    if one.phone and one.phone == other.phone:
        yield Evidence.PHONE
    if one.email and one.email.casefold() == other.email.casefold():
        yield Evidence.EMAIL
    if one.birth_year and other.birth_year:
        yield Evidence.BIRTH_YEAR if one.birth_year == other.birth_year else Evidence.OTHER_BIRTH_YEAR
    if one.sex and other.sex and one.sex != other.sex:
        yield Evidence.OTHER_SEX
    if one.institution and one.region and (one.institution, one.region) == (other.institution, other.region):
        yield Evidence.WORKPLACE
