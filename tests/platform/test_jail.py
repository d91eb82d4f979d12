"""A child that somebody has taken over sees no network, no other process and no data, and writes nowhere."""

import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.config import ROOT
from portal.platform import confined, jail
from portal.printing import client
from tests import pdfs
from tests.parallel import DEADLINE


@pytest.fixture
def jailed() -> Iterator[None]:
    if not jail.is_there():
        pytest.skip("bubblewrap is missing or may not do what it must here: apt-get install bubblewrap")
    yield


@pytest.fixture
def listener() -> Iterator[int]:
    """Return the port of a server on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def does(act: str) -> bool:
    """Tell whether a child comes to the end of what it tries."""
    answer = confined.run("timeit", b"", "--number=1", "--repeat=1", act, seconds=DEADLINE)
    assert answer.returncode == 0 or b"Error" in answer.stdout + answer.stderr, answer
    return answer.returncode == 0


ACTS = {
    "read what others wrote": "open({secret!r}).read()",
    "read who is on this machine": "open('/etc/passwd').read()",
    "call the machine": "import socket; socket.create_connection(('127.0.0.1', {port}), 5)",
    "see others": "import os; os.stat('/proc/{process}')",
    "change the code": "open({code!r}, 'a')",
}


@pytest.mark.usefixtures("jailed")
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_jailed_child_reaches_nothing(act: str, tmp_path: Path, listener: int, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "portal.db"
    secret.write_text("names")
    code = ROOT / "portal" / "platform" / "confined.py"
    tried = act.format(secret=str(secret), port=listener, process=os.getpid(), code=str(code))
    assert not does(tried)
    monkeypatch.setattr(jail, "is_there", lambda: False)
    assert does(tried), "It would, outside."


@pytest.mark.usefixtures("jailed")
def test_jailed_child_works_and_ends_with_who_started_it(renderer: client.Renderer) -> None:
    assert pdfs.LONG_NAME in pdfs.text_of(pdfs.print_certificate(renderer, pdfs.facts()))
    script = (
        "import time; from portal.printing import client; r = client.Renderer(); r.start();"
        "print(r.process_id, flush=True); time.sleep(99)"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        ends = [os.pidfd_open(one) for one in _below(int(parent.stdout.readline()))]
        parent.kill()
        parent.wait(DEADLINE)
    assert len(ends) > 1
    for end in ends:
        readable, _, _ = select.select([end], [], [], DEADLINE)
        os.close(end)
        assert readable, "It outlived its parent."


def _below(process: int) -> list[int]:
    """Return a process and all that it has started."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(one for child in children for one in _below(int(child)))]


@pytest.mark.parametrize("script", [None, "#!/bin/sh\nexit 1\n"], ids=["not installed", "not allowed"])
def test_machine_that_cannot_jail_has_limits_alone(
    script: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if script is not None:
        (tmp_path / "bwrap").write_text(script)
        (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    jail.is_there.cache_clear()
    try:
        assert not jail.is_there()
        assert jail.command(["python"]) == ["python"]
    finally:
        jail.is_there.cache_clear()
