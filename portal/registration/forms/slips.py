"""How often a slip may be tried, and in which browser it was used before, on whichever page it is asked for."""

from datetime import timedelta

from flask import Response, request

from portal.accounts.rules.devices import device_of
from portal.platform import browsers, tokens
from portal.platform.limits import Limit, client_address
from portal.registration.rules.keys import ADDRESS_TRIES, PIN_TRIES, REFERENCE_TRIES


def _reference() -> str:
    return tokens.normalize_code(request.form.get("reference", ""))


BY_ADDRESS = Limit("slip address", *ADDRESS_TRIES, client_address)
# Who tries elsewhere keeps nobody out; beyond the ceiling of a slip all wait between their tries.
SLIP_TRIES = (
    *(
        Limit(f"slip {window}", uses, window, lambda: f"{_reference()} {client_address()}")
        for uses, window in PIN_TRIES
    ),
    Limit("slip everywhere", *REFERENCE_TRIES, _reference, pause=timedelta(minutes=1)),
    BY_ADDRESS,
)


def new_browser() -> str | None:
    """Return browser and system of the request, unless the slip that it brings was used here before."""
    return device_of(request.user_agent.string) if browsers.name_for(f"slip {_reference()}") is None else None


def remember_browser(response: Response) -> None:
    """Let this browser be known as one in which the slip was used."""
    browsers.remember(response, f"slip {_reference()}")
