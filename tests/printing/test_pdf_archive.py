"""What an archived certificate promises beyond its text: tags, languages, fonts, metadata, one attachment."""

import json
import re
import subprocess
from pathlib import Path

import pikepdf
import pytest

from portal.platform.texts import Text
from portal.printing import client, orders
from tests import pdf_tags, pdfs


@pytest.fixture(scope="module")
def certificate(renderer: client.Renderer) -> bytes:
    """Return an archived certificate."""
    return pdfs.print_certificate(renderer, pdfs.facts())


def test_certificate_is_tagged_and_titled(certificate: bytes) -> None:
    info = pdfs.info_of(certificate)
    assert info["Tagged"] == "yes"
    assert info["Title"] == f"OSH-2026-0059 · {pdfs.LONG_NAME}"
    assert info["JavaScript"] == "no"
    assert info["Pages"] == "1"
    assert info["Page size"].startswith("841.89 x 595.276")
    assert len(certificate) < 75_000


def test_dates_are_the_moment_of_issue(certificate: bytes) -> None:
    info = pdfs.info_of(certificate)
    assert info["CreationDate"] == info["ModDate"] == "2026-11-26T05:00:00Z"
    metadata = _metadata(certificate)
    assert metadata.count("2026-11-26T05:00:00Z") == 2


def test_info_holds_only_our_keys(certificate: bytes) -> None:
    with pdfs.opened(certificate) as file:
        assert set(file.docinfo) == {"/Producer", "/Title", "/CreationDate", "/ModDate"}


def test_fonts_are_embedded_subset_and_searchable(certificate: bytes, tmp_path: Path) -> None:
    rows = pdfs.fonts_of(certificate, tmp_path)
    assert len(rows) == 4
    assert all(row[1:] == ["CID TrueType", "Identity-H", "yes", "yes", "yes"] for row in rows)
    assert all("serif-document" in row[0] for row in rows)


def test_metadata_declares_both_standards(certificate: bytes) -> None:
    metadata = _metadata(certificate)
    assert metadata.count("<rdf:RDF") == 1
    assert re.search(r"pdfaid:part(>|=\")3", metadata)
    assert re.search(r"pdfaid:conformance(>|=\")A", metadata)
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>" in metadata
    with pdfs.opened(certificate) as file:
        assert file.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert bool(file.Root.ViewerPreferences.DisplayDocTitle)


def test_each_passage_says_its_language(certificate: bytes) -> None:
    with pdfs.opened(certificate) as file:
        spoken = dict(pdf_tags.passages(file))
    assert spoken["Адам сатууну тергөө"] == "ky"
    assert spoken["Расследование и уголовное"] == "ru"
    assert spoken["Investigation and prosecution"] == "en"
    assert spoken["24–25 ноября 2026 года · 12 часов"] == "ru"
    assert spoken["24–25 November 2026 · 12 hours"] == "en"
    assert spoken[pdfs.LONG_NAME] == "ky"
    assert spoken["CERTIFICATE"] == "en"
    assert set(spoken.values()) == {"ky", "ru", "en", "la"}


def test_foreign_title_on_the_english_side_says_that_it_is_russian(renderer: client.Renderer) -> None:
    title = Text("Тергөө", "Расследование").printed()
    document = pdfs.print_certificate(renderer, pdfs.facts(of=pdfs.delivery(title=title)))
    with pdfs.opened(document) as file:
        assert sorted(lang for text, lang in pdf_tags.passages(file) if text in ("Тергөө", "Расследование")) == [
            "ky",
            "ru",
            "ru",
        ]


def test_only_picture_is_the_code_and_has_its_alternative(certificate: bytes) -> None:
    with pdfs.opened(certificate) as file:
        figures = [element for element in file.objects if _is_element(element) and element.S == "/Figure"]
        assert [str(figure.Alt) for figure in figures] == ["QR"]
        assert not [thing for thing in file.objects if _is_raster(thing)]


def test_name_is_in_no_outline(certificate: bytes) -> None:
    with pdfs.opened(certificate) as file:
        assert "/Outlines" not in file.Root
        assert "/Annots" not in file.pages[0]


def test_facts_are_attached_as_they_are_signed(certificate: bytes) -> None:
    with pdfs.opened(certificate) as file:
        assert list(file.attachments) == ["credential.json"]
        attached = file.attachments["credential.json"].get_file().read_bytes()
        assert file.Root.AF[0].AFRelationship == "/Data"
    assert attached == pdfs.facts().canonical_json()
    assert json.loads(attached)["name"] == pdfs.LONG_NAME


def test_border_is_one_artifact_under_the_text(certificate: bytes) -> None:
    with pdfs.opened(certificate) as file:
        operators = [(str(operator), operands) for operands, operator in pikepdf.parse_content_stream(file.pages[0])]
        names = [name for name, _ in operators[:6]]
        assert names == ["BMC", "q", "cm", "Do", "Q", "EMC"]
        assert list(operators[0][1]) == ["/Artifact"]
        assert len(file.pages[0].Resources.XObject["/Art"].read_bytes()) > 10_000


def test_border_looks_as_it_is_drawn(certificate: bytes, tmp_path: Path) -> None:
    """The frame's ink, the tile's gold and the paper, at places where only the picture prints."""
    [page] = pdfs.pictures_of(certificate, tmp_path, dpi=254)  # Ten dots to a millimetre.
    assert page.getpixel((80, 1000))[:3] == (22, 50, 79)
    assert page.getpixel((1480, 2020))[:3] == (22, 50, 79)
    assert page.getpixel((96, 150))[:3] == page.getpixel((2970 - 96, 2100 - 150))[:3] == (168, 132, 63)
    assert page.getpixel((40, 1000))[:3] == page.getpixel((1480, 250))[:3] == (255, 255, 255)


def test_qpdf_finds_nothing(certificate: bytes, tmp_path: Path) -> None:
    path = tmp_path / "certificate.pdf"
    path.write_bytes(certificate)
    checked = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=True)
    assert "WARNING" not in checked.stdout + checked.stderr


def test_working_papers_are_tagged_and_the_print_file_is_plain(renderer: client.Renderer) -> None:
    tagged = pdfs.print_certificate(renderer, pdfs.facts(), orders.Variant.TAGGED)
    plain = pdfs.print_certificate(renderer, pdfs.facts(), orders.Variant.PLAIN)
    assert (pdfs.info_of(tagged)["Tagged"], pdfs.info_of(plain)["Tagged"]) == ("yes", "no")
    assert pdfs.text_of(tagged) == pdfs.text_of(plain)


def _metadata(document: bytes) -> str:
    with pdfs.opened(document) as file:
        return file.Root.Metadata.read_bytes().decode()


def _is_element(thing: pikepdf.Object) -> bool:
    return isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/StructElem"


def _is_raster(thing: pikepdf.Object) -> bool:
    return isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"
