"""The portal's side: keep one rendering child process, and survive whatever happens to it."""

import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

from portal.platform import confined, held, jail
from portal.printing.fonts import TextRefusal, TextRefused
from portal.printing.orders import Order, receive, send

ROOT = Path(__file__).resolve().parents[2]
# The names that Debian and Ubuntu give to what WeasyPrint loads; libharfbuzz-subset cuts the embedded fonts.
APT_LINE = "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"

_START_SECONDS = 60.0  # Libraries and fonts are read from a cold disk at worst.
Answer = tuple[dict[str, Any], bytes]


class PdfUnavailable(RuntimeError):
    """Stop: this machine lacks the libraries that documents need."""


class RenderFailed(RuntimeError):
    """Say why one document could not be made; the next one may succeed."""


NOT_MADE = (PdfUnavailable, RenderFailed)
NOT_PRINTED = (*NOT_MADE, TextRefused)


@dataclass(frozen=True)
class Limits:
    """What one child may use: address space, processor time and wall-clock time per document (more for a long one)."""

    memory_mb: int = 700
    cpu_seconds: int = 10
    wall_seconds: float = 60


class Renderer:
    """A child process that renders one document after the other; started when needed, restarted after a crash."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._process: Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.versions: dict[str, str] = {}
        # Why files were set as pages of their own that might have been written by what was compiled (ADR 28).
        self.why_set: Counter[str] = Counter()

    @property
    def process_id(self) -> int | None:
        return self._process.pid if self._process else None

    def render(self, order: Order) -> bytes:
        """Return the PDF of an order.

        :raises TextRefused: if a text holds something that cannot be printed as it is, or is too long for its place.
        :raises RenderFailed: if the document breaks a rule, a limit or the child.
        :raises PdfUnavailable: if this machine lacks Pango.
        """
        answer, data = self._ask(order)
        if "refused" in answer:
            raise TextRefused(TextRefusal(answer["refused"]), answer["text"], answer["letter"])
        if "failed" in answer:
            raise RenderFailed(answer["failed"])
        if answer["why_set"]:
            self.why_set[answer["why_set"]] += 1
        return data

    def start(self) -> None:
        """Start the child unless it runs, so that the first document need not wait.

        :raises PdfUnavailable: if this machine lacks Pango.
        :raises RenderFailed: if the child does not start for another reason.
        """
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        self._folder = None if jail.is_there() else tempfile.TemporaryDirectory(prefix="portal-pdf-")
        limits = (str(self._limits.memory_mb), str(self._limits.cpu_seconds))
        environment = _bare_environment(self._folder.name if self._folder else jail.TEMPORARY)
        self._process = confined.start("portal.printing.child", *limits, environment=environment)
        answer, _ = self._guarded(lambda process: receive(process.stdout), _START_SECONDS)
        if "unavailable" in answer:
            self.close()
            raise PdfUnavailable(f"PDF documents need Pango ({answer['unavailable']}). Install it: {APT_LINE}")
        self.versions = answer["versions"]

    def close(self) -> None:
        process: Any = self._process
        self._process = None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # It may still hold unsent bytes; there is nobody to send them to.
                    pipe.close()
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.cleanup()

    def _ask(self, order: Order) -> Answer:
        self.start()

        def exchange(process: Any) -> Answer:
            send(process.stdin, order.as_message())
            return receive(process.stdout)

        return self._guarded(exchange, self._limits.wall_seconds + order.extra_seconds)

    def _guarded(self, exchange: Callable[[Any], Answer], seconds: float) -> Answer:
        """Run one exchange; a child that is silent too long is killed, which ends any blocked read or write."""
        held.ensure_nothing_held()
        process = self._process
        assert process is not None
        late = threading.Event()

        def expire() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            return exchange(process)
        except (EOFError, BrokenPipeError, ValueError) as broken:
            process.kill()
            reason = self._last_words(jail.status(process.wait()), seconds if late.is_set() else None)
            self.close()
            raise RenderFailed(reason) from broken
        finally:
            timer.cancel()

    def _last_words(self, code: int, waited: float | None) -> str:
        if waited is not None:
            return f"The renderer took longer than {waited:g} seconds."
        if code == -signal.SIGXCPU:
            return "The document used up its processor time."
        if code < 0:
            return f"The renderer was ended by {signal.Signals(-code).name}."
        return f"The renderer ended with exit status {code}."


def _bare_environment(folder: str) -> dict[str, str]:
    """Return what the child needs in its environment: no locale, zone or fonts of the machine."""
    return {
        "HOME": folder,
        "TMPDIR": folder,
        "XDG_CACHE_HOME": folder,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }
