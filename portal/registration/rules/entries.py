"""One person as somebody typed them into a form: judged as a row of a list is."""

from dataclasses import dataclass, replace

from portal.registration.rules.columns import Column, Mapping
from portal.registration.rules.judgement import Bearings, Judge, RowJudgement
from portal.registration.rules.states import RegistrationRole

_COLUMNS = (
    Column.FAMILY,
    Column.GIVEN,
    Column.PATRONYMIC,
    Column.SEX,
    Column.BIRTH_YEAR,
    Column.INSTITUTION,
    Column.POST,
    Column.RANK,
    Column.REGION,
    Column.PHONE,
    Column.EMAIL,
)
_MAPPING = Mapping(None, {column: place for place, column in enumerate(_COLUMNS)})


@dataclass(frozen=True)
class Entry:
    """What was typed; `institution` and `region` are codes, empty is unknown."""

    family: str = ""
    given: str = ""
    patronymic: str = ""
    sex: str = ""
    birth_year: str = ""
    institution: str = ""
    post: str = ""
    rank: str = ""
    region: str = ""
    phone: str = ""
    email: str = ""
    role: str = RegistrationRole.PARTICIPANT.value


def judge(entry: Entry, bearings: Bearings) -> RowJudgement:
    """Return what was typed, normalized, and what stands against it; problems name their column."""
    row = [getattr(entry, column.value) for column in _COLUMNS]
    judged = Judge(_MAPPING, bearings).judge(row)
    return replace(judged, nominee=replace(judged.nominee, role=RegistrationRole(entry.role).value))
