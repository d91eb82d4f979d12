"""The README names every command and every setting, so that an operator need not read code."""

import re

import pytest
from flask import Flask

from tests.contract.test_file_length import ROOT

README = (ROOT / "README.md").read_text()
# Flask's own and Flask-Migrate's.
_BUILT_IN = {"run", "shell", "routes", "db"}


@pytest.mark.databases("sqlite")
def test_every_command_is_in_the_readme(app: Flask) -> None:
    commands = set(app.cli.commands) - _BUILT_IN
    assert "verify-audit" in commands
    assert {name for name in commands if not re.search(rf"`{name}[ `]", README)} == set()


def test_every_setting_is_in_the_readme() -> None:
    settings = set(re.findall(r'environ(?:\.get\(|, )"([A-Z_]+)"', (ROOT / "portal" / "config.py").read_text()))
    assert "PORTAL_DATA" in settings
    assert {name for name in settings if f"| `{name}` |" not in README} == set()


def test_every_package_has_a_floor_in_the_readme() -> None:
    packages = {path.parent.name for path in (ROOT / "portal").glob("*/__init__.py")}
    assert "trainings" in packages
    layout = README.partition("## How the code is laid out")[2]
    assert {name for name in packages if f"`{name}`" not in layout} == set()
