"""The command that looks whether an installation is well."""

import json
from typing import Any

from flask import Flask

from portal.config import Settings


def ask(app: Flask) -> tuple[int, dict[str, dict[str, Any]]]:
    answer = app.test_cli_runner().invoke(args=["doctor", "--json"])
    return answer.exit_code, {check["name"]: check for check in json.loads(answer.stdout)["checks"]}


def test_fresh_installation_is_well(app: Flask, settings: Settings) -> None:
    (settings.data / "keys").mkdir(exist_ok=True)
    code, checks = ask(app)
    assert [name for name, check in checks.items() if not check["ok"]] == []
    assert code == 0
    assert list(checks) == ["database", "migrations", "pango", "fonts", "queue", "mail", "disk", "clock", "keys"]


def test_key_that_others_can_read_is_named(app: Flask, settings: Settings) -> None:
    (settings.data / "keys").mkdir(exist_ok=True)
    key = settings.data / "keys" / "secret"
    key.write_text("x")
    key.chmod(0o644)
    code, checks = ask(app)
    assert code == 1
    assert not checks["keys"]["ok"]
    assert "secret" in checks["keys"]["detail"]
