"""Three smaller trainings of the months before, for the donor to compare. Everybody is invented.

Their lists are made up row by row and imported as a ministry's list would be.
"""

from datetime import datetime

from portal.access.policy import Operator
from portal.demo import assessments, life, outside
from portal.demo.facts import COURSE_TITLE, DemoTraining
from portal.platform.texts import Text
from portal.registration.operations import imports, imports_commit, imports_reading
from portal.registration.queries import nominations
from portal.trainings.models import Training

BISHKEK = DemoTraining(
    "KG-GB",
    Text(ky="Бишкек, окуу борбору", ru="Бишкек, учебный центр", en="Bishkek, training centre"),
    COURSE_TITLE,
    weeks=-11,
    capacity=25,
)
JALAL_ABAD = DemoTraining(
    "KG-J",
    Text(ky="Манас, маданият үйү", ru="Манас, дом культуры", en="Manas, house of culture"),
    COURSE_TITLE,
    weeks=-9,
    capacity=35,
)
NARYN = DemoTraining(
    "KG-N",
    Text(ky="Нарын, облустук китепкана", ru="Нарын, областная библиотека", en="Naryn, oblast library"),
    COURSE_TITLE,
    weeks=-7,
    capacity=20,
)
TRAININGS = (BISHKEK, JALAL_ABAD, NARYN)
_TESTED = (BISHKEK, JALAL_ABAD)

_POLICE = ("Следственная служба МВД", ("следователь", "старший следователь"))
_CRIMINAL = ("Служба криминальной милиции МВД", ("оперуполномоченный", "старший оперуполномоченный"))
_PROSECUTION = ("Генеральная прокуратура КР", ("прокурор отдела", "помощник прокурора"))
_CENTER = ("Кризисный центр «Тендеш»", ("психолог", "юрист"))
# Whose people came to which training, from which region, and how many of them: men, women.
_GROUPS = {
    BISHKEK: (
        ("г. Бишкек", _POLICE, 6, 3),
        ("г. Бишкек", _PROSECUTION, 4, 4),
        ("Чуйская область", _CRIMINAL, 4, 1),
        ("Чуйская область", _PROSECUTION, 1, 1),
    ),
    JALAL_ABAD: (
        ("Джалал-Абадская область", _POLICE, 8, 3),
        ("Джалал-Абадская область", _CRIMINAL, 7, 2),
        ("Джалал-Абадская область", _PROSECUTION, 5, 4),
        ("Баткенская область", _PROSECUTION, 1, 1),
    ),
    NARYN: (
        ("Нарынская область", _POLICE, 5, 2),
        ("Нарынская область", _PROSECUTION, 3, 4),
        ("Нарынская область", _CENTER, 0, 4),
    ),
}
# Family names that the other lists of the demo do not hold, so that nobody is taken for somebody else.
_FAMILIES = (
    "Айтбаев",
    "Борубаев",
    "Джолдошев",
    "Калыков",
    "Мусаев",
    "Насиров",
    "Рысбаев",
    "Токоев",
    "Чекиров",
    "Шералиев",
)
_MEN = ("Адилет", "Бакыт", "Данияр", "Эрлан", "Илияз", "Канат", "Мирбек", "Нурбек", "Санжар")
_WOMEN = ("Айпери", "Бегимай", "Гулнара", "Жылдыз", "Элнура", "Мээрим", "Назира", "Сезим")
_HEADINGS = "№;Ф.И.О.;Пол;Орган;Должность;Регион;Телефон"


def hold(demo: DemoTraining, training: Training, *, now: datetime) -> None:
    """Let a training take place: its list, its seats, two days of marks, two tests, the printed names."""
    if training.is_locked or training.is_cancelled:
        return
    if not nominations.list_imports(training.id):
        source = outside.made(imports_reading.open_file, _list_of(demo).encode(), f"{training.code}-nominations.csv")
        draft = imports_reading.draft(training, source, is_background=False, today=now.date())
        imports_commit.commit(imports.stage(training, draft, actor=Operator(), now=now), actor=Operator(), now=now)
    life.confirm(training, now=now)
    life.mark_everyone(training, absent=life.ABSENT_IN_SMALL if demo is JALAL_ABAD else None, now=now)
    if demo in _TESTED:
        assessments.take_both(training, now=now)
    life.check_names(training, now=now)


def _list_of(demo: DemoTraining) -> str:
    """Return the list of a training; the same one each time."""
    before = sum(_size(one) for one in TRAININGS[: TRAININGS.index(demo)])
    lines = [_HEADINGS]
    for region, (institution, posts), men, women in _GROUPS[demo]:
        for place in range(men + women):
            number = before + len(lines)
            is_man = place < men
            told = (_name(number, is_man=is_man), "М" if is_man else "Ж", institution, posts[place % 2], region)
            lines.append(";".join((str(len(lines)), *told, f"+9965559{number:05d}")))
    return "\n".join(lines) + "\n"


def _size(demo: DemoTraining) -> int:
    return sum(men + women for _region, _institution, men, women in _GROUPS[demo])


def _name(number: int, *, is_man: bool) -> str:
    """Return a name; the counts of family and given names share no divisor, so that none comes twice."""
    family = _FAMILIES[number % len(_FAMILIES)]
    if is_man:
        return f"{family} {_MEN[number % len(_MEN)]}"
    return f"{family}а {_WOMEN[number // len(_FAMILIES) % len(_WOMEN)]}"
