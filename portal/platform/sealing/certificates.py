"""The certificates that an installation makes for itself: a root, and under it the one whose key seals documents."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

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
