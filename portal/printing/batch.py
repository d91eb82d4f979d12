"""Renderers for pages, jobs and batches: limited per machine, answers in order."""

import io
import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain, islice
from queue import SimpleQueue

import pikepdf
import structlog
from flask import current_app

from portal.platform import held, turns
from portal.printing.client import Renderer, RenderFailed
from portal.printing.compiled_plan import plan_for
from portal.printing.fonts import TextRefused
from portal.printing.orders import Order

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
        return self._renderer.process_id if self._renderer else None

    def take(self) -> Renderer:
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


def render_one(order: Order) -> bytes:
    """Return the file of one order, when there is a place for it on this machine; refuses as both do."""
    with renderer() as one:
        return one.render(order)


@contextmanager
def renderers(wanted: int) -> Iterator[list[Renderer]]:
    """Yield one renderer for a batch, or more of them while places are free; one is left to pages. As `renderer`."""
    with ExitStack() as taken:
        found = [taken.enter_context(renderer())]
        with suppress(turns.Busy):
            while len(found) < min(wanted, _places() - 1):
                found.append(taken.enter_context(renderer(patience=0)))
        yield found


def _places() -> int:
    return int(current_app.config["PORTAL_SETTINGS"].renderers) if current_app else _OUTSIDE


log = structlog.get_logger(__name__)

_CHILDREN = 2
_FEW = 3  # A child takes longer to start than to set these.
_AHEAD = 2 * _CHILDREN

Outcome = bytes | TextRefused | RenderFailed


def render_each(orders: Iterable[Order]) -> Iterator[Outcome]:
    """Yield the file of each order, or why it could not be made, in the order of the orders.

    One of the places of this machine is left to pages, so that nobody waits for a long batch.

    :raises PdfUnavailable: if this machine lacks Pango.
    :raises Busy: if there is no place for too long.
    :raises HeldUp: if others would wait for it.
    """
    orders = iter(orders)
    first = list(islice(orders, _FEW + 1))
    # One child writes faster than this process seals; each would compile for itself.
    needed = 1 if len(first) <= _FEW or all(map(plan_for, first)) else _CHILDREN
    with renderers(needed) as children, ThreadPoolExecutor(max_workers=len(children)) as threads:
        free: SimpleQueue[Renderer] = SimpleQueue()
        for child in children:
            free.put(child)
        waiting: deque[Future[Outcome]] = deque()
        for order in chain(first, orders):
            waiting.append(threads.submit(_attempt, free, order))
            if len(waiting) > _AHEAD:
                yield _outcome(waiting)
        while waiting:
            yield _outcome(waiting)
        why_set = sum((one.why_set for one in children), Counter())
    if why_set:
        log.info("pages_set_one_by_one", reasons=dict(why_set))


def render_joined(parts: Iterable[Order]) -> bytes:
    """Return one plain file of parts printed side by side; for the printer only, since joining drops tags.

    It raises what `Renderer.render` and `render_each` raise.
    """
    files = []
    for outcome in render_each(parts):
        if not isinstance(outcome, bytes):
            raise outcome
        files.append(outcome)
    joined = io.BytesIO()
    with ExitStack() as opened:
        first, *others = [opened.enter_context(pikepdf.open(io.BytesIO(file))) for file in files]
        for other in others:
            first.pages.extend(other.pages)
        first.save(joined, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return joined.getvalue()


def _outcome(waiting: deque[Future[Outcome]]) -> Outcome:
    held.ensure_nothing_held()
    return waiting.popleft().result()


def _attempt(free: SimpleQueue[Renderer], order: Order) -> Outcome:
    child = free.get()
    try:
        return child.render(order)
    except (TextRefused, RenderFailed) as refusal:
        return refusal
    finally:
        free.put(child)
