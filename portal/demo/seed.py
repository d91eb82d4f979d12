"""Load the demo step by step, each through the operations that pages use.

A step that finds its work done leaves it alone: the demo can be loaded again, and goes on after an interruption.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.access.policy import Operator
from portal.accounts import links
from portal.accounts import operations as account_operations
from portal.accounts import queries as accounts
from portal.accounts.rules import DEMO_PASSWORD, Assignment
from portal.attendance import venue_helpers
from portal.calls import operations as calls
from portal.calls import queries as call_queries
from portal.calls import rules as call_rules
from portal.catalog import operations as catalog
from portal.catalog import queries as catalog_queries
from portal.catalog.kinds import CENTERS, PROJECTS
from portal.catalog.models import Project, Venue
from portal.catalog.rules import NewVenue, PlannedSignatory
from portal.certificates import queries as certificate_queries
from portal.demo import answers, days, materials, steps
from portal.demo.facts import (
    ACCOUNTS,
    EARLIER,
    FACTS,
    FOLDER,
    INVITED,
    ISSYK_KUL,
    LEFT,
    OSH,
    TALAS,
    TRAININGS,
    DemoAccount,
    DemoTraining,
)
from portal.designs import operations as designs
from portal.designs import queries as design_queries
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
from portal.reports import operations as report_operations
from portal.reports import queries as report_queries
from portal.trainings import operations as training_operations
from portal.trainings.models import Training
from portal.trainings.rules import Plan, PlannedSession, propose_sessions

_FOCAL_POINT = "focal@demo.example"
_HELPER = "Мээрим, ассистент в зале"


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
        steps.run(step, moment)
    ended, now = (*EARLIER, OSH), moment.now
    for demo in (OSH, *EARLIER):
        if code := _code_of_open(demo):
            days.issue_certificates(code, now=now)
            with transaction():
                days.hand_out_certificates(_training(demo), now=now)
    answers.evaluate(_training(OSH), now=now)
    for demo, coordinator in ((OSH, "aida@demo.example"), (ISSYK_KUL, "bakyt@demo.example")):
        if moment.data is not None and (code := _code_of_open(demo)):
            days.send_mails(code, coordinator, moment.data, now=now)
    # Without a renderer the acts wait for a later start, as the certificates do.
    with suppress(client.PdfUnavailable, client.RenderFailed):
        materials.hand_over(_training(OSH).id, base_url=base_url, now=now)
    for demo in ended:
        with transaction():
            days.close(_training(demo), now=now)
    with transaction():
        days.correct(_training(OSH), now=now)
    with transaction():
        _release([_training(demo) for demo in ended], k, now)


def _code_of_open(demo: DemoTraining) -> str:
    """Return the code of a training in which anything can still happen, or nothing."""
    with transaction():
        training = _training(demo)
        return training.code if days.is_open(training) else ""


def _release(trainings: list[Training], k: int, now: datetime) -> None:
    """Publish release 1 once every one of these trainings is finalized."""
    if report_queries.get_last() is None and all(one.is_locked for one in trainings):
        draft = report_operations.prepare(max(one.ends_on for one in trainings), k)
        report_operations.publish(draft, actor=Operator(), now=now)


def list_trainings() -> list[Training]:
    """Return the trainings of the demo that are there, in its order."""
    found = map(find_training, (*TRAININGS, *EARLIER))
    return [training for training in found if training is not None]


def find_training(demo: DemoTraining) -> Training | None:
    """Return a training of the demo, known by its venue."""
    query = select(Training).join(Venue, Venue.id == Training.venue_id).where(Venue.name.en == demo.venue.en)
    return db.session.scalars(query.order_by(Training.id).limit(1)).first()


def _training(demo: DemoTraining) -> Training:
    training = find_training(demo)
    assert training is not None
    return training


def _project() -> Project:
    project = catalog_queries.get_project_by_code(FACTS["project"]["code"])
    assert project is not None
    return project


def _load_reference(moment: Moment) -> None:
    people.load_reference(actor=Operator(), now=moment.now)
    catalog.load_donors(actor=Operator(), now=moment.now)
    evaluation_operations.load_first_form(actor=Operator(), now=moment.now)


def _list_centers(moment: Moment) -> None:
    if catalog_queries.has_centers():
        return
    for fact in FACTS["centers"]:
        day = moment.today - timedelta(days=fact["checked_days_ago"])
        values = {name: value for name, value in fact.items() if name != "checked_days_ago"}
        center = records.create(CENTERS, values, actor=Operator(), now=moment.now)
        catalog.confirm_center(center, version=center.version, today=day, actor=Operator(), now=moment.now)


def _make_project(moment: Moment) -> None:
    fact = FACTS["project"]
    if catalog_queries.get_project_by_code(fact["code"]) is None:
        signatories = tuple(PlannedSignatory(**one) for one in fact["signatories"])
        values = {**fact, "signatories": signatories, "donors": catalog.take_donors(["INL"])}
        records.create(PROJECTS, values, actor=Operator(), now=moment.now)


def _design_certificates(moment: Moment) -> None:
    """Give the project an obviously invented mark and a template with a disclaimer, unless it has them."""
    project, fact = _project(), FACTS["certificate"]
    if certificate_queries.list_logos(project) or design_queries.list_of_project(project):
        return
    mark = steps.made(designs.judge, (FOLDER / "data" / "mark.svg").read_bytes(), fact["mark"])
    designs.add(project, mark, fact["mark"], actor=Operator(), now=moment.now)
    values = {"project_id": project.id, "disclaimer": fact["disclaimer"]}
    designs.create(values, actor=Operator(), now=moment.now)


def _make_accounts(moment: Moment) -> None:
    missing = [one for one in (*ACCOUNTS, LEFT) if accounts.get_by_email(one.email) is None]
    password_hash = passwords.hash_password(DEMO_PASSWORD) if missing else ""
    for one in missing:
        account = account_operations.create(
            one.email,
            name=one.name,
            password_hash=password_hash,
            reach=_reach(one),
            actor=Operator(),
            now=moment.now,
        )
        if one is LEFT:
            account_operations.close(account, actor=Operator(), now=moment.now)
    if accounts.get_by_email(INVITED.email) is None:
        reach = _reach(INVITED)
        links.invite(INVITED.email, name=INVITED.name, locale="ky", reach=reach, actor=Operator(), now=moment.now)


def _reach(one: DemoAccount) -> Assignment:
    institution = people_queries.get_institution_by_code(one.institution) if one.institution else None
    return Assignment(
        one.role,
        frozenset(region.code for region in people_queries.list_regions() if region.side == one.side),
        frozenset({_project().id}) if one.role == one.role.DONOR else frozenset(),
        institution.id if institution else None,
    )


def _make_trainings(moment: Moment) -> None:
    for demo in (*TRAININGS, *EARLIER):
        if find_training(demo) is None:
            region, course = people_queries.get_region(demo.region), FACTS["course"]
            assert region is not None
            place = training_operations.Place(
                course=catalog.take_course(course["code"], course["title"], course["hours"]),
                project=_project(),
                region=region,
                venue=NewVenue(demo.venue),
            )
            training_operations.create(_plan(demo, moment.today), place, actor=Operator(), now=moment.now)


def _plan(demo: DemoTraining, today: date) -> Plan:
    first, zone = demo.starts_on(today), clock.COUNTRY.key
    last = first + timedelta(days=1)
    return Plan(
        titles=FACTS["course"]["title"],
        starts_on=first,
        ends_on=last,
        hours=FACTS["course"]["hours"],
        capacity=demo.capacity,
        minimum_attendance=80,
        time_zone=zone,
        sessions=tuple(
            PlannedSession(title, block.starts_at, block.ends_at)
            for title, block in zip(FACTS["sessions"], propose_sessions(first, last, zone), strict=True)
        ),
    )


def _plan_agendas(moment: Moment) -> None:
    for training in map(_training, TRAININGS):
        if days.is_open(training):
            days.plan(training, now=moment.now)


def _finish_osh(moment: Moment) -> None:
    osh, now = _training(OSH), moment.now
    materials.stock_up(osh, now=now)
    materials.number_dictionary(now=now)
    if not days.is_open(osh):
        return
    days.nominate(osh, "osh-nominations.xlsx", now=now)
    days.mark_everyone(osh, absent=OSH.absent, now=now)
    answers.take_both(osh, now=now)
    days.check_names(osh, now=now)
    days.choose_languages(osh)
    materials.give_to_participants(osh, now=now)


def _run_issyk_kul(moment: Moment) -> None:
    issyk_kul, now = _training(ISSYK_KUL), moment.now
    if not days.is_open(issyk_kul):
        return
    days.nominate(issyk_kul, "issyk-kul-nominations.csv", now=now)
    days.choose_languages(issyk_kul)
    days.mark_first_day(issyk_kul, now=now)
    answers.take_first(issyk_kul, now=now)
    materials.draft(issyk_kul, now=now)
    _invite_helper(issyk_kul, now)


def _invite_helper(training: Training, now: datetime) -> None:
    """Give somebody at the venue a link for the days that are left, unless somebody has one."""
    today = now.astimezone(ZoneInfo(training.time_zone)).date()
    left = {session.local_date for session in training.sessions if session.local_date >= today}
    if left and not venue_helpers.list_venue_helpers(training).rows:
        venue_helpers.give_link(training, name=_HELPER, days=left, actor=Operator(), now=now)


def _open_talas(moment: Moment) -> None:
    """Let a list wait, people register by a public link, and the focal point answer the letter."""
    talas, now = _training(TALAS), moment.now
    if not days.is_open(talas):
        return
    days.receive_list(talas, "talas-nominations.xlsx", now=now)
    if call_queries.find_open_link(talas.id) is None:
        calls.give_link(talas, actor=Operator(), now=now)
    _hand_in(talas, now)


def _hand_in(talas: Training, now: datetime) -> None:
    """Let the focal point answer the letter with a list, while lists are taken and unless one was handed in."""
    today = now.astimezone(ZoneInfo(talas.time_zone)).date()
    account = accounts.get_by_email(_FOCAL_POINT)
    call = call_queries.find_call(talas.code, account.reach.institution_id, today) if account else None
    if account is None or call is None or not call_rules.takes_lists(talas.state, call.due_on, today):
        return
    if call_queries.find_waiting_list(call) is not None or call_queries.list_taken(call):
        return
    source = steps.made(reading.open_file, (FOLDER / "gpo-talas.csv").read_bytes(), "gpo-talas.csv")
    calls.hand_in(call, calls.draft(call, source, today=today), actor=account, now=now)


def _hold_earlier(moment: Moment) -> None:
    for demo in EARLIER:
        days.hold(demo, _training(demo), now=moment.now)


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
