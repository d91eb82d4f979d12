"""Load the demo step by step, each step through the operations that a coordinator's pages use.

A step that finds its work done leaves it alone: the demo can be loaded again, and goes on after an interruption.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select

from portal.access.policy import Operator
from portal.accounts import queries as known_accounts
from portal.accounts.operations import accounts, links
from portal.accounts.rules.demo import DEMO_PASSWORD
from portal.accounts.rules.states import Assignment
from portal.catalog import operations as catalog
from portal.catalog import queries as catalog_queries
from portal.catalog.kinds import CENTERS, PROJECTS
from portal.catalog.rules import NewVenue
from portal.demo import (
    acts,
    agenda,
    assessments,
    closing,
    designs,
    earlier,
    evaluation,
    facts,
    life,
    materials,
    others,
    outside,
    telling,
)
from portal.demo.facts import DemoAccount, DemoTraining
from portal.evaluation.operations import evaluations
from portal.people import queries as places
from portal.people.operations import reference as people
from portal.platform import clock, passwords, pdf
from portal.platform.db import db, transaction
from portal.platform.errors import Refusal
from portal.platform.wording import _l
from portal.records import operations as records
from portal.trainings.models import Project, Training, Venue
from portal.trainings.operations import plans
from portal.trainings.rules.plans import Plan, PlannedAllotment, PlannedSession, propose_sessions


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
        outside.run(partial(step, moment))
    for demo in (facts.OSH, *earlier.TRAININGS):
        _issue(demo, moment)
    # A transaction for each form, as when it comes from a phone.
    evaluation.evaluate(_training(facts.OSH), now=moment.now)
    if moment.data is not None:
        for demo, coordinator in ((facts.OSH, "aida@demo.example"), (facts.ISSYK_KUL, "bakyt@demo.example")):
            _tell(demo, coordinator, moment.data, moment.now)
    # Without a renderer the acts wait for a later start, as the certificates do.
    with suppress(pdf.PdfUnavailable, pdf.RenderFailed):
        acts.hand_over(_training(facts.OSH).id, base_url=base_url, now=moment.now)
    _end(moment, k)


def _issue(demo: DemoTraining, moment: Moment) -> None:
    """Issue the certificates; one transaction for each, as the worker does it."""
    with transaction():
        training = _training(demo)
        code, is_open = training.code, _is_open(training)
    if is_open:
        life.issue_certificates(code, now=moment.now)
        with transaction():
            life.hand_out_certificates(_training(demo), now=moment.now)


def _tell(demo: DemoTraining, coordinator: str, data: Path, now: datetime) -> None:
    with transaction():
        training = _training(demo)
        code, is_open = training.code, _is_open(training)
    if is_open:
        telling.tell(code, coordinator, data, now=now)


def _end(moment: Moment, k: int) -> None:
    """Finalize what is over, correct one mark, and publish the first release."""
    ended = (*earlier.TRAININGS, facts.OSH)
    for demo in ended:
        with transaction():
            closing.close(_training(demo), now=moment.now)
    with transaction():
        closing.correct(_training(facts.OSH), now=moment.now)
    with transaction():
        closing.release([_training(demo) for demo in ended], k, now=moment.now)


def list_trainings() -> list[Training]:
    """Return the trainings of the demo that are there, in its order."""
    found = map(find_training, (*facts.TRAININGS, *earlier.TRAININGS))
    return [training for training in found if training is not None]


def find_training(demo: DemoTraining) -> Training | None:
    """Return a training of the demo, known by its venue."""
    query = select(Training).join(Venue, Venue.id == Training.venue_id).where(Venue.name_en == demo.venue.en)
    return db.session.scalars(query.order_by(Training.id).limit(1)).first()


def _load_reference(moment: Moment) -> None:
    people.load_reference(actor=Operator(), now=moment.now)
    catalog.load_donors(actor=Operator(), now=moment.now)
    evaluations.load_first_form(actor=Operator(), now=moment.now)


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
        account = accounts.create(
            one.email,
            name=one.name,
            password_hash=password_hash,
            role=one.role,
            regions=[region.code for region in places.list_regions() if region.side == one.side],
            project_ids=[project.id] if one.role == one.role.DONOR else [],
            institution_code=one.institution,
            actor=Operator(),
            now=moment.now,
        )
        if one is facts.LEFT:
            accounts.close(account, actor=Operator(), now=moment.now)
    if known_accounts.get_by_email(facts.INVITED.email) is None:
        _invite(facts.INVITED, moment)


def _invite(one: DemoAccount, moment: Moment) -> None:
    institution = places.get_institution_by_code(one.institution or "")
    reach = Assignment(one.role, institution_id=institution.id if institution else None)
    links.invite(one.email, name=one.name, locale="ky", reach=reach, actor=Operator(), now=moment.now)


def _make_trainings(moment: Moment) -> None:
    for demo in (*facts.TRAININGS, *earlier.TRAININGS):
        if find_training(demo) is None:
            _make_training(demo, moment)


def _make_training(demo: DemoTraining, moment: Moment) -> None:
    region = places.get_region(demo.region)
    assert region is not None
    place = plans.Place(
        course=catalog.take_course(facts.COURSE_CODE, facts.COURSE_TITLE, facts.COURSE_HOURS),
        project=_project(),
        region=region,
        venue=NewVenue(demo.venue),
    )
    plans.create(_plan(demo, moment.today), place, actor=Operator(), now=moment.now)


def _plan(demo: DemoTraining, today: date) -> Plan:
    first = demo.starts_on(today)
    last = first + timedelta(days=1)
    sessions = tuple(
        PlannedSession(title, block.starts_at, block.ends_at)
        for title, block in zip(facts.SESSIONS, propose_sessions(first, last, clock.COUNTRY.key), strict=True)
    )
    institutions = {institution.code: institution.id for institution in places.list_institutions()}
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
    designs.design(_project(), now=moment.now)


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
            agenda.plan(training, now=moment.now)


def _is_open(training: Training) -> bool:
    """Tell whether anything can still happen in a training: what somebody has closed or cancelled stays as it is."""
    return not training.is_locked and not training.is_cancelled


def _hold_earlier(moment: Moment) -> None:
    for demo in earlier.TRAININGS:
        earlier.hold(demo, _training(demo), now=moment.now)


def _finish_osh(moment: Moment) -> None:
    osh = _training(facts.OSH)
    materials.stock_up(osh, now=moment.now)
    materials.number_dictionary(now=moment.now)
    if not _is_open(osh):
        return
    life.nominate(osh, "osh-nominations.xlsx", now=moment.now)
    life.confirm(osh, now=moment.now)
    life.mark_everyone(osh, absent=life.ABSENT_IN_OSH, now=moment.now)
    assessments.take_both(osh, now=moment.now)
    life.check_names(osh, now=moment.now)
    telling.choose_languages(osh)
    materials.give_to_participants(osh, now=moment.now)


def _run_issyk_kul(moment: Moment) -> None:
    issyk_kul = _training(facts.ISSYK_KUL)
    if not _is_open(issyk_kul):
        return
    life.nominate(issyk_kul, "issyk-kul-nominations.csv", now=moment.now)
    life.confirm(issyk_kul, now=moment.now)
    telling.choose_languages(issyk_kul)
    life.mark_first_day(issyk_kul, now=moment.now)
    assessments.take_first(issyk_kul, now=moment.now)
    acts.draft(issyk_kul, now=moment.now)
    others.invite_helper(issyk_kul, now=moment.now)


def _open_talas(moment: Moment) -> None:
    talas = _training(facts.TALAS)
    if not _is_open(talas):
        return
    life.receive_list(talas, "talas-nominations.xlsx", now=moment.now)
    life.open_link(talas, now=moment.now)
    others.hand_in(talas, now=moment.now)


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
