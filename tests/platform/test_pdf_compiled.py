"""A compiled file is the page that the typesetter sets: text, tags, pixels, metadata; and nothing of anybody else."""

import io
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import ImageChops
from structlog.testing import capture_logs

from portal.config import ROOT
from portal.platform import pdf
from portal.platform.sealing import keys
from portal.platform.sealing.sealer import Sealer
from tests import pdf_tags, pdfs, pdfsig

pytestmark = [
    pytest.mark.usefixtures("renderer"),  # Skips where Pango or poppler is missing.
    pytest.mark.xdist_group("compiled"),  # So that the pairs are made once.
]

# Name, Latin name; each with a number, code and address of its own.
PEOPLE = [
    ("Ли Ю", "Li Yu"),
    (pdfs.LONG_NAME, "Nurgül Köchörbaeva"),
    ("Мааматкулова-Абдыразакова Айжаркын", "Aijarkyn Maamatkulova-Abdyrazakova"),
    ("Ңңөү Өңңү Үөңөү", "Nngou Ongngu Uongou"),
    ("Үсөнбекова Айгүл Өмүрбековна", "Aigül Üsönbekova"),
    ("Үмөтов Өмүр", ""),
    ("Асанова Чолпон", ""),
    ("Рафиков Руфат Шарифович", "Rufat Rafikov"),
    ("Ёлкина Юлия Щербаковна", "Yulia Yolkina"),
    ("Жээнбеков Сооронбай Шарипович", "Sooronbai Jeenbekov"),
    ("Ыбырай Ырыскелди уулу", "Yryskeldi Ybyrai uulu"),
    ("Токтогул кызы Гүлзат", "Gülzat Toktogul kyzy"),
    ("Аффинов Юффи", "Jufflo Affinov-Effltz"),
    ("Төлөгөнов Төлөгөн Төлөгөнович", "Tölögön Tölögönov"),
    ("ААА ВВВ ТТТ ГГГ", "AVAVA WAWA TYTY LTLT"),
    ("Цой Эдуард", "Eduard Tsoi"),
    ("Хабибуллаев Ойбек", "Oybek O’gli"),
    ("Дж. Өзгөн", "J.-P. Özgön"),
    ("Объедкова Подъячева", "Ob'edkova Pod'yacheva"),
    ("Қасымов Ғани Ұлы", "Ğani Çelik-Şahın"),
]
SOME_AND_ALL = pytest.mark.parametrize(
    "turns", [range(2), pytest.param(range(2, len(PEOPLE)), marks=pytest.mark.slow)], ids=["two", "the others"]
)
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


def order(turn: int = 0, *, of: Any = None, room: int = 0, **changes: Any) -> pdf.Order:
    """Return the order of the certificate of one of PEOPLE."""
    name, latin_name = PEOPLE[turn]
    code = f"{turn:02}K3M9QXT4HV"
    own = {
        "latin_name": latin_name,
        "number": f"OSH-2026-{turn + 1:04}",
        "code": code,
        "verify_url": f"https://portal.example.org/verify#{turn:02}Zk3v9QmX2bT7RrLw8sYc",
    }
    printed = pdfs.facts(**{"name": name} | own | changes, of=of)
    return pdf.Order(
        "certificate.html",
        printed.as_dict(),
        printed.document_title,
        "ky",
        pdfs.ISSUED_AT,
        pdf.Variant.ARCHIVAL,
        (("credential.json", printed.canonical_json()),),
        room=room,
    )


@pytest.fixture(scope="module")
def typesetter() -> Any:
    from portal.platform.pdf.typesetter import Typesetter

    return Typesetter()


@pytest.fixture(scope="module")
def press(typesetter: Any) -> Any:
    from portal.platform.pdf.compiled.press import Press

    return Press(typesetter)


@pytest.fixture(scope="module")
def pairs(typesetter: Any, press: Any) -> list[tuple[bytes, bytes]]:
    """Return the file of each of PEOPLE as it is written and as it is set."""
    made = []
    for turn in range(len(PEOPLE)):
        written = press.render(order(turn))
        assert press.why_set == "", PEOPLE[turn]
        made.append((written, typesetter.render(order(turn))))
    return made


# The same file


@SOME_AND_ALL
def test_text_is_the_same(pairs: list[tuple[bytes, bytes]], turns: range) -> None:
    for turn in turns:
        written, typeset = pairs[turn]
        for options in ((), ("-layout",), ("-raw",)):
            assert pdfs.text_of(written, *options) == pdfs.text_of(typeset, *options)
        assert all(name in pdfs.text_of(written) for name in PEOPLE[turn])


def test_tags_languages_and_outline_are_the_same(pairs: list[tuple[bytes, bytes]]) -> None:
    for written, typeset in pairs:
        with pdfs.opened(written) as mine, pdfs.opened(typeset) as theirs:
            assert pdf_tags.tree(mine) == pdf_tags.tree(theirs)
            assert len(pdf_tags.tree(mine)) > 100
            assert list(pdf_tags.passages(mine)) == list(pdf_tags.passages(theirs))
            assert "/Outlines" not in mine.Root and "/Outlines" not in theirs.Root
            assert set(mine.Root.keys()) == set(theirs.Root.keys())


def test_metadata_and_attachment_are_the_same(pairs: list[tuple[bytes, bytes]]) -> None:
    for written, typeset in pairs:
        with pdfs.opened(written) as mine, pdfs.opened(typeset) as theirs:
            assert mine.Root.Metadata.read_bytes() == theirs.Root.Metadata.read_bytes()
            assert {key: str(value) for key, value in mine.docinfo.items()} == {
                key: str(value) for key, value in theirs.docinfo.items()
            }
            assert attachment(mine) == attachment(theirs)


def attachment(file: pikepdf.Pdf) -> tuple[Any, ...]:
    [name] = file.attachments
    stream = file.Root.AF[0].EF.F
    told = {key: bytes(stream.Params[key]) for key in ("/CheckSum", "/CreationDate", "/ModDate")}
    return name, stream.read_bytes(), stream.Subtype, int(stream.Params.Size), told


def test_every_object_is_the_same(pairs: list[tuple[bytes, bytes]]) -> None:
    from portal.platform.pdf.compiled.equality import differences

    assert [differences(*pair) for pair in pairs] == [[]] * len(pairs)


@SOME_AND_ALL
def test_pixels_are_the_same(pairs: list[tuple[bytes, bytes]], turns: range, tmp_path: Path) -> None:
    for turn in turns:
        pictures = []
        for document, way in zip(pairs[turn], ("written", "set"), strict=True):
            (folder := tmp_path / f"{turn}-{way}").mkdir()
            [picture] = pdfs.pictures_of(document, folder, dpi=220)
            pictures.append(picture.convert("L"))
        histogram = ImageChops.difference(*pictures).histogram()
        assert sum(histogram[17:]) <= sum(histogram) * 0.0002, PEOPLE[turn]


@SOME_AND_ALL
def test_codes_lead_to_their_addresses(pairs: list[tuple[bytes, bytes]], turns: range, tmp_path: Path) -> None:
    for turn in turns:
        (folder := tmp_path / str(turn)).mkdir()
        [picture] = pdfs.pictures_of(pairs[turn][0], folder)
        assert pdfs.qr_codes(picture) == [order(turn).facts["verify_url"]]


def test_designs_are_written_too(typesetter: Any, press: Any) -> None:
    from portal.platform.pdf.compiled.equality import differences

    for number, place in ((5, "top"), (2, "sides")):
        shown, pictures = pdfs.logos(number)
        of = pdfs.delivery(
            signatories=3,
            logos=shown,
            logos_at=place,
            disclaimer=pdfs.TITLE,
            line=pdfs.TITLE,
            acknowledgement=pdfs.TITLE,
        )
        ordered = replace(order(2, of=of, kind="facilitator"), pictures=tuple(pictures))
        written = press.render(ordered)
        assert press.why_set == ""
        assert differences(written, typesetter.render(ordered)) == []
        assert len(written) < 75_000


# Well made


def test_other_readers_find_nothing(pairs: list[tuple[bytes, bytes]], tmp_path: Path) -> None:
    written, typeset = pairs[1]
    (path := tmp_path / "written.pdf").write_bytes(written)
    checked = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=True)
    assert "WARNING" not in checked.stdout + checked.stderr
    assert sorted(pdfs.fonts_of(written, tmp_path)) == sorted(pdfs.fonts_of(typeset, tmp_path))
    mine, theirs = pdfs.info_of(written), pdfs.info_of(typeset)
    assert {key: value for key, value in mine.items() if key != "File size"} == {
        key: value for key, value in theirs.items() if key != "File size"
    }
    assert len(written) < 75_000


def test_seal_is_whole(press: Any, tmp_path: Path) -> None:
    key = keys.current(tmp_path, host="portal.example.org", now=pdfs.ISSUED_AT)
    sealer = Sealer(key, tmp_path)
    sealed = [sealer.seal(press.render(sealer.order(order(turn)))) for turn in (1, 6)]
    assert press.why_set == ""
    store = pdfsig.trust(tmp_path, *key.above)
    assert [pdfsig.judged(one, store) for one in sealed] == [(pdfsig.WHOLE, True)] * 2
    assert max(map(len, sealed)) < 75_000
    with pdfs.opened(sealed[0]) as file:
        assert str(file.Root.AcroForm.Fields[0].V.M) == "D:20261126050000+00'00'"


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
    from portal.platform.pdf.compiled.equality import differences

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
        with pytest.raises(pdf.TextRefused) as refused:
            made_by.render(order(1, name=text))
        refusals.append((refused.value.reason, refused.value.text, refused.value.letter))
    assert refusals[0] == refusals[1]


# A check that fails


@pytest.fixture
def altered(tmp_path: Path) -> Any:
    """Return a function that gives a typesetter whose certificate has something replaced."""
    from portal.platform.pdf.typesetter import TEMPLATES, Typesetter

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
    from portal.platform.pdf.compiled.equality import differences
    from portal.platform.pdf.compiled.press import Press

    typesetter = altered(old, new)
    press = Press(typesetter)
    for turn in (1, 4):
        made, wanted = press.render(order(turn)), typesetter.render(order(turn))
        assert differences(made, wanted) == []
        assert reason in press.why_set and bool(reason) == bool(press.why_set)
        assert (made == wanted) == bool(reason)


def test_differences_are_seen(pairs: list[tuple[bytes, bytes]]) -> None:
    from portal.platform.pdf.compiled.equality import differences

    (one, _), (other, typeset) = pairs[1], pairs[2]
    assert "/Root/Metadata, content" in differences(one, typeset)
    assert differences(other, typeset) == []
    for spoil in (spoil_alternative, spoil_language, spoil_place, spoil_letter, spoil_color):
        assert differences(spoiled(other, spoil), typeset) != [], spoil.__name__


def spoiled(document: bytes, spoil: Any) -> bytes:
    with pdfs.opened(document) as file:
        spoil(file)
        file.save(out := io.BytesIO(), fix_metadata_version=False)
    return out.getvalue()


def elements(file: pikepdf.Pdf) -> list[pikepdf.Object]:
    return [one for one in file.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/StructElem"]


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


# Nobody else in a file


def everything_in(document: bytes) -> str:
    """Return every string and stream of a file, as it is and as its fonts spell it."""
    with pdfs.opened(document) as file:
        found = [" ".join(pdf_tags.marked_texts(file).values()), pdfs.text_of(document)]
        for thing in file.objects:
            if isinstance(thing, pikepdf.Stream):
                content = thing.read_bytes()
                found += [content.decode("utf-8", "ignore"), content.decode("utf-16-be", "ignore")]
            found += strings_in(thing)
        found += strings_in(file.trailer.Info)
    return "\n".join(found)


def strings_in(thing: Any) -> list[str]:
    if isinstance(thing, pikepdf.String):
        return [str(thing)]
    if isinstance(thing, pikepdf.Array):
        return [text for one in thing for text in ([] if is_shared(one) else strings_in(one))]
    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return [text for key in thing.keys() if not is_shared(one := thing.get(key)) for text in strings_in(one)]  # noqa: SIM118
    return []


def is_shared(thing: Any) -> bool:
    return isinstance(thing, pikepdf.Object) and thing.is_indirect


def own_words(turn: int) -> set[str]:
    facts = order(turn).facts
    return {facts["name"], facts["latin_name"], facts["number"], facts["code"], facts["verify_url"].partition("#")[2]}


def sample_words() -> set[str]:
    """Return what the samples of the plan say, as a certificate would hold it."""
    from portal.platform.pdf.compiled.plan import plan_for

    plan = plan_for(order(1))
    samples = [plan.sample(order(1), turn) for turn in (0, 1)]
    lines = {line.samples[turn] for line in plan.lines for turn in (0, 1)}
    return lines | {one.title for one in samples} | {one.attachments[0][1].decode() for one in samples}


def test_nobody_else_is_in_a_file(press: Any) -> None:
    turns = (1, 2, 4)
    found = {turn: everything_in(press.render(order(turn))) for turn in turns}
    for turn in turns:
        assert [word for word in own_words(turn) if word not in found[turn]] == []
        others = set().union(*(own_words(other) for other in turns if other != turn)) | sample_words()
        assert [word for word in others if word in found[turn]] == []
        assert "2001-02-03" not in found[turn] and "20010203" not in found[turn]


@pytest.mark.parametrize("place", ["outline", "alternative", "metadata", "title", "attachment", "page"])
def test_control_a_stranger_is_found_wherever_he_stands(press: Any, place: str) -> None:
    stranger = order(2).facts["name"]

    def hide(file: pikepdf.Pdf) -> None:
        if place == "outline":
            with file.open_outline() as outline:
                outline.root.append(pikepdf.OutlineItem(stranger, 0))
        elif place == "alternative":
            elements(file)[0].Alt = stranger
        elif place == "metadata":
            file.Root.Metadata.write(f"<x>{stranger}</x>".encode())
        elif place == "title":
            file.docinfo["/Subject"] = stranger
        elif place == "attachment":
            file.Root.AF[0].EF.F.write(stranger.encode())
        else:
            with pdfs.opened(press.render(order(2))) as other:
                file.pages[0].Contents.write(other.pages[0].Contents.read_bytes())

    document = press.render(order(1))
    assert stranger not in everything_in(document)
    assert stranger in everything_in(spoiled(document, hide))


# The same bytes


SCRIPT = """
import sys
from hashlib import sha256
from portal.platform.pdf.compiled.press import Press
from portal.platform.pdf.typesetter import Typesetter
from tests.platform.test_pdf_compiled import order
press = Press(Typesetter())
for turn in map(int, sys.argv[1:]):
    made = press.render(order(turn, room=500))
    assert press.why_set == ""
print(sha256(made).hexdigest())
"""


def test_bytes_are_those_of_the_facts_whoever_came_before(press: Any, renderer: pdf.Renderer) -> None:
    """Alone or late in a batch, in another process, zone and order of hashes: how it is made is the order's alone."""
    wanted = sha256(press.render(order(4, room=500))).hexdigest()
    for turns, zone, seed in (("4", "Asia/Bishkek", "1"), ("2 6 1 5 4", "UTC", "7")):
        environment = os.environ | {"TZ": zone, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, *turns.split()], env=environment, cwd=ROOT, capture_output=True, check=True
        )
        assert done.stdout.decode().strip() == wanted
    assert sha256(renderer.render_order(order(4, room=500))).hexdigest() == wanted


def test_moment_and_other_facts_have_their_own_bytes(press: Any, typesetter: Any) -> None:
    from portal.platform.pdf.compiled.equality import differences

    late = replace(order(1), created_at=datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert differences(press.render(late), typesetter.render(late)) == []
    assert press.render(order(1)) != press.render(late)
    kinds = [press.render(order(1, kind=kind)) for kind in ("completion", "attendance", "facilitator")]
    assert len(set(kinds)) == 3


def test_batch_tells_how_many_were_set_and_why(renderer: pdf.Renderer) -> None:
    orders = [order(turn) for turn in range(5)]
    orders += [order(turn, name=name) for turn, name in ((5, pdfs.SIXTY_LETTERS), (6, "John Smith"), (7, "Айбек😀"))]
    with capture_logs() as logged:
        *made, refused = pdf.render_each(orders)
    assert made == [renderer.render_order(one) for one in orders[:-1]]
    assert isinstance(refused, pdf.TextRefused)
    [line] = [line for line in logged if line["event"] == "pages_set_one_by_one"]
    assert sum(line["reasons"].values()) == 2
    assert "Smith" not in str(line)


@pytest.mark.slow
def test_memory_of_the_child_stays_flat_over_compiled_files() -> None:
    with pdf.renderer() as own:

        def resident() -> int:
            status = Path(f"/proc/{own.process_id}/status").read_text()
            return int(status.split("VmRSS:")[1].split()[0])

        for count in range(1000):
            own.render_order(order(1, number=f"OSH-2026-{count:04}"))
            if count == 50:
                settled = resident()
        assert not own.why_set
        assert resident() - settled < 5_000
