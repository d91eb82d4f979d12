"""The portal's own processes: start them, wait for them, end them; standard library only."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import time
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from bootstrap import PYTHON, ROOT, fail

READY_SECONDS, STOP_SECONDS = 60, 10


class Stopped(BaseException):
    """Someone asked this process to stop."""


def environment(**values: str) -> dict[str, str]:
    """Return the environment of the portal's processes; absolute, so that a command may run in any folder."""
    # Kept bytecode is a second of each start; a shell that forbids it means its own scripts.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "FLASK_APP": str(ROOT / "wsgi.py"), "PYTHONUNBUFFERED": "1", **values}


def flask(*arguments: str) -> tuple[str, ...]:
    """Return the command line of a Flask command; -P keeps the modules of the caller's folder out."""
    return (str(PYTHON), "-P", "-m", "flask", *arguments)


def prepare_database(env: dict[str, str], *options: str) -> dict[str, Any]:
    """Create or migrate the database; return what it says of its demo."""
    command = flask("prepare", "--json", *options)
    done = subprocess.run(command, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    if done.returncode != 0:
        fail(f"The database could not be brought up to date.\n{done.stdout.decode()}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def show_sign_ins(accounts: list[dict[str, str]]) -> None:
    """Print who can sign in to the demo."""
    width = max(len(account["email"]) for account in accounts)
    print("\nDemo sign-ins:", flush=True)
    for account in accounts:
        print(f"  {account['email']:<{width}}  {account['password']}  {account['role']}", flush=True)


def spawn(command: tuple[str, ...], env: dict[str, str], *, pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    """Start a child in its own group, so that a Ctrl-C reaches it only through us, and that ends when we are killed."""
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def die_with_parent() -> None:
        libc.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)

    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent,
        pass_fds=pass_fds,
    )


def is_ready(web: subprocess.Popen[bytes], port: int, base_url: str) -> bool:
    """Wait until the portal says that its database answers; tell whether it does before its process ends."""
    # The portal answers only under its own name; a public one reaches it through a proxy that passes the name on.
    request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": urlsplit(base_url).netloc})
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + READY_SECONDS
    while web.poll() is None:
        with contextlib.suppress(OSError), direct.open(request, timeout=2) as response:
            if response.status == 200:
                return True
        if time.monotonic() > deadline:
            fail(f"The portal did not answer on /healthz within {READY_SECONDS} s.")
        time.sleep(0.05)
    return False


def stop(children: list[subprocess.Popen[bytes]]) -> None:
    """End the children for good: a second signal does not disturb it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end(children)


def end(children: list[subprocess.Popen[bytes]]) -> None:
    """End the children and whatever they started, gently first."""
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0.1, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
