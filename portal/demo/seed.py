"""Load the demo step by step, each through the operations that pages use.

A step that finds its work done leaves it alone: the demo can be loaded again, and goes on after an interruption.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.access.policy import Operator
from portal.accounts import links
from portal.accounts import operations as account_operations
from portal.accounts import queries as accounts
from portal.accounts import queries as known_accounts
from portal.accounts.rules import DEMO_PASSWORD, Assignment
from portal.attendance import venue_helper_queries, venue_helpers
from portal.calls import operations as calls
from portal.calls import queries as call_queries
from portal.calls import rules as call_rules
from portal.catalog import operations as catalog
from portal.catalog import queries as catalog_queries
from portal.catalog.kinds import CENTERS, PROJECTS
from portal.catalog.models import Project, Venue
from portal.catalog.rules import NewVenue
from portal.demo import assessments, certificates, closing, facts, materials, telling
from portal.demo import days as demo_days
from portal.demo.facts import DemoAccount, DemoTraining
from portal.evaluation import operations as evaluation_operations
from portal.nominations import reading
from portal.people import files as people
from portal.people import queries as people_queries
from portal.platform import clock, passwords
from portal.platform.db import db, transaction
from portal.platform.errors import Refusal
from portal.platform.i18n import _l
from portal.printing import client
from portal.records import operations as records
from portal.trainings import operations as training_operations
from portal.trainings.models import Training
from portal.trainings.rules import Plan, PlannedAllotment, PlannedSession, propose_sessions

_FOCAL_POINT = "focal@demo.example"
_HELPER = "Мээрим, ассистент в зале"
_LIST = """№;Ф.И.О.;Пол;Должность;Регион;Телефон
1;Айдаралиев Улан Ныязович;М;прокурор отдела;Таласская область;+996555970001
2;Сооронбаева Перизат Маратовна;Ж;старший прокурор;Таласская область;+996555970002
3;Кыдыров Чынгыз Азизович;М;помощник прокурора;Таласская область;+996555970003
4;Доолотова Айсулуу Бектуровна;Ж;помощник прокурора;Чуйская область;+996555970004
"""


def hand_in(talas: Training, *, now: datetime) -> None:
    """Let the focal point answer the letter with a list, while lists are taken and unless one was handed in."""
    today = now.astimezone(ZoneInfo(talas.time_zone)).date()
    account = accounts.get_by_email(_FOCAL_POINT)
    call = call_queries.find_call(talas.code, account.reach.institution_id, today) if account else None
    if account is None or call is None or not call_rules.takes_lists(talas.state, call.due_on, today):
        return
    if call_queries.find_waiting_list(call) is not None or call_queries.list_taken(call):
        return
    source = telling.made(reading.open_file, _LIST.encode(), "gpo-talas.csv")
    calls.hand_in(call, calls.draft(call, source, today=today), actor=account, now=now)


def invite_helper(training: Training, *, now: datetime) -> None:
    """Give somebody at the venue a link for the days that are left, unless somebody has one."""
    today = now.astimezone(ZoneInfo(training.time_zone)).date()
    days = {session.local_date for session in training.sessions if session.local_date >= today}
    if days and not venue_helper_queries.list_venue_helpers(training).rows:
        venue_helpers.give_link(training, name=_HELPER, days=days, actor=Operator(), now=now)


@dataclass(frozen=True)
class Moment:
    """When the demo is loaded, in the terms that its steps need."""

    now: datetime
    today: date
    data: Path | None = None  # Where the mails of the demo are written; without it none is sent.


def seed(moment: Moment, *, base_url: str, is_local: bool, k: int) -> None:
    """Load what is missing of the demo; `k` is the smallest count that its release shows.

    :raises Refusal: if the base address is not this machine's.
    """
    if not is_local:
        raise Refusal(
            "not_on_this_machine",
            _l("The demo is loaded on localhost only; this installation answers as %(base_url)s."),
            base_url=base_url,
        )
    for step in STEPS:
        telling.run(partial(step, moment))
    for demo in (facts.OSH, *demo_days.TRAININGS):
        _issue(demo, moment)
    # A transaction for each form, as when it comes from a phone.
    demo_days.evaluate(_training(facts.OSH), now=moment.now)
    if moment.data is not None:
        for demo, coordinator in ((facts.OSH, "aida@demo.example"), (facts.ISSYK_KUL, "bakyt@demo.example")):
            _tell(demo, coordinator, moment.data, moment.now)
    # Without a renderer the acts wait for a later start, as the certificates do.
    with suppress(client.PdfUnavailable, client.RenderFailed):
        materials.hand_over(_training(facts.OSH).id, base_url=base_url, now=moment.now)
    _end(moment, k)


def _issue(demo: DemoTraining, moment: Moment) -> None:
    """Issue the certificates; one transaction for each, as the worker does it."""
    with transaction():
        training = _training(demo)
        code, is_open = training.code, _is_open(training)
    if is_open:
        demo_days.issue_certificates(code, now=moment.now)
        with transaction():
            demo_days.hand_out_certificates(_training(demo), now=moment.now)


def _tell(demo: DemoTraining, coordinator: str, data: Path, now: datetime) -> None:
    with transaction():
        training = _training(demo)
        code, is_open = training.code, _is_open(training)
    if is_open:
        telling.tell(code, coordinator, data, now=now)


def _end(moment: Moment, k: int) -> None:
    """Finalize what is over, correct one mark, and publish the first release."""
    ended = (*demo_days.TRAININGS, facts.OSH)
    for demo in ended:
        with transaction():
            closing.close(_training(demo), now=moment.now)
    with transaction():
        closing.correct(_training(facts.OSH), now=moment.now)
    with transaction():
        closing.release([_training(demo) for demo in ended], k, now=moment.now)


def list_trainings() -> list[Training]:
    """Return the trainings of the demo that are there, in its order."""
    found = map(find_training, (*facts.TRAININGS, *demo_days.TRAININGS))
    return [training for training in found if training is not None]


def find_training(demo: DemoTraining) -> Training | None:
    """Return a training of the demo, known by its venue."""
    query = select(Training).join(Venue, Venue.id == Training.venue_id).where(Venue.name.en == demo.venue.en)
    return db.session.scalars(query.order_by(Training.id).limit(1)).first()


def _load_reference(moment: Moment) -> None:
    people.load_reference(actor=Operator(), now=moment.now)
    catalog.load_donors(actor=Operator(), now=moment.now)
    evaluation_operations.load_first_form(actor=Operator(), now=moment.now)


def _list_centers(moment: Moment) -> None:
    if catalog_queries.has_centers():
        return
    for planned, days in facts.CENTERS:
        center = records.create(CENTERS, planned, actor=Operator(), now=moment.now)
        day = moment.today - timedelta(days=days)
        catalog.confirm_center(center, version=center.version, today=day, actor=Operator(), now=moment.now)


def _make_project(moment: Moment) -> None:
    if catalog_queries.get_project_by_code(facts.PROJECT_CODE) is None:
        values = {**facts.PROJECT, "donors": catalog.take_donors([facts.DONOR_CODE])}
        records.create(PROJECTS, values, actor=Operator(), now=moment.now)


def _make_accounts(moment: Moment) -> None:
    missing = [one for one in (*facts.ACCOUNTS, facts.LEFT) if known_accounts.get_by_email(one.email) is None]
    password_hash = passwords.hash_password(DEMO_PASSWORD) if missing else ""
    project = _project()
    for one in missing:
        account = account_operations.create(
            one.email,
            name=one.name,
            password_hash=password_hash,
            role=one.role,
            regions=[region.code for region in people_queries.list_regions() if region.side == one.side],
            project_ids=[project.id] if one.role == one.role.DONOR else [],
            institution_code=one.institution,
            actor=Operator(),
            now=moment.now,
        )
        if one is facts.LEFT:
            account_operations.close(account, actor=Operator(), now=moment.now)
    if known_accounts.get_by_email(facts.INVITED.email) is None:
        _invite(facts.INVITED, moment)


def _invite(one: DemoAccount, moment: Moment) -> None:
    institution = people_queries.get_institution_by_code(one.institution or "")
    reach = Assignment(one.role, institution_id=institution.id if institution else None)
    links.invite(one.email, name=one.name, locale="ky", reach=reach, actor=Operator(), now=moment.now)


def _make_trainings(moment: Moment) -> None:
    for demo in (*facts.TRAININGS, *demo_days.TRAININGS):
        if find_training(demo) is None:
            _make_training(demo, moment)


def _make_training(demo: DemoTraining, moment: Moment) -> None:
    region = people_queries.get_region(demo.region)
    assert region is not None
    place = training_operations.Place(
        course=catalog.take_course(facts.COURSE_CODE, facts.COURSE_TITLE, facts.COURSE_HOURS),
        project=_project(),
        region=region,
        venue=NewVenue(demo.venue),
    )
    training_operations.create(_plan(demo, moment.today), place, actor=Operator(), now=moment.now)


def _plan(demo: DemoTraining, today: date) -> Plan:
    first = demo.starts_on(today)
    last = first + timedelta(days=1)
    sessions = tuple(
        PlannedSession(title, block.starts_at, block.ends_at)
        for title, block in zip(facts.SESSIONS, propose_sessions(first, last, clock.COUNTRY.key), strict=True)
    )
    institutions = {institution.code: institution.id for institution in people_queries.list_institutions()}
    return Plan(
        titles=demo.title,
        starts_on=first,
        ends_on=last,
        hours=facts.COURSE_HOURS,
        capacity=demo.capacity,
        minimum_attendance=80,
        time_zone=clock.COUNTRY.key,
        sessions=sessions,
        allotments=tuple(PlannedAllotment(seats, institutions[code]) for code, seats in demo.allotments),
    )


def _design_certificates(moment: Moment) -> None:
    certificates.design(_project(), now=moment.now)


def _project() -> Project:
    project = catalog_queries.get_project_by_code(facts.PROJECT_CODE)
    assert project is not None
    return project


def _training(demo: DemoTraining) -> Training:
    training = find_training(demo)
    assert training is not None
    return training


def _plan_agendas(moment: Moment) -> None:
    for demo in facts.TRAININGS:
        training = _training(demo)
        if _is_open(training):
            demo_days.plan(training, now=moment.now)


def _is_open(training: Training) -> bool:
    """Tell whether anything can still happen in a training: what somebody has closed or cancelled stays as it is."""
    return not training.is_locked and not training.is_cancelled


def _hold_earlier(moment: Moment) -> None:
    for demo in demo_days.TRAININGS:
        demo_days.hold(demo, _training(demo), now=moment.now)


def _finish_osh(moment: Moment) -> None:
    osh = _training(facts.OSH)
    materials.stock_up(osh, now=moment.now)
    materials.number_dictionary(now=moment.now)
    if not _is_open(osh):
        return
    demo_days.nominate(osh, "osh-nominations.xlsx", now=moment.now)
    demo_days.confirm(osh, now=moment.now)
    demo_days.mark_everyone(osh, absent=demo_days.ABSENT_IN_OSH, now=moment.now)
    assessments.take_both(osh, now=moment.now)
    demo_days.check_names(osh, now=moment.now)
    telling.choose_languages(osh)
    materials.give_to_participants(osh, now=moment.now)


def _run_issyk_kul(moment: Moment) -> None:
    issyk_kul = _training(facts.ISSYK_KUL)
    if not _is_open(issyk_kul):
        return
    demo_days.nominate(issyk_kul, "issyk-kul-nominations.csv", now=moment.now)
    demo_days.confirm(issyk_kul, now=moment.now)
    telling.choose_languages(issyk_kul)
    demo_days.mark_first_day(issyk_kul, now=moment.now)
    assessments.take_first(issyk_kul, now=moment.now)
    materials.draft(issyk_kul, now=moment.now)
    invite_helper(issyk_kul, now=moment.now)


def _open_talas(moment: Moment) -> None:
    talas = _training(facts.TALAS)
    if not _is_open(talas):
        return
    demo_days.receive_list(talas, "talas-nominations.xlsx", now=moment.now)
    demo_days.open_link(talas, now=moment.now)
    hand_in(talas, now=moment.now)


# In the order of a training's life; certificates, acts and the end follow after the last step.
STEPS: tuple[Callable[[Moment], None], ...] = (
    _load_reference,
    _list_centers,
    _make_project,
    _design_certificates,
    _make_accounts,
    _make_trainings,
    _plan_agendas,
    _finish_osh,
    _run_issyk_kul,
    _open_talas,
    _hold_earlier,
)
