"""What participants are told about their registration, and coordinators of lists, each in their own language.

Every letter is a list of paragraphs: the mail and the text for a messenger are made of the same. LINK stands where the
personal link will be; a letter that is inside `speaking(locale)` is words, not lazy text.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.accounts.models import Account
from portal.people.models import Institution
from portal.platform.dates import date_range, long_date
from portal.platform.languages import text_of
from portal.platform.mail import LINK, SUBJECT, Message
from portal.platform.wording import gettext as _
from portal.platform.wording import ngettext, speaking
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


def letter(registration: Registration, facts: Facts, contact: Contact, subject: str, *paragraphs: str) -> Letter:
    """Return a letter with greeting and signature; to be called inside `speaking(facts.locale)`."""
    person = registration.person
    name = " ".join(filter(None, (person.given, person.patronymic)))
    closing = [_("Respectfully,\nthe organizers of the training")]
    if any(LINK in paragraph for paragraph in paragraphs):
        closing.insert(0, _("The link is yours alone: please do not pass it on."))
    if contact.name:
        closing.append(_("Coordinator: %(contact)s", contact=", ".join(filter(None, (contact.name, contact.email)))))
    text = "\n\n".join([_("Dear %(name)s!", name=name), *paragraphs, *closing])
    return Letter(facts.locale, " ".join(subject.split())[:SUBJECT], text)


def list_handed_in(account: Account, training: Training, sender: Institution, people: int, key: str) -> Message:
    """Return what a coordinator is told when an institution hands in a list; it names nobody."""
    with speaking(account.locale):
        facts, institution = Facts.of(training, account.locale), text_of(sender, "name", account.locale)
        paragraphs = (
            _("Dear %(name)s!", name=account.name),
            ngettext(
                "%(institution)s has handed in a list of %(num)s person for the training “%(title)s”, %(dates)s.",
                "%(institution)s has handed in a list of %(num)s people for the training “%(title)s”, %(dates)s.",
                people,
                institution=institution,
                title=facts.title,
                dates=facts.dates,
            ),
            _("Look through it and import it:") + f"\n{LINK}",
        )
        subject = _("A list has come from %(institution)s", institution=institution)
        return Message(
            recipient=account.email,
            subject=" ".join(subject.split())[:SUBJECT],
            text="\n\n".join(paragraphs),
            language=account.locale,
            link_path=f"/trainings/{training.code}/nominations",
            kind="list_handed_in",
            about=account.label,
            key=f"{key}:{account.reference}",
        )


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
            subject=" ".join(subject.split())[:SUBJECT],
            text="\n\n".join(paragraphs),
            language=language,
            kind="page_opened",
            about=f"registration {registration.reference}",
        )


def invitation(registration: Registration, facts: Facts, contact: Contact) -> Letter:
    """Return the invitation of somebody who is nominated."""
    with speaking(facts.locale):
        return letter(
            registration,
            facts,
            contact,
            _("Invitation to the training “%(title)s”", title=facts.title),
            _("You are nominated for the training “%(title)s” and invited to take part in it.", title=facts.title),
            facts.lines,
            _("Your seat will be confirmed in a message of its own. If you cannot come, please tell us early."),
            _("On your personal page you find the programme and check how your name is written:") + f"\n{LINK}",
        )


def confirmation(registration: Registration, facts: Facts, contact: Contact) -> Letter:
    """Return the confirmation of a seat, with the personal link."""
    with speaking(facts.locale):
        return letter(
            registration,
            facts,
            contact,
            _("Your participation is confirmed: “%(title)s”", title=facts.title),
            _("Your participation in the training “%(title)s” is confirmed.", title=facts.title),
            facts.lines,
            _(
                "On your personal page you find the programme, check how your name will be printed on the certificate,"
                " and later download it:"
            )
            + f"\n{LINK}",
            _("If you cannot come, please tell us early, so that somebody else can take the seat."),
        )


def waitlisted(registration: Registration, facts: Facts, contact: Contact) -> Letter:
    """Return the neutral news that a seat cannot be confirmed yet; no reason is given."""
    with speaking(facts.locale):
        return letter(
            registration,
            facts,
            contact,
            _("Waiting list: “%(title)s”", title=facts.title),
            _(
                "Thank you for your readiness to take part in the training “%(title)s” (%(dates)s). For now you are on"
                " the waiting list.",
                title=facts.title,
                dates=facts.dates,
            ),
            _("We will write to you as soon as a seat becomes free. Please do not set out before it is confirmed."),
        )


def declined(registration: Registration, facts: Facts, contact: Contact) -> Letter:
    """Return the neutral news that there will be no seat; no reason is given."""
    with speaking(facts.locale):
        return letter(
            registration,
            facts,
            contact,
            _("About your participation: “%(title)s”", title=facts.title),
            _(
                "Thank you for your readiness to take part in the training “%(title)s” (%(dates)s). This time your"
                " participation could not be confirmed.",
                title=facts.title,
                dates=facts.dates,
            ),
            _("You can be nominated for further trainings. The coordinator answers your questions."),
        )


def reminder(registration: Registration, facts: Facts, contact: Contact) -> Letter:
    """Return the reminder of the evening before."""
    with speaking(facts.locale):
        return letter(
            registration,
            facts,
            contact,
            _("Reminder: “%(title)s”, %(day)s", title=facts.title, day=facts.first_day),
            _("We remind you of the training “%(title)s”.", title=facts.title),
            facts.lines,
            _("The programme and your personal page:") + f"\n{LINK}",
        )


def moved(registration: Registration, facts: Facts, contact: Contact) -> Letter:
    """Return the news of other dates or another place."""
    with speaking(facts.locale):
        return letter(
            registration,
            facts,
            contact,
            _("New date or place: “%(title)s”", title=facts.title),
            _(
                "The date or place of the training “%(title)s” has changed. The training takes place as follows:",
                title=facts.title,
            ),
            facts.lines,
            _("Your registration stays as it is. If you cannot come now, please tell us early."),
            _("The programme and your personal page:") + f"\n{LINK}",
        )


def cancelled(registration: Registration, facts: Facts, contact: Contact) -> Letter:
    """Return the news that the training will not take place; no reason is given."""
    with speaking(facts.locale):
        return letter(
            registration,
            facts,
            contact,
            _("The training is cancelled: “%(title)s”", title=facts.title),
            _("Unfortunately the training “%(title)s” will not take place.", title=facts.title),
            facts.lines,
            _("Please cancel your travel. If there will be a new date, you will be told in good time."),
        )
