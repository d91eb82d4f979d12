"""A file that has outgrown one screenful of thought becomes a package of its name."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 400
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


def test_files_are_at_most_400_lines_long() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in our_files()}
    assert len(lengths) > 20
    too_long = {str(path): length for path, length in lengths.items() if length > LIMIT}
    assert not too_long, f"Split these into a package of the same name: {too_long}"


def test_files_are_not_drawers() -> None:
    drawers = [str(path.relative_to(ROOT)) for path in our_files() if path.stem in FORBIDDEN_NAMES]
    assert not drawers, f"A name that says nothing collects everything: {drawers}"
