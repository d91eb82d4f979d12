"""A file that has outgrown one thought holds a second subject: it is split by what it is about."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 500
OURS = ("*.py", "*.html", "*.css", "*.js")
NOT_OURS = ("static/css/pico", "static/js/htmx", "migrations/versions/")
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "commands", "routes", "manager"}


def our_files() -> list[Path]:
    """Return the source files of the portal, committed or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *OURS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = [name for name in listed.stdout.splitlines() if not name.startswith(NOT_OURS)]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def test_files_are_at_most_500_lines_long() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in our_files()}
    assert len(lengths) > 20
    too_long = {str(path): length for path, length in lengths.items() if length > LIMIT}
    assert not too_long, f"Name the second thought of these, and give it a file: {too_long}"


def test_files_are_not_drawers() -> None:
    drawers = [str(path.relative_to(ROOT)) for path in our_files() if path.stem in FORBIDDEN_NAMES]
    assert not drawers, f"A name that says nothing collects everything: {drawers}"
