"""The commands that the page of keys prints: typed as they stand, they judge a file without the portal."""

import html
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from portal.access.policy import Operator
from portal.config import Settings
from portal.platform import storage
from portal.signing import keys
from portal.signing import operations as signing_operations
from tests import factories, pkcs12
from tests.browser import Browser
from tests.certificates.arranged import certificates_of, issue_for_real, make_ready
from tests.factories import NOW

_PUBLISHED = ("root.pem", "key.pem")


@pytest.fixture
def issued(session, settings: Settings) -> bytes:
    """Return a certificate sealed with the key that this installation made for itself."""
    key = keys.current(settings.keys, host=settings.host, now=NOW)
    signing_operations.take_into_use(key, actor=Operator(), now=NOW)
    training = factories.make_training()
    make_ready(training, "Өмүрбекова", "Үсөн", "Жээнбековна", latin="Omurbekova Uson")
    issue_for_real(training)
    return storage.open_bytes(certificates_of(training)[0].document)


def typed(browser: Browser, folder: Path, document: bytes) -> list[subprocess.CompletedProcess[str]]:
    """Download what the page offers beside the document and type each of its blocks into a shell."""
    if not (shutil.which("certutil") and shutil.which("jq")):
        pytest.skip("certutil and jq are missing: apt-get install libnss3-tools jq")
    folder.mkdir()
    (folder / "document.pdf").write_bytes(document)
    for name in _PUBLISHED:
        (folder / name).write_bytes(browser.download(f"/verify/{name}").body)
    blocks = re.findall(r"<pre[^>]*><code>(.*?)</code>", browser.get("/verify/keys").html, re.DOTALL)
    assert len(blocks) == 2
    return [
        subprocess.run(["bash", "-ec", html.unescape(one)], cwd=folder, capture_output=True, text=True)
        for one in blocks
    ]


def test_printed_commands_judge_a_file(browser: Browser, issued: bytes, tmp_path: Path) -> None:
    seal, facts = typed(browser, tmp_path / "whole", issued)
    for words in ("Signature is Valid.", "Certificate is Trusted.", "Total document signed"):
        assert words in seal.stdout, seal
    assert (facts.returncode, facts.stdout) == (0, "Signature Verified Successfully\n"), facts
    place = issued.index(b"stream") + 100
    changed = issued[:place] + bytes([issued[place] ^ 1]) + issued[place + 1 :]
    seal, _facts = typed(browser, tmp_path / "changed", changed)
    assert "Signature is Valid." not in seal.stdout


def test_printed_commands_judge_what_a_retired_key_sealed(
    browser: Browser, issued: bytes, settings: Settings, session, tmp_path: Path
) -> None:
    content, password = pkcs12.made(now=NOW)
    signing_operations.install(content, password=password, folder=settings.keys, actor=Operator(), now=NOW)
    session.commit()
    seal, facts = typed(browser, tmp_path / "old", issued)
    assert "Certificate is Trusted." in seal.stdout, seal
    assert facts.returncode == 0, facts
