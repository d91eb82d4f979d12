"""What must be there before the portal can run: system packages, `.venv`, compiled translations, compressed files."""

import ctypes
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
PORTAL_LOCK = "requirements.txt"
TEST_LOCK = "tests/requirements.txt"
# Debian's package: the library, program or path whose absence calls for it.
PORTAL_PACKAGES = {
    "libpango-1.0-0": "libpango-1.0.so.0",
    "libpangoft2-1.0-0": "libpangoft2-1.0.so.0",
    "libharfbuzz-subset0": "libharfbuzz-subset.so.0",
}
TEST_PACKAGES = {
    "chromium": "chromium",
    "poppler-utils": "pdftotext",
    "libnss3-tools": "certutil",
    "jq": "jq",
    "qpdf": "qpdf",
    "bubblewrap": "bwrap",
    "postgresql": "/usr/lib/postgresql/*/bin/initdb",
}
SLOW_PACKAGES = {"default-jdk-headless": "javac", "libjaxb-java": "/usr/share/java/jaxb-runtime.jar"}


def say(text: str) -> None:
    """Tell how far the preparation is, on stderr: stdout belongs to what was asked for."""
    print(text, file=sys.stderr, flush=True)


def fail(text: str, code: int = 1) -> NoReturn:
    """End with a plain sentence."""
    say(text)
    sys.exit(code)


def run(*command: str, stdout: int | None = None, stderr: int | None = None) -> int:
    """Run one step of the preparation with its output on stderr; return its exit code."""
    output = sys.stderr if stdout is None else stdout
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=stderr, cwd=ROOT).returncode


def is_there(name: str) -> bool:
    """Tell whether the loader finds a library, the disk a path, or the shell a program."""
    if ".so." in name:
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True
    return any(Path("/").glob(name[1:])) if name.startswith("/") else bool(shutil.which(name))


def install_system_packages(wanted: dict[str, str]) -> None:
    """Install what Debian must provide, or print the one line that does."""
    missing = [package for package, name in wanted.items() if not is_there(name)]
    if not read_stamp() and not shutil.which("uv") and not importlib.util.find_spec("ensurepip"):
        missing.insert(0, "python3-venv")
    if not missing:
        return
    if not shutil.which("apt-get"):
        fail(f"Missing on this system (Debian's names): {' '.join(missing)}", 2)
    command = ("apt-get", "install", "-y", "--no-install-recommends", *missing)
    by_hand = f"\n\n    sudo apt-get update && sudo {' '.join(command)}\n"
    prefix: tuple[str, ...] = ()
    if os.geteuid() == 0:
        pass
    elif shutil.which("sudo") and run("sudo", "-n", "true", stderr=subprocess.DEVNULL) == 0:
        prefix = ("sudo", "-n")
    else:
        fail(f"Missing system packages. Run this once, then start again:{by_hand}", 2)
    say(f"Installing system packages: {' '.join(missing)}")
    prefix = (*prefix, "env", "DEBIAN_FRONTEND=noninteractive")
    run(*prefix, "apt-get", "update", "-qq", stdout=subprocess.DEVNULL)
    if run(*prefix, *command, "-qq", stdout=subprocess.DEVNULL) != 0:
        fail(f"The system packages could not be installed. Run this by hand to see why:{by_hand}", 2)


def install(lock: str) -> None:
    """Make `.venv` hold what the lock file says; a stamp makes the second time free."""
    wanted = digest(lock)
    stamp = read_stamp()
    if stamp.get(lock) == wanted:
        return
    uv = shutil.which("uv")
    if not stamp or not (uv or (VENV / "bin" / "pip").exists()):  # uv's environments have no pip.
        say("Making .venv …")
        stamp = {}
        shutil.rmtree(VENV, ignore_errors=True)
        make = (uv, "venv", "--quiet", "--python", sys.executable) if uv else (sys.executable, "-m", "venv")
        if run(*make, str(VENV)) != 0:
            fail("The environment .venv could not be made.")
    say(f"Installing {lock} …")
    by_pip = (str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check")
    by_uv = ("pip", "install", "--quiet", "--compile-bytecode", "--python", str(PYTHON))
    command = (uv, *by_uv) if uv else by_pip
    if run(*command, "--require-hashes", "-r", lock) != 0:
        fail(f"{lock} could not be installed; the lines above say why.")
    stamp.update({"python": os.path.realpath(PYTHON), lock: wanted})
    if lock == TEST_LOCK:  # It holds the portal's lock whole.
        stamp[PORTAL_LOCK] = digest(PORTAL_LOCK)
    STAMP.write_text(json.dumps(stamp))


def digest(lock: str) -> str:
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def read_stamp() -> dict[str, str]:
    """Return what `.venv` was made from; empty if it was not finished or its Python is gone."""
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    is_usable = PYTHON.exists() and stamp.get("python") == os.path.realpath(PYTHON)
    return stamp if is_usable else {}


def compile_translations() -> None:
    """Compile the catalogs that are newer than their compiled form."""
    catalogs = ROOT.glob("portal/translations/*/LC_MESSAGES/*.po")
    if any(is_stale(catalog, catalog.with_suffix(".mo")) for catalog in catalogs):
        compiler = (str(PYTHON), "-m", "babel.messages.frontend", "-q", "compile", "-d", "portal/translations")
        if run(*compiler) != 0:
            fail("The translations could not be compiled.")


def compress_static_files() -> None:
    """Make the compressed forms that WhiteNoise sends, of the files that are newer than theirs."""
    files = [path for path in (ROOT / "static").rglob("*") if path.suffix in (".css", ".js")]
    # The names after the folder are endings that need no compression: printing alone reads the fonts.
    command = (str(PYTHON), "-m", "whitenoise.compress", "--quiet", "static", "ttf", "txt", "md")
    if any(is_stale(path, path.with_name(path.name + ".gz")) for path in files) and run(*command) != 0:
        fail("The static files could not be compressed.")


def is_stale(source: Path, product: Path) -> bool:
    """Tell whether the product must be made again."""
    return not product.exists() or product.stat().st_mtime < source.stat().st_mtime


def prepare_environment(packages: dict[str, str] = PORTAL_PACKAGES, lock_file: str = PORTAL_LOCK) -> None:
    """Bring machine, environment and translations up to date, one process at a time."""
    with open(__file__) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install_system_packages(packages)
        install(lock_file)
        compile_translations()
        compress_static_files()
