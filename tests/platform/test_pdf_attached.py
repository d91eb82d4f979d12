"""What is attached to a stranger's PDF is read under limits, whatever the file does."""

import io

import pikepdf
import pytest

from portal.platform.pdf.attached import attached


def holding(content: bytes, name: str = "credential.json") -> bytes:
    file, pdf = io.BytesIO(), pikepdf.new()
    pdf.add_blank_page()
    pdf.attachments[name] = content
    pdf.save(file, compress_streams=True)
    return file.getvalue()


def test_attachment_is_found_by_its_name() -> None:
    assert attached(holding(b"{}"), "credential.json") == b"{}"
    assert attached(holding(b"{}", "other.json"), "credential.json") == b""


def test_what_is_no_pdf_has_none() -> None:
    assert attached(b"%PDF-1.7 no more than that", "credential.json") == b""
    assert attached(b"", "credential.json") == b""


@pytest.mark.slow
def test_attachment_that_unfolds_to_a_gigabyte_is_not_read() -> None:
    bomb = holding(bytes(900 * 2**20))
    assert len(bomb) < 2 * 2**20
    assert attached(bomb, "credential.json") == b""
