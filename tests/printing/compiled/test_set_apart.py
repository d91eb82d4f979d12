"""Who does not fit what is compiled gets a page that is set, and a template that varies elsewhere fails its check."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from portal.printing import fonts
from tests import pdfs
from tests.printing.compiled.samples import order
from tests.printing.compiled.spoiling import elements, spoiled

pytestmark = pytest.mark.usefixtures("renderer")  # Skips where Pango or poppler is missing.

ASIDE = [
    pytest.param({"name": "John Smith"}, "rare letters", id="Latin in the Cyrillic line"),
    pytest.param({"name": "Ѓорѓи Ќиров"}, "rare letters", id="Macedonian letters"),
    pytest.param({"latin_name": "Łukasz Çelik"}, "rare letters", id="accents"),
    pytest.param({"name": "Асанова  Чолпон"}, "", id="two spaces"),
    pytest.param({"name": pdfs.SIXTY_LETTERS}, "another size", id="smaller"),
    pytest.param({"name": f"{pdfs.SIXTY_LETTERS} {pdfs.SIXTY_LETTERS}"}, "another size", id="two lines"),
    pytest.param({"number": "ОШ-2026-0001"}, "rare letters", id="Cyrillic number"),
    pytest.param({"verify_url": "https://portal.example.org/verify"}, "", id="address without a token"),
    pytest.param({"replaces": "OSH-2026-0012"}, "", id="one that replaces another"),
]
INJECTED = ["<b>Асанова</b>", "{{7*7}}", "A)/X(", "]]>", "</rdf:RDF>", "EMC Q", ">> endobj", "&amp;", "url(x)"]
REFUSED = ["李小龙", "محمد", "Айбек😀", "Асанова\u0301 Я", "А\u202eбв", "Ы" * 110, "А\x00б", "А\nб"]


# Another way for who does not fit


@pytest.mark.parametrize(("changes", "reason"), ASIDE)
def test_who_does_not_fit_gets_the_page_that_is_set(
    typesetter: Any, press: Any, changes: dict[str, str], reason: str
) -> None:
    ordered = order(1, **changes)
    assert press.render(ordered) == typesetter.render(ordered)
    assert reason in press.why_set


@pytest.mark.parametrize("payload", INJECTED)
def test_markup_is_printed_as_it_was_typed(typesetter: Any, press: Any, payload: str) -> None:
    from portal.printing.compiled_equality import differences

    for fact in ("name", "latin_name", "number"):
        ordered = order(1, **{fact: payload})
        assert differences(press.render(ordered), typesetter.render(ordered)) == []


def test_title_is_data(typesetter: Any, press: Any) -> None:
    title = "A)/X( ]]> </rdf:RDF> & <b> “Ү”"
    ordered = replace(order(1), title=title)
    written = press.render(ordered)
    assert press.why_set == ""
    with pdfs.opened(written) as mine, pdfs.opened(typesetter.render(ordered)) as theirs:
        assert mine.Root.Metadata.read_bytes() == theirs.Root.Metadata.read_bytes()
        assert set(mine.docinfo) == set(theirs.docinfo)
        assert str(mine.docinfo.Title) == title


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_printed_is_refused_as_ever(typesetter: Any, press: Any, text: str) -> None:
    refusals = []
    for made_by in (press, typesetter):
        with pytest.raises(fonts.TextRefused) as refused:
            made_by.render(order(1, name=text))
        refusals.append((refused.value.reason, refused.value.text, refused.value.letter))
    assert refusals[0] == refusals[1]


# A check that fails


@pytest.fixture
def altered(tmp_path: Path) -> Any:
    """Return a function that gives a typesetter whose certificate has something replaced."""
    from portal.printing.typesetter import TEMPLATES, Typesetter

    def make(old: str, new: str) -> Any:
        shutil.copytree(TEMPLATES, tmp_path / "templates", dirs_exist_ok=True)
        page = tmp_path / "templates" / "_certificate.html"
        assert old in (source := page.read_text())
        page.write_text(source.replace(old, new))
        return Typesetter(tmp_path / "templates")

    return make


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        pytest.param('<p class="code">', '<p class="code">{{ facts.code }}</p><p>', "differ", id="code twice"),
        pytest.param("<title>QR</title>", "<title>QR {{ facts.code }}</title>", "differ", id="code in an alternative"),
        pytest.param('class="name" lang="ky" style="', 'class="name" style="padding-left: 3mm;', "", id="moved"),
        pytest.param('class="name" lang="ky" style="', 'class="name" style="text-align: left;', "differ", id="left"),
        pytest.param("{{ facts.issued_on }}", "{{ document.created_at[:10] }}", "differ", id="moment on the page"),
        pytest.param(
            "<p class=\"issued\">", '<p class="issued" style="padding-left: {{ facts.name|length }}mm">', "differ",
            id="place by a name",
        ),
    ],
)  # fmt: skip
def test_template_that_varies_elsewhere_is_set_page_by_page(altered: Any, old: str, new: str, reason: str) -> None:
    """What the plan does not know is found before the first file, and every file is right all the same."""
    from portal.printing.compiled_equality import differences
    from portal.printing.compiled_template import Press

    typesetter = altered(old, new)
    press = Press(typesetter)
    for turn in (1, 4):
        made, wanted = press.render(order(turn)), typesetter.render(order(turn))
        assert differences(made, wanted) == []
        assert reason in press.why_set and bool(reason) == bool(press.why_set)
        assert (made == wanted) == bool(reason)


def test_differences_are_seen(pairs: list[tuple[bytes, bytes]]) -> None:
    from portal.printing.compiled_equality import differences

    (one, _), (other, typeset) = pairs[1], pairs[2]
    assert "/Root/Metadata, content" in differences(one, typeset)
    assert differences(other, typeset) == []
    for spoil in (spoil_alternative, spoil_language, spoil_place, spoil_letter, spoil_color):
        assert differences(spoiled(other, spoil), typeset) != [], spoil.__name__


def spoil_alternative(file: pikepdf.Pdf) -> None:
    next(one for one in elements(file) if "/Alt" in one).Alt = "Q"


def spoil_language(file: pikepdf.Pdf) -> None:
    next(one for one in elements(file) if one.get("/Lang") == "ru").Lang = "ky"


def rewrite(file: pikepdf.Pdf, old: bytes, new: bytes) -> None:
    content = file.pages[0].Contents.read_bytes()
    assert old in content
    file.pages[0].Contents.write(content.replace(old, new, 1))


def spoil_place(file: pikepdf.Pdf) -> None:
    rewrite(file, b"1 0 0 -1 ", b"1 0 0 -1 1")


def spoil_letter(file: pikepdf.Pdf) -> None:
    content = file.pages[0].Contents.read_bytes()
    start = content.index(b"[<") + 2
    rewrite(file, content[start : start + 4], b"0001")


def spoil_color(file: pikepdf.Pdf) -> None:
    rewrite(file, b"0.086275 0.196078 0.309804 rg", b"0.096275 0.196078 0.309804 rg")
