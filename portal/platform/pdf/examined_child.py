"""Look into one PDF in a process of its own: little memory, little time, whatever the bytes do.

`platform.pdf.examined` runs this file as a script: the PDF comes on standard input, what is in it goes to standard
output as one JSON object, nothing if it cannot be read.
"""

import base64
import io
import json
import logging
import resource
import sys

import pikepdf

MEMORY = 512 * 1024 * 1024
SECONDS = 5
LARGEST = 64 * 1024
MOST_SEALS = 4


def main() -> None:
    """Read the PDF under limits; the arguments name the attachments that are wanted."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    content = sys.stdin.buffer.read()
    found = {"attached": _attached(content, sys.argv[1:]), "seals": _seals(content)}
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


def _seals(content: bytes) -> list[dict]:
    """Return each signature that was really made with its certificate's key: by whom, over which digest, over how much.

    One whose digest is no longer that of the file covers nothing.

    Whom to trust is not asked here: the portal compares the certificate with its own.
    """
    if b"/ByteRange" not in content:  # Most files; the library takes half a second to load.
        return []
    logging.disable()
    try:
        from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 - only where there is something to judge
        from pyhanko.sign.general import find_unique_cms_attribute  # noqa: PLC0415 - the same
        from pyhanko.sign.validation.generic_cms import validate_sig_integrity  # noqa: PLC0415 - the same

        found = []
        for one in PdfFileReader(io.BytesIO(content), strict=False).embedded_signatures[:MOST_SEALS]:
            digest = one.compute_digest()
            is_intact, is_valid = validate_sig_integrity(one.signer_info, one.signer_cert, "data", digest)
            first, _length, second, rest = (int(number) for number in one.byte_range)
            covers = second + rest if is_intact and first == 0 else 0
            signed = find_unique_cms_attribute(one.signer_info["signed_attrs"], "message_digest").native
            if is_valid:
                found.append({"by": one.signer_cert.sha256.hex(), "covers": covers, "digest": signed.hex()})
    except Exception:  # A stranger's bytes may break the reader anywhere; then there is no seal to speak of.
        return []
    return found


if __name__ == "__main__":
    main()
