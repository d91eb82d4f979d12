"""Many documents at once: two children side by side, answers in order, never more than a few in memory."""

import io
import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain, islice

import pikepdf
import structlog

from portal.platform.pdf.client import Renderer, RenderFailed, renderer
from portal.platform.pdf.compiled.plan import plan_for
from portal.platform.pdf.letters import TextRefused
from portal.platform.pdf.orders import Order

log = structlog.get_logger(__name__)

_CHILDREN = 2
_FEW = 3  # A child takes longer to start than to set these.
_AHEAD = 2 * _CHILDREN

Outcome = bytes | TextRefused | RenderFailed


def render_each(orders: Iterable[Order]) -> Iterator[Outcome]:
    """Yield the file of each order, or why it could not be made, in the order of the orders.

    :raises PdfUnavailable: if this machine lacks Pango.
    """
    own, orders = threading.local(), iter(orders)
    first = list(islice(orders, _FEW + 1))
    # One child writes faster than this process seals; each would compile for itself.
    needed = 1 if len(first) <= _FEW or all(map(plan_for, first)) else _CHILDREN
    used: list[Renderer] = []
    with ExitStack() as children, ThreadPoolExecutor(max_workers=needed) as threads:

        def render(order: Order) -> Outcome:
            if not hasattr(own, "renderer"):
                own.renderer = children.enter_context(renderer())
                used.append(own.renderer)
            return _attempt(own.renderer, order)

        waiting: deque[Future[Outcome]] = deque()
        for order in chain(first, orders):
            waiting.append(threads.submit(render, order))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    if why_set := sum((one.why_set for one in used), Counter()):
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


def _attempt(own: Renderer, order: Order) -> Outcome:
    try:
        return own.render_order(order)
    except (TextRefused, RenderFailed) as refusal:
        return refusal
