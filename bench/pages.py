"""Queries and bytes of every page at 1 and at 200 registrations, and the bytes of a first visit."""

import tempfile
from pathlib import Path

from tests import applications, databases
from tests.contract import readings

SMALL, LARGE = 1, 200


def main() -> None:
    """Print a line for each page and visitor."""
    applications.compile_catalogs()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "prepared"
        databases.prepare(applications.settings(folder, f"sqlite:///{folder / 'portal.db'}"))
        pages = readings.read_worlds(folder / "portal.db", Path(name), (SMALL, LARGE))
    beside = readings.style_and_script()
    print(f"Style, script and pictures of a first visit: {beside:,} bytes compressed.")
    print(f"{'queries':>7} {'at 200':>7} {'bytes':>7} {'at 200':>7} {'first':>7}  page")
    for page, by_size in pages.items():
        small, large = by_size[SMALL], by_size[LARGE]
        numbers = (small.queries, large.queries, small.compressed, large.compressed, beside + small.compressed)
        print(*(f"{number:7,}" for number in numbers), f" {page}")


if __name__ == "__main__":
    main()
