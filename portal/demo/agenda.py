"""The demo's agenda: who leads which session, in which languages and where, and the breaks around them."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from portal.access.policy import Operator
from portal.closing.operations import agenda
from portal.people import queries as directory
from portal.people.operations import persons as people
from portal.people.operations.persons import PersonFacts
from portal.platform.texts import Text
from portal.trainings.models import Training
from portal.trainings.rules.agenda import BreakKind, Saving, WantedBreak, WantedSession

# Every person is invented.
_FACILITATORS = (
    PersonFacts("Сарыгулова", "Айнура", "Кубатовна", sex="F", post="эксперт", phone="+996555100201"),
    PersonFacts("Токтомамбетов", "Улан", "Сагынович", sex="M", post="преподаватель", email="ulan.tok@demo.example"),
    PersonFacts("Ибраева", "Жылдыз", "Асановна", sex="F", post="прокурор", email="jyldyz.ibr@demo.example"),
)
_WHO = ((0,), (1,), (2, 1), (0, 2))
_LANGUAGES = (("ky", "ru"), ("ky",), ("ru",), ("ky", "ru"))
_ROOM = "Большой зал"


@dataclass(frozen=True)
class _Break:
    day: int
    kind: BreakKind
    begins: time
    ends: time
    titles: Text = Text()


_BREAKS = (
    _Break(0, BreakKind.ARRIVAL, time(8, 45), time(9)),
    _Break(
        0,
        BreakKind.CEREMONY,
        time(9),
        time(9, 30),
        Text(ky="Ачылышы: ИИМ жана Башкы прокуратура", ru="Открытие: МВД и Генпрокуратура", en="Opening: MoI and GPO"),
    ),
    _Break(0, BreakKind.LUNCH, time(12, 30), time(13, 30)),
    _Break(0, BreakKind.COFFEE, time(16, 30), time(16, 45)),
    _Break(1, BreakKind.COFFEE, time(9, 15), time(9, 30)),
    _Break(1, BreakKind.LUNCH, time(12, 30), time(13, 30)),
    _Break(
        1,
        BreakKind.CEREMONY,
        time(16, 30),
        time(17),
        Text(ky="Сертификаттарды тапшыруу", ru="Вручение сертификатов", en="Handing over of certificates"),
    ),
)


def plan(training: Training, *, now: datetime) -> None:
    """Fill the agenda of a training in and give it to people as version 1, unless that was done already."""
    if training.breaks:
        return
    leaders = _leaders(now)
    for place, session in enumerate(training.sessions):
        wanted = WantedSession(
            Text.of(session),
            session.starts_at,
            session.ends_at,
            _LANGUAGES[place % len(_LANGUAGES)],
            _ROOM,
            frozenset(leaders[number] for number in _WHO[place % len(_WHO)]),
        )
        agenda.save(training, wanted, session, saving=Saving(training.version), actor=Operator(), now=now)
    for pause in _BREAKS:
        agenda.save(
            training, _wanted(pause, training), None, saving=Saving(training.version), actor=Operator(), now=now
        )
    agenda.publish(training, version=training.version, actor=Operator(), now=now)


def _wanted(pause: _Break, training: Training) -> WantedBreak:
    zone = ZoneInfo(training.time_zone)
    day = sorted({session.local_date for session in training.sessions})[pause.day]
    begins, ends = (datetime.combine(day, at, zone) for at in (pause.begins, pause.ends))
    return WantedBreak(pause.kind, pause.titles, begins, ends)


def _leaders(now: datetime) -> list[int]:
    """Return the ids of the facilitators, added on the first call."""
    known = [directory.find_by_name(*fact.name) for fact in _FACILITATORS]
    missing = [fact for fact, person in zip(_FACILITATORS, known, strict=True) if person is None]
    added = iter(people.add_all([people.draft(fact) for fact in missing], source="demo", now=now))
    return [person.id if person else next(added) for person in known]
