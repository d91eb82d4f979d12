"""The checker tells a conforming file from a plain one; without this its silence would prove nothing."""

from pathlib import Path

import pytest
import weasyprint

from tests import verapdf

PAGE = '<html lang="en"><title>Page</title><h1>Page</h1><p>Text</p></html>'


@pytest.mark.slow
def test_checker_sees_what_a_file_lacks(tmp_path: Path) -> None:
    document = weasyprint.HTML(string=PAGE)
    variants = {"plain": None, "archived": "pdf/a-3a", "accessible": "pdf/ua-1"}
    for name, variant in variants.items():
        document.write_pdf(tmp_path / f"{name}.pdf", pdf_variant=variant)
    verdicts = verapdf.check([tmp_path / f"{name}.pdf" for name in variants])
    passed = {(verdict.file.stem, verdict.profile) for verdict in verdicts if not verdict.faults}
    assert passed == {("archived", "3a"), ("accessible", "ua1")}
    assert all(verdict.checks > 30 for verdict in verdicts)
