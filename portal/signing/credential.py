"""An Ed25519 signature over canonical facts, verifiable with the published key alone."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.audit.chain import canonical
from portal.platform.keys import declare, kept

_KEY = declare("certificates.ed25519", lambda: Ed25519PrivateKey.generate().private_bytes_raw())


def sign(folder: Path, facts: dict[str, Any]) -> bytes:
    """Return `facts` and their signature as canonical JSON (RFC 8032 over the sorted, spaceless UTF-8 form)."""
    key = _private_key(folder)
    signature = base64.b64encode(key.sign(canonical(facts).encode())).decode()
    name = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
    return canonical({"facts": facts, "key": name, "signature": signature}).encode()


def is_genuine(folder: Path, sealed: bytes) -> bool:
    """Tell whether sealed facts carry this portal's signature, unchanged."""
    try:
        parts = json.loads(sealed)
        signature, facts = base64.b64decode(parts["signature"]), canonical(parts["facts"]).encode()
        _private_key(folder).public_key().verify(signature, facts)
    except (ValueError, KeyError, TypeError, InvalidSignature):
        return False
    return True


def public_key(folder: Path) -> str:
    """Return the key to publish, in the form that openssl reads."""
    return _private_key(folder).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _private_key(folder: Path) -> Ed25519PrivateKey:
    """Return the key of this installation, made when first needed and readable by its owner only."""
    return Ed25519PrivateKey.from_private_bytes(kept(_KEY, folder))
