"""Children give up what they do not need, and none is waited for while others wait for the database."""

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from flask import Flask, current_app
from sqlalchemy import text

from portal.config import ROOT
from portal.platform import confined, sheets, turns
from portal.platform import db as database
from portal.platform.db import db, reading_session, short_transaction, transaction
from portal.platform.held import HeldUp
from portal.printing import client, pictures
from portal.printing.examined import examine
from tests.parallel import DEADLINE

_CHILD = "import socket; from portal.platform.confined import confine; {confine}; {act}"
_ACTS = {
    "open": "open('/etc/passwd')",
    "write": "open('/dev/null', 'w')",
    "call": "socket.socket()",
    "unfold": "bytearray(2_000_000_000)",
}


def ran(act: str, confine: str) -> int:
    """Return the status of a child that does one thing."""
    child = [sys.executable, "-c", _CHILD.format(act=act, confine=confine)]
    return subprocess.run(child, cwd=ROOT, capture_output=True, check=False).returncode


@pytest.mark.parametrize("act", _ACTS.values(), ids=_ACTS)
def test_confined_child_opens_nothing_and_takes_little_memory(act: str) -> None:
    assert ran(act, "confine(memory_mb=512)") == 1
    assert ran(act, "0") == 0, "It would do without."


def test_child_sees_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", "a secret")
    look = "import os, sys; sys.stderr.write(' '.join(os.environ))"
    answer = confined.run("timeit", b"", "--number=1", "--repeat=1", look, seconds=DEADLINE)
    assert answer.returncode == 0
    assert set(answer.stderr.decode().split()) <= {"PATH", "LD_LIBRARY_PATH", "LC_CTYPE", "PWD"}


def start_renderer() -> None:
    with closing(client.Renderer()) as renderer:
        renderer.start()


def take_a_turn() -> None:
    with turns.turn("tests"):
        pass


STARTS: dict[str, Callable[[], object]] = {
    "sheet": lambda: sheets.read_text("a\tb"),
    "picture": lambda: pictures.normalized(b"no picture"),
    "stranger's file": lambda: examine(b"%PDF", []),
    "renderer": start_renderer,
    "turn": take_a_turn,
}


def start(name: str) -> None:
    with suppress(pictures.PictureRefused):
        STARTS[name]()


@pytest.mark.parametrize("name", STARTS)
def test_nothing_slow_begins_while_others_wait_for_this_thread(app: Flask, name: str) -> None:
    with transaction():
        db.session.execute(text("SELECT 1"))
        with pytest.raises(HeldUp):
            STARTS[name]()
    start(name)
    with short_transaction(), pytest.raises(HeldUp):
        STARTS[name]()
    with reading_session():
        db.session.execute(text("SELECT 1"))
        start(name)


def test_what_is_held_ends_with_its_transaction_however_it_ends(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        db.session.execute(text("SELECT 1"))
        _ = 1 / 0
    take_a_turn()
    db.session.execute(text("SELECT 1"))
    database.stop_writing()
    take_a_turn()
    database.start_writing()
    db.session.execute(text("SELECT 1"))
    db.session.remove()
    take_a_turn()


def in_a_thread(app: Flask, take: Callable[[], None]) -> list[str]:
    """Return what became of a turn that another thread took."""
    answers: list[str] = []

    def work() -> None:
        with app.app_context():
            try:
                take()
            except turns.Busy:
                answers.append("busy")
            else:
                answers.append("taken")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(DEADLINE)
    return answers


def test_no_more_at_a_time_than_there_are_places(app: Flask) -> None:
    def take() -> None:
        with turns.turn("tests", 2, patience=0.1):
            pass

    def take_the_first() -> None:
        with turns.turn("tests", patience=0.1):
            pass

    with turns.turn("tests", 2):
        assert in_a_thread(app, take) == ["taken"]
        with turns.turn("tests", 2):
            assert in_a_thread(app, take) == ["busy"]
            assert in_a_thread(app, take_the_first) == ["busy"], "The places are the machine's."
        assert in_a_thread(app, take) == ["taken"]


def test_place_is_free_when_its_process_is_dead(app: Flask) -> None:
    folder: Path = current_app.config["PORTAL_SETTINGS"].data / turns.FOLDER
    folder.mkdir()
    lock = (
        "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.flock(f, 2); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", lock, str(folder / "tests-0")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(turns.Busy), turns.turn("tests", patience=0):
            pass
        other.kill()
        other.wait(DEADLINE)
        with turns.turn("tests"):
            pass


def test_most_threads_of_a_process_never_wait_for_long(app: Flask) -> None:
    with ExitStack() as waiting:
        patient = [waiting.enter_context(turns.waiting(5.0)) for _ in range(turns.MOST_WAITING)]
        assert set(patient) == {5.0}
        with turns.waiting(5.0) as impatient:
            assert impatient <= 1
    with turns.waiting(5.0) as again:
        assert again == 5.0
