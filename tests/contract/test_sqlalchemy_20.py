"""The portal runs on the older of the two SQLAlchemy releases that pyproject.toml allows."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.test_file_length import ROOT

LOCK = "tests/contract/sqlalchemy-2.0.txt"


def install(folder: Path) -> None:
    """Put the older release into a folder that comes before the environment's own."""
    uv = shutil.which("uv")
    by_uv = (uv, "pip", "install", "--quiet", "--python", sys.executable)
    by_pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check")
    command = by_uv if uv else by_pip
    subprocess.run([*command, "--require-hashes", "--target", str(folder), "-r", LOCK], cwd=ROOT, check=True)


@pytest.mark.slow
def test_reads_and_writes_work_on_sqlalchemy_20(tmp_path: Path) -> None:
    install(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    version = [sys.executable, "-c", "import sqlalchemy; print(sqlalchemy.__version__)"]
    assert subprocess.run(version, env=environment, capture_output=True, text=True).stdout.startswith("2.0.")
    suite = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "operations or queries or test_db",
        "--ignore=tests/contract",
    ]
    done = subprocess.run([*suite, "tests"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:]
