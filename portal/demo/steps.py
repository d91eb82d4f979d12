"""Do a step of the demo in one transaction, without a child process in it.

Nobody waits for a child in a transaction that writes, and most starts find everything there and need no child.
"""

from collections.abc import Callable
from typing import Any

from portal.platform.db import transaction

_made: dict[tuple[Any, ...], Any] = {}


class _Lacking(Exception):
    """Nothing is wrong: it names what is to be made outside."""


def made(work: Callable[..., Any], *arguments: Any) -> Any:
    """Return what some work gives, which was done outside of the present step."""
    key = (work, *arguments)
    if key not in _made:
        raise _Lacking(key)
    return _made[key]


def run(step: Callable[..., None], *arguments: Any) -> None:
    """Do a step in one transaction, after whatever it turns out to need."""
    while True:
        try:
            with transaction():
                step(*arguments)
        except _Lacking as lacking:
            (key,) = lacking.args
            work, *needed = key
            _made[key] = work(*needed)
        else:
            return
