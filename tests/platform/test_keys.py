"""A key is made once; where the database knows one, nobody works with another or makes a new one."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.app import create_app
from portal.config import Settings
from portal.platform import clock, keys, vault
from portal.platform.db import db, transaction
from portal.platform.keys import KeysDiffer
from portal.signing import keys as signing_keys
from tests import applications
from tests.contract.test_file_length import ROOT
from tests.parallel import in_bare_processes

pytestmark = pytest.mark.databases("sqlite")
KEY = keys.Key("key")


@pytest.fixture
def used(settings: Settings) -> Settings:
    """Return the settings of an installation whose database knows all its keys, as after its first start."""
    own = applications.changed(settings, secret_key="")
    app = create_app(own)
    with app.app_context():
        prepared = app.test_cli_runner().invoke(args=["prepare", "--json"])
        assert prepared.exit_code == 0, prepared.output
        db.session.remove()
        db.engine.dispose()
    return own


def names(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.keys.iterdir())


def test_first_start_makes_every_key_and_lets_the_database_know(used: Settings) -> None:
    with create_app(used).app_context():
        known = keys.known()
    assert {"secret", "vault.aes256", "certificates.ed25519", "seal.pem", "seal-root.pem"} <= known.keys()
    assert names(used) == sorted(known)
    assert {path.stat().st_mode & 0o077 for path in (used.keys, *used.keys.iterdir())} == {0}
    for name, value in known.items():
        assert value not in (used.keys / name).read_text(errors="replace")


@pytest.mark.parametrize("name", ["secret", "vault.aes256", "certificates.ed25519", "seal.pem", "seal-root.pem"])
@pytest.mark.parametrize("fault", ["missing", "another"])
def test_missing_or_other_key_stops_the_start_and_none_is_made(used: Settings, name: str, fault: str) -> None:
    (used.keys / name).unlink()
    if fault == "another":
        (used.keys / name).write_bytes(b"another key, another key, another key")
    before = {path.name: path.read_bytes() for path in used.keys.iterdir()}
    with pytest.raises(KeysDiffer, match=rf"{name} \({fault}.*"):
        create_app(used)
    assert {path.name: path.read_bytes() for path in used.keys.iterdir()} == before


def test_other_secret_from_the_settings_stops_the_start(used: Settings) -> None:
    with pytest.raises(KeysDiffer, match="secret"):
        create_app(applications.changed(used, secret_key=applications.SECRET))
    same = applications.changed(used, secret_key=(used.keys / "secret").read_text())
    (used.keys / "secret").unlink()
    assert create_app(same).config["SECRET_KEY"] == same.secret_key


def test_key_that_goes_while_the_portal_runs_is_not_replaced(used: Settings) -> None:
    with create_app(used).app_context():
        sealed = vault.encrypt("text", "place")
        shutil.rmtree(used.keys)
        with pytest.raises(KeysDiffer):
            vault.decrypt(sealed, "place")
    assert not used.keys.exists()


def test_database_without_keys_takes_those_that_are_there(app: Flask, settings: Settings) -> None:
    """Control, and the first start after the release in which the database learned of its keys."""
    before = keys.kept(vault._KEY, settings.keys)
    assert keys.known() == {}
    assert app.test_cli_runner().invoke(args=["prepare"]).exit_code == 0
    assert (settings.keys / "vault.aes256").read_bytes() == before
    assert keys.known().keys() >= {"secret", "vault.aes256"}
    keys.check(settings)


@pytest.mark.parametrize(
    "words",
    [
        ("gunicorn", "wsgi:app", "--bind", "127.0.0.1:0", "--no-control-socket"),
        pytest.param(("flask", "prepare"), marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_nobody_starts_with_lost_keys(used: Settings, words: tuple[str, ...]) -> None:
    shutil.rmtree(used.keys)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DATABASE_URL"))}
    environment = {**kept, "PORTAL_DATA": str(used.data), "FLASK_APP": str(ROOT / "wsgi.py")}
    command = [sys.executable, "-P", "-m", *words]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode > 0
    assert "vault.aes256 (missing)" in done.stderr
    assert "Traceback" not in done.stderr
    assert not used.keys.exists()


def test_commands_wait_until_an_operator_accepts_new_keys(used: Settings) -> None:
    app = create_app(used)
    kept = (used.keys / "seal-root.pem").read_bytes()
    for name in names(used):
        if name != "seal-root.pem":
            (used.keys / name).unlink()

    def call(*words: str) -> tuple[int, dict[str, Any]]:
        done = app.test_cli_runner().invoke(args=[*words, "--json"])
        return done.exit_code, json.loads(done.stdout)

    for name in ("prepare", "publish-release"):
        code, answer = call(name)
        assert (code, "vault.aes256 (missing)" in answer["error"]) == (1, True), name
    assert app.test_cli_runner().invoke(args=["work"]).exit_code == 1
    code, looked = call("doctor")
    [found] = [check for check in looked["checks"] if check["name"] == "keys"]
    assert (code, found["ok"], "vault.aes256 (missing)" in found["detail"]) == (1, False, True)
    assert names(used) == ["seal-root.pem"]
    code, accepted = call("accept-keys")
    lost = {"secret", "vault.aes256", "audit.key", "certificates.ed25519", "seal.pem"}
    assert {one["name"]: one["was"] for one in accepted["keys"]} == dict.fromkeys(lost, "missing")
    assert (used.keys / "seal-root.pem").read_bytes() == kept
    create_app(used)
    assert call("prepare")[0] == 0
    assert call("verify-audit")[1]["intact"]


def test_key_installed_by_its_command_is_known_at_once(used: Settings) -> None:
    other = signing_keys.current(used.data / "other", host="localhost", now=clock.now())
    with create_app(used).app_context():
        with transaction():
            signing_keys.replace(used.keys, other, now=clock.now())
        assert keys.differences(used) == []
        assert signing_keys.present(used.keys).fingerprint == other.fingerprint
    create_app(used)


def test_key_that_could_not_be_written_is_not_known(used: Settings) -> None:
    with create_app(used).app_context():
        known = keys.known()
        shutil.rmtree(used.keys)
        used.keys.write_text("a file in place of the folder")
        with pytest.raises(OSError), transaction():
            keys.replace(KEY, used.keys, b"new", now=clock.now())
        assert keys.known() == known


def secret_of(folder: Path) -> bytes:
    return keys.kept(keys.SECRET, folder)


def test_web_and_worker_that_start_together_have_one_secret(tmp_path: Path) -> None:
    secrets = in_bare_processes(secret_of, [(tmp_path / "keys",)] * 6)
    assert len(set(secrets)) == 1
    assert list((tmp_path / "keys").iterdir()) == [tmp_path / "keys" / "secret"]


def test_key_file_is_never_seen_half_written(tmp_path: Path) -> None:
    def make_while_another_is_faster() -> bytes:
        assert not (tmp_path / "keys" / "key").exists()
        keys.kept(KEY, tmp_path / "keys", lambda: b"the winner's key")
        return b"the loser's key"

    assert keys.kept(KEY, tmp_path / "keys", make_while_another_is_faster) == b"the winner's key"
    assert list((tmp_path / "keys").iterdir()) == [tmp_path / "keys" / "key"]
