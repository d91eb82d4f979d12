"""`run.py dev`: web server with debugger, worker, and both anew whenever a file of the portal changes."""

import os
import secrets
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from bootstrap import ROOT, compile_translations, compress_static_files, fail, say
from processes import Stopped, end, environment, flask, is_ready, prepare_database, show_sign_ins, spawn, stop

# Templates are not here: Jinja reads a changed one by itself.
WATCHED = ("portal/**/*.py", "portal/**/*.po", "portal/**/*.json", "static/css/**/*.css", "static/js/**/*.js")
MARK = ".dev"  # A folder of data that has it was made here.
EACH = 0.5  # Seconds between two looks at the files.


def develop(port: int, *, wants_demo: bool) -> int:
    """Run web and worker until asked to stop, and start both again whenever a file changes, also after an error."""
    data = own_folder(Path(os.environ.get("PORTAL_DATA") or ROOT / "instance" / "dev").resolve())
    address, pin = f"http://127.0.0.1:{port}", f"{secrets.randbelow(10**9):09d}"
    env = settings(data, address, pin)
    children: list[subprocess.Popen[bytes]] = []
    try:
        sign_ins = prepare_database(env, *(["--demo"] if wants_demo else []))["accounts"]
        if sign_ins:
            env["PORTAL_DEMO"] = "1"
            show_sign_ins(sign_ins)
        while True:
            with suppress(SystemExit):  # It has said which catalog is wrong; the last good one serves.
                compile_translations()
                compress_static_files()
            before = stamps()
            web = spawn(flask("run", "--port", str(port), "--no-reload"), env)
            children = [web, spawn(flask("work"), env)]
            if is_ready(web, port, address):
                say(f"\nReady for development: {address}   debugger PIN {pin}   data {data}   (Ctrl-C stops it)")
            else:
                say("\nThe web server did not start; the lines above say why. Waiting for a change …")
            say(f"\nChanged: {wait_for_change(before)}. Starting again …")
            end(children)
    except Stopped:
        say("\nStopping …")
        return 0
    finally:
        stop(children)


def own_folder(data: Path) -> Path:
    """Return the folder, made and marked; refuse one that holds another portal: a debugger opens everything."""
    if data.is_dir() and any(data.iterdir()) and not (data / MARK).exists():
        fail(f"{data} was not made by run.py dev, which works on data of its own only. Unset PORTAL_DATA.", 2)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / MARK).touch()
    return data


def settings(data: Path, address: str, pin: str) -> dict[str, str]:
    """Return the environment of the processes; of the settings of this shell nothing reaches them."""
    ours = ("PORTAL_", "DATABASE_URL", "FLASK_", "WERKZEUG_")
    kept = {name: value for name, value in environment().items() if not name.startswith(ours) or name == "FLASK_APP"}
    return kept | {
        "PORTAL_DATA": str(data),
        "PORTAL_BASE_URL": address,
        "PORTAL_MAIL_URL": "terminal:",
        "FLASK_DEBUG": "1",
        "WERKZEUG_DEBUG_PIN": f"{pin[:3]}-{pin[3:6]}-{pin[6:]}",
    }


def stamps() -> dict[str, int]:
    """Return when each watched file was changed last."""
    found = {}
    for path in (path for pattern in WATCHED for path in ROOT.glob(pattern)):
        with suppress(OSError):  # Editors replace a file while we look.
            found[str(path.relative_to(ROOT))] = path.stat().st_mtime_ns
    return found


def wait_for_change(before: dict[str, int]) -> str:
    """Return the names of the files that are new, changed or gone, as soon as there is one."""
    while (now := stamps()) == before:
        time.sleep(EACH)
    return ", ".join(sorted(name for name in now.keys() | before.keys() if now.get(name) != before.get(name)))
