"""Real concurrency: functions in processes of their own, each with its own application, started at one moment.

The functions stand at the top of a module (a process finds them by name) and take the application first. What they
return comes back; what they raise is raised here. `killed` runs one function until it says where it is, and kills it.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from flask import Flask

from portal.config import Settings
from tests import applications

# A server process that has imported everything forks each worker in milliseconds; forking pytest itself, with its
# threads, would not be safe.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["pytest", "portal.app", "tests.browser", "tests.factories", "tests.forkserver"])
DEADLINE = 120.0  # Seconds after which a test that waits has failed; a busy machine starts a process in thirty.


def make_barrier(parties: int) -> Any:
    """Return a barrier that can be handed to processes; wait with DEADLINE."""
    return _context.Barrier(parties)


def in_processes(settings: Settings, work: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Run `work(app, *arguments[i])` in one process each, all at once, and return what they returned."""
    return _in_processes(settings, work, arguments)


def in_bare_processes(work: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Run `work(*arguments[i])`, without an application, in one process each, all at once."""
    return _in_processes(None, work, arguments)


def _in_processes(
    settings: Settings | None, work: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]
) -> list[Any]:
    barrier = _context.Barrier(len(arguments))
    pipes = [_context.Pipe() for _ in arguments]
    processes = [
        _context.Process(target=_answer, args=(settings, work, values, barrier, theirs), daemon=True)
        for values, (_ours, theirs) in zip(arguments, pipes, strict=True)
    ]
    for process in processes:
        process.start()
    answers = []
    for ours, _theirs in pipes:
        assert ours.poll(DEADLINE), "A process did not answer in time."
        answers.append(ours.recv())
    for process in processes:
        process.join(DEADLINE)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return answers


def in_threads(app: Flask, work: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Run `work(app, *arguments[i])` in one thread each, all at once, and return what they returned."""
    barrier = threading.Barrier(len(arguments))
    answers: list[Any] = [None] * len(arguments)

    def run(place: int, values: tuple[Any, ...]) -> None:
        barrier.wait(DEADLINE)
        try:
            answers[place] = work(app, *values)
        except BaseException as error:
            answers[place] = error

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(arguments)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
        assert not thread.is_alive(), "A thread did not answer in time."
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return answers


@contextmanager
def killed(settings: Settings, work: Callable[..., Any], *arguments: Any) -> Iterator[None]:
    """Run `work(app, reached, *arguments)`, kill it with SIGKILL when it calls `reached()`; then enter the block."""
    ours, theirs = _context.Pipe()
    process = _context.Process(target=_until_killed, args=(settings, work, arguments, theirs), daemon=True)
    process.start()
    assert ours.poll(DEADLINE), "The process did not come to the point where it is to be killed."
    reached = ours.recv()
    assert reached is True, f"The process ended before it was killed: {reached!r}"
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(DEADLINE)
    assert process.exitcode == -signal.SIGKILL
    yield


def die_at(event: str, is_place: Callable[[tuple[Any, ...]], bool] = lambda _arguments: True) -> None:
    """Kill this process by SIGKILL just before its next act that Python audits as `event` ("os.rename", "open" …)."""

    def watch(name: str, arguments: tuple[Any, ...]) -> None:
        if name == event and is_place(arguments):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def dies(settings: Settings, work: Callable[..., Any], *arguments: Any) -> None:
    """Run `work(app, *arguments)`, which must end by SIGKILL."""
    process = _context.Process(target=_run, args=(settings, work, arguments), daemon=True)
    process.start()
    process.join(DEADLINE)
    assert process.exitcode == -signal.SIGKILL, f"The process was not killed: exit code {process.exitcode}."


def _answer(
    settings: Settings | None, work: Callable[..., Any], values: tuple[Any, ...], barrier: Any, pipe: Connection
) -> None:
    try:
        first = () if settings is None else (applications.make(settings),)
        barrier.wait(DEADLINE)
        pipe.send(work(*first, *values))
    except BaseException as error:
        try:
            pipe.send(error)
        except Exception:
            pipe.send(AssertionError(repr(error)))


def _until_killed(settings: Settings, work: Callable[..., Any], arguments: tuple[Any, ...], pipe: Connection) -> None:
    def reached() -> None:
        pipe.send(True)
        signal.pause()

    try:
        pipe.send(work(applications.make(settings), reached, *arguments))
    except BaseException as error:
        pipe.send(repr(error))


def _run(settings: Settings, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    work(applications.make(settings), *arguments)


class Running:
    """A process at work."""

    def __init__(self, process: Any) -> None:
        self._process = process

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self._process.pid, number)

    def exit_code(self) -> int | None:
        """Wait for its end."""
        self._process.join(DEADLINE)
        code: int | None = self._process.exitcode
        return code

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Look again and again until something is so, as long as the process lives and not for ever."""
        pause = threading.Event()
        for _turn in range(int(DEADLINE / 0.05)):
            if is_so():
                return
            assert self._process.is_alive(), f"The process ended early: exit code {self._process.exitcode}."
            pause.wait(0.05)
        raise AssertionError("It did not become so in time.")


@contextmanager
def running(settings: Settings, work: Callable[..., Any], *arguments: Any) -> Iterator[Running]:
    """Run `work(app, *arguments)` beside the block, and kill it at the end if it still runs."""
    process = _context.Process(target=_run, args=(settings, work, arguments), daemon=True)
    process.start()
    try:
        yield Running(process)
    finally:
        process.kill()
        process.join(DEADLINE)
