"""Many documents at once: two children side by side, answers in order, never more than a few in memory."""

import io
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain, islice
from queue import SimpleQueue

import pikepdf
import structlog

from portal.platform import held
from portal.platform.pdf.client import Renderer, RenderFailed
from portal.platform.pdf.compiled.plan import plan_for
from portal.platform.pdf.kept import renderers
from portal.platform.pdf.letters import TextRefused
from portal.platform.pdf.orders import Order

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
    """Return one plain file of parts that were printed side by side; for the printer only, since joining drops tags.

    :raises TextRefused: if a part holds a text that cannot be printed.
    :raises RenderFailed: if a part cannot be made.
    :raises PdfUnavailable: if this machine lacks Pango.
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
    held.require_nothing()
    return waiting.popleft().result()


def _attempt(free: SimpleQueue[Renderer], order: Order) -> Outcome:
    child = free.get()
    try:
        return child.render_order(order)
    except (TextRefused, RenderFailed) as refusal:
        return refusal
    finally:
        free.put(child)
