"""Known browsers, in which the owner of an account or slip has signed in.

A cookie carries a random name of the browser and who has been there, sealed, so that nobody reads or makes it. It opens
nothing. A known browser is not kept waiting by the tries of strangers elsewhere, and is no news to the owner.
"""

import hashlib
from datetime import timedelta

from flask import Response

from portal.platform import cookies, tokens, vault

_COOKIE, _PLACE = "known", "known browser"
_LIFE = timedelta(days=180)
_MOST = 12  # A tablet at a venue sees many people; the earliest are forgotten.


def name_for(owner: str) -> str | None:
    """Return the name of this browser if the owner has been here, else None."""
    name, *owners = _read() or [""]
    return name if _mark(owner) in owners else None


def remember(response: Response, owner: str) -> None:
    """Let this browser be known to the owner from now on."""
    name, *owners = _read() or [tokens.random_token()]
    kept = [one for one in owners if one != _mark(owner)][-_MOST + 1 :]
    sealed = vault.encrypt(" ".join([name, *kept, _mark(owner)]), _PLACE)
    cookies.write(response, _COOKIE, sealed, max_age=int(_LIFE.total_seconds()))


def _read() -> list[str]:
    try:
        return vault.decrypt(cookies.read(_COOKIE) or "", _PLACE).split()
    except vault.DecryptionFailed:
        return []


def _mark(owner: str) -> str:
    return hashlib.sha256(owner.casefold().encode()).hexdigest()[:16]
