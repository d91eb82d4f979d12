"""Key files as an institution would bring them, good ones and others."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID

PASSWORD = "көк-таш 42".encode()
YEAR = timedelta(days=365)


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(curve: type[ec.EllipticCurve] = ec.SECP256R1) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve())


def certificate(
    key: Any,
    *,
    now: datetime,
    name: str = "General Prosecutor’s Office",
    first: timedelta = -YEAR,
    last: timedelta = 3 * YEAR,
    issuer: tuple[Any, x509.Certificate] | None = None,
    uses: x509.KeyUsage | None = None,
) -> x509.Certificate:
    """Return a certificate over a key, self-signed or by an issuer."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signing, above = issuer or (key, None)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.subject if above else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + first)
        .not_valid_after(now + last)
        .add_extension(x509.BasicConstraints(ca=name.endswith("CA"), path_length=None), critical=True)
    )
    if uses is not None:
        built = built.add_extension(uses, critical=True)
    return built.sign(signing, SHA256())


def packed(key: Any, own: x509.Certificate | None, above: list[x509.Certificate]) -> bytes:
    return serialize_key_and_certificates(b"seal", key, own, above, BestAvailableEncryption(PASSWORD))


def made(*, now: datetime) -> tuple[bytes, bytes]:
    """Return a good file, RSA under an intermediate and a root, and its password."""
    root = certificate(ec_key(ec.SECP384R1), now=now, name="Root CA")
    middle_key = rsa_key(3072)
    middle = certificate(middle_key, now=now, name="Middle CA", issuer=(ec_key(ec.SECP384R1), root))
    own = certificate(rsa_key(), now=now, issuer=(middle_key, middle))
    return packed(rsa_key(), own, [root, middle]), PASSWORD
