"""The demo's days: lists, seats, agenda, marks, names, letters, certificates, and how trainings end.

The lists of the earlier trainings are made up row by row and imported as a ministry's list would be.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from portal.access.policy import Actor, Operator
from portal.accounts import queries as accounts
from portal.agenda import operations as agenda
from portal.attendance import operations as attendance
from portal.attendance import queries as attendance_queries
from portal.attendance.operations import MarkInput, NewMark
from portal.attendance.rules import AttendanceState, opens_at
from portal.ceremony import operations as ceremony_operations
from portal.ceremony import queries as ceremony_queries
from portal.ceremony.operations import HandingInput, Shown
from portal.certificates import candidates as certificate_candidates
from portal.certificates import names
from portal.certificates import operations as certificate_operations
from portal.certificates.candidates import Candidate
from portal.certificates.names import NameParts, Names
from portal.certificates.rules import Handing, Recipient
from portal.closing import corrections
from portal.closing import operations as closing_operations
from portal.closing import queries as closing_queries
from portal.closing.corrections import Act
from portal.closing.operations import StillOpen
from portal.closing.rules import ReasonInput, ShortfallCause, ShortfallKind
from portal.demo import answers, steps
from portal.demo.facts import EARLIER, FACTS, FOLDER, DemoTraining
from portal.mailing import operations as mailing
from portal.mailing import queries as mailing_queries
from portal.mailing.rules import MailKind, MailStatus, evening_before
from portal.nominations import imports, reading
from portal.nominations import operations as nomination_operations
from portal.nominations import queries as nominations
from portal.nominations.models import NominationList
from portal.people import operations as people_operations
from portal.people import queries as people_queries
from portal.people.operations import PersonFacts
from portal.platform import jobs, smtp
from portal.platform.db import transaction
from portal.platform.texts import Text
from portal.registration import operations as registration_operations
from portal.registration import queries as registration_queries
from portal.registration.models import Registration
from portal.trainings import queries as trainings
from portal.trainings.agenda_rules import BreakKind, Saving, WantedBreak, WantedSession
from portal.trainings.models import Training, TrainingSession

_WHO = ((0,), (1,), (2, 1), (0, 2))
_LANGUAGES = (("ky", "ru"), ("ky",), ("ru",), ("ky", "ru"))
_ROOM = "Большой зал"


def is_open(training: Training) -> bool:
    """Tell whether anything can still happen in a training: what somebody has closed or cancelled stays as it is."""
    return not training.is_locked and not training.is_cancelled


def plan(training: Training, *, now: datetime) -> None:
    """Fill the agenda of a training in and give it to people as version 1, unless that was done already."""
    if training.breaks:
        return

    def save(wanted: WantedSession | WantedBreak, session: TrainingSession | None = None) -> None:
        agenda.save(training, wanted, session, saving=Saving(training.version), actor=Operator(), now=now)

    leaders = _leaders(now)
    for place, session in enumerate(training.sessions):
        leading = frozenset(leaders[number] for number in _WHO[place % len(_WHO)])
        spoken = _LANGUAGES[place % len(_LANGUAGES)]
        save(WantedSession(session.title, session.starts_at, session.ends_at, spoken, _ROOM, leading), session)
    zone, days = ZoneInfo(training.time_zone), sorted({session.local_date for session in training.sessions})
    for fact in FACTS["breaks"]:
        starts_at, ends_at = (
            datetime.combine(days[fact["day"]], time.fromisoformat(fact[at]), zone) for at in ("begins", "ends")
        )
        save(WantedBreak(BreakKind(fact["kind"]), fact.get("titles", Text()), starts_at, ends_at))
    agenda.publish(training, version=training.version, actor=Operator(), now=now)


def _leaders(now: datetime) -> list[int]:
    """Return the ids of the facilitators, added on the first call."""
    facts = [PersonFacts(**fact) for fact in FACTS["facilitators"]]
    known = [people_queries.find_by_name(*fact.name) for fact in facts]
    missing = [people_operations.draft(fact) for fact, person in zip(facts, known, strict=True) if person is None]
    added = iter(people_operations.add_all(missing, source="demo", now=now))
    return [person.id if person else next(added) for person in known]


_EARLY_LEAVER_MINUTES = 120
_FEWEST_PAPERS = 3


def receive_list(
    training: Training, filename: str, content: bytes | None = None, *, now: datetime
) -> NominationList | None:
    """Let a ministry's list wait for somebody to look through it and import it, unless one was handed in before."""
    if nominations.list_imports(training.id):
        return None
    source = steps.made(reading.open_file, content or (FOLDER / filename).read_bytes(), filename)
    draft = reading.draft(training, source, is_background=False, today=now.date())
    return nomination_operations.stage(training, draft, actor=Operator(), now=now)


def nominate(training: Training, filename: str, content: bytes | None = None, *, now: datetime) -> None:
    """Import a ministry's list as a coordinator would, unless that was done already, and give everyone a seat."""
    staged = receive_list(training, filename, content, now=now)
    if staged is not None:
        imports.commit(staged, actor=Operator(), now=now)
    registration_operations.confirm_all(training, actor=Operator(), now=now)


def mark_everyone(training: Training, *, absent: int | None = None, now: datetime) -> None:
    """Mark a training that is over: everyone was there, some came late, one left early, one missed the second day."""

    def state(place: int, turn: int, session: TrainingSession) -> str:
        if place == absent and session.local_date == training.ends_on:
            return "absent"
        return "late" if (place + turn) % 17 == 3 else "present"

    confirmed = registration_queries.list_confirmed(training.id)
    marks = [
        _mark(session, registration, state(place, turn, session), at=session.starts_at + timedelta(minutes=5))
        for turn, session in enumerate(training.sessions)
        for place, registration in enumerate(confirmed)
    ]
    marks[-1] = replace(marks[-1], minutes=_EARLY_LEAVER_MINUTES)
    attendance.record(training, marks=marks, device="demo", actor=Operator(), now=now)


def mark_first_day(training: Training, *, now: datetime) -> None:
    """Mark the first day of a training that is running, as far as it has come: a few are late, excused or absent."""
    odd = {5: "late", 19: "late", 33: "excused", 41: "absent", 52: "late"}
    marks = [
        _mark(session, registration, odd.get(place, "present"), at=now)
        for session in training.sessions
        if session.local_date == training.starts_on and opens_at(session.starts_at) <= now
        for place, registration in enumerate(registration_queries.list_confirmed(training.id))
    ]
    attendance.record(training, marks=marks, device="demo", actor=Operator(), now=now)


def _mark(session: TrainingSession, registration: Registration, state: str, *, at: datetime) -> NewMark:
    """Return a mark whose id follows from what it marks, so that loading the demo again repeats it harmlessly."""
    return NewMark(
        mark_id=f"demo-{session.reference}-{registration.reference}",
        registration=registration.reference,
        session=session.reference,
        state=state,
        marked_at=at,
        reason="Вызов на следственное действие" if state == "excused" else "",
    )


def check_names(training: Training, *, now: datetime) -> None:
    """Confirm the printed names: those who gave an e-mail address have also given their name in Latin letters."""

    def due() -> list[Candidate]:
        return [one for one in certificate_candidates.list_candidates(training, as_of=now) if one.eligibility.due]

    for candidate in due():
        person, latin = candidate.registration.person, _latin(candidate.registration.person.email)
        if candidate.names.is_confirmed or latin is None:
            continue
        wanted = Names(NameParts(person.family, person.given, person.patronymic), latin, person.version)
        names.confirm(candidate.registration, wanted, source="demo", actor=Operator(), now=now)
    names.confirm_as_written(training, due(), source="demo", actor=Operator(), now=now)


def _latin(email: str) -> NameParts | None:
    """Return the invented person's Latin name as the invented address spells it: "aigul.usonova32@…"."""
    words = "".join(letter for letter in email.partition("@")[0] if not letter.isdigit())
    given, _, family = words.partition(".")
    return NameParts(family.capitalize(), given.capitalize()) if given and family else None


def issue_certificates(code: str, *, now: datetime) -> None:
    """Issue for the whole training here and now; a run that stopped goes on, one that is done does nothing."""
    job = certificate_operations.JOB
    with transaction():
        if jobs.find_latest(job, code, state="done"):
            return
        made = jobs.enqueue(job, subject=code, requested_by=Operator().label, now=now, is_offered=False, code=code)
        job_id = made.id
    jobs.take_over(job_id)


def hand_out_certificates(training: Training, *, now: datetime) -> None:
    """Note who got the printed certificates: a colleague took one along, one was not collected, all others had come."""
    papers = ceremony_queries.list_papers(training)
    if len(papers) < _FEWEST_PAPERS or any(one.marks for one in papers):
        return
    *most, last = papers
    key, taker = f"demo-{training.code}", most[-1].certificate.facts["name"]
    handing = HandingInput(key, Handing.HANDED_OVER, 0, Recipient.ON_BEHALF, taker)
    ceremony_operations.note(most[0].certificate, handing, actor=Operator(), now=now)
    shown = Shown(frozenset(one.certificate.number for one in papers), 0)
    ceremony_operations.note_rest(training, shown, left={last.certificate.number}, key=key, actor=Operator(), now=now)


def hold(demo: DemoTraining, training: Training, *, now: datetime) -> None:
    """Let a training take place: its list, its seats, two days of marks, two tests, the printed names."""
    if not is_open(training):
        return
    nominate(training, f"{training.code}-nominations.csv", _list_of(demo).encode(), now=now)
    mark_everyone(training, absent=demo.absent, now=now)
    if demo.is_tested:
        answers.take_both(training, now=now)
    check_names(training, now=now)


def _list_of(demo: DemoTraining) -> str:
    """Return the list of a training; the same one each time.

    The counts of family and given names share no divisor, so that no name comes twice. No other list of the demo holds
    these families, so that nobody is taken for somebody else.
    """
    before = sum(men + women for one in EARLIER[: EARLIER.index(demo)] for _region, _body, men, women in one.groups)
    lines = ["№;Ф.И.О.;Пол;Орган;Должность;Регион;Телефон"]
    for region, body, men, women in demo.groups:
        institution, posts = FACTS["bodies"][body]
        for place, sex in enumerate("М" * men + "Ж" * women):
            number = before + len(lines)
            name = _name(number, is_man=sex == "М")
            row = (len(lines), name, sex, institution, posts[place % 2], region, f"+9965559{number:05d}")
            lines.append(";".join(map(str, row)))
    return "\n".join(lines) + "\n"


def _name(number: int, *, is_man: bool) -> str:
    families, men, women = FACTS["families"], FACTS["men"], FACTS["women"]
    family = families[number % len(families)]
    return (
        f"{family} {men[number % len(men)]}" if is_man else f"{family}а {women[number // len(families) % len(women)]}"
    )


_MORNING, _EARLY = time(10), timedelta(days=6)
_SPEAKS_KYRGYZ = 3  # Every third person of the demo.
_PASSED_ON = 2  # Every second text, so that some wait.
_SENDER = "portal@localhost"


def choose_languages(training: Training) -> None:
    """Let some of the participants read Kyrgyz."""
    confirmed = registration_queries.list_confirmed(training.id)
    people_operations.keep_language([entry.person_id for entry in confirmed[::_SPEAKS_KYRGYZ]], "ky")


def send_mails(code: str, coordinator: str, data: Path, *, now: datetime) -> None:
    """Send what is due of the confirmation, the reminder and the request to evaluate, each at its own time."""
    for kind in (MailKind.CONFIRMATION, MailKind.REMINDER, MailKind.EVALUATION):
        with transaction():
            training, actor = trainings.get_training(code), accounts.get_by_email(coordinator) or Operator()
            assert training is not None
            at = _moment(training, kind)
            is_queued = at < now and _queue(training, kind, actor=actor, at=at)
        if is_queued:
            smtp.send_due("file:", data, _SENDER, at)


def _queue(training: Training, kind: MailKind, *, actor: Actor, at: datetime) -> bool:
    recipients = [
        one for one in mailing_queries.list_recipients(training, kind, at) if not one.mails and not one.passed
    ]
    if not any(one.status == MailStatus.TO_SEND for one in recipients):
        return False
    chosen = {one.registration.reference: 0 for one in recipients}
    mailing.send(training, kind, chosen, actor=actor, now=at)
    by_hand = [one.registration for one in recipients if not one.has_address]
    for registration in by_hand[::_PASSED_ON]:
        mailing.pass_on(registration, kind, actor=actor, now=at + timedelta(hours=1))
    return True


def _moment(training: Training, kind: MailKind) -> datetime:
    zone, when = ZoneInfo(training.time_zone), mailing_queries.timing(training)
    assert when.starts_at is not None and when.ends_at is not None
    if kind == MailKind.CONFIRMATION:
        return datetime.combine(training.starts_on - _EARLY, _MORNING, zone)
    return evening_before(when.starts_at, zone) if kind == MailKind.REMINDER else when.ends_at


_REASON = f"{ShortfallKind.NO_SHOW}:{ShortfallCause.WORK_RELATED}"
_NOTE = "Второй день: срочный вызов на место происшествия"
_CORRECTED = "В бумажном листе посещаемости стоит подпись вовремя; отметка «опоздал» сделана по ошибке."


def close(training: Training, *, now: datetime) -> None:
    """Give the reasons that are missing and lock the training, unless something else does not agree yet."""
    if not is_open(training):
        return
    reconciled = closing_queries.list_reconciled(training, as_of=now)
    short = [one for one in reconciled if one.is_short and one.shortfall is None]
    if short:
        wishes = {one.reference: ReasonInput(_REASON, _NOTE) for one in short}
        closing_operations.note(training, wishes, actor=Operator(), now=now)
    # What somebody has left open in the demo meanwhile stays theirs to close.
    with suppress(StillOpen):
        closing_operations.finalize(training, actor=Operator(), now=now)


def correct(training: Training, *, now: datetime) -> None:
    """Set one mark right after the lock, unless something was corrected already."""
    if not training.is_locked or training.corrections:
        return
    session = training.sessions[0]
    for registration in registration_queries.list_confirmed(training.id):
        mark = attendance_queries.get_current_mark(session, registration)
        if mark is not None and mark.state == "late":
            mended = MarkInput(f"demo-{registration.reference}", AttendanceState.PRESENT)
            act = Act(_CORRECTED, training.corrections)
            corrections.correct_mark(registration, session, mended, act=act, actor=Operator(), now=now)
            return
