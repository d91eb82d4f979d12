"""Mail-outs: one act, one mail a person, the links good, and nothing twice."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.audit.models import AuditDetail, AuditEntry
from portal.config import Settings
from portal.evaluation.models import EvaluationTurnout
from portal.mailing import jobs, operations
from portal.mailing import queries as mailing_queries
from portal.mailing.models import PassedText
from portal.mailing.queries import Recipient
from portal.mailing.rules import MailKind, MailStatus
from portal.participants import operations as participant_operations
from portal.platform import links
from portal.platform.db import db
from portal.platform.mail import LINK, OutboxMail
from portal.registration.models import Registration
from portal.trainings import operations as training_operations
from portal.trainings.models import Training
from tests import factories
from tests.parallel import in_processes
from tests.refusals import raises_refusal

OPERATOR = Operator()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def training(app: Flask, now: datetime) -> Training:
    """Return a training that begins in five days, with two people with an address and one without."""
    training = factories.make_training(starts_on=(now + 5 * DAY).date())
    for name, email, language in (
        ("Асан", "asan@example.org", "ky"),
        ("Бек", "bek@example.org", ""),
        ("Жыпар", "", ""),
    ):
        person = factories.make_person(f"{name}ов", name, email=email, language=language)
        factories.make_registration(training=training, person=person, state="confirmed")
    return training


def recipients(training: Training, kind: MailKind) -> Sequence[Recipient]:
    return mailing_queries.list_recipients(training, kind, factories.AFTER)


def send(training: Training, kind: MailKind, now: datetime, **seen: int) -> operations.Sent:
    chosen = seen or {one.registration.reference: len(one.mails) for one in recipients(training, kind)}
    return operations.send(training, kind, chosen, actor=OPERATOR, now=now)


def mails() -> list[OutboxMail]:
    return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def statuses(training: Training, kind: MailKind) -> list[MailStatus]:
    return [one.status for one in recipients(training, kind)]


def test_mail_says_when_the_day_opens_and_leaves_days_that_have_gone_out(training: Training, now: datetime) -> None:
    for session in [one for one in training.sessions if one.local_date == training.starts_on]:
        training.sessions.remove(session)
    factories.make_break(training, day=1, starts=time(8, 15), minutes=45, kind="arrival")
    training_operations.keep(training)
    send(training, MailKind.CONFIRMATION, now)
    russian = mails()[1]
    assert "Начало: 20 сентября 2026 года, 08:15" in russian.text
    assert [file["filename"] for file in russian.attachments] == [f"{training.code}.ics"]
    content = russian.attachments[0]["content"]
    assert "DTSTART;TZID=Asia/Bishkek:20260920T081500" in content
    assert "ORGANIZER;CN=Okuu:mailto:portal@127.0.0.1" in content
    assert "CANCELLED" not in content


def test_confirmation_is_one_act_with_links_calendar_and_languages(
    training: Training, aida: Account, now: datetime
) -> None:
    chosen = {one.registration.reference: 0 for one in recipients(training, MailKind.CONFIRMATION)}
    sent = operations.send(training, MailKind.CONFIRMATION, chosen, actor=aida, now=now)
    assert (sent.queued, sent.without_address) == (2, 1)
    kyrgyz, russian = mails()
    assert (kyrgyz.recipient, kyrgyz.language, russian.language) == ("asan@example.org", "ky", "ru")
    assert "Саламатсызбы, Асан!" in kyrgyz.text and "Здравствуйте, Бек!" in russian.text
    assert "Адам сатууну тергөө: Ош" in kyrgyz.subject and "Расследование торговли людьми: Ош" in russian.subject
    assert LINK in russian.text and russian.reply_to == aida.email
    assert russian.attachments[0]["filename"] == f"{training.code}.ics"
    assert "DTSTART;TZID=Asia/Bishkek:20260919T090000" in russian.attachments[0]["content"]
    for one in (kyrgyz, russian):
        participant_operations.open_with_link(links.secret_of(one.link_seed), now=now + DAY)
    [entry] = db.session.scalars(select(AuditEntry).where(AuditEntry.event == "mailing.sent"))
    detail = db.session.get_one(AuditDetail, entry.id)
    assert (detail.after["mails"], len(detail.after["registrations"])) == (2, 3)


def test_database_holds_no_link(training: Training, now: datetime) -> None:
    send(training, MailKind.CONFIRMATION, now)
    secrets = [links.secret_of(one.link_seed) for one in mails()]
    rows = [
        repr(tuple(row)) for table in reversed(db.metadata.sorted_tables) for row in db.session.execute(table.select())
    ]
    assert len(secrets) == 2
    assert not [secret for secret in secrets if any(secret in row for row in rows)]


def test_link_given_by_hand_stays_good_and_is_the_one_that_is_mailed(training: Training, now: datetime) -> None:
    registration = recipients(training, MailKind.CONFIRMATION)[0].registration
    given = participant_operations.give_link(registration, actor=OPERATOR, now=now)
    send(training, MailKind.CONFIRMATION, now)
    send(training, MailKind.REMINDER, now)
    assert {links.secret_of(one.link_seed) for one in mails() if "asan" in one.recipient} == {given}
    participant_operations.open_with_link(given, now=now)


def test_link_that_was_ended_is_mailed_to_nobody(training: Training, now: datetime) -> None:
    send(training, MailKind.CONFIRMATION, now)
    old = links.secret_of(mails()[0].link_seed)
    new = participant_operations.give_link(
        recipients(training, MailKind.REMINDER)[0].registration, actor=OPERATOR, now=now
    )
    send(training, MailKind.REMINDER, now)
    assert new != old
    assert [links.secret_of(one.link_seed) for one in mails() if "asan" in one.recipient] == [old, new]
    with raises_refusal("wrong_link"):
        participant_operations.open_with_link(old, now=now)


def test_who_got_it_meanwhile_is_left_out(training: Training, now: datetime) -> None:
    references = [one.registration.reference for one in recipients(training, MailKind.REMINDER)]
    send(training, MailKind.REMINDER, now, **{references[0]: 0})
    sent = send(training, MailKind.REMINDER, now, **dict.fromkeys(references, 0))
    assert (sent.queued, sent.without_address, sent.meanwhile) == (1, 1, 1)
    with pytest.raises(operations.ToldMeanwhile):
        send(training, MailKind.REMINDER, now, **{references[0]: 0})
    assert len(mails()) == 2


def send_elsewhere(app: Flask, code: str, chosen: dict[str, int]) -> int:
    with app.app_context():
        found = db.session.scalars(select(Training).where(Training.code == code)).one()
        try:
            sent = operations.send(found, MailKind.REMINDER, chosen, actor=OPERATOR, now=factories.NOW)
        except operations.ToldMeanwhile:
            db.session.rollback()
            return 0
        db.session.commit()
        return sent.queued


def test_two_coordinators_at_once_send_it_once(training: Training, settings: Settings) -> None:
    people = recipients(training, MailKind.REMINDER)
    chosen = {one.registration.reference: 0 for one in people if one.has_address}
    code = training.code
    db.session.commit()
    assert sum(in_processes(settings, send_elsewhere, [(code, chosen)] * 3)) == 2
    assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == 2


def test_reminder_goes_by_itself_once(training: Training, now: datetime) -> None:
    evening = datetime(2026, 9, 18, 12, tzinfo=UTC)  # 18:00 in Bishkek
    db.session.commit()
    assert [jobs.queue_due(evening - HOUR), jobs.queue_due(evening), jobs.queue_due(evening + HOUR)] == [0, 2, 0]
    assert statuses(training, MailKind.REMINDER) == [MailStatus.QUEUED, MailStatus.QUEUED, MailStatus.NO_ADDRESS]
    [entry] = db.session.scalars(select(AuditEntry).where(AuditEntry.event == "mailing.sent"))
    assert entry.actor == "worker"
    assert {one.expires_at for one in mails()} == {datetime(2026, 9, 19, 3, tzinfo=UTC)}


def test_reminder_sent_by_hand_does_not_go_again(training: Training, now: datetime) -> None:
    send(training, MailKind.REMINDER, now)
    db.session.commit()
    assert jobs.queue_due(datetime(2026, 9, 18, 13, tzinfo=UTC)) == 0


def test_switched_off_nothing_goes_by_itself(training: Training, now: datetime) -> None:
    evening = datetime(2026, 9, 18, 12, tzinfo=UTC)
    for is_on, expected in ((False, 0), (True, 2)):
        operations.switch(training, MailKind.REMINDER, is_on=is_on, actor=OPERATOR, now=now)
        db.session.commit()
        assert jobs.queue_due(evening) == expected
    with raises_refusal("never_by_itself"):
        operations.switch(training, MailKind.INVITATION, is_on=True, actor=OPERATOR, now=now)


def test_evaluation_is_asked_of_who_was_there(training: Training, now: datetime) -> None:
    first = recipients(training, MailKind.CONFIRMATION)[0].registration
    factories.make_attendance(first)
    db.session.commit()
    after = training.sessions[-1].ends_at
    assert [jobs.queue_due(after - HOUR), jobs.queue_due(after), jobs.queue_due(after + DAY)] == [0, 1, 0]
    assert mails()[0].recipient == first.person.email
    assert "анонимдүү" in mails()[0].text


@pytest.fixture
def evaluated(training: Training) -> list[Registration]:
    """Return those who were there; the first of them, who has an address, has answered."""
    people = [one.registration for one in recipients(training, MailKind.CONFIRMATION)]
    for one in people:
        factories.make_attendance(one)
    db.session.add(EvaluationTurnout(training_id=training.id, registration_id=people[0].id))
    db.session.commit()
    return people


def test_evaluation_is_asked_of_all_who_were_there_and_not_after_its_end(training: Training, evaluated) -> None:
    asked = [one.registration.id for one in recipients(training, MailKind.EVALUATION)]
    assert asked == [one.id for one in evaluated]
    factories.make_evaluation(training)
    assert recipients(training, MailKind.EVALUATION) == []


def test_reminder_to_evaluate_reaches_who_has_not_answered_and_says_nowhere_whom(
    training: Training, evaluated, now: datetime
) -> None:
    after = training.sessions[-1].ends_at + HOUR
    before = [(one.registration.id, one.status, len(one.mails)) for one in _asked(training)]
    for moment in (after, after + HOUR):
        operations.remind(training, actor=OPERATOR, now=moment)
    assert [one.recipient for one in mails()] == [evaluated[1].person.email]
    operations.remind(training, actor=OPERATOR, now=after + DAY)
    assert len(mails()) == 2
    assert [(one.registration.id, one.status, len(one.mails)) for one in _asked(training)] == before
    details = select(AuditDetail.after).join(AuditEntry).where(AuditEntry.event == "mailing.reminded")
    assert not any(details_ for details_ in db.session.scalars(details))


def _asked(training: Training) -> list[mailing_queries.Recipient]:
    return list(recipients(training, MailKind.EVALUATION))


def test_reminder_to_evaluate_is_refused_when_nobody_can_answer(training: Training, evaluated, now: datetime) -> None:
    with pytest.raises(operations.NotNow):
        operations.remind(training, actor=OPERATOR, now=training.sessions[-1].ends_at - HOUR)
    factories.make_evaluation(training)
    with pytest.raises(operations.NotNow):
        operations.remind(training, actor=OPERATOR, now=training.sessions[-1].ends_at)


def test_certificate_is_announced_after_its_issue_and_again_after_a_reissue(training: Training, now: datetime) -> None:
    registration = recipients(training, MailKind.CONFIRMATION)[0].registration
    now = training.ends_at
    first = factories.make_certificate(registration, issued_at=now)
    db.session.commit()
    assert [jobs.queue_due(now + HOUR), jobs.queue_due(now + 2 * HOUR)] == [1, 0]
    assert first.number in mails()[0].text
    first.replaced_at = now + DAY
    second = factories.make_certificate(registration, issued_at=now + DAY, revision=2, replaces_id=first.id)
    db.session.commit()
    assert jobs.queue_due(now + DAY) == 1
    assert second.number in mails()[1].text


@pytest.mark.parametrize("state", ["approved", "finalized"])
def test_certificate_issued_ahead_is_announced_when_the_training_has_ended(
    training: Training, now: datetime, state: str
) -> None:
    """By the worker or by hand, however early a ceremony or a command has issued it."""
    registration = recipients(training, MailKind.CONFIRMATION)[0].registration
    for session in training.sessions:
        factories.make_mark(registration, session, "present")
    first = factories.make_certificate(registration, issued_at=now)
    training.state = state
    db.session.commit()
    over = training.ends_at
    for early in (now + HOUR, over - timedelta(minutes=1)):
        assert jobs.queue_due(early) == 0
        with pytest.raises(operations.NotNow):
            operations.send(training, MailKind.CERTIFICATE, {registration.reference: 0}, actor=OPERATOR, now=early)
    db.session.rollback()
    for late in (over + HOUR, over + 2 * HOUR):
        jobs.queue_due(late)
        assert [first.number in one.text for one in mails() if one.kind == MailKind.CERTIFICATE] == [True]


def test_certificates_of_last_year_are_not_announced(training: Training, now: datetime) -> None:
    factories.make_certificate(recipients(training, MailKind.CONFIRMATION)[0].registration, issued_at=now)
    db.session.commit()
    assert jobs.queue_due(now + 4 * DAY) == 0


def test_mail_of_unknown_fate_is_sent_again_by_a_person_only(training: Training, now: datetime) -> None:
    send(training, MailKind.REMINDER, now)
    first = mails()[0]
    reference = recipients(training, MailKind.REMINDER)[0].registration.reference
    with pytest.raises(operations.ToldMeanwhile):  # It still waits to be sent.
        send(training, MailKind.REMINDER, now, **{reference: 1})
    first.state = "unclear"
    db.session.commit()
    assert jobs.queue_due(datetime(2026, 9, 18, 13, tzinfo=UTC)) == 0
    assert send(training, MailKind.REMINDER, now, **{reference: 1}).queued == 1
    with pytest.raises(operations.ToldMeanwhile):  # Another page, as it was before.
        send(training, MailKind.REMINDER, now, **{reference: 1})
    again = mails()[-1]
    assert (again.recipient, again.key.rpartition(":")[2]) == (first.recipient, "2")
    assert len(mails()) == 3


def test_who_has_no_address_is_told_by_hand(training: Training, now: datetime) -> None:
    send(training, MailKind.CONFIRMATION, now)
    last = recipients(training, MailKind.CONFIRMATION)[2].registration
    operations.pass_on(last, MailKind.CONFIRMATION, actor=OPERATOR, now=now)
    assert statuses(training, MailKind.CONFIRMATION)[2] == MailStatus.PASSED_ON
    [passed] = db.session.scalars(select(PassedText))
    assert (passed.passed_by, passed.passed_at) == (OPERATOR.label, now)
    with raises_refusal("not_meant"):
        operations.pass_on(last, MailKind.DECLINED, actor=OPERATOR, now=now)


def test_cancelled_training_reminds_nobody_and_takes_its_dates_back(training: Training, now: datetime) -> None:
    training.state = "cancelled_by_host"
    db.session.flush()
    with pytest.raises(operations.NotNow):
        send(training, MailKind.REMINDER, now)
    send(training, MailKind.CANCELLED, now)
    [first, _second] = mails()
    assert "STATUS:CANCELLED" in first.attachments[0]["content"]
    assert "method=CANCEL" in first.attachments[0]["media_type"]
    assert LINK not in first.text


@pytest.mark.parametrize(("state", "kind"), [("waitlisted", MailKind.WAITLISTED), ("declined", MailKind.DECLINED)])
def test_news_of_a_refusal_gives_no_reason_and_no_link(
    training: Training, now: datetime, state: str, kind: MailKind
) -> None:
    person = factories.make_person("Осмонов", "Эрмек", email="ermek@example.org")
    registration: Registration = factories.make_registration(training=training, person=person, state=state)
    send(training, kind, now)
    [sent] = mails()
    assert sent.about == f"registration {registration.reference}"
    assert LINK not in sent.text and not sent.link_seed
