"""The typesetter fetches nothing, hides nothing, and prints markup as text."""

import os
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from portal.printing import client, fonts, orders
from portal.printing.fonts import TextRefusal, TextRefused
from portal.printing.orders import Order, Variant
from portal.printing.slots import FONTS
from tests import pdfs

pytestmark = pytest.mark.usefixtures("renderer")  # Skips where Pango or poppler is missing.

SVG = 'xmlns="http://www.w3.org/2000/svg" width="9" height="9"'
FOREIGN = [
    '<img src="file:///etc/passwd" alt="x">',
    '<img src="http://127.0.0.1:9/x.png" alt="x">',
    '<img src="asset:../../../../etc/passwd" alt="x">',
    '<img src="data:image/png;base64,iVBORw0KGgo=" alt="x">',
    '<img src="relative.png" alt="x">',
    '<link rel="stylesheet" href="file:///etc/passwd">',
    '<link rel="attachment" href="file:///etc/passwd">',
    '<a rel="attachment" href="file:///etc/passwd">x</a>',
    '<style>@import url("http://127.0.0.1:9/x.css");</style>',
    '<style>@font-face { font-family: x; src: url("file:///etc/passwd") } p { font-family: x }</style><p>x</p>',
    '<p style="background: url(http://127.0.0.1:9/x.png)">x</p>',
    '<p style="list-style: url(file:///etc/passwd); display: list-item">x</p>',
    '<style>p::before { content: url("file:///etc/passwd") }</style><p>x</p>',
    '<object data="file:///etc/passwd" type="image/png">x</object>',
    '<embed src="file:///etc/passwd" type="image/png">',
    f'<svg {SVG}><image href="file:///etc/passwd" width="9" height="9"/></svg>',
]


def typeset(folder: Path, body: str, **facts: str) -> bytes:
    """Return the PDF of one small template."""
    from portal.printing.typesetter import Typesetter

    (folder / "slips.html").write_text(
        '<!DOCTYPE html><html lang="{{ document.lang }}"><title>{{ document.title }}</title>'
        f'<meta name="dcterms.created" content="{{{{ document.created_at }}}}"><body>{body}</body></html>'
    )
    return Typesetter(folder).render(Order("slips.html", facts, "Тест", "ru", pdfs.ISSUED_AT, Variant.TAGGED))


@pytest.mark.parametrize("payload", FOREIGN)
def test_foreign_resource_fails_the_document(tmp_path: Path, payload: str) -> None:
    from portal.printing.typesetter import DocumentRefused

    with pytest.raises(DocumentRefused, match="foreign resource"):
        typeset(tmp_path, payload)


def test_packaged_asset_is_served(tmp_path: Path) -> None:
    document = typeset(tmp_path, '<p>До <img src="asset:ornament.svg" alt="Орнамент"> после</p>')
    assert pdfs.text_of(document) == "До после"
    with pdfs.opened(document) as file:
        assert [element.Alt for element in file.objects if _is_figure(element)] == ["Орнамент"]


def _is_figure(element: object) -> bool:
    return getattr(element, "S", None) == "/Figure"


@pytest.mark.parametrize("payload", ["<p style='colour: red'>x</p>", "<p style='width: wide'>x</p>"])
def test_warning_fails_the_document(tmp_path: Path, payload: str) -> None:
    from portal.printing.typesetter import DocumentRefused

    with pytest.raises(DocumentRefused, match="WeasyPrint warns"):
        typeset(tmp_path, payload)


FOREIGN_LETTERS = "李小龙"


@pytest.fixture(params=["bare", "many fonts"])
def machine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Be a machine without fonts, or one that has the portal's families in another cut and letters that they lack."""
    folder = tmp_path / "fonts"
    folder.mkdir()
    if request.param != "bare":
        for path in FONTS.glob("*.ttf"):
            font = TTFont(path)
            for table in font["cmap"].tables:
                table.cmap.update({ord(letter): "A" for letter in FOREIGN_LETTERS if table.isUnicode()})
            for glyph, (advance, bearing) in font["hmtx"].metrics.items():
                font["hmtx"].metrics[glyph] = (advance + 100, bearing)
            font.save(folder / f"machine-{path.name}")
    configuration = tmp_path / "fonts.conf"
    configuration.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">'
        f"<fontconfig><dir>{folder}</dir><cachedir>{tmp_path / 'cache'}</cachedir></fontconfig>"
    )
    monkeypatch.setenv("FONTCONFIG_FILE", str(configuration))
    return str(request.param)


@pytest.mark.usefixtures("machine")
def test_letter_outside_the_fonts_in_a_template_fails_the_document(tmp_path: Path) -> None:
    """Facts are checked before; a template's own words are caught by the missing glyph's warning."""
    from portal.printing.typesetter import DocumentRefused

    with pytest.raises(DocumentRefused):
        typeset(tmp_path, f"<p>{FOREIGN_LETTERS}</p>")


def test_control_papers_that_know_the_fonts_of_the_machine_differ(
    machine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.printing.typesetter import DocumentRefused

    monkeypatch.setattr(fonts, "alone", lambda set_up: (set_up(), None))
    if machine == "bare":
        with pytest.raises(DocumentRefused):
            typeset(tmp_path, f"<p>{FOREIGN_LETTERS}</p>")
    else:
        assert typeset(tmp_path, f"<p>{FOREIGN_LETTERS}</p>")


@pytest.mark.usefixtures("machine")
def test_same_facts_give_the_same_bytes_whatever_fonts_a_machine_has(renderer: client.Renderer) -> None:
    from portal.printing.typesetter import Typesetter

    order = orders.Order("certificate.html", pdfs.facts().as_dict(), "Тест", "ky", pdfs.ISSUED_AT, Variant.TAGGED)
    before = os.environ["FONTCONFIG_FILE"]
    assert Typesetter().render(order) == renderer.render(order)
    assert os.environ["FONTCONFIG_FILE"] == before


def test_document_with_other_pages_than_promised_is_refused(tmp_path: Path) -> None:
    from portal.printing.typesetter import DocumentRefused

    with pytest.raises(DocumentRefused, match="2 pages instead of 1"):
        typeset(tmp_path, '<meta name="pages" content="1"><p>один</p><p style="break-before: page">два</p>')


def test_nesting_without_end_fails_and_the_typesetter_goes_on(tmp_path: Path) -> None:
    with pytest.raises(RecursionError):
        typeset(tmp_path, "<div>" * 900)
    assert pdfs.text_of(typeset(tmp_path, "<p>дальше</p>")) == "дальше"


@pytest.mark.parametrize(
    "payload",
    [
        "<b>жирный</b>",
        "{{7*7}}",
        "{% raw %}",
        "</style><style>p{display:none}</style>",
        '</h2><link rel=attachment href="file:///etc/passwd">',
        "<img src=http://127.0.0.1:9/x.png>",
        "url(http://127.0.0.1:9/x.png)",
        "@import 'x.css';",
        "<svg><image href='file:///etc/passwd'/></svg>",
        "A)/X(",
        "]]>",
        "</rdf:RDF>",
        "EMC Q",
        ">> endobj",
        "&amp;&lt;",
        "\\u202E",
        "%PDF-1.7",
    ],
)
def test_markup_in_facts_is_printed_as_text(tmp_path: Path, payload: str) -> None:
    document = typeset(tmp_path, '<p>{{ facts.name }}</p><p title="{{ facts.name }}">.</p>', name=payload)
    assert pdfs.text_of(document) == f"{payload} ."
    with pdfs.opened(document) as file:
        assert len(file.attachments) == 0


@pytest.mark.parametrize("payload", ["Ас\u202eанова", "Ас\x00анова", "Ас\nанова", "Ас\u2028анова"])
def test_hidden_characters_in_facts_are_refused_before_layout(tmp_path: Path, payload: str) -> None:
    with pytest.raises(TextRefused) as refusal:
        typeset(tmp_path, "<p>{{ facts.name }}</p>", name=payload)
    assert refusal.value.reason is TextRefusal.CONTROL
