"""A newcomer clones the portal and starts it; then stops it, and nothing is left running."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.contract.test_file_length import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("start")]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone") / "portal"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


@contextmanager
def started(clone: Path, *options: str, **settings: str) -> Iterator[tuple[subprocess.Popen[bytes], str, str]]:
    """Start the portal of a clone; give the process, its address and what it printed until it was ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "FLASK_"))}
    environment |= settings
    output = clone.parent / "output.txt"
    with output.open("w") as file:
        command = [sys.executable, str(clone / "run.py"), "--port", str(port), *options]
        process = subprocess.Popen(command, stdout=file, stderr=file, stdin=subprocess.DEVNULL, env=environment)
    try:
        wait_for(lambda: "ready" in output.read_text() or process.poll() is not None, seconds=300)
        assert process.poll() is None, output.read_text()
        yield process, f"http://127.0.0.1:{port}", output.read_text()
    finally:
        process.kill()
        process.wait()
        wait_for(lambda: not processes_of(clone), seconds=20)


def wait_for(is_met: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_met():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def processes_of(clone: Path) -> list[str]:
    """Return the command lines of all processes that run the clone's code."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f"{clone}/" in line:
            lines.append(line)
    return lines


def test_clone_starts_and_sigterm_leaves_nothing_running(clone: Path) -> None:
    with started(clone) as (process, address, output):
        assert "Loading the demo" in output
        assert "coordinator" in output.partition("Demo sign-ins:")[2]
        with urllib.request.urlopen(f"{address}/healthz") as answer:
            assert answer.status == 200
            assert answer.headers.get_all("Server") == ["portal"]
        wait_for(lambda: worker_of(clone) is not None, seconds=20)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        assert processes_of(clone) == []


def test_worker_that_dies_is_started_again(clone: Path) -> None:
    with started(clone) as (process, _address, output):
        assert "Loading the demo" not in output
        assert "coordinator" in output.partition("Demo sign-ins:")[2]
        wait_for(lambda: worker_of(clone) is not None, seconds=20)
        first = worker_of(clone)
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: worker_of(clone) not in (None, first), seconds=30)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


def test_kill_of_the_starter_takes_web_and_worker_with_it(clone: Path) -> None:
    with started(clone) as (process, _address, _output):
        wait_for(lambda: worker_of(clone) is not None, seconds=20)
        process.kill()
        wait_for(lambda: not processes_of(clone), seconds=20)


def test_start_without_demo_leaves_the_database_empty(clone: Path, tmp_path: Path) -> None:
    with started(clone, "--no-demo", PORTAL_DATA=str(tmp_path)) as (process, _address, output):
        assert "emo" not in output
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert (tmp_path / "portal.db").exists()


def test_command_in_any_folder_prints_its_answer_only(clone: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(clone / "run.py"), "flask", "verify-audit", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith('{"entries": ')
    assert done.stdout.count("\n") == 1


def test_backup_becomes_a_portal_on_another_machine(clone: Path, tmp_path: Path) -> None:
    def call(data: Path, *words: str) -> dict[str, Any]:
        command = [sys.executable, str(clone / "run.py"), *words, "--json"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "FLASK_"))}
        done = subprocess.run(
            command, cwd=tmp_path, env={**environment, "PORTAL_DATA": str(data)}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    invited = call(tmp_path / "old", "flask", "invite-administrator", "first@portal.example")
    made = call(tmp_path / "old", "backup", "copies")
    call(tmp_path / "new", "restore", made["backup"], "--keys", made["keys"])
    assert call(tmp_path / "new", "flask", "verify-audit")["entries"] == made["entries"]
    assert invited["link"] not in Path(made["backup"], "portal.db").read_text(errors="replace")


def worker_of(clone: Path) -> int | None:
    """Return the process id of the clone's worker."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].startswith(bytes(clone)) and b"work" in words:
            return int(path.parent.name)
    return None
