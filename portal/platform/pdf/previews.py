"""One child that waits for the next preview, so that it comes while somebody types; it ends after a rest."""

import json
import threading
from typing import Any

from portal.platform.pdf.client import Renderer, RenderFailed, renderer
from portal.platform.pdf.orders import Order

_IDLE_SECONDS = 120.0
_PATIENCE_SECONDS = 10.0


class Previewer:
    """The one child of a web process that draws previews, started by the first and closed after a rest."""

    def __init__(self, idle_seconds: float = _IDLE_SECONDS) -> None:
        self._lock = threading.Lock()
        self._idle_seconds = idle_seconds
        self._renderer: Renderer | None = None
        self._rest: threading.Timer | None = None

    @property
    def process_id(self) -> int | None:
        """Return the child's process id while it waits."""
        return self._renderer.process_id if self._renderer else None

    def sketch(self, order: Order) -> dict[str, Any]:
        """Return the shapes of an order's first page.

        :raises TextRefused: if a text cannot be printed or is too long for its place.
        :raises RenderFailed: if the page cannot be made, or others are waited for too long.
        :raises PdfUnavailable: if this machine lacks Pango.
        """
        if not self._lock.acquire(timeout=_PATIENCE_SECONDS):
            raise RenderFailed("Others are drawing their previews.")
        try:
            if self._rest is not None:
                self._rest.cancel()
            self._renderer = self._renderer or renderer()
            drawn: dict[str, Any] = json.loads(self._renderer.render_order(order))
        finally:
            self._rest = threading.Timer(self._idle_seconds, self.close)
            self._rest.daemon = True
            self._rest.start()
            self._lock.release()
        return drawn

    def close(self) -> None:
        """End the child."""
        with self._lock:
            waiting, self._renderer = self._renderer, None
            if waiting is not None:
                waiting.close()


previewer = Previewer()
