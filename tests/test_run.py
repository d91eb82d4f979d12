"""What run.py and its bootstrap say and refuse before they start anything."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import bootstrap
import pytest

import run
from tests.contract.test_file_length import ROOT


def call(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run run.py as a person without a terminal does."""
    command = [sys.executable, str(ROOT / "run.py"), *words]
    return subprocess.run(
        command, env={"PATH": "/usr/bin:/bin", **environment}, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


def test_unknown_word_is_wrong_use() -> None:
    done = call("strat")
    assert done.returncode == 2
    assert "strat" in done.stderr


def test_option_before_another_verb_is_wrong_use() -> None:
    done = call("--port", "8001", "lint")
    assert done.returncode == 2
    assert "after the verb" in done.stderr


def test_help_names_every_verb() -> None:
    text = call("--help").stdout
    assert all(f"run.py {verb}" in text for verb in run.VERBS if verb != "start")


def test_port_in_use_is_said_plainly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = call("--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} cannot be used" in done.stderr
    assert f"--port {port + 1}" in done.stderr


def test_reset_deletes_nothing_without_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "portal.db").touch()
    done = call("reset", PORTAL_DATA=str(tmp_path))
    assert done.returncode == 1
    assert "--yes" in done.stderr
    assert (tmp_path / "portal.db").exists()


def test_reset_deletes_the_portals_data_and_nothing_else(tmp_path: Path) -> None:
    for name in ("portal.db", "portal.db-wal", "letter.txt"):
        (tmp_path / name).touch()
    (tmp_path / "documents").mkdir()
    assert call("reset", "--yes", PORTAL_DATA=str(tmp_path)).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_reset_leaves_nothing_that_the_portal_writes(tmp_path: Path) -> None:
    written = (
        "portal.db",
        "portal.db.prepare.lock",
        "jobs.db",
        "jobs.db.damaged",
        "documents/a",
        "exports/a",
        "mail/a",
    )
    for name in (*written, "mail/a", "running/job-1", "keys/secret", "backups/portal-20261127T031500Z/manifest.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    done = call("reset", "--yes", PORTAL_DATA=str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["backups"]
    assert "backups" in done.stderr


def test_reset_leaves_the_keys_of_a_database_that_stays(tmp_path: Path) -> None:
    for name in ("mail", "keys"):
        (tmp_path / name).mkdir()
    assert call("reset", "--yes", PORTAL_DATA=str(tmp_path), DATABASE_URL="postgresql://there/portal").returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_stamp_of_an_environment_without_its_python_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / "installed.json")
    (tmp_path / "installed.json").write_text(json.dumps({"python": str(tmp_path / "python"), "requirements.txt": "1"}))
    assert bootstrap.read_stamp() == {}
    (tmp_path / "python").touch()
    assert bootstrap.read_stamp()["requirements.txt"] == "1"


def test_missing_system_packages_are_named_when_they_cannot_be_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "is_there", lambda name: name != "qpdf" and ".so." not in name)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None if name == "sudo" else f"/usr/bin/{name}")
    with pytest.raises(SystemExit) as ended:
        bootstrap.install_system_packages(bootstrap.PORTAL_PACKAGES | bootstrap.TEST_PACKAGES)
    assert ended.value.code == 2
    line = next(line for line in capsys.readouterr().err.splitlines() if "apt-get install" in line)
    assert line.split()[-4:] == ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "qpdf"]


def test_catalog_is_compiled_only_when_it_changed(tmp_path: Path) -> None:
    source, product = tmp_path / "messages.po", tmp_path / "messages.mo"
    source.touch()
    assert bootstrap.is_stale(source, product)
    product.touch()
    assert not bootstrap.is_stale(source, product)
