"""Read who gets which mail, who has received it, what is sent automatically, and who only knows former dates."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CTE,
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased, joinedload, selectinload

from portal.access.policy import Actor
from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.attendance import queries as attendance
from portal.catalog.models import Venue
from portal.certificates import candidates
from portal.certificates import queries as certificate_queries
from portal.certificates.models import Certificate
from portal.evaluation import queries as evaluation_queries
from portal.evaluation.models import Evaluation
from portal.mailing import mails as mailing_mails
from portal.mailing import rules
from portal.mailing.models import FormerPlace, MailSwitch, PassedText
from portal.mailing.rules import AUTOMATIC, MailKind, MailStatus, Timing, Unreached
from portal.people.models import Person
from portal.platform import mail
from portal.platform.db import AnySelect, db
from portal.platform.mail import MailState, OutboxMail
from portal.registration.mails import Contact
from portal.registration.models import Registration
from portal.registration.rules import RegistrationRole
from portal.trainings.documents import list_days
from portal.trainings.models import Training
from portal.trainings.rules import TrainingState, Whereabouts

_ABOUT = "registration " + Registration.reference
_KINDS = [kind.value for kind in rules.WITH_DATES]
_LOST = (MailState.FAILED.value, MailState.UNCLEAR.value)


def know_old(ids: Sequence[int], then: Whereabouts | None = None) -> Select[int]:
    """Return a query of the registrations whose people were told last when their training was elsewhere.

    They were told when they were put on the list, and by every letter that names the days. `then` is where the
    training would be, instead of where it is.
    """
    moved = select(FormerPlace.training_id).where(FormerPlace.training_id.in_(ids))
    notified, first, earlier = _last_notified(ids if then else moved), aliased(FormerPlace), aliased(FormerPlace)
    since = and_(first.training_id == Registration.training_id, first.until > notified.c.last_at)
    before = select(earlier.id).where(
        earlier.training_id == first.training_id, earlier.until > notified.c.last_at, earlier.until < first.until
    )
    known = select(first.id).where(since, ~before.correlate(first, notified).exists())
    query = select(Registration.id).join(notified, notified.c.id == Registration.id)

    def is_at(there: Whereabouts | type[Training]) -> ColumnElement[bool]:
        return and_(
            first.starts_on == there.starts_on, first.ends_on == there.ends_on, first.venue_id == there.venue_id
        )

    if then is not None:
        return query.where(~known.where(is_at(then)).exists())
    return query.join(Training, Training.id == Registration.training_id).where(known.where(~is_at(Training)).exists())


def last_move() -> ScalarSelect[datetime]:
    """Return, for a query over mails, when the training that is their topic moved last."""
    query = select(func.max(FormerPlace.until)).join(Training, Training.id == FormerPlace.training_id)
    return query.where(OutboxMail.topic == "training " + Training.code).correlate(OutboxMail).scalar_subquery()


def count_moves(training: Training) -> int:
    """Return how often a training has moved."""
    query = select(func.count()).select_from(FormerPlace).where(FormerPlace.training_id == training.id)
    return db.session.scalar(query) or 0


def _last_notified(ids: Sequence[int] | Select[int]) -> Subquery:
    """Return when everybody in these trainings was notified of the days last."""
    people = select(Registration.id, Registration.created_at.label("at")).where(Registration.training_id.in_(ids))
    mails = (
        select(Registration.id, OutboxMail.created_at)
        .join(Training, Training.id == Registration.training_id)
        .join(OutboxMail, and_(OutboxMail.topic == "training " + Training.code, OutboxMail.about == _ABOUT))
        .where(Registration.training_id.in_(ids), OutboxMail.kind.in_(_KINDS), OutboxMail.state.not_in(_LOST))
    )
    passed = (
        select(Registration.id, PassedText.passed_at)
        .join(PassedText, PassedText.registration_id == Registration.id)
        .where(Registration.training_id.in_(ids), PassedText.kind.in_(_KINDS))
    )
    every = union_all(people, mails, passed).subquery()
    return select(every.c.id, func.max(every.c.at).label("last_at")).group_by(every.c.id).subquery()


# What a training's page counts: the rest is told by the act that makes it true, or by itself.
_COUNTED = (MailKind.INVITATION, MailKind.CONFIRMATION, MailKind.MOVED, MailKind.REMINDER, MailKind.EVALUATION)
_ANSWERS = (RegistrationRole.PARTICIPANT.value, RegistrationRole.ALTERNATE.value)


@dataclass(frozen=True)
class Recipient:
    """One person as one kind of mail sees them: what they were sent for this occasion, what was passed on to them."""

    kind: MailKind
    registration: Registration
    occasion: str = ""
    certificate: Certificate | None = None
    mails: tuple[OutboxMail, ...] = ()
    passed: PassedText | None = None

    @property
    def number(self) -> str:
        return self.certificate.number if self.certificate else ""

    @property
    def has_address(self) -> bool:
        return mail.is_address(self.registration.person.email)

    @property
    def mail(self) -> OutboxMail | None:
        """Return the last mail of this occasion."""
        return self.mails[-1] if self.mails else None

    @property
    def status(self) -> MailStatus:
        state = self.mail.state if self.mail else None
        return rules.status_of(state, has_address=self.has_address, is_passed_on=self.passed is not None)

    @property
    def is_notified(self) -> bool:
        """Tell whether nobody need do anything about this person."""
        return self.status in rules.NOTIFIED

    @property
    def needs_hand(self) -> bool:
        """Tell whether the text goes by messenger: there is no address, or the mail did not arrive."""
        return not self.has_address or self.status in (MailStatus.FAILED, MailStatus.UNCLEAR, MailStatus.PASSED_ON)


def get_board(
    training: Training, now: datetime, kinds: Sequence[MailKind] = tuple(MailKind), then: Whereabouts | None = None
) -> dict[MailKind, list[Recipient]]:
    """Return, by kind, who gets a mail, in Kyrgyz order of names; asked the same number of times for any number.

    With `then`, to whom a move there would be news.
    """
    registrations = _list_registrations(training)
    sent: dict[str, list[OutboxMail]] = defaultdict(list)
    for one in mail.list_about(mailing_mails.topic(training)):
        sent[(one.key or "").rpartition(":")[0]].append(one)
    passed = _passed(training)
    to_ask = _list_to_ask(training, now) if MailKind.EVALUATION in kinds else set()
    certificates = _list_ready(training, now) if MailKind.CERTIFICATE in kinds else {}
    moved = count_moves(training) + (then is not None) if MailKind.MOVED in kinds else 0
    elsewhere = set(db.session.scalars(know_old([training.id], then))) if moved else set()
    board: dict[MailKind, list[Recipient]] = {kind: [] for kind in kinds}
    for kind in kinds:
        for registration in registrations:
            certificate = certificates.get(registration.id) if kind == MailKind.CERTIFICATE else None
            if not _is_meant(kind, registration, certificate, to_ask):
                continue
            occasion = rules.occasion(kind, training.starts_on, certificate.number if certificate else "", moved)
            mine = sent.get(rules.stem(kind, occasion, registration.reference), ())
            text = passed.get((registration.id, kind.value, occasion))
            if kind == MailKind.MOVED and registration.id not in elsewhere and not mine and text is None:
                continue
            board[kind].append(Recipient(kind, registration, occasion, certificate, tuple(mine), text))
    return board


def list_recipients(
    training: Training, kind: MailKind, now: datetime, then: Whereabouts | None = None
) -> list[Recipient]:
    """Return who gets this mail, in Kyrgyz order of names; with `then`, who would if the training moved there."""
    return get_board(training, now, (kind,), then)[kind]


def list_switched_off(training_id: int) -> set[MailKind]:
    """Return the kinds that do not go by themselves in this training."""
    query = select(MailSwitch.kind).where(MailSwitch.training_id == training_id, MailSwitch.is_on.is_(False))
    return {MailKind(kind) for kind in db.session.scalars(query.order_by(MailSwitch.kind))}


def progress_of(trainings: Sequence[Training], now: datetime) -> list[AnySelect]:
    """Return queries of (training, what, how many), for `is_counted` and `add_count`: who was not notified yet.

    They say the same as `get_board`, for any number of trainings and people at once.
    """
    ids, last = [training.id for training in trainings], _last_mails(trainings)
    switched = select(MailSwitch.training_id, literal("mail_off:", String) + MailSwitch.kind, literal(1)).where(
        MailSwitch.training_id.in_(ids), MailSwitch.is_on.is_(False)
    )
    return [switched, *(_count_unreached(trainings, kind, last, now) for kind in _COUNTED)]


def is_counted(what: str) -> bool:
    """Tell whether a row of `progress_of` is one of this package."""
    return what.startswith("mail_")


def add_count(unreached: dict[MailKind, Unreached], what: str, number: int) -> None:
    """Add a row of `progress_of` to what is known of its training."""
    part, _, name = what.partition(":")
    kind = MailKind(name)
    one = unreached.get(kind, Unreached())
    match part:
        case "mail_off":
            unreached[kind] = replace(one, is_switched_off=True)
        case "mail_by_hand":
            unreached[kind] = replace(one, by_hand=one.by_hand + number)
        case _:
            unreached[kind] = replace(one, to_mail=one.to_mail + number)


def list_due(now: datetime) -> list[tuple[int, MailKind]]:
    """Return the trainings and kinds whose time it is to send by themselves, whether or not it is news to anybody."""
    around = (now - rules.LATEST).date(), (now + rules.LATEST).date()
    running = select(Training).where(Training.starts_on <= around[1], Training.ends_on >= around[0])
    issued = select(Registration.training_id).join(Certificate, Certificate.registration_id == Registration.id)
    lately = issued.where(Certificate.issued_at > now - rules.LATEST)
    news = select(Training).where(
        or_(Training.id.in_(lately), and_(Training.ends_on >= around[0], Training.id.in_(issued)))
    )
    shown = (
        selectinload(Training.sessions),
        selectinload(Training.breaks),
        joinedload(Training.venue).joinedload(Venue.region),
    )
    due = []
    for kinds, query in (((MailKind.REMINDER, MailKind.EVALUATION), running), ((MailKind.CERTIFICATE,), news)):
        states = [state.value for state in (TrainingState.APPROVED, TrainingState.HELD, TrainingState.FINALIZED)]
        found = query.where(Training.state.in_(states)).options(*shown).order_by(Training.id)
        for training in db.session.scalars(found):
            off, when = list_switched_off(training.id), timing(training)
            due += [(training.id, kind) for kind in kinds if kind not in off and rules.sends_by_itself(kind, when, now)]
    return due


def timing(training: Training) -> Timing:
    """Return what of a training decides when mails are possible."""
    days = list(list_days(training).values())
    return Timing(
        training.state,
        training.starts_on,
        training.ends_on,
        ZoneInfo(training.time_zone),
        days[0][0] if days else None,
        days[-1][1] if days else None,
    )


def find_contact(training: Training, actor: Actor | None = None) -> Contact:
    """Return who answers questions: whom the plan names, else the coordinator who acts, else one of the region.

    Only somebody who signs in and runs trainings in this region is ever named.
    """
    coordinators = {one.id: one for one in accounts.list_coordinators(training.region_code)}
    acting = actor.id if isinstance(actor, Account) else None
    wanted = next((id_ for id_ in (training.contact_id, acting, *coordinators) if id_ in coordinators), None)
    return Contact(coordinators[wanted].name, coordinators[wanted].email) if wanted is not None else Contact()


def automatic_of(kind: MailKind, training: Training) -> bool | None:
    """Tell whether mails of a kind go by themselves in a training; None if they never do."""
    return kind not in list_switched_off(training.id) if kind in AUTOMATIC else None


def _list_registrations(training: Training) -> list[Registration]:
    query = (
        select(Registration)
        .join(Registration.person)
        .options(joinedload(Registration.person), joinedload(Registration.training))
        .where(Registration.training_id == training.id)
    )
    return list(db.session.scalars(query.order_by(Person.sort_key, Registration.id)))


def _passed(training: Training) -> dict[tuple[int, str, str], PassedText]:
    """Return what was passed on, the last time of each."""
    query = select(PassedText).join(PassedText.registration).where(Registration.training_id == training.id)
    return {
        (one.registration_id, one.kind, one.occasion): one for one in db.session.scalars(query.order_by(PassedText.id))
    }


def _list_ready(training: Training, now: datetime) -> dict[int, Certificate]:
    """Return the certificates of which people are told, by registration: none before the training has ended.

    What was issued for the ceremony waits until the marks bear it out.
    """
    if not timing(training).is_over(now):
        return {}
    ready = {one.registration_id: one for one in certificate_queries.list_standing(training)}
    if any(one.is_for_ceremony for one in ready.values()):
        for unproven in candidates.list_unproven(training, as_of=now):
            ready.pop(unproven, None)
    return ready


def _list_to_ask(training: Training, now: datetime) -> set[int]:
    """Return the ids of the registrations of those who were there and may answer, whether or not they have.

    Nothing that a page says of somebody may depend on whether they have answered.
    """
    if evaluation_queries.is_closed(training):
        return set()
    return {one for one, attended in attendance.attended(training, as_of=now).items() if attended.attended > 0}


def _is_meant(
    kind: MailKind, registration: Registration, certificate: Certificate | None, to_ask: Collection[int]
) -> bool:
    if kind == MailKind.CERTIFICATE:
        return certificate is not None
    if registration.state not in rules.STATES[kind]:
        return False
    if kind == MailKind.EVALUATION:
        return registration.role in _ANSWERS and registration.id in to_ask
    return True


def _last_mails(trainings: Sequence[Training]) -> CTE:
    """Return the last mail of each kind to each person; of reminders and moves, the last for the days as they are."""
    one = OutboxMail
    reminders = {
        mailing_mails.topic(
            training
        ): f"{MailKind.REMINDER}:%:{rules.occasion(MailKind.REMINDER, training.starts_on)}:%"
        for training in trainings
    }
    is_of_today = or_(
        one.kind.not_in((MailKind.REMINDER.value, MailKind.MOVED.value)),
        and_(one.kind == MailKind.REMINDER.value, one.key.like(case(reminders, value=one.topic))),
        and_(one.kind == MailKind.MOVED.value, one.created_at >= last_move()),
    )
    newest = (
        select(func.max(one.id))
        .where(one.topic.in_(list(reminders)), one.kind.in_([kind.value for kind in _COUNTED]), is_of_today)
        .group_by(one.about, one.kind)
    )
    return select(one.about, one.kind, one.state).where(one.id.in_(newest)).cte("last_mail")


def _count_unreached(trainings: Sequence[Training], kind: MailKind, last: CTE, now: datetime) -> AnySelect:
    ids = [training.id for training in trainings]
    # What `mail.is_address` says of what imports let through.
    email = Person.email
    has_address = and_(email.like("%@%"), ~email.like("%@%@%"), ~email.regexp_match(r"[\s,;<>\"]"))
    can_be_mailed = and_(has_address, last.c.state.is_(None))
    what = case((can_be_mailed, f"mail_to_send:{kind}"), else_=f"mail_by_hand:{kind}")
    query = (
        select(Registration.training_id, what, func.count())
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(last, and_(last.c.about == "registration " + Registration.reference, last.c.kind == kind.value))
        .where(
            Registration.training_id.in_(ids),
            Registration.state.in_([state.value for state in rules.STATES[kind]]),
            or_(last.c.state.is_(None), last.c.state.in_(("failed", "unclear"))),
            ~_is_passed_on(trainings, kind).exists(),
        )
        .group_by(Registration.training_id, what)
    )
    if kind == MailKind.MOVED:
        return query.where(Registration.id.in_(know_old(ids)))
    return query.where(*_is_to_ask(ids, now)) if kind == MailKind.EVALUATION else query


def _is_passed_on(trainings: Sequence[Training], kind: MailKind) -> AnySelect:
    occasions = {training.id: rules.occasion(kind, training.starts_on) for training in trainings}
    return select(PassedText.id).where(
        PassedText.registration_id == Registration.id,
        PassedText.kind == kind.value,
        PassedText.occasion == case(occasions, value=Registration.training_id),
    )


def _is_to_ask(ids: Sequence[int], now: datetime) -> tuple[ColumnElement[bool], ...]:
    closed = select(Evaluation.training_id).where(Evaluation.closed_at.is_not(None))
    return (
        Registration.role.in_(_ANSWERS),
        Registration.id.in_(attendance.were_there(ids, as_of=now)),
        Registration.training_id.not_in(closed),
    )
