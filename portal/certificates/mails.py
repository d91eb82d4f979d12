"""The mail that a certificate is ready to be downloaded from the participant's page."""

from portal.platform.i18n import gettext as _
from portal.platform.i18n import speaking
from portal.platform.mail import LINK
from portal.registration.mails import Contact, Facts, Letter, letter
from portal.registration.models import Registration


def ready(registration: Registration, facts: Facts, contact: Contact, *, number: str) -> Letter:
    """Return the news that a certificate of this number is issued."""
    with speaking(facts.locale):
        return letter(
            registration,
            facts,
            contact,
            _("Your certificate is ready: “%(title)s”", title=facts.title),
            _(
                "Your certificate № %(number)s for the training “%(title)s” (%(dates)s) is issued.",
                number=number,
                title=facts.title,
                dates=facts.dates,
            ),
            _("You can download it on your personal page:") + f"\n{LINK}",
        )
