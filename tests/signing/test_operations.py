"""A key is taken into use once and remembered for good; an unfit one changes nothing."""

import stat
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from portal.access.policy import Operator
from portal.audit.models import AuditEntry
from portal.config import Settings
from portal.platform.db import transaction
from portal.signing import keys
from portal.signing import operations as signing_operations
from portal.signing import queries as signing_queries
from portal.signing.models import SealKey
from tests import pkcs12
from tests.factories import NOW
from tests.refusals import raises_refusal

ACTOR = Operator()
DAY = timedelta(days=1)


def install(settings: Settings, content: bytes, password: bytes = pkcs12.PASSWORD) -> SealKey:
    with transaction():
        return signing_operations.install(content, password=password, folder=settings.keys, actor=ACTOR, now=NOW)


def test_own_key_is_announced_once_and_the_institutions_takes_its_place(settings: Settings, session) -> None:
    own = keys.current(settings.keys, host="localhost", now=NOW)
    with transaction():
        assert signing_operations.take_into_use(own, actor=ACTOR, now=NOW).fingerprint == own.fingerprint
        signing_operations.take_into_use(own, actor=ACTOR, now=NOW + DAY)
    content, _password = pkcs12.made(now=NOW)
    install(settings, content)
    used = keys.current(settings.keys, host="localhost", now=NOW)
    assert [one.subject.rfc4514_string() for one in (used.certificate, *used.above)] == [
        "CN=General Prosecutor’s Office",
        "CN=Middle CA",
        "CN=Root CA",
    ]
    periods = [(key.fingerprint, used_until) for key, used_until in signing_queries.list_periods()]
    assert periods == [(used.fingerprint, None), (own.fingerprint, NOW)]
    assert signing_queries.is_known(own.fingerprint)
    assert not signing_queries.is_known("0" * 64)
    path = settings.keys / keys.LEAF.name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"BEGIN PRIVATE KEY" in path.read_bytes()
    assert "PRIVATE" not in session.scalars(select(SealKey.certificates).order_by(SealKey.id.desc())).first()
    events = session.scalar(select(func.count()).where(AuditEntry.event == "seals.key_taken_into_use"))
    assert events == 2
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(update(SealKey).values(fingerprint="0" * 64))


NOT_FOR_SIGNING = x509.KeyUsage(*[False] * 2, True, *[False] * 6)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("code", "make"),
    [
        ("not_opened", lambda: (pkcs12.made(now=NOW)[0], b"wrong")),
        ("not_opened", lambda: (b"no such file", pkcs12.PASSWORD)),
        ("not_valid_now", lambda: single(pkcs12.rsa_key(), last=-DAY)),
        ("not_valid_now", lambda: single(pkcs12.rsa_key(), first=DAY)),
        ("key_unfit", lambda: single(pkcs12.rsa_key(1024))),
        ("key_unfit", lambda: single(pkcs12.ec_key(ec.SECP384R1))),
        ("key_missing", lambda: (pkcs12.packed(pkcs12.rsa_key(), None, []), pkcs12.PASSWORD)),
        ("key_missing", lambda: mismatched()),
        ("not_for_signing", lambda: single(pkcs12.rsa_key(), uses=NOT_FOR_SIGNING)),
    ],
    ids=["password", "no file", "expired", "not yet", "short", "P-384", "no certificate", "another's", "use"],
)
def test_unfit_key_is_refused_and_the_present_one_goes_on(
    settings: Settings, session, code: str, make: Callable[[], tuple[bytes, bytes]]
) -> None:
    own = keys.current(settings.keys, host="localhost", now=NOW).fingerprint
    with raises_refusal(code):
        install(settings, *make())
    assert keys.current(settings.keys, host="localhost", now=NOW).fingerprint == own
    assert list(signing_queries.list_periods()) == []
    assert sorted(path.name for path in (settings.keys).iterdir()) == ["seal-root.pem", "seal.pem"]


def single(key, **values) -> tuple[bytes, bytes]:
    return pkcs12.packed(key, pkcs12.certificate(key, now=NOW, **values), []), pkcs12.PASSWORD


def mismatched() -> tuple[bytes, bytes]:
    """Return a key with the certificate of another one."""
    return pkcs12.packed(pkcs12.rsa_key(), None, [pkcs12.certificate(pkcs12.ec_key(), now=NOW)]), pkcs12.PASSWORD
