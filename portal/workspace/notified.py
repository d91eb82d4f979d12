"""Read who is notified when a training moves or is cancelled, and how; and what prevents it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal.attendance.models import AttendanceMark
from portal.certificates.models import Certificate
from portal.certificates.rules import CertificateState
from portal.mailing.queries import Recipient, list_recipients
from portal.mailing.rules import MailKind
from portal.people.models import Person
from portal.platform import mail
from portal.platform.db import db
from portal.registration.models import Registration
from portal.trainings.models import SessionFacilitator, Training, TrainingSession
from portal.trainings.rules import Whereabouts
from portal.workspace.rules import Papers


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
    """Tell whether a mail can be sent to a person."""
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
