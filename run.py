#!/usr/bin/env python3
"""Set up, start and check the portal; standard library only, safe to repeat, never waits for input.

python3 run.py [--port N] [--no-demo]   set up and start: web and worker, with a demo in an empty database
python3 run.py dev [--port N]           for developers: reloads, debugs, shows SQL and mails; data of its own
python3 run.py test [--slow] [...]      the whole suite; what follows goes to pytest
python3 run.py lint                     style, types, import contracts, templates
python3 run.py advisories               known holes in the dependencies, where PyPI answers; a bill of materials
python3 run.py bench [NAME]             measurements of bench/
python3 run.py worker                   only the worker, beside a web server of your own
python3 run.py backup [DIR]             copy everything while the portal runs, the keys apart
python3 run.py restore DIR [--keys DIR] make a portal of a backup on a machine that has none
python3 run.py reset [--yes]            delete this machine's portal data (asks first)
python3 run.py flask ...                any Flask command, after environment and database are prepared
"""

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent / ".ci"))
from advisories import advisories
from bootstrap import (
    PORTAL_PACKAGES,
    PYTHON,
    ROOT,
    SLOW_PACKAGES,
    TEST_LOCK,
    TEST_PACKAGES,
    fail,
    prepare_environment,
    run,
    say,
)
from dev import develop
from processes import Stopped, environment, flask, is_ready, prepare_database, show_sign_ins, spawn, stop

VERBS = ("start", "dev", "test", "lint", "advisories", "bench", "worker", "backup", "restore", "reset", "flask")
DATA_ENTRIES = ("portal.db*", "jobs.db*", "documents", "exports", "mail", "running", "keys", "audit.head")
# They look at what is there, or mend what stops a start.
WITHOUT_PREPARING = ("db", "doctor", "accept-keys", "verify-audit", "backup")


def is_local(base_url: str) -> bool:
    """Tell whether the base address is on this machine."""
    return urlsplit(base_url).hostname in ("127.0.0.1", "localhost", "::1")


def port_of(arguments: argparse.Namespace) -> int:
    """Return the port to listen on: the option, or the one of a local base address."""
    base_url = os.environ.get("PORTAL_BASE_URL", "")
    return arguments.port or (is_local(base_url) and urlsplit(base_url).port) or 8000


def ensure_port_is_free(port: int) -> None:
    """End with another port to choose if this one is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            fail(f"Port {port} cannot be used ({error.strerror}). Choose another: python3 run.py --port {port + 1}")


def start(arguments: argparse.Namespace) -> int:
    """Prepare everything, then run web and worker until asked to stop."""
    port = port_of(arguments)
    ensure_port_is_free(port)
    base_url = os.environ.get("PORTAL_BASE_URL") or f"http://127.0.0.1:{port}"
    if is_local(base_url):
        base_url = f"http://127.0.0.1:{port}" if arguments.port else base_url
    env = environment(PORTAL_BASE_URL=base_url)
    prepare_environment()
    return serve(env, port, base_url, wants_demo=is_local(base_url) and not arguments.no_demo)


def serve(env: dict[str, str], port: int, base_url: str, *, wants_demo: bool) -> int:
    """Run web and worker; a worker that dies is started again, a web server that dies ends the portal."""
    children = {}
    try:
        web, go = start_web(env, port)
        children["web"] = web
        sign_ins = prepare_database(env, *(["--demo"] if wants_demo else []))["accounts"]
        if sign_ins and is_local(base_url):
            env["PORTAL_DEMO"] = "1"
            show_sign_ins(sign_ins)
        go("demo" if "PORTAL_DEMO" in env else "go")
        if not is_ready(web, port, base_url):
            fail("The web server did not start; the lines above say why.")
        children["worker"] = spawn(flask("work"), env)
        print(f"\nThe portal is ready: {base_url}   (Ctrl-C stops it)", flush=True)
        while web.poll() is None:
            time.sleep(0.5)
            if children["worker"].poll() is not None:
                say(f"The worker ended with {children['worker'].returncode}; starting it again.")
                time.sleep(1)
                children["worker"] = spawn(flask("work"), env)
        say(f"The web server ended with {web.returncode}.")
        return 1
    except Stopped:
        say("\nStopping …")
        return 0
    finally:
        stop(list(children.values()))


def start_web(env: dict[str, str], port: int) -> tuple[subprocess.Popen[bytes], Callable[[str], None]]:
    """Start the web server, which imports the portal while the database is prepared; return it and what lets it go."""
    command = (
        *(str(PYTHON), "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"),
        *("--workers", os.environ.get("WEB_CONCURRENCY", "2"), "--threads", "8", "--no-control-socket"),
        *("--graceful-timeout", "5", "--log-level", "warning", "--preload"),
        *("--config", "python:portal.cli.web_server"),
    )
    theirs, ours = os.pipe()
    web = spawn(command, {**env, "PORTAL_GO": str(theirs)}, pass_fds=(theirs,))
    os.close(theirs)

    def go(word: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # One that has ended says so itself.
            os.write(ours, word.encode())
        os.close(ours)

    return web, go


def dev(arguments: argparse.Namespace) -> int:
    """Run the portal for developers, on a folder of its own that no setting of this shell leads out of."""
    port = arguments.port or 8000
    ensure_port_is_free(port)
    prepare_environment()
    return develop(port, wants_demo=not arguments.no_demo)


def become(command: tuple[str, ...], env: dict[str, str]) -> NoReturn:
    """Give this process to the command, so that signals and exit code are its own."""
    sys.stdout.flush()
    os.execve(command[0], command, env)


def test(arguments: list[str]) -> int:
    """Run the suite; the settings of this shell do not reach it."""
    slow = SLOW_PACKAGES if "--slow" in arguments else {}
    prepare_environment(PORTAL_PACKAGES | TEST_PACKAGES | slow, TEST_LOCK)
    left_out = ("PORTAL_", "DATABASE_URL", "PYTHONDONTWRITEBYTECODE")  # The last as in `environment`.
    env = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    has_choice = any(word.startswith(("-n", "--numprocesses", "--pdb", "--collect-only")) for word in arguments)
    parallel = () if has_choice else ("-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadgroup")
    os.chdir(ROOT)
    become((str(PYTHON), "-m", "pytest", *parallel, *arguments), {**env, "PYTHONUNBUFFERED": "1"})


def lint(_arguments: list[str]) -> int:
    """Check style, types, import contracts and templates; all of them, even if the first fails."""
    prepare_environment({}, TEST_LOCK)
    programs = (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "--quiet", "."),
        ("mypy", "portal", "run.py", "wsgi.py"),
        ("lint-imports", "--no-logo"),
        ("djlint", "templates", "--lint", "--quiet"),
    )
    return max(run(str(PYTHON.parent / program), *options) for program, *options in programs)


def bench(arguments: list[str]) -> int:
    """Run one measurement of bench/, or all of them in the order of their names."""
    known = sorted(path.stem for path in ROOT.glob("bench/[a-z]*.py"))
    if arguments and arguments[0] not in known:
        fail(f"No such measurement: {arguments[0]}. There are: {', '.join(known) or 'none'}", 2)
    prepare_environment(PORTAL_PACKAGES | TEST_PACKAGES, TEST_LOCK)
    names, options = (arguments[:1], arguments[1:]) if arguments else (known, [])
    codes = [subprocess.call((str(PYTHON), "-m", f"bench.{name}", *options), cwd=ROOT) for name in names]
    return max(codes, default=0)


def run_flask(arguments: list[str]) -> int:
    """Run a Flask command in a prepared portal; only its own output is on stdout."""
    prepare_environment()
    env = environment()
    if arguments[:1] not in ([name] for name in WITHOUT_PREPARING):
        prepare_database(env)
    become(flask(*arguments), env)


def backup(arguments: list[str]) -> int:
    """Copy what the portal keeps."""
    return run_flask(["backup", *arguments])


def restore(arguments: list[str]) -> int:
    """Make a portal of a backup; the application is not started, since it would make a database of its own."""
    prepare_environment()
    become((str(PYTHON), "-P", "-m", "portal.backups.restore", *arguments), environment(PYTHONPATH=str(ROOT)))


def reset(arguments: argparse.Namespace) -> int:
    """Delete the data of this machine's portal after asking."""
    data = Path(os.environ.get("PORTAL_DATA") or ROOT / "instance").resolve()
    has_other_database = bool(os.environ.get("DATABASE_URL"))
    # A database that stays needs its keys.
    entries = [entry for entry in DATA_ENTRIES if not (has_other_database and entry == "keys")]
    found = sorted(path for pattern in entries for path in data.glob(pattern))
    if not found:
        say(f"Nothing to delete in {data}.")
        return 0
    say(f"This deletes from {data}: {', '.join(path.name for path in found)}")
    if has_other_database:
        say("The database of DATABASE_URL stays as it is, and so do its keys.")
    if (data / "backups").exists():
        say(f"The backups in {data / 'backups'} stay.")
    if not arguments.yes:
        if not sys.stdin.isatty():
            fail("Nothing deleted: without a terminal, confirm with --yes.")
        if input("Type yes to delete: ").strip().lower() != "yes":
            fail("Nothing deleted.")
    for path in found:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    say("Deleted. python3 run.py starts anew.")
    return 0


def parse(words: list[str]) -> argparse.Namespace:
    """Read the options of start, dev, worker and reset."""
    parser = argparse.ArgumentParser("run.py", argparse.SUPPRESS, __doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--port", type=int, metavar="N", help="port of the portal on 127.0.0.1 (8000)")
    parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")
    parser.add_argument("--yes", action="store_true", help="with reset: do not ask")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Find the verb, hand it the rest."""
    if sys.version_info < (3, 11):
        fail(f"The portal needs Python 3.11 or newer; this is {sys.version.split()[0]}.", 2)
    verb = next((word for word in words if word in VERBS), "start")
    place = words.index(verb) if verb in words else len(words)
    before, after = words[:place], words[place + 1 :]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask_to_stop)
    try:
        if verb in ("start", "dev", "worker", "reset"):
            verbs = {"start": start, "dev": dev, "worker": lambda _: run_flask(["work"]), "reset": reset}
            return verbs[verb](parse(before + after))
        if before:
            parse(before)
            fail(f"Options of run.py {verb} stand after the verb.", 2)
        verbs = {
            "test": test,
            "lint": lint,
            "advisories": advisories,
            "bench": bench,
            "backup": backup,
            "restore": restore,
            "flask": run_flask,
        }
        return verbs[verb](after)
    except Stopped:
        return 130


def ask_to_stop(_number: int, _frame: object) -> None:
    """Turn a signal into an exception, so that every `finally` runs."""
    raise Stopped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
