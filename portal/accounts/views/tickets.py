"""The ticket of a sign-in that waits for its second step: sealed in the page cookie, so that it tells nothing."""

from datetime import datetime

from flask import session

from portal.accounts.rules.tickets import Ticket
from portal.platform import vault

_TICKET, _NEXT = "sign_in", "sign_in_next"
_PLACE = "sign-in ticket"


def keep(ticket: Ticket, address: str | None) -> None:
    """Remember the first step in this browser, and where its owner wanted to go."""
    session[_TICKET], session[_NEXT] = vault.seal(str(ticket), _PLACE), address or ""


def kept(now: datetime) -> Ticket | None:
    """Return the ticket of this browser, if it has one that is still good."""
    try:
        ticket = Ticket.read(vault.unseal(session.get(_TICKET, ""), _PLACE))
    except ValueError:  # Sealed is one.
        return None
    return ticket if ticket.is_good(now) else None


def address() -> str | None:
    """Return where the owner of the ticket wanted to go."""
    return session.get(_NEXT) or None
