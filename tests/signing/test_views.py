"""The published keys: for anybody, enough to check a seal, and no private part of anything."""

from cryptography import x509

from portal.access.policy import Operator
from portal.config import Settings
from portal.signing import keys
from portal.signing import operations as signing_operations
from tests import pkcs12
from tests.browser import Browser
from tests.factories import NOW


def test_keys_are_published_with_those_that_sealed_before(browser: Browser, session, settings: Settings) -> None:
    assert "No key yet" in browser.get("/verify/keys").text
    assert browser.download("/verify/root.pem").body == b""
    own = keys.current(settings.keys, host="localhost", now=NOW)
    content, password = pkcs12.made(now=NOW)
    signing_operations.install(content, password=password, folder=settings.keys, actor=Operator(), now=NOW)
    session.commit()
    page = browser.get("/verify/keys")
    assert page.text.index("Key in use") < page.text.index("CN=General Prosecutor") < page.text.index("Retired key")
    assert "CN=localhost: seal of documents" in page.text
    present = keys.present(settings.keys)
    assert present is not None
    tops = x509.load_pem_x509_certificates(browser.download("/verify/root.pem").body)
    assert tops == [present.above[-1], own.above[-1]], "What the retired key sealed is vouched for too."
    everything = browser.download("/verify/keys.pem").body
    wanted = [present.certificate, *present.above, own.certificate, *own.above]
    assert x509.load_pem_x509_certificates(everything) == wanted
    assert b"PRIVATE" not in everything
