"""What the seal of a file covers: every byte but the signature itself."""

import hashlib
import re

_COVERED = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\] *")


def covered_digest(content: bytes) -> str:
    """Return the SHA-256 over what the one seal of our own file covers, the digest that its signature signs.

    :raises ValueError: if the file does not bear exactly one seal.
    """
    [(first, second, rest)] = [map(int, found) for found in _COVERED.findall(content)]
    return hashlib.sha256(content[:first] + content[second : second + rest]).hexdigest()
