"""The demo's days: lists, seats, agenda, marks, names, certificates, evaluation; and three earlier trainings.

Their lists are made up row by row and imported as a ministry's list would be.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from portal.access.policy import Operator
from portal.agenda import operations as agenda
from portal.attendance import operations as attendance
from portal.attendance.operations import NewMark
from portal.attendance.rules import opens_at
from portal.calls import operations as call_operations
from portal.calls import queries as call_queries
from portal.ceremony import operations as ceremony_operations
from portal.ceremony import queries as ceremony_queries
from portal.ceremony.operations import Shown, Wish
from portal.certificates import candidates as certificate_candidates
from portal.certificates import names
from portal.certificates import operations as certificate_operations
from portal.certificates.names import NameParts
from portal.certificates.rules import Handing, Recipient
from portal.demo import assessments, telling
from portal.demo.facts import COURSE_TITLE, EVALUATION_COMMENTS, DemoTraining
from portal.evaluation import operations as evaluation_operations
from portal.evaluation import queries as evaluation_queries
from portal.evaluation.models import EvaluationQuestion
from portal.evaluation.rules import Answer, QuestionKind
from portal.nominations import imports, matching, reading
from portal.nominations import operations as nomination_operations
from portal.nominations import queries as nominations
from portal.nominations.models import NominationList
from portal.people import operations as people_operations
from portal.people import queries as people_queries
from portal.people.operations import PersonFacts
from portal.platform import jobs
from portal.platform.db import transaction
from portal.platform.texts import Text
from portal.registration import operations as registration_operations
from portal.registration import queries as registration_queries
from portal.registration.models import Registration
from portal.trainings.agenda_rules import BreakKind, Saving, WantedBreak, WantedSession
from portal.trainings.models import Training, TrainingSession

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
            session.title,
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
    known = [people_queries.find_by_name(*fact.name) for fact in _FACILITATORS]
    missing = [fact for fact, person in zip(_FACILITATORS, known, strict=True) if person is None]
    added = iter(people_operations.add_all([people_operations.draft(fact) for fact in missing], source="demo", now=now))
    return [person.id if person else next(added) for person in known]


_PAPER_FORMS = 4
# Most are content, the organization is liked least. One mark for each form in turn.
_MARKS = {
    "overall": (5, 5, 4, 5, 4, 5, 3, 5, 4),
    "content": (5, 4, 5, 4, 5, 3, 4),
    "facilitators": (5, 5, 5, 4, 5, 5, 5, 4, 3, 5, 5, 5, 4),
    "usefulness": (4, 5, 3, 5, 4, 4, 5, 2),
    "organization": (4, 3, 5, 4, 2, 4, 3, 5, 4, 3, 1),
}
_NAY_SAYERS = 11


def evaluate(training: Training, *, now: datetime) -> None:
    """Let three of four people answer by link and some on paper on the day after, and close; what is done stays."""
    if evaluation_queries.is_closed(training):
        return
    ended_at = training.ends_at
    when = min(now, ended_at + timedelta(days=1)) if ended_at else now
    questions = evaluation_queries.get_form(training).questions
    people = [one for place, one in enumerate(evaluation_queries.list_asked(training)) if place % 4 != 1]
    answered = len(people)
    for place, registration in enumerate(people):
        _answer(registration, _form(questions, place), when)
    for place in range(evaluation_queries.get_turnout(training).paper_forms, _PAPER_FORMS):
        with transaction():
            answers = _form(questions, answered + place)
            evaluation_operations.enter_paper(training, answers, actor=Operator(), now=when)
    with transaction():
        evaluation_operations.close(training, actor=Operator(), now=now)


def _answer(registration: Registration, answers: list[Answer], now: datetime) -> None:
    if not evaluation_queries.has_answered(registration):
        with transaction():
            evaluation_operations.answer(registration, answers, now=now)


def _form(questions: list[EvaluationQuestion], number: int) -> list[Answer]:
    found = []
    for question in questions:
        marks, comments = _MARKS.get(question.topic, (4,)), EVALUATION_COMMENTS.get(question.topic, ())
        if question.kind == QuestionKind.SCALE:
            found.append(Answer(question.id, rating=marks[number % len(marks)]))
        elif question.kind == QuestionKind.YES_NO:
            found.append(Answer(question.id, rating=int(number % _NAY_SAYERS > 0)))
        elif number < len(comments):
            found.append(Answer(question.id, words=comments[number]))
    return found


_LISTS = Path(__file__).parent
_EARLY_LEAVER_MINUTES = 120
ABSENT_IN_OSH, ABSENT_IN_SMALL = 26, 7  # Whose place in the list it is who misses the second day.
_FEWEST_PAPERS = 3


def nominate(training: Training, filename: str, *, now: datetime) -> None:
    """Import a ministry's list as a coordinator would, unless that was done already."""
    if not nominations.list_imports(training.id):
        imports.commit(_stage(training, filename, now), actor=Operator(), now=now)


def receive_list(training: Training, filename: str, *, now: datetime) -> None:
    """Let a ministry's list wait for somebody to look through it and import it."""
    if not nominations.list_imports(training.id):
        _stage(training, filename, now)


def open_link(training: Training, *, now: datetime) -> None:
    """Let people register by the training's public link, unless it has one."""
    if call_queries.find_open_link(training.id) is None:
        call_operations.give_link(training, actor=Operator(), now=now)


def confirm(training: Training, *, now: datetime) -> None:
    """Give everyone a seat."""
    registration_operations.confirm_all(training, actor=Operator(), now=now)


def mark_everyone(training: Training, *, absent: int | None = None, now: datetime) -> None:
    """Mark a training that is over: everyone was there, some came late, one left early, one missed the second day."""

    def state(place: int, turn: int, session: TrainingSession) -> str:
        if place == absent and session.local_date == training.ends_on:
            return "absent"
        return "late" if (place + turn) % 17 == 3 else "present"

    marks = [
        _mark(session, registration, state(place, turn, session), at=session.starts_at)
        for turn, session in enumerate(training.sessions)
        for place, registration in enumerate(_confirmed(training))
    ]
    marks[-1] = NewMark(**{**vars(marks[-1]), "minutes": _EARLY_LEAVER_MINUTES})
    attendance.record(training, marks=marks, device="demo", actor=Operator(), now=now)


def mark_first_day(training: Training, *, now: datetime) -> None:
    """Mark the first day of a training that is running, as far as it has come: a few are late, excused or absent."""
    odd = {5: "late", 19: "late", 33: "excused", 41: "absent", 52: "late"}
    marks = [
        _mark(
            session,
            registration,
            odd.get(place, "present"),
            at=now,
            reason="Вызов на следственное действие" if odd.get(place) == "excused" else "",
        )
        for session in training.sessions
        if session.local_date == training.starts_on and opens_at(session.starts_at) <= now
        for place, registration in enumerate(_confirmed(training))
    ]
    attendance.record(training, marks=marks, device="demo", actor=Operator(), now=now)


def check_names(training: Training, *, now: datetime) -> None:
    """Confirm the printed names: those who gave an e-mail address have also given their name in Latin letters."""
    candidates = [
        candidate
        for candidate in certificate_candidates.list_candidates(training, as_of=now)
        if candidate.eligibility.due and not candidate.names.is_confirmed
    ]
    for candidate in candidates:
        latin = _latin(candidate.registration)
        if latin is None:
            continue
        person = candidate.registration.person
        names.confirm(
            candidate.registration,
            cyrillic=NameParts(person.family, person.given, person.patronymic),
            latin=latin,
            version=person.version,
            source="demo",
            actor=Operator(),
            now=now,
        )
    names.confirm_as_written(
        training,
        [
            candidate
            for candidate in certificate_candidates.list_candidates(training, as_of=now)
            if candidate.eligibility.due
        ],
        source="demo",
        actor=Operator(),
        now=now,
    )


def issue_certificates(code: str, *, now: datetime) -> None:
    """Issue for the whole training here and now; a run that stopped goes on, one that is done does nothing."""
    with transaction():
        done = jobs.find_latest(certificate_operations.JOB, code, state="done")
        job = (
            None
            if done
            else jobs.enqueue(
                certificate_operations.JOB,
                subject=code,
                requested_by=Operator().label,
                now=now,
                is_offered=False,
                code=code,
            )
        )
        job_id = job.id if job else None
    if job_id is not None:
        jobs.take_over(job_id)


def hand_out_certificates(training: Training, *, now: datetime) -> None:
    """Note who got the printed certificates: a colleague took one along, one was not collected, all others had come."""
    papers = ceremony_queries.list_papers(training)
    if len(papers) < _FEWEST_PAPERS or any(one.marks for one in papers):
        return
    *most, last = papers
    wish = Wish(
        f"demo-{training.code}", Handing.HANDED_OVER, 0, Recipient.ON_BEHALF, most[-1].certificate.facts["name"]
    )
    ceremony_operations.note(most[0].certificate, wish, actor=Operator(), now=now)
    shown = Shown(frozenset(one.certificate.number for one in papers), 0)
    left = {last.certificate.number}
    ceremony_operations.note_rest(training, shown, left=left, key=f"demo-{training.code}", actor=Operator(), now=now)


def _stage(training: Training, filename: str, now: datetime) -> NominationList:
    source = telling.made(reading.open_file, (_LISTS / filename).read_bytes(), filename)
    draft = matching.draft(training, source, is_background=False, today=now.date())
    return nomination_operations.stage(training, draft, actor=Operator(), now=now)


def _confirmed(training: Training) -> list[Registration]:
    return registration_queries.list_confirmed(training.id)


def _mark(
    session: TrainingSession, registration: Registration, state: str, *, at: datetime, reason: str = ""
) -> NewMark:
    """Return a mark whose id follows from what it marks, so that loading the demo again repeats it harmlessly."""
    return NewMark(
        mark_id=f"demo-{session.reference}-{registration.reference}",
        registration=registration.reference,
        session=session.reference,
        state=state,
        marked_at=at + timedelta(minutes=5) if at == session.starts_at else at,
        reason=reason,
    )


def _latin(registration: Registration) -> NameParts | None:
    """Return the invented person's Latin name as the invented address spells it: "aigul.usonova32@…"."""
    words = "".join(letter for letter in registration.person.email.partition("@")[0] if not letter.isdigit())
    given, _, family = words.partition(".")
    return NameParts(family.capitalize(), given.capitalize()) if given and family else None


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
        source = telling.made(reading.open_file, _list_of(demo).encode(), f"{training.code}-nominations.csv")
        draft = matching.draft(training, source, is_background=False, today=now.date())
        imports.commit(
            nomination_operations.stage(training, draft, actor=Operator(), now=now), actor=Operator(), now=now
        )
    confirm(training, now=now)
    mark_everyone(training, absent=ABSENT_IN_SMALL if demo is JALAL_ABAD else None, now=now)
    if demo in _TESTED:
        assessments.take_both(training, now=now)
    check_names(training, now=now)


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
