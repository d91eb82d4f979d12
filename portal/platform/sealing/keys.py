"""The key that seals documents: one PEM file with the private key and its certificates, outside the database."""

import os
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from portal.platform.keys import declare, kept
from portal.platform.keys import replace as replace_key
from portal.platform.sealing.certificates import make_leaf, make_root

ROOT, LEAF = declare("seal-root.pem"), declare("seal.pem")

PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey


@dataclass(frozen=True)
class SealKey:
    """A private key, the certificate that says whose it is, and those above that one up to the root."""

    private: PrivateKey
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...]

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` gives it, in plain letters."""
        return self.certificate.fingerprint(SHA256()).hex()

    @property
    def published(self) -> str:
        """Return the certificates, the key's own first, as PEM."""
        return "".join(one.public_bytes(Encoding.PEM).decode() for one in (self.certificate, *self.above))


def current(folder: Path, *, host: str, now: datetime) -> SealKey:
    """Return the key that seals today; the first who asks in a new installation makes one, with its own root.

    The root's key is kept, so that a later key of our own needs no new trust.
    """

    def make() -> bytes:
        root_key, (root, *_) = _read(kept(ROOT, folder, lambda: _packed(*make_root(host, now=now))))
        return _packed(*make_leaf(host, root_key, root, now=now), root)

    kept(LEAF, folder, make)
    key = present(folder)
    assert key is not None
    return key


def present(folder: Path) -> SealKey | None:
    """Return the key that seals today, or nothing where none was needed yet; makes none."""
    path = folder / LEAF.name
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return _loaded(path, found.st_ino, found.st_mtime_ns)


def replace(folder: Path, key: SealKey, *, now: datetime) -> None:
    """Seal with another key from now on, here and in every process that runs."""
    replace_key(LEAF, folder, _packed(key.private, key.certificate, *key.above), now=now)


@lru_cache(maxsize=2)
def _loaded(path: Path, _inode: int, _modified: int) -> SealKey:
    """Load a key once per process, and again when its file was replaced."""
    private, (certificate, *above) = _read(path.read_bytes())
    return SealKey(private, certificate, tuple(above))


def _packed(private: PrivateKey, *certificates: x509.Certificate) -> bytes:
    key = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return b"".join((key, *(one.public_bytes(Encoding.PEM) for one in certificates)))


def _read(packed: bytes) -> tuple[Any, list[x509.Certificate]]:
    return load_pem_private_key(packed, password=None), x509.load_pem_x509_certificates(packed)
