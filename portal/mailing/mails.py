"""Every kind of message, as a mail or as text for a messenger."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from portal.certificates import mails as certificate_mails
from portal.mailing.rules import WITH_CALENDAR, MailKind, key
from portal.platform import links
from portal.platform.i18n import LOCALES, speaking
from portal.platform.i18n import gettext as _
from portal.platform.mail import LINK, Attachment, Message
from portal.registration.mails import Contact, Facts, Letter, letter
from portal.registration.models import Registration
from portal.trainings import calendars
from portal.trainings.models import Training


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


LINK_PATH = "/my#"
_UNKNOWN = "ru"
_ENDINGS = {calendars.PUBLISH: ".ics", calendars.CANCEL: "-cancelled.ics"}
_BY_KIND: Mapping[MailKind, Callable[[Registration, Facts, Contact], Letter]] = {
    MailKind.INVITATION: invitation,
    MailKind.CONFIRMATION: confirmation,
    MailKind.WAITLISTED: waitlisted,
    MailKind.DECLINED: declined,
    MailKind.REMINDER: reminder,
    MailKind.MOVED: moved,
    MailKind.CANCELLED: cancelled,
}


def language_of(registration: Registration) -> str:
    """Return the language that letters to this person speak: their own, or Russian while nobody has said it."""
    return registration.person.language or _UNKNOWN


@dataclass(frozen=True)
class Address:
    """What one mail is known by: its occasion, and which attempt it is."""

    occasion: str
    attempt: int
    link_seed: str = ""


class Writer:
    """Writes the letters of one kind about one training; what all of them say is worked out once."""

    def __init__(self, kind: MailKind, training: Training, contact: Contact, *, now: datetime) -> None:
        self.kind = kind
        self.training = training
        self.contact = contact
        self.facts = {locale: Facts.of(training, locale) for locale in LOCALES}
        self.attachments = {locale: self._attachments(locale, now) for locale in LOCALES}

    def letter(self, registration: Registration, number: str = "", *, locale: str | None = None) -> Letter:
        """Return the letter to one person, in their language or the given one; LINK stands where the link will."""
        facts = self.facts[locale or language_of(registration)]
        match self.kind:
            case MailKind.CERTIFICATE:
                return certificate_mails.ready(registration, facts, self.contact, number=number)
            case MailKind.EVALUATION:
                return _evaluation(registration, facts, self.contact)
            case _:
                return _BY_KIND[self.kind](registration, facts, self.contact)

    def message(self, registration: Registration, address: Address, number: str = "") -> Message:
        """Return the mail to one person; a reminder is of no use once the training has begun."""
        written = self.letter(registration, number)
        attachments = self.attachments[written.locale]
        return Message(
            recipient=registration.person.email,
            subject=written.subject,
            text=self.mailed(written),
            attachments=attachments,
            reply_to=self.contact.email,
            language=written.locale,
            link_path=LINK_PATH if address.link_seed else "",
            link_seed=address.link_seed,
            kind=self.kind.value,
            topic=topic(self.training),
            about=about(registration),
            key=key(self.kind, address.occasion, registration.reference, address.attempt),
            expires_at=self._expires_at(),
        )

    def reminder(self, registration: Registration, address: Address) -> Message:
        """Return the same mail once more, under a name that no list of recipients reads."""
        again = f"{self.kind.value}_again"
        own = f"{again}:{registration.reference}:{address.occasion}"
        return replace(self.message(registration, address), kind=again, key=own)

    def mailed(self, written: Letter) -> str:
        """Return the text as it goes by mail: it names what is attached, which a messenger cannot carry."""
        if not self.attachments[written.locale]:
            return written.text
        with speaking(written.locale):
            attached = _("The dates for your calendar are attached.")
        return f"{written.text}\n\n{attached}"

    def _expires_at(self) -> datetime | None:
        return self.facts["ru"].starts_at if self.kind == MailKind.REMINDER else None

    def _attachments(self, locale: str, now: datetime) -> tuple[Attachment, ...]:
        if self.kind not in WITH_CALENDAR or not self.training.sessions:
            return ()
        days = calendars.mailed_days(self.training, locale, now=now)
        if self.kind == MailKind.CONFIRMATION:  # Whoever is told for the first time has nothing to take away.
            days.pop(calendars.CANCEL, None)
        return tuple(
            Attachment(f"{self.training.code}{_ENDINGS[how]}", f"text/calendar; method={how}", content)
            for how, content in days.items()
        )


def text_with_link(text: str, seed: str) -> str:
    """Return the text as it is passed on by messenger, with the personal link in it."""
    return text.replace(LINK, links.address(LINK_PATH, seed)) if seed else text


def text_masked(text: str) -> str:
    """Return the text as a preview shows it, where no link may be read."""
    return text.replace(LINK, links.masked(LINK_PATH))


def topic(training: Training) -> str:
    """Return under which name the outbox keeps the mails of a training."""
    return f"training {training.code}"


def about(registration: Registration) -> str:
    """Return under which name the outbox keeps the mails of a person."""
    return f"registration {registration.reference}"


def _evaluation(registration: Registration, facts: Facts, contact: Contact) -> Letter:
    with speaking(facts.locale):
        return letter(
            registration,
            facts,
            contact,
            _("Please evaluate the training “%(title)s”", title=facts.title),
            _(
                "Thank you for taking part in the training “%(title)s” (%(dates)s).",
                title=facts.title,
                dates=facts.dates,
            ),
            _(
                "Please answer a short questionnaire about it: it takes about two minutes. Your answers are anonymous,"
                " they are kept without your name."
            ),
            _("If you have answered already, thank you: nothing is left to do."),
            _("The questionnaire is on your personal page:") + f"\n{LINK}",
        )
