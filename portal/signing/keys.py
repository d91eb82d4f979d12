"""The seal key: a PEM file outside the database, and the installation's own X.509 certificates."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from portal.platform.keys import declare, kept
from portal.platform.keys import replace as replace_key

_ROOT_YEARS, _LEAF_YEARS = 20, 10
_YEAR = timedelta(days=365)
# What was numbered just before the key was made, and clocks that differ, are sealed within its time.
_BEFORE = timedelta(days=1)
_USES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


def make_root(host: str, *, now: datetime) -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
    """Return a new P-256 key and its own certificate, which stands for the portal at `host`."""
    key = generate_private_key(SECP256R1())
    name = _name(host, "root of the seals")
    built = _begin(name, name, key, now=now, years=_ROOT_YEARS)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    built = built.add_extension(_uses("key_cert_sign", "crl_sign"), critical=True)
    return key, built.sign(key, SHA256())


def make_leaf(
    host: str, root_key: EllipticCurvePrivateKey, root: x509.Certificate, *, now: datetime
) -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
    """Return a new P-256 key that seals documents, and its certificate from the root."""
    key = generate_private_key(SECP256R1())
    built = _begin(_name(host, "seal of documents"), root.subject, key, now=now, years=_LEAF_YEARS)
    built = built.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    built = built.add_extension(_uses("digital_signature", "content_commitment"), critical=True)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    return key, built.add_extension(authority, critical=False).sign(root_key, SHA256())


def _begin(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, *, now: datetime, years: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + years * _YEAR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(host: str, what: str) -> x509.Name:
    """Return the name of a certificate; a host may be longer than the 64 letters that a name takes."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, host[-64:]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{host[-40:]}: {what}"),
        ]
    )


def _uses(*granted: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{use: use in granted for use in _USES})


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
