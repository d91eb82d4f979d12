"""Renderers for pages and jobs: so many at work on this machine, and one child kept warm for the next paper."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from flask import current_app

from portal.platform import turns
from portal.platform.pdf.client import Renderer

_TURN = "renderer"
_IDLE_SECONDS = 120.0
_OUTSIDE = 3  # Places outside an application, as in a measurement.


class Kept:
    """The one child that waits in this process for what is printed next; it ends after a rest."""

    def __init__(self, idle_seconds: float = _IDLE_SECONDS) -> None:
        self._lock = threading.Lock()
        self._idle_seconds = idle_seconds
        self._renderer: Renderer | None = None
        self._rest: threading.Timer | None = None

    @property
    def process_id(self) -> int | None:
        """Return the child's process id while it waits."""
        return self._renderer.process_id if self._renderer else None

    def take(self) -> Renderer:
        """Return the child that waits, or a new one."""
        with self._lock:
            if self._rest is not None:
                self._rest.cancel()
            waiting, self._renderer = self._renderer, None
        taken = waiting or Renderer()
        taken.why_set.clear()
        return taken

    def give_back(self, one: Renderer) -> None:
        """Keep the child for the next, unless another waits already."""
        with self._lock:
            is_kept = self._renderer is None
            if is_kept:
                self._renderer = one
                self._rest = threading.Timer(self._idle_seconds, self.close)
                self._rest.daemon = True
                self._rest.start()
        if not is_kept:
            one.close()

    def close(self) -> None:
        """End the child."""
        with self._lock:
            waiting, self._renderer = self._renderer, None
        if waiting is not None:
            waiting.close()


kept = Kept()


@contextmanager
def renderer(*, patience: float | None = None) -> Iterator[Renderer]:
    """Yield a renderer when there is a place for one more on this machine.

    :raises Busy: if there is none for too long.
    :raises HeldUp: if others would wait for it.
    """
    with turns.turn(_TURN, _places(), patience=patience):
        one = kept.take()
        try:
            yield one
        finally:
            kept.give_back(one)


@contextmanager
def renderers(wanted: int) -> Iterator[list[Renderer]]:
    """Yield one renderer for a batch, or more of them while places are free; one place is left to pages.

    :raises Busy: if there is none for too long.
    :raises HeldUp: if others would wait for it.
    """
    with ExitStack() as taken:
        found = [taken.enter_context(renderer())]
        with suppress(turns.Busy):
            while len(found) < min(wanted, _places() - 1):
                found.append(taken.enter_context(renderer(patience=0)))
        yield found


def _places() -> int:
    """Return how many renderers may be at work on this machine."""
    return int(current_app.config["PORTAL_SETTINGS"].renderers) if current_app else _OUTSIDE
