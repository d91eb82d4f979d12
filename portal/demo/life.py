"""What has happened in the demo: lists imported, seats confirmed, days marked, names checked, certificates issued."""

from datetime import datetime, timedelta
from pathlib import Path

from portal.access.policy import Operator
from portal.attendance.operations import marks as attendance
from portal.attendance.operations.marks import NewMark
from portal.attendance.rules import opens_at
from portal.certificates.operations import handing_over, issue, names
from portal.certificates.operations.handing_over import Shown, Wish
from portal.certificates.operations.names import NameParts
from portal.certificates.queries import candidates as people
from portal.certificates.queries import papers as queries
from portal.certificates.rules import Handing, Recipient
from portal.demo import outside
from portal.platform import jobs
from portal.platform.db import transaction
from portal.registration.models import NominationList, Registration
from portal.registration.operations import imports, imports_commit, imports_reading, joining, seats
from portal.registration.queries import joining as join_queries
from portal.registration.queries import nominations, registrations
from portal.trainings.models import Training, TrainingSession

_LISTS = Path(__file__).parent
_EARLY_LEAVER_MINUTES = 120
ABSENT_IN_OSH, ABSENT_IN_SMALL = 26, 7  # Whose place in the list it is who misses the second day.
_FEWEST_PAPERS = 3


def nominate(training: Training, filename: str, *, now: datetime) -> None:
    """Import a ministry's list as a coordinator would, unless that was done already."""
    if not nominations.list_imports(training.id):
        imports_commit.commit(_stage(training, filename, now), actor=Operator(), now=now)


def receive_list(training: Training, filename: str, *, now: datetime) -> None:
    """Let a ministry's list wait for somebody to look through it and import it."""
    if not nominations.list_imports(training.id):
        _stage(training, filename, now)


def open_link(training: Training, *, now: datetime) -> None:
    """Let people register by the training's public link, unless it has one."""
    if join_queries.find_open_link(training.id) is None:
        joining.give_link(training, actor=Operator(), now=now)


def confirm(training: Training, *, now: datetime) -> None:
    """Give everyone a seat."""
    seats.confirm_all(training, actor=Operator(), now=now)


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
        for candidate in people.list_candidates(training, as_of=now)
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
        [candidate for candidate in people.list_candidates(training, as_of=now) if candidate.eligibility.due],
        source="demo",
        actor=Operator(),
        now=now,
    )


def issue_certificates(code: str, *, now: datetime) -> None:
    """Issue for the whole training here and now; a run that stopped goes on, one that is done does nothing."""
    with transaction():
        done = jobs.find_latest(issue.JOB, code, state="done")
        job = (
            None
            if done
            else jobs.enqueue(
                issue.JOB, subject=code, requested_by=Operator().label, now=now, is_offered=False, code=code
            )
        )
        job_id = job.id if job else None
    if job_id is not None:
        jobs.take_over(job_id)


def hand_out_certificates(training: Training, *, now: datetime) -> None:
    """Note who got the printed certificates: a colleague took one along, one was not collected, all others had come."""
    papers = queries.list_papers(training)
    if len(papers) < _FEWEST_PAPERS or any(one.marks for one in papers):
        return
    *most, last = papers
    wish = Wish(
        f"demo-{training.code}", Handing.HANDED_OVER, 0, Recipient.ON_BEHALF, most[-1].certificate.facts["name"]
    )
    handing_over.note(most[0].certificate, wish, actor=Operator(), now=now)
    shown = Shown(frozenset(one.certificate.number for one in papers), 0)
    left = {last.certificate.number}
    handing_over.note_rest(training, shown, left=left, key=f"demo-{training.code}", actor=Operator(), now=now)


def _stage(training: Training, filename: str, now: datetime) -> NominationList:
    source = outside.made(imports_reading.open_file, (_LISTS / filename).read_bytes(), filename)
    draft = imports_reading.draft(training, source, is_background=False, today=now.date())
    return imports.stage(training, draft, actor=Operator(), now=now)


def _confirmed(training: Training) -> list[Registration]:
    return registrations.list_confirmed(training.id)


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
