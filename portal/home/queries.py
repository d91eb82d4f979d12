"""Read what start pages show beside the steps of trainings, in one or two queries each."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, and_, cast, func, literal, select, union_all
from sqlalchemy.orm import aliased, joinedload

from portal.access.policy import Actor
from portal.accounts import queries as accounts
from portal.accounts.models import Account, AccountLink
from portal.accounts.rules import LinkKind
from portal.catalog.models import Project
from portal.nominations.models import NominationList
from portal.platform.db import AnySelect, db
from portal.platform.jobs import Job
from portal.platform.mail import MailState, OutboxMail
from portal.trainings.models import Training
from portal.trainings.queries import within_reach
from portal.trainings.rules import CANCELLED, TrainingState

# What failed longer ago has been noticed, or does not matter any more.
_STILL_MATTERS = timedelta(days=30)
_MOST = 100
_PLANNED = (TrainingState.DRAFT.value, TrainingState.PENDING_APPROVAL.value)
_LOST = (MailState.FAILED.value, MailState.UNCLEAR.value)


class Chore(NamedTuple):
    """What needs an administrator: a count, a job that failed or mails that did not leave, about which object.

    `what` is the count's name, the job's name or the mails' state.
    """

    kind: str
    what: str
    about: str
    number: int


def list_chores(now: datetime) -> list[Chore]:
    """Return what needs an administrator by kind and name, in one query."""
    is_invited = and_(Account.closed_at.is_(None), Account.password_hash == "")
    good = _has_good_invitation(now)
    chores: Any = union_all(
        _count("invited", Account.id, and_(is_invited, good)),
        _count("invitations_over", Account.id, and_(is_invited, ~good)),
        _count("without_second_factor", Account.id, accounts.lacks_factor()),
        _count("drafts", Training.id, Training.state == TrainingState.DRAFT),
        _count("to_approve", Training.id, Training.state == TrainingState.PENDING_APPROVAL),
        _failed_jobs(now),
        _lost_mails(now),
    )
    return sorted(Chore(*row) for row in db.session.execute(chores))


def list_vetted(today: date) -> list[Training]:
    """Return the trainings to come that ask for vetting, the next one first."""
    query = (
        select(Training)
        .options(joinedload(Training.region), joinedload(Training.venue))
        .where(
            Training.is_vetting_required,
            Training.ends_on >= today,
            Training.state.not_in([*_PLANNED, *(state.value for state in CANCELLED)]),
        )
        .order_by(Training.starts_on, Training.id)
        .limit(_MOST)
    )
    return list(db.session.scalars(query))


def list_funded(actor: Actor) -> list[tuple[Project, list[Training]]]:
    """Return a donor's projects with those of their trainings that are settled, the latest first."""
    query = (
        within_reach(select(Training), actor)
        .options(joinedload(Training.region))
        .where(Training.state.not_in(_PLANNED))
        .order_by(Training.starts_on.desc(), Training.id.desc())
        .limit(_MOST)
    )
    projects = select(Project).where(Project.id.in_(actor.reach.project_ids)).order_by(Project.code)
    trainings = list(db.session.scalars(query))
    return [
        (project, [training for training in trainings if training.project_id == project.id])
        for project in db.session.scalars(projects)
    ]


def count_states() -> dict[str, int]:
    """Return how many trainings are in which state, in the order of a training's life."""
    query = select(Training.state, func.count().label("number")).group_by(Training.state)
    counts = {row.state: row.number for row in db.session.execute(query)}
    return {state.value: counts[state.value] for state in TrainingState if state.value in counts}


def _count(what: str, column: Any, condition: ColumnElement[bool]) -> AnySelect:
    return select(literal("count"), literal(what), literal(""), func.count(column)).where(condition)


def _has_good_invitation(now: datetime) -> ColumnElement[bool]:
    link = select(AccountLink.id).where(
        AccountLink.account_id == Account.id,
        AccountLink.kind == LinkKind.INVITATION,
        AccountLink.used_at.is_(None),
        AccountLink.revoked_at.is_(None),
        AccountLink.expires_at > now,
    )
    return link.exists()


def _failed_jobs(now: datetime) -> AnySelect:
    """Match work that failed and was not begun again; work on a list is told by its training and the list."""
    later = aliased(Job)
    is_repeated = select(later.id).where(later.name == Job.name, later.subject == Job.subject, later.id > Job.id)
    about = func.coalesce(Training.code + "/" + NominationList.reference, Job.subject)
    return (
        select(literal("job"), Job.name, cast(about, Text), literal(1))
        .outerjoin(NominationList, NominationList.reference == Job.subject)
        .outerjoin(Training, Training.id == NominationList.training_id)
        .where(Job.state == "failed", Job.finished_at >= now - _STILL_MATTERS, ~is_repeated.exists())
    )


def _lost_mails(now: datetime) -> AnySelect:
    """Count mails by what they are about that were refused, or of which nobody knows, and were not sent again."""
    later = aliased(OutboxMail)
    is_repeated = select(later.id).where(
        later.topic == OutboxMail.topic,
        later.kind == OutboxMail.kind,
        later.recipient == OutboxMail.recipient,
        later.id > OutboxMail.id,
        later.state.not_in(_LOST),
    )
    return (
        select(literal("mail"), OutboxMail.state, cast(OutboxMail.topic, Text), func.count())
        .where(OutboxMail.state.in_(_LOST), OutboxMail.created_at >= now - _STILL_MATTERS, ~is_repeated.exists())
        .group_by(OutboxMail.state, OutboxMail.topic)
    )
