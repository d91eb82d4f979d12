"""Install a seal key: the installation's own, or an institution's."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.config import Settings
from portal.platform.db import db
from portal.platform.errors import Refusal
from portal.platform.i18n import _l
from portal.platform.keys import remember
from portal.signing import keys, queries
from portal.signing.keys import SealKey as Key
from portal.signing.models import SealKey

_SMALLEST_RSA = 2048
_NO_KEY = _l("The file holds no private key with the certificate that belongs to it.")


def settle_keys(settings: Settings, *, actor: Actor, now: datetime, accepted: Sequence[str] = ()) -> None:
    """Make and remember the keys that the database does not know; `accepted` names those that replace known ones.

    :raises KeysDiffer: if a key that the database knows is missing.
    """
    key = keys.current(settings.keys, host=settings.host, now=now)
    remember(settings, now=now)
    take_into_use(key, actor=actor, now=now)
    if accepted:
        audit.record("seals.keys_accepted", "keys", after={"keys": sorted(accepted)}, actor=actor, now=now)


def take_into_use(key: Key, *, actor: Actor, now: datetime) -> SealKey:
    """Remember the key that seals from now on; one that does so already is left as it is."""
    newest = queries.get_newest()
    if newest is not None and newest.fingerprint == key.fingerprint:
        return newest
    certificate = key.certificate
    used = SealKey(
        fingerprint=key.fingerprint,
        subject=certificate.subject.rfc4514_string()[:500],
        certificates=key.published,
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        used_from=now,
        installed_by=actor.label,
    )
    db.session.add(used)
    db.session.flush()
    audit.record(
        "seals.key_taken_into_use",
        "seal key",
        after={
            "fingerprint": used.fingerprint,
            "subject": used.subject,
            "valid_until": used.valid_until.isoformat(timespec="seconds"),
            "retired": newest.fingerprint if newest else "",
        },
        actor=actor,
        now=now,
    )
    return used


def install(content: bytes, *, password: bytes, folder: Path, actor: Actor, now: datetime) -> SealKey:
    """Seal with the key of a PKCS#12 file from now on; what was sealed before stays as it is and is still known.

    :raises Refusal: if the password does not open the file, there is no key with its certificate in it, the key is
        neither RSA of 2048 bits nor on P-256, or the certificate forbids signing or is not valid now.
    """
    key = _opened(content, password)
    _check_use(key.certificate, now)
    if (before := keys.present(folder)) is not None:
        take_into_use(before, actor=actor, now=now)  # So that what it has sealed is known for good.
    used = take_into_use(key, actor=actor, now=now)
    keys.replace(folder, key, now=now)  # Last: what is written above is taken back when this fails.
    return used


def _opened(content: bytes, password: bytes) -> Key:
    try:
        opened = load_pkcs12(content, password or None)
    except ValueError as error:
        words = _l("The file does not open: the password is wrong, or it is no PKCS#12 file.")
        raise Refusal("not_opened", words) from error
    private, given = opened.key, [one.certificate for one in (opened.cert, *opened.additional_certs) if one]
    if private is None:
        raise Refusal("key_missing", _NO_KEY)
    if not (
        (isinstance(private, RSAPrivateKey) and private.key_size >= _SMALLEST_RSA)
        or (isinstance(private, EllipticCurvePrivateKey) and isinstance(private.curve, SECP256R1))
    ):
        # Readers of PDF would not accept it in ten years, or do not know it.
        words = _l("The key must be RSA of at least 2048 bits or an elliptic curve key on P-256.")
        raise Refusal("key_unfit", words)
    own = [one for one in given if one.public_key() == private.public_key()]
    if not own:
        raise Refusal("key_missing", _NO_KEY)
    return Key(private, own[0], _above(own[0], given))


def _above(certificate: x509.Certificate, given: list[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Return the certificates that vouch for this one, its own issuer first, as far as the file has them."""
    chain = [certificate]
    while above := [one for one in given if one not in chain and _vouches(one, chain[-1])]:
        chain.append(above[0])
    return tuple(chain[1:])


def _vouches(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # Whatever kind of signature it was meant to be, this is not its issuer.
        return False
    return True


def _check_use(certificate: x509.Certificate, now: datetime) -> None:
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not first <= now < last:
        words = _l("The certificate is valid from %(first)s to %(last)s, not today.")
        raise Refusal("not_valid_now", words, first=first.date().isoformat(), last=last.date().isoformat())
    try:
        uses = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not (uses.digital_signature or uses.content_commitment):
        words = _l("The certificate does not allow its key to sign documents.")
        raise Refusal("not_for_signing", words)
