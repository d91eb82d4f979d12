"""Queue a whole mail-out in one operation, and record texts passed on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.evaluation import queries as evaluation_queries
from portal.evaluation.rules import EvaluationState
from portal.mailing import mails, queries, rules
from portal.mailing.mails import Address, Writer
from portal.mailing.models import FormerPlace, MailSwitch, PassedText
from portal.mailing.queries import Recipient
from portal.mailing.rules import AUTOMATIC, WITH_LINK, MailKind, MailStatus
from portal.participants import operations as participant_operations
from portal.platform import mail
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.rules import Whereabouts


class NotNow(Conflict):
    message = _l("This mail does not fit the training as it stands now: look at its dates and its state.")


class ToldMeanwhile(Conflict):
    message = _l("Somebody has sent this mail meanwhile. Look at who has it, and decide again.")


@dataclass(frozen=True)
class Sent:
    """What a mail-out did: mails queued, people whose text waits to be passed on, and who had it by then."""

    queued: int = 0
    without_address: int = 0
    meanwhile: int = 0


def send(training: Training, kind: MailKind, chosen: Mapping[str, int], *, actor: Actor, now: datetime) -> Sent:
    """Queue a mail for each of the chosen who has an address, and make the others' texts ready, all in one act.

    `chosen` says of each reference how many mails of this kind the sender saw: whoever got one since, or whose mail
    waits to leave, is left out. Whoever has one that failed, is unclear or was sent gets another one.

    :raises NotNow: if the mail would not be true.
    :raises Refusal: if nobody is chosen.
    :raises ToldMeanwhile: if everyone chosen has got it since.
    """
    training = lock(Training, training.id)
    _ensure_possible(training, kind, now)
    recipients = [one for one in queries.list_recipients(training, kind, now) if one.registration.reference in chosen]
    if not recipients:
        raise Refusal("nobody_chosen", _l("Tick at least one person."))
    meant = [
        one
        for one in recipients
        if len(one.mails) == chosen[one.registration.reference] and one.status != MailStatus.QUEUED
    ]
    if not meant:
        raise ToldMeanwhile
    sent = _queue(training, kind, meant, actor=actor, now=now)
    return Sent(sent.queued, sent.without_address, len(recipients) - len(meant))


def send_by_itself(training_id: int, kind: MailKind, *, actor: Actor, now: datetime) -> int:
    """Queue a mail for everyone with an address who was not notified yet; return how many were queued.

    Certificates are told of for a few days after their issue, or after the end of the training where they were issued
    ahead, so that a portal that is switched on again does not write to people of last year.
    """
    training = lock(Training, training_id)
    when = queries.timing(training)
    unreached = [
        one
        for one in queries.list_recipients(training, kind, now)
        if one.status == MailStatus.TO_SEND
        and (one.certificate is None or rules.is_news(one.certificate.issued_at, when, now))
    ]
    return _queue(training, kind, unreached, actor=actor, now=now).queued if unreached else 0


def remind(training: Training, *, actor: Actor, now: datetime) -> None:
    """Ask everyone with an address who was there and has not answered the evaluation, at most once a day.

    Whom it reached stands in no entry and on no page, since that would say who has answered.

    :raises NotNow: if nobody can answer now.
    """
    training = lock(Training, training.id)
    if evaluation_queries.get_state(training, now) != EvaluationState.OPEN:
        raise NotNow
    recipients = [one for one in queries.list_recipients(training, MailKind.EVALUATION, now) if one.has_address]
    seeds = participant_operations.prepare_links(training, [one.registration for one in recipients], now=now)
    answered = evaluation_queries.list_answered_ids(training)
    writer = Writer(MailKind.EVALUATION, training, queries.find_contact(training, actor), now=now)
    for one in recipients:
        if one.registration.id not in answered:
            address = Address(now.date().isoformat(), 1, seeds.get(one.registration.id, ""))
            mail.queue(writer.reminder(one.registration, address), now=now)
    audit.record("mailing.reminded", mails.topic(training), actor=actor, now=now)


def prepare_texts(training: Training, kind: MailKind, *, actor: Actor, now: datetime) -> int:
    """Make the personal links of the texts that go by messenger; return how many people they are for.

    :raises NotNow: if the text would not be true.
    """
    training = lock(Training, training.id)
    _ensure_possible(training, kind, now)
    by_hand = [one.registration for one in queries.list_recipients(training, kind, now) if one.needs_hand]
    if by_hand and kind in WITH_LINK:
        participant_operations.prepare_links(training, by_hand, now=now)
        _record(training, "mailing.texts_made", kind, by_hand, actor=actor, now=now)
    return len(by_hand)


def pass_on(registration: Registration, kind: MailKind, *, actor: Actor, now: datetime) -> PassedText:
    """Note that the text was passed on to a person by messenger or in person.

    :raises Conflict: if it does not concern this person any more.
    """
    training = lock(Training, registration.training_id)
    recipients = queries.list_recipients(training, kind, now)
    recipient = next((one for one in recipients if one.registration.id == registration.id), None)
    if recipient is None:
        raise Conflict("not_meant", _l("This mail does not concern this person any more."))
    passed = PassedText(
        registration_id=registration.id,
        kind=kind.value,
        occasion=recipient.occasion,
        passed_at=now,
        passed_by=actor.label,
    )
    db.session.add(passed)
    db.session.flush()
    audit.record("mailing.passed_on", mails.about(registration), after={"kind": kind.value}, actor=actor, now=now)
    return passed


def switch(training: Training, kind: MailKind, *, is_on: bool, actor: Actor, now: datetime) -> None:
    """Let mails of a kind go by themselves in a training, or not.

    :raises Refusal: if mails of this kind are sent by people only.
    """
    if kind not in AUTOMATIC:
        raise Refusal("never_by_itself", _l("Mails of this kind are never sent by themselves."))
    lock(Training, training.id)
    was_on = kind not in queries.list_switched_off(training.id)
    if was_on == is_on:
        return
    row = db.session.scalars(
        select(MailSwitch).where(MailSwitch.training_id == training.id, MailSwitch.kind == kind.value)
    ).one_or_none()
    if row is None:
        row = MailSwitch(training_id=training.id, kind=kind.value)
        db.session.add(row)
    row.is_on = is_on
    db.session.flush()
    audit.record(
        "mailing.switched",
        mails.topic(training),
        before={"kind": kind.value, "is_on": was_on},
        after={"kind": kind.value, "is_on": is_on},
        actor=actor,
        now=now,
    )


def whereabouts(training: Training) -> Whereabouts:
    """Return when and where a training is to be."""
    return Whereabouts(training.starts_on, training.ends_on, training.venue_id, training.time_zone)


def keep_former(training: Training, before: Whereabouts, *, now: datetime) -> None:
    """Note when and where a training was to be until now, if that has changed."""
    if whereabouts(training) == before:
        return
    db.session.add(
        FormerPlace(
            training_id=training.id,
            starts_on=before.starts_on,
            ends_on=before.ends_on,
            venue_id=before.venue_id,
            until=now,
        )
    )
    db.session.flush()


def _ensure_possible(training: Training, kind: MailKind, now: datetime) -> None:
    if not rules.is_possible(kind, queries.timing(training), now):
        raise NotNow


def _queue(training: Training, kind: MailKind, recipients: Sequence[Recipient], *, actor: Actor, now: datetime) -> Sent:
    """Queue what can be mailed; the links of all are made, also of those whose text is passed on."""
    registrations = [one.registration for one in recipients]
    seeds: dict[int, str] = {}
    if kind in WITH_LINK:
        seeds = participant_operations.prepare_links(training, registrations, now=now)
    writer = Writer(kind, training, queries.find_contact(training, actor), now=now)
    queued = without_address = 0
    for one in recipients:
        if not one.has_address:
            without_address += 1
            continue
        address = Address(one.occasion, len(one.mails) + 1, seeds.get(one.registration.id, ""))
        queued += mail.queue(writer.message(one.registration, address, one.number), now=now) is not None
    _record(training, "mailing.sent", kind, registrations, mails=queued, actor=actor, now=now)
    return Sent(queued, without_address)


def _record(
    training: Training,
    event: str,
    kind: MailKind,
    registrations: Sequence[Registration],
    *,
    actor: Actor,
    now: datetime,
    **more: int,
) -> None:
    references = [registration.reference for registration in registrations]
    after = {"kind": kind.value, "registrations": references, **more}
    audit.record(event, mails.topic(training), after=after, actor=actor, now=now)
