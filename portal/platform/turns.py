"""Limit how many processes work at once on this machine, with locked files that the kernel frees.

Whoever finds no place waits for a while, but never all threads of a process at once: some are left to answer pages.
"""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import current_app, has_request_context
from werkzeug.exceptions import ServiceUnavailable

from portal.platform import held
from portal.platform.i18n import _l

FOLDER = "running"  # Of the folder of data: what is in it lasts as long as a process.
MOST_WAITING = 5  # Of the eight threads of a web process.
REQUEST_SECONDS, WORK_SECONDS = 8.0, 600.0
_MOMENT = 1.0
_STEP = 0.05
_few = threading.BoundedSemaphore(MOST_WAITING)


class Busy(ServiceUnavailable):
    """Answer that this machine has its hands full; nothing was done."""

    text = _l("Others are having papers made or files looked at just now. Nothing was saved. Try again in a minute.")

    def __init__(self) -> None:
        super().__init__(retry_after=30)


@contextmanager
def turn(name: str, places: int = 1, *, patience: float | None = None) -> Iterator[None]:
    """Hold one of the places that there are for `name`; a request waits for seconds, a job for minutes.

    Outside an application, as in a measurement, there is nobody to wait for.

    :raises Busy: if none becomes free in time.
    :raises HeldUp: if others would wait for this thread meanwhile.
    """
    held.ensure_nothing_held()
    if not current_app:
        yield
        return
    folder: Path = current_app.config["PORTAL_SETTINGS"].data / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    if patience is None:
        patience = REQUEST_SECONDS if has_request_context() else WORK_SECONDS
    with ExitStack() as opened:
        files = [opened.enter_context((folder / f"{name}-{place}").open("a")) for place in range(places)]
        with waiting(patience) as seconds:
            deadline = time.monotonic() + seconds
            while not any(lock(file.fileno()) for file in files):
                if time.monotonic() >= deadline:
                    raise Busy
                time.sleep(_STEP)
        yield


@contextmanager
def waiting(seconds: float) -> Iterator[float]:
    """Yield how long this thread may wait: a moment only, where many of its process are waiting already."""
    is_one_of_few = _few.acquire(blocking=False)
    try:
        yield seconds if is_one_of_few else min(seconds, _MOMENT)
    finally:
        if is_one_of_few:
            _few.release()


def lock(descriptor: int) -> bool:
    """Lock a file unless somebody else holds it; the lock ends with the descriptor or the process."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
