"""Examine one PDF in a child process with little memory and time.

Started by `printing.examined`: the PDF comes on standard input, what is in it goes to standard output as one JSON
object, nothing if it cannot be read.
"""

import base64
import io
import json
import logging
import sys
from importlib import import_module
from typing import Any

import pikepdf

from portal.platform.confined import confine

MEMORY_MB = 512
SECONDS = 2
LARGEST = 64 * 1024
MOST_SEALS = 4
# What the libraries import only while they judge.
_LATE = ("pyhanko.pdf_utils.filters", "cryptography.hazmat.backends.openssl.backend")


def main() -> None:
    """Read the PDF under limits; the arguments name the attachments that are wanted."""
    content = sys.stdin.buffer.read()
    # Most files have no signature, and the library takes half a second to load: now, since nothing is opened later.
    signatures = _Signatures() if b"/ByteRange" in content else None
    confine(memory_mb=MEMORY_MB, cpu_seconds=SECONDS)
    found = {
        "attached": _attached(content, sys.argv[1:]),
        "seals": signatures.judged(content) if signatures else [],
    }
    sys.stdout.write(json.dumps(found))


def _attached(content: bytes, names: list[str]) -> dict[str, str]:
    found = {}
    try:
        with pikepdf.open(io.BytesIO(content)) as file:
            for name in names:
                if name in file.attachments:
                    data = file.attachments[name].get_file().read_bytes()
                    found[name] = base64.b64encode(data).decode() if len(data) <= LARGEST else ""
    except (pikepdf.PdfError, KeyError, ValueError, RuntimeError, MemoryError):
        pass
    return found


class _Signatures:
    """What judges signatures. Whom to trust is not asked here: the portal compares the certificate with its own."""

    def __init__(self) -> None:
        self._reader = import_module("pyhanko.pdf_utils.reader").PdfFileReader
        self._attribute = import_module("pyhanko.sign.general").find_unique_cms_attribute
        self._validate = import_module("pyhanko.sign.validation.generic_cms").validate_sig_integrity
        for name in _LATE:
            import_module(name)
        logging.disable()

    def judged(self, content: bytes) -> list[dict[str, Any]]:
        """Return each that was really made with its certificate's key: by whom, over which digest, over how much.

        One whose digest is no longer that of the file covers nothing.
        """
        found = []
        try:
            for one in self._reader(io.BytesIO(content), strict=False).embedded_signatures[:MOST_SEALS]:
                digest = one.compute_digest()
                is_intact, is_valid = self._validate(one.signer_info, one.signer_cert, "data", digest)
                first, _length, second, rest = (int(number) for number in one.byte_range)
                covers = second + rest if is_intact and first == 0 else 0
                signed = self._attribute(one.signer_info["signed_attrs"], "message_digest").native
                if is_valid:
                    found.append({"by": one.signer_cert.sha256.hex(), "covers": covers, "digest": signed.hex()})
        except Exception:  # A stranger's bytes may break the reader anywhere; then there is no seal to speak of.
            return []
        return found


if __name__ == "__main__":
    main()
