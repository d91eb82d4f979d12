"""Files of others are the ones that we looked at."""

import hashlib
import re

from tests.contract.test_file_length import ROOT

_ROW = re.compile(r"^\| `(?P<path>[^`]+)` \|.*\| `(?P<sha256>[0-9a-f]{64})` \|$", re.MULTILINE)


def test_vendored_files_are_unchanged() -> None:
    rows = _ROW.findall((ROOT / "static" / "VENDORED.md").read_text())
    assert len(rows) >= 2
    changed = [
        path for path, digest in rows if hashlib.sha256((ROOT / "static" / path).read_bytes()).hexdigest() != digest
    ]
    assert not changed, f"Put the original back, or look at the new file and write down its hash: {changed}"
