"""Mails to facilitators when a training moves or is cancelled."""

from collections.abc import Iterable
from dataclasses import replace

from portal.catalog.models import Venue
from portal.mailing.rules import MailKind
from portal.people.models import Person
from portal.platform.dates import date_range, long_date
from portal.platform.i18n import gettext as _
from portal.platform.i18n import speaking, text_of
from portal.platform.mail import SUBJECT, Message
from portal.registration.mails import Contact, Facts
from portal.trainings.models import Training
from portal.trainings.rules import Whereabouts

_UNKNOWN = "ru"


def to_facilitator(person: Person, kind: MailKind, facts: Facts, contact: Contact) -> tuple[str, str]:
    """Return subject and text for one person, in the language of the facts."""
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
        name = " ".join(filter(None, (person.given, person.patronymic)))
        signed = ", ".join(filter(None, (contact.name, contact.email)))
        closing = [_("Respectfully,\nthe organizers of the training")]
        if signed:
            closing.append(_("Coordinator: %(contact)s", contact=signed))
        text = "\n\n".join([_("Dear %(name)s!", name=name), news, facts.lines, *closing])
        return " ".join(subject.split())[:SUBJECT], text


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
    """Return the language that letters to this person speak."""
    return person.language or _UNKNOWN


def to_facilitators(training: Training, kind: MailKind, people: Iterable[Person], contact: Contact) -> list[Message]:
    """Return the mails to these people, each in their own language; one of a kind for each state of the training."""
    written = []
    for person in people:
        subject, text = to_facilitator(person, kind, Facts.of(training, language_of(person)), contact)
        written.append(
            Message(
                recipient=person.email,
                subject=subject,
                text=text,
                reply_to=contact.email,
                language=language_of(person),
                kind=kind.value,
                topic=f"training {training.code}",
                about=f"person {person.reference}",
                key=f"{kind.value}:facilitator:{person.reference}:{training.code}:{training.version}",
            )
        )
    return written
