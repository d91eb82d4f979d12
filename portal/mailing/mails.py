"""Every kind of message, as a mail or as text for a messenger."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from portal.mailing.rules import WITH_CALENDAR, MailKind, key
from portal.platform import links
from portal.platform.i18n import LOCALES, speaking
from portal.platform.i18n import gettext as _
from portal.platform.mail import LINK, Attachment, Message
from portal.platform.texts import N_
from portal.registration.mails import Contact, Facts, Letter, letter
from portal.registration.models import Registration
from portal.trainings import calendars
from portal.trainings.models import Training

LINK_PATH = "/my#"
_UNKNOWN = "ru"
_ENDINGS = {calendars.PUBLISH: ".ics", calendars.CANCEL: "-cancelled.ics"}
_WHEN_AND_WHERE = "{lines}"
_LINK = f"\n{LINK}"
_PAGE = N_("The programme and your personal page:") + _LINK
# Of each letter the subject and the paragraphs between greeting and signature. None gives a reason for a decision.
_LETTERS: Mapping[MailKind, tuple[str, ...]] = {
    MailKind.INVITATION: (
        N_("Invitation to the training “%(title)s”"),
        N_("You are nominated for the training “%(title)s” and invited to take part in it."),
        _WHEN_AND_WHERE,
        N_("Your seat will be confirmed in a message of its own. If you cannot come, please tell us early."),
        N_("On your personal page you find the programme and check how your name is written:") + _LINK,
    ),
    MailKind.CONFIRMATION: (
        N_("Your participation is confirmed: “%(title)s”"),
        N_("Your participation in the training “%(title)s” is confirmed."),
        _WHEN_AND_WHERE,
        N_(
            "On your personal page you find the programme, check how your name will be printed on the certificate,"
            " and later download it:"
        )
        + _LINK,
        N_("If you cannot come, please tell us early, so that somebody else can take the seat."),
    ),
    MailKind.WAITLISTED: (
        N_("Waiting list: “%(title)s”"),
        N_(
            "Thank you for your readiness to take part in the training “%(title)s” (%(dates)s). For now you are on"
            " the waiting list."
        ),
        N_("We will write to you as soon as a seat becomes free. Please do not set out before it is confirmed."),
    ),
    MailKind.DECLINED: (
        N_("About your participation: “%(title)s”"),
        N_(
            "Thank you for your readiness to take part in the training “%(title)s” (%(dates)s). This time your"
            " participation could not be confirmed."
        ),
        N_("You can be nominated for further trainings. The coordinator answers your questions."),
    ),
    MailKind.REMINDER: (
        N_("Reminder: “%(title)s”, %(day)s"),
        N_("We remind you of the training “%(title)s”."),
        _WHEN_AND_WHERE,
        _PAGE,
    ),
    MailKind.MOVED: (
        N_("New date or place: “%(title)s”"),
        N_("The date or place of the training “%(title)s” has changed. The training takes place as follows:"),
        _WHEN_AND_WHERE,
        N_("Your registration stays as it is. If you cannot come now, please tell us early."),
        _PAGE,
    ),
    MailKind.CANCELLED: (
        N_("The training is cancelled: “%(title)s”"),
        N_("Unfortunately the training “%(title)s” will not take place."),
        _WHEN_AND_WHERE,
        N_("Please cancel your travel. If there will be a new date, you will be told in good time."),
    ),
    MailKind.EVALUATION: (
        N_("Please evaluate the training “%(title)s”"),
        N_("Thank you for taking part in the training “%(title)s” (%(dates)s)."),
        N_(
            "Please answer a short questionnaire about it: it takes about two minutes. Your answers are anonymous,"
            " they are kept without your name."
        ),
        N_("If you have answered already, thank you: nothing is left to do."),
        N_("The questionnaire is on your personal page:") + _LINK,
    ),
    MailKind.CERTIFICATE: (
        N_("Your certificate is ready: “%(title)s”"),
        N_("Your certificate № %(number)s for the training “%(title)s” (%(dates)s) is issued."),
        N_("You can download it on your personal page:") + _LINK,
    ),
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
        said = {"title": facts.title, "dates": facts.dates, "day": facts.first_day, "number": number}
        with speaking(facts.locale):
            subject, *paragraphs = (self._paragraph(text, facts, said) for text in _LETTERS[self.kind])
            return letter(registration.person, facts, self.contact, subject, *paragraphs)

    @staticmethod
    def _paragraph(text: str, facts: Facts, said: dict[str, str]) -> str:
        if text == _WHEN_AND_WHERE:
            return facts.lines
        msgid = text.removesuffix(_LINK)
        return _(msgid, **said) + text[len(msgid) :]

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
            expires_at=self.facts["ru"].starts_at if self.kind == MailKind.REMINDER else None,
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


def with_link(text: str, seed: str = "") -> str:
    """Return the text with the personal link in it; without a seed as a preview shows it, where no link may be read."""
    return text.replace(LINK, links.address(LINK_PATH, seed) if seed else links.masked(LINK_PATH))


def topic(training: Training) -> str:
    return f"training {training.code}"


def about(registration: Registration) -> str:
    return f"registration {registration.reference}"
