"""What is in a stranger's PDF is read under limits, whatever the file does."""

import io

import pikepdf
import pytest

from portal.printing.examined import Examined, examine

NAME = "credential.json"


def holding(content: bytes, name: str = "credential.json") -> bytes:
    file, pdf = io.BytesIO(), pikepdf.new()
    pdf.add_blank_page()
    pdf.attachments[name] = content
    pdf.save(file, compress_streams=True)
    return file.getvalue()


def test_attachment_is_found_by_its_name() -> None:
    assert examine(holding(b"{}"), ["other.json", NAME]).attached == {NAME: b"{}"}
    assert examine(holding(b"{}", "other.json"), [NAME]) == Examined()


def test_what_is_no_pdf_has_none() -> None:
    assert examine(b"%PDF-1.7 /ByteRange no more than that", [NAME]) == Examined()
    assert examine(b"", [NAME]) == Examined()


@pytest.mark.slow
def test_attachment_that_unfolds_to_a_gigabyte_is_not_read() -> None:
    bomb = holding(bytes(900 * 2**20))
    assert len(bomb) < 2 * 2**20
    assert not examine(bomb, [NAME]).attached.get(NAME)
