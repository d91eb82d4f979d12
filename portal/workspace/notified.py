"""Who is notified when a training moves or is cancelled, how and in what words; and what prevents it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from portal.attendance.models import AttendanceMark
from portal.catalog.models import Venue
from portal.certificates.models import Certificate
from portal.certificates.rules import CertificateState
from portal.mailing.queries import Recipient, list_recipients
from portal.mailing.rules import MailKind
from portal.people.models import Person
from portal.platform import mail
from portal.platform.dates import date_range, long_date
from portal.platform.db import db
from portal.platform.i18n import gettext as _
from portal.platform.i18n import speaking, text_of
from portal.platform.mail import Message
from portal.registration.mails import Contact, Facts, Letter, letter
from portal.registration.models import Registration
from portal.trainings.models import SessionFacilitator, Training, TrainingSession
from portal.trainings.rules import Whereabouts
from portal.workspace.rules import Papers

_LANGUAGE = "ru"  # of whoever has told us none


@dataclass(frozen=True)
class Audience:
    """Everyone who counts on a training: those registered, and those who lead its sessions."""

    recipients: Sequence[Recipient]
    facilitators: Sequence[Person]

    @property
    def by_mail(self) -> int:
        """Return how many have an e-mail address."""
        return sum(one.has_address for one in self.recipients) + sum(map(has_address, self.facilitators))

    @property
    def by_hand(self) -> int:
        """Return how many are told by messenger or phone."""
        return len(self.recipients) + len(self.facilitators) - self.by_mail


def has_address(person: Person) -> bool:
    return mail.is_address(person.email)


def list_audience(training: Training, kind: MailKind, now: datetime, then: Whereabouts | None = None) -> Audience:
    """Return who is told, by name; who leads a session and is registered too is named once, with the registered.

    With `then`, who would be told if the training moved there.
    """
    recipients = list_recipients(training, kind, now, then)
    known = {one.registration.person_id for one in recipients}
    leading = (
        select(SessionFacilitator.person_id)
        .join(TrainingSession, TrainingSession.id == SessionFacilitator.training_session_id)
        .where(TrainingSession.training_id == training.id)
    )
    people = select(Person).where(Person.id.in_(leading)).order_by(Person.sort_key, Person.id)
    return Audience(recipients, [one for one in db.session.scalars(people) if one.id not in known])


def count_papers(training: Training) -> Papers:
    """Return how many people are marked in a training, and how many hold a certificate of it."""
    marked = (
        select(func.count(AttendanceMark.registration_id.distinct()))
        .join(Registration, Registration.id == AttendanceMark.registration_id)
        .where(Registration.training_id == training.id)
    )
    certified = (
        select(func.count())
        .select_from(Certificate)
        .join(Registration, Registration.id == Certificate.registration_id)
        .where(
            Registration.training_id == training.id,
            Certificate.state != CertificateState.FAILED.value,
            Certificate.revoked_at.is_(None),
        )
    )
    return Papers(db.session.scalar(marked) or 0, db.session.scalar(certified) or 0)


def letter_to(person: Person, kind: MailKind, facts: Facts, contact: Contact) -> Letter:
    """Return the letter to one person who leads a session, in the language of the facts."""
    with speaking(facts.locale):
        if kind == MailKind.MOVED:
            subject = _("New date or place: “%(title)s”", title=facts.title)
            news = _(
                "You lead a session of the training “%(title)s”. Its date or place has changed. It takes place as"
                " follows:",
                title=facts.title,
            )
        else:
            subject = _("The training is cancelled: “%(title)s”", title=facts.title)
            news = _(
                "You were to lead a session of the training “%(title)s”. Unfortunately it will not take place.",
                title=facts.title,
            )
        return letter(person, facts, contact, subject, news, facts.lines)


def facts_at(training: Training, where: Whereabouts, venue: Venue, locale: str) -> Facts:
    """Return the facts of a training as they would be after a move."""
    with speaking(locale):
        return replace(
            Facts.of(training, locale),
            dates=date_range(where.starts_on, where.ends_on, locale),
            first_day=long_date(where.starts_on, locale),
            place=", ".join((text_of(venue, "name", locale), text_of(training.region, "name", locale))),
        )


def language_of(person: Person) -> str:
    return person.language or _LANGUAGE


def mails_to(training: Training, kind: MailKind, people: Iterable[Person], contact: Contact) -> list[Message]:
    """Return the mails to these people, each in their own language; one of a kind for each state of the training."""
    written = []
    for person in people:
        found = letter_to(person, kind, Facts.of(training, language_of(person)), contact)
        written.append(
            Message(
                recipient=person.email,
                subject=found.subject,
                text=found.text,
                reply_to=contact.email,
                language=language_of(person),
                kind=kind.value,
                topic=f"training {training.code}",
                about=f"person {person.reference}",
                key=f"{kind.value}:facilitator:{person.reference}:{training.code}:{training.version}",
            )
        )
    return written
