"""Child processes that read strangers' files or render documents, and how both sides confine them.

The parent starts a module of the portal with nothing of its environment, and never while it holds up other writers.
The child calls `confine` before it looks at anything. Only the standard library is imported here.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from portal.platform import held, jail

_ROOT = Path(__file__).resolve().parents[2]
_MEGABYTE = 1024 * 1024


def run(module: str, content: bytes, *arguments: str, seconds: float) -> subprocess.CompletedProcess[bytes]:
    """Return what a child made of some bytes; one that met a limit has a status that is not zero.

    :raises subprocess.TimeoutExpired: if it took longer than `seconds`.
    :raises HeldUp: if others would wait for it.
    """
    held.ensure_nothing_held()
    command = jail.command(_command(module, arguments))
    with _popen(command, _environment(), stderr=subprocess.PIPE) as child:
        try:
            answer, errors = child.communicate(content, timeout=seconds)
        except BaseException:
            child.kill()
            raise
    return subprocess.CompletedProcess(command, jail.status(child.returncode), answer, errors)


def start(module: str, *arguments: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a child that is asked more than once, by its pipes; raises `HeldUp` as `run`."""
    held.ensure_nothing_held()
    return _popen(jail.command(_command(module, arguments)), _environment() | environment)


def confine(*, memory_mb: int, cpu_seconds: int | None = None, file_mb: int = 0, may_open: bool = False) -> None:
    """Give up, in a child, what its work does not need; what is imported later needs `may_open`."""
    _limit(resource.RLIMIT_AS, memory_mb * _MEGABYTE)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, file_mb * _MEGABYTE)
    if cpu_seconds is not None:
        _limit(resource.RLIMIT_CPU, cpu_seconds)
    if not may_open:
        _limit(resource.RLIMIT_NOFILE, 0)


def _limit(kind: int, value: int) -> None:
    resource.setrlimit(kind, (value, value))


def _popen(command: list[str], environment: dict[str, str], stderr: int | None = None) -> subprocess.Popen[bytes]:
    """Start a process from a thread that lasts as long as this process: a jail ends with the thread that made it."""

    def begin() -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=stderr, cwd=_ROOT, env=environment)

    return _starter(os.getpid()).submit(begin).result()


@cache
def _starter(_process_id: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="children")


def _command(module: str, arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-s", "-m", module, *arguments]


def _environment() -> dict[str, str]:
    """Return none of the portal's secrets: only where programs and libraries lie."""
    return {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
