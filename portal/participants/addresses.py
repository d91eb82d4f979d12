"""Redirect mails and end personal links when somebody's e-mail address changes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.participants import operations
from portal.people.models import Person
from portal.platform import mail
from portal.platform.db import db
from portal.registration.models import Registration


@dataclass(frozen=True)
class Moved:
    """How many mails that had not left go to the new address, or nowhere; how many personal links have ended."""

    mails: int = 0
    links: int = 0


def follow(person: Person, before: str, *, now: datetime) -> Moved:
    """Send to the person's new address what has not left, and end the links that were mailed to the old one.

    A link in a wrong mailbox opens the person's own page to whoever reads there; one that was given by hand stays. A
    mail that waits gets a new link where its own has ended. The caller records the act.
    """
    if not before:
        return Moved()
    query = select(Registration).options(joinedload(Registration.training)).where(Registration.person_id == person.id)
    registrations = {f"registration {one.reference}": one for one in db.session.scalars(query)}
    about = [f"person {person.reference}", *registrations]
    ended = operations.end_links(mail.list_seeds_sent(about, before), now=now)
    waiting = mail.redirect(about, before, person.email)
    for letter in waiting:
        registration = registrations.get(letter.about)
        if letter.link_seed and registration is not None and registration.id in ended:
            letter.link_seed = operations.prepare_links(registration.training, [registration], now=now)[registration.id]
    db.session.flush()
    return Moved(len(waiting), len(ended))
