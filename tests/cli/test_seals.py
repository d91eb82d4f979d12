"""The command that takes an institution's key into use: with its password from a file, never from the command line."""

import json
from pathlib import Path

from flask import Flask

from portal.config import Settings
from portal.platform import clock
from portal.platform.db import db
from portal.signing import keys
from tests import pkcs12


def run(app: Flask, *arguments: str) -> tuple[int, dict]:
    db.session.rollback()
    result = app.test_cli_runner().invoke(args=["install-seal-key", *arguments, "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_key_is_installed_with_the_password_of_a_file_and_refused_otherwise(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    content, password = pkcs12.made(now=clock.now())
    (file := tmp_path / "key.p12").write_bytes(content)
    (secret := tmp_path / "password").write_bytes(password + b"\n")
    (wrong := tmp_path / "wrong").write_bytes(b"wrong\n")
    assert run(app, str(file)) == (1, {"error": "Give the password in a file: --password-file."})
    code, answer = run(app, str(file), "--password-file", str(wrong))
    assert (code, set(answer)) == (1, {"error"}) and "the password is wrong" in answer["error"]
    code, answer = run(app, str(file), "--password-file", str(secret))
    present = keys.present(settings.keys)
    assert present is not None
    assert (code, answer["fingerprint"], answer["subject"]) == (
        0,
        present.fingerprint,
        "CN=General Prosecutor’s Office",
    )
    refused = app.test_cli_runner().invoke(args=["install-seal-key", str(file), "--password", "x", "--json"])
    assert refused.exit_code == 2
