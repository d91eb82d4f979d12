"""`run.py advisories`: known holes in what the portal installs, looked up at PyPI, and its bill of materials."""

import json
import re
import subprocess
import venv
from pathlib import Path
from typing import Any

from bootstrap import PORTAL_LOCK, ROOT, digest, run, say

LOCK = ".ci/advisories.txt"  # Made from advisories.in; a lock of its own, so that no test waits for these packages.
BUILD = ROOT / "build"
_PIN = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>[^\s;]+)(?P<hashes>(?:[^\n]*\\\n\s+--hash=\S+)+)", re.MULTILINE)
_HASH = re.compile(r"sha256:([0-9a-f]{64})")


def advisories(_arguments: list[str]) -> int:
    """Write the bill of materials and look every pinned version up; return 1 if one has a known hole."""
    BUILD.mkdir(exist_ok=True)
    bill = BUILD / "sbom.cdx.json"
    bill.write_text(json.dumps(bill_of_materials((ROOT / PORTAL_LOCK).read_text()), indent=1) + "\n")
    say(f"Bill of materials (CycloneDX): {bill.relative_to(ROOT)}")
    program = auditor()
    command = ("-r", PORTAL_LOCK, "--require-hashes", "--disable-pip", "-f", "json", "--progress-spinner", "off")
    if program is None:
        say("Advisories: not looked up, the package registry does not answer.")
        return 0
    done = subprocess.run((program, *command), cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    holes, sentence = judge(done.stdout)
    say("\n".join((*holes, sentence)))
    return 1 if holes else 0


def auditor() -> Path | None:
    """Return pip-audit in an environment of its own, made if it is missing or old; None without a registry."""
    folder = BUILD / "advisories"
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text() != digest(LOCK):
        venv.create(folder, clear=True, with_pip=True)
        pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", "--timeout", "15")
        if run(*pip, "--disable-pip-version-check", "--require-hashes", "-r", LOCK, stderr=subprocess.DEVNULL) != 0:
            return None
        stamp.write_text(digest(LOCK))
    return folder / "bin" / "pip-audit"


def judge(report: str) -> tuple[list[str], str]:
    """Return a line for each known hole, and a sentence that says how much was looked up; silence is no good news."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        return [], "Advisories: not looked up, PyPI does not answer."
    holes = [
        f"{package['name']} {package['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or '-'}"
        for package in packages
        for hole in package.get("vulns", ())
    ]
    unknown = sum("skip_reason" in package for package in packages)
    return (
        holes,
        f"Advisories: {len(packages) - unknown} of {len(packages)} packages looked up, {len(holes)} known holes.",
    )


def bill_of_materials(lock: str) -> dict[str, Any]:
    """Return what the lock installs as CycloneDX: names, versions and the hashes that an installation accepts."""
    components = [
        {
            "type": "library",
            "name": pin["name"],
            "version": pin["version"],
            "purl": f"pkg:pypi/{pin['name']}@{pin['version']}",
            "hashes": [{"alg": "SHA-256", "content": content} for content in _HASH.findall(pin["hashes"])],
        }
        for pin in _PIN.finditer(lock)
    ]
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}
