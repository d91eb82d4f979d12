"""Recipients of mails to participants, and what every mail says about the training."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.people.models import Person
from portal.platform.dates import date_range, long_date
from portal.platform.i18n import gettext as _
from portal.platform.i18n import speaking, text_of
from portal.platform.mail import LINK, SUBJECT, Message
from portal.registration.models import Registration
from portal.trainings.documents import list_days
from portal.trainings.models import Training


@dataclass(frozen=True)
class Contact:
    """Who answers questions about a training."""

    name: str = ""
    email: str = ""


@dataclass(frozen=True)
class Letter:
    """What a person is told: a subject for mails, and the text that goes by mail and messenger alike."""

    locale: str
    subject: str
    text: str


@dataclass(frozen=True)
class Facts:
    """A training as letters name it, in one language."""

    locale: str
    title: str
    dates: str
    first_day: str
    starts_at: datetime | None
    begins: str
    place: str

    @classmethod
    def of(cls, training: Training, locale: str) -> "Facts":
        """Return the facts in this language; it begins with the first block of the agenda, on the venue's clock."""
        day, (starts_at, _ends) = next(iter(list_days(training).items()), (training.starts_on, (None, None)))
        zone = ZoneInfo(training.time_zone)
        return cls(
            locale=locale,
            title=text_of(training, "title", locale) or text_of(training.course, "title", locale),
            dates=date_range(training.starts_on, training.ends_on, locale),
            first_day=long_date(day, locale),
            starts_at=starts_at,
            begins=f"{starts_at.astimezone(zone):%H:%M}" if starts_at else "",
            place=", ".join(
                filter(None, (text_of(training.venue, "name", locale), text_of(training.region, "name", locale)))
            ),
        )

    @property
    def lines(self) -> str:
        """Return dates, hour and place, each on a line of its own."""
        lines = [_("Dates: %(dates)s", dates=self.dates)]
        if self.begins:
            lines.append(_("Beginning: %(day)s, %(time)s", day=self.first_day, time=self.begins))
        return "\n".join([*lines, _("Place: %(place)s", place=self.place)])


def letter(person: Person, facts: Facts, contact: Contact, subject: str, *paragraphs: str) -> Letter:
    """Return a letter with greeting and signature; to be called inside `speaking(facts.locale)`."""
    name = " ".join(filter(None, (person.given, person.patronymic)))
    closing = [_("Respectfully,\nthe organizers of the training")]
    if any(LINK in paragraph for paragraph in paragraphs):
        closing.insert(0, _("The link is yours alone: please do not pass it on."))
    if contact.name:
        closing.append(_("Coordinator: %(contact)s", contact=", ".join(filter(None, (contact.name, contact.email)))))
    text = "\n\n".join([_("Dear %(name)s!", name=name), *paragraphs, *closing])
    return Letter(facts.locale, " ".join(subject.split())[:SUBJECT], text)


def page_opened(registration: Registration, browser: str, now: datetime) -> Message:
    """Return what a participant is told when their page was opened with the slip in a browser that is new."""
    person, training = registration.person, registration.training
    language = person.language or "ru"
    with speaking(language):
        facts, zone = Facts.of(training, language), ZoneInfo(training.time_zone)
        paragraphs = (
            _("Dear %(name)s!", name=" ".join(filter(None, (person.given, person.patronymic)))),
            _("Your page of the training “%(title)s” was opened with your slip:", title=facts.title)
            + f"\n{now.astimezone(zone):%d.%m.%Y %H:%M} {browser}".rstrip(),
            _("If it was not you, ask the coordinator of your training for a new slip: it ends the old one."),
        )
        subject = _("Your page was opened: “%(title)s”", title=facts.title)
        return Message(
            recipient=person.email,
            subject=" ".join(subject.split()),
            text="\n\n".join(paragraphs),
            language=language,
            kind="page_opened",
            about=f"registration {registration.reference}",
        )
