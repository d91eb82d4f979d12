"""An Ed25519 signature over canonical facts, verifiable with the published key alone."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from portal.platform.keys import declare, kept


def sign(folder: Path, facts: dict[str, Any]) -> bytes:
    """Return `facts` and their signature as canonical JSON (RFC 8032 over the sorted, spaceless UTF-8 form)."""
    key = _private_key(folder)
    public = _raw(key.public_key())
    signature = base64.b64encode(key.sign(_canonical(facts))).decode()
    sealed = {"facts": facts, "key": hashlib.sha256(public).hexdigest()[:16], "signature": signature}
    return _canonical(sealed)


def is_genuine(folder: Path, sealed: bytes) -> bool:
    """Tell whether sealed facts carry this portal's signature, unchanged."""
    try:
        parts = json.loads(sealed)
        _private_key(folder).public_key().verify(base64.b64decode(parts["signature"]), _canonical(parts["facts"]))
    except (ValueError, KeyError, TypeError, InvalidSignature):
        return False
    return True


def public_key(folder: Path) -> str:
    """Return the key to publish, in the form that openssl reads."""
    return _private_key(folder).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _canonical(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _private_key(folder: Path) -> Ed25519PrivateKey:
    """Return the key of this installation, made when first needed and readable by its owner only."""
    return Ed25519PrivateKey.from_private_bytes(kept(_KEY, folder))


def _fresh() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())


_KEY = declare("certificates.ed25519", _fresh)
