"""The child process: read orders on stdin, answer with documents on stdout, under limits.

Started by `client.Renderer` as `python -m portal.printing.child MEMORY_MB CPU_SECONDS`; nothing imports it.
"""

import os
import resource
import shutil
import sys
import tempfile
from typing import Any, BinaryIO

from portal.platform.confined import confine
from portal.printing.fonts import TextRefused, know_no_others
from portal.printing.orders import Order, receive, send

know_no_others(tempfile.gettempdir())
try:
    from portal.printing import typesetter
    from portal.printing.compiled_template import Press
except OSError as missing:  # WeasyPrint looks for Pango while it is imported.
    _MISSING = str(missing).splitlines()[0]
else:
    _MISSING = ""

_FILE_MB = 16  # WeasyPrint writes the fonts of a page into the temporary folder.


def main(memory_mb: int, cpu_seconds: int) -> None:
    """Serve orders until the parent closes the pipe."""
    orders, answers = sys.stdin.buffer, _claim_stdout()
    if _MISSING:
        send(answers, {"unavailable": _MISSING})
        return
    confine(memory_mb=memory_mb, file_mb=_FILE_MB, may_open=True)
    press = Press(typesetter.Typesetter())
    send(answers, {"versions": typesetter.versions()})
    while True:
        try:
            message, _ = receive(orders)
        except EOFError:
            return
        order = Order.from_message(message)
        _allow_cpu(cpu_seconds + order.extra_seconds)
        send(answers, *_answer(press, order))


def _answer(press: Any, order: Order) -> tuple[dict[str, Any], bytes]:
    try:
        content = press.render(order)
        return {"why_set": press.why_set}, content
    except TextRefused as refusal:
        return {"refused": refusal.reason.value, "text": refusal.text, "letter": refusal.letter}, b""
    except Exception as error:  # Whatever a document does, the next one has a right to its turn.
        return {"failed": f"{type(error).__name__}: {error}"[:500]}, b""


def _claim_stdout() -> BinaryIO:
    """Keep the real stdout for answers and send whatever a library prints to stderr."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _allow_cpu(seconds: int) -> None:
    """Allow the next document its own share of processor time; past it the kernel ends this process (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), int(sys.argv[2]))
    finally:
        # A parent that was killed can no longer remove the folder that it made for this process.
        shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
