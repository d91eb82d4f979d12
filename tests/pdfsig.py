"""What an independent reader says of a sealed file: poppler's pdfsig, with a store that trusts a given root."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

WHOLE = ("Signature is Valid.", "Certificate is Trusted.")


def trust(folder: Path, *roots: x509.Certificate) -> Path:
    """Return a new certificate store in `folder` that trusts the roots; skip the test where its tools are missing."""
    if not shutil.which("pdfsig") or not shutil.which("certutil"):
        pytest.skip("pdfsig and certutil are missing: apt-get install poppler-utils libnss3-tools")
    store = folder / "nss"
    store.mkdir()
    _run("certutil", "-N", "-d", f"sql:{store}", "--empty-password")
    for number, root in enumerate(roots):
        path = folder / f"root{number}.pem"
        path.write_bytes(root.public_bytes(Encoding.PEM))
        _run("certutil", "-A", "-d", f"sql:{store}", "-n", f"root{number}", "-t", "C,C,C", "-i", str(path))
    return store


def judged(content: bytes, store: Path) -> tuple[tuple[str, ...], bool]:
    """Return what pdfsig says of signature and certificate, and whether the signature covers the whole file."""
    path = store.parent / "judged.pdf"
    path.write_bytes(content)
    done = subprocess.run(["pdfsig", "-nssdir", f"sql:{store}", str(path)], capture_output=True, text=True)
    lines = [line.strip(" -") for line in done.stdout.splitlines()]
    verdicts = [line.partition(": ")[2] for line in lines if " Validation: " in line]
    return tuple(verdicts), "Total document signed" in lines


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
