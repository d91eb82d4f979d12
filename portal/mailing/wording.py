"""Texts of the mail pages: name, recipients and state of each kind."""

from collections.abc import Mapping
from typing import Any

from portal.mailing.rules import MailKind, Standing
from portal.platform.i18n import _l
from portal.platform.mail import MailFault

NAMES: Mapping[MailKind, Any] = {
    MailKind.INVITATION: _l("Invitation"),
    MailKind.CONFIRMATION: _l("Confirmation of the seat"),
    MailKind.WAITLISTED: _l("Waiting list"),
    MailKind.DECLINED: _l("No seat this time"),
    MailKind.REMINDER: _l("Reminder"),
    MailKind.MOVED: _l("New date or place"),
    MailKind.CANCELLED: _l("Training cancelled"),
    MailKind.EVALUATION: _l("Request to evaluate"),
    MailKind.CERTIFICATE: _l("Certificate ready"),
}
FOR_WHOM: Mapping[MailKind, Any] = {
    MailKind.INVITATION: _l("To everyone nominated, before the seats are decided."),
    MailKind.CONFIRMATION: _l("To everyone with a seat: with the personal link and the dates for the calendar."),
    MailKind.WAITLISTED: _l("To everyone on the waiting list, without a reason."),
    MailKind.DECLINED: _l("To everyone declined, in neutral words and without a reason."),
    MailKind.REMINDER: _l("To everyone with a seat, with the dates for the calendar."),
    MailKind.MOVED: _l("To everyone who knows only the old dates or place, with the new ones for the calendar."),
    MailKind.CANCELLED: _l("To everyone who counted on the training; it takes the dates out of the calendar."),
    MailKind.EVALUATION: _l(
        "To everyone who was there. The answers are anonymous, and who has answered is shown to nobody."
    ),
    MailKind.CERTIFICATE: _l("To everyone whose certificate is valid; the file is fetched on the personal page."),
}
BY_ITSELF: Mapping[MailKind, Any] = {
    MailKind.REMINDER: _l("In the evening before, at 18:00 by the venue's clock"),
    MailKind.EVALUATION: _l("After the last session"),
    MailKind.CERTIFICATE: _l("After the issue"),
}
# Kind of colour, shape, word.
STANDINGS: Mapping[Standing, tuple[str, str, Any]] = {
    Standing.TO_SEND: ("", "open", _l("Not sent yet")),
    Standing.NO_ADDRESS: ("warn", "off", _l("No e-mail")),
    Standing.QUEUED: ("active", "wait", _l("In the queue")),
    Standing.SENT: ("good", "done", _l("Sent")),
    Standing.FAILED: ("bad", "bad", _l("Not delivered")),
    Standing.UNCLEAR: ("warn", "warn", _l("Unclear")),
    Standing.PASSED_ON: ("good", "swap", _l("Passed on")),
}
FAULTS: Mapping[str, Any] = {
    MailFault.REFUSED: _l("The mail server refused this address: %(answer)s"),
    MailFault.UNREACHABLE: _l("The mail server could not be reached: %(answer)s"),
    MailFault.ADDRESS: _l("A mail cannot be addressed like this."),
    MailFault.TOO_LATE: _l("It could not leave before the training began."),
}
UNCLEAR = _l(
    "The connection broke while the mail was handed over. Ask the person whether it came; if not, send it again."
)
TRIED = _l("Tried %(tries)s times, next at %(time)s.")


def fault(kind: str, answer: str) -> str:
    """Return in words why a mail was not sent."""
    words = FAULTS.get(kind)
    return str(words) % {"answer": answer} if words is not None else answer
