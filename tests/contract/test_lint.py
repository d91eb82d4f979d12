"""The linters see what they are there for, and an exception from a rule says why."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.contract.test_file_length import ROOT, our_files

_NOQA = re.compile(r"#\s*noqa\b(?P<rest>.*)")
_IGNORE = re.compile(r"#\s*type:\s*ignore\b(?P<rest>.*)")
# The rule's code, then a reason of at least two words.
_REASONED = re.compile(r":\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*\s+(-+\s+|#\s*)?\w+\W+\w+")
_IGNORE_REASONED = re.compile(r"\[[a-z, -]+\]  # \w+\W+\w+")

PYTHON_FAULTS = {
    "now": ("TID251", "from datetime import UTC, datetime\n\nx = datetime.now(UTC)\n"),
    "today": ("TID251", "import datetime\n\nx = datetime.date.today()\n"),
    "time": ("TID251", "import time\n\nx = time.time()\n"),
    "database clock": ("TID251", "from sqlalchemy import func\n\nx = func.now()\n"),
    "naive": ("DTZ001", "from datetime import datetime\n\nx = datetime(2026, 1, 1)\n"),
    "seven arguments": ("PLR0913", "def x(a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> None: ...\n"),
    "no return annotation": ("ANN201", "def x():\n    return 1\n"),
    "late import": ("PLC0415", "def x() -> None:\n    import json\n\n    json.dumps(1)\n"),
    "relative import": ("TID252", "from .. import rules\n\nrules.x()\n"),
    "branches": ("C901", "def x(a: int) -> None:\n" + "".join(f"    if a > {n}:\n        a()\n" for n in range(10))),
    "statements": ("PLR0915", "def x(a: int) -> None:\n" + "    a += 1\n" * 41),
    "bare noqa": ("PGH004", "import json  # noqa\n"),
    "unneeded noqa": ("RUF100", "x = 1  # noqa: F401 - the rule does not apply\n"),
}
TEMPLATE_FAULTS = {
    "inline style": ("P001", '<p class="a" style="color: red">x</p>'),
    "event attribute": ("P002", '<button type="button" onclick="x()">x</button>'),
    "inline script": ("P002", "<script>x()</script>"),
    "hx-on": ("P003", '<p hx-on:click="x()">x</p>'),
    "js value": ("P003", "<p data-hx-vals='js:{a: 1}'>x</p>"),
    "trigger filter": ("P004", '<p hx-trigger="click[ctrlKey]">x</p>'),
    "htmx 2": ("P005", '<p hx-ext="morph">x</p>'),
}


def lint(program: str, *options: str, text: str) -> str:
    """Return what a linter says of a text under the project's settings."""
    command = [str(Path(sys.executable).with_name(program)), *options]
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("rule", "source"), PYTHON_FAULTS.values(), ids=PYTHON_FAULTS)
def test_fault_in_python_is_reported(rule: str, source: str) -> None:
    assert rule in lint(
        "ruff", "check", "--no-cache", "--stdin-filename", "portal/people/operations.py", "-", text=source
    )


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        ("return-value", "def x() -> int:\n    return 'a'\n"),
        ("unused-ignore", "x = 1  # type: ignore[assignment]\n"),
        ("type-arg", "def x(a: dict) -> None: ...\n"),
    ],
)
def test_annotation_that_is_not_true_is_reported(rule: str, source: str) -> None:
    assert f"[{rule}]" in lint("mypy", "--cache-dir", "/dev/null", "-c", source, text="")


def test_types_are_checked_strictly_in_every_module() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    assert settings["strict"]
    assert "overrides" not in settings


def test_clock_is_read_in_one_file() -> None:
    source = PYTHON_FAULTS["now"][1]
    command = [
        str(Path(sys.executable).with_name("ruff")),
        "check",
        "--stdin-filename",
        "portal/platform/clock.py",
        "-",
    ]
    assert subprocess.run(command, cwd=ROOT, input=source, capture_output=True, text=True).returncode == 0


@pytest.mark.parametrize(("rule", "source"), TEMPLATE_FAULTS.values(), ids=TEMPLATE_FAULTS)
def test_fault_in_template_is_reported(rule: str, source: str) -> None:
    assert rule in lint("djlint", "--lint", "-", text=source)


@pytest.mark.parametrize(
    ("exception", "reasoned", "unread"),
    [(_NOQA, _REASONED, "contract"), (_IGNORE, _IGNORE_REASONED, "tests")],  # tests are not checked for types
)
def test_every_exception_gives_its_reason(exception: re.Pattern[str], reasoned: re.Pattern[str], unread: str) -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in our_files()
        if path.suffix == ".py" and unread not in path.relative_to(ROOT).parts
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if (found := exception.search(line)) and not reasoned.match(found["rest"])
    ]
    assert not bare, f"Write the reason behind the rule's code: {bare}"
