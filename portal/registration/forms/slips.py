"""How often a slip may be tried, on whichever page it is asked for."""

from datetime import timedelta

from flask import request

from portal.platform import tokens
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
