"""The mail to coordinators that an institution has handed in its list."""

from portal.accounts.models import Account
from portal.people.models import Institution
from portal.platform.i18n import gettext as _
from portal.platform.i18n import ngettext, speaking, text_of
from portal.platform.mail import LINK, SUBJECT, Message
from portal.registration.mails import Facts
from portal.trainings.models import Training


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
