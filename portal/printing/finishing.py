"""Finish WeasyPrint's files: languages of passages, the PDF/UA mark, and an invisible field with room for the seal."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pydyf
from weasyprint import Document

from portal.printing import upstream

_SEAL_NAMES = {"ky": "Документтин электрондук мөөрү", "ru": "Электронная печать документа", "en": "Digital seal"}
# Numbers are filled in when the file is whole; until then it is no PDF that anybody could take for a sealed one.
_COVERED = b"[0 ********** ********** **********]"
_LOCKED_AND_PRINTED = 132
_SIGNED_AND_APPENDED_ONLY = 3
_UA_MARK = """
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


class StructureUnexpected(RuntimeError):
    """Stop: the file is not built as this module reads it (WeasyPrint has changed)."""


def mark_accessible(pdf: pydyf.PDF) -> None:
    """Declare PDF/UA-1 in the file's metadata, and the extension schema that PDF/A wants for that."""
    streams = [item for item in pdf.objects if isinstance(item, pydyf.Stream) and item.extra.get("Type") == "/Metadata"]
    if len(streams) != 1 or len(streams[0].stream) != 1 or streams[0].stream[0].count(b"</rdf:RDF>") != 1:
        raise StructureUnexpected("Expected one metadata stream with one rdf:RDF.")
    streams[0].stream[0] = streams[0].stream[0].replace(b"</rdf:RDF>", _UA_MARK.strip().encode() + b"</rdf:RDF>")


def mark_languages(document: Document, pdf: pydyf.PDF) -> None:
    """Set /Lang on each structure element whose text is in another language than what surrounds it.

    WeasyPrint makes one leaf per text box, in the order of the boxes: the n-th leaf has the language of the n-th box.
    """
    root = pdf.objects[number_of(pdf.catalog["StructTreeRoot"])]
    top = pdf.objects[number_of(root["K"][0])]
    languages = iter([language for page in document.pages for language in _languages(upstream.box_of(page))])
    found: dict[int, set[str]] = {}
    _collect(pdf, top, languages, found)
    if next(languages, None) is not None:
        raise StructureUnexpected("More text boxes than structure leaves.")
    _mark(pdf, top, pdf.catalog["Lang"].string, found)


def _languages(box: Any) -> Iterator[str]:
    """Yield the language of each text box that is part of the structure tree, in its order."""
    box = upstream.placed(box)
    if isinstance(box, upstream.MarginBox):
        return
    if isinstance(box, upstream.TextBox):
        yield box.style["lang"] or ""
    elif isinstance(box, upstream.ParentBox):
        for child in box.children:
            yield from _languages(child)


def _collect(pdf: pydyf.PDF, element: Any, languages: Iterator[str], found: dict[int, set[str]]) -> set[str]:
    """Fill `found`: element number → the languages of the text below it."""
    below: set[str] = set()
    for kid in element["K"]:
        if isinstance(kid, int):
            if element["S"] != "/Figure":
                try:
                    below.add(next(languages))
                except StopIteration:
                    raise StructureUnexpected("More structure leaves than text boxes.") from None
        elif (child := pdf.objects[number_of(kid)]).get("Type") == "/StructElem":
            below |= _collect(pdf, child, languages, found)
    found[element.number] = below
    return below


def _mark(pdf: pydyf.PDF, element: Any, inherited: str, found: dict[int, set[str]]) -> None:
    below = found[element.number]
    if len(below) == 1 and (language := next(iter(below))) and language != inherited:
        element["Lang"] = pydyf.String(language)
        inherited = language
    if below and below != {inherited}:
        for kid in element["K"]:
            if not isinstance(kid, int) and (child := pdf.objects[number_of(kid)]).get("Type") == "/StructElem":
                _mark(pdf, child, inherited, found)


def number_of(reference: bytes | str) -> int:
    """Return the object number that a reference such as `12 0 R` names."""
    return int(reference.split()[0])


class _Room(pydyf.Dictionary):  # type: ignore[misc]  # pydyf has no types
    """The signature's dictionary: written as it is, not into a compressed stream, so that its bytes can be filled."""

    compressible = False


def leave_room(pdf: pydyf.PDF, letters: int, lang: str, at: datetime) -> None:
    """Add the field to the first page and to the structure tree; `at` is the moment that the seal tells."""
    page_reference = pdf.page_references[0]
    page = pdf.objects[number_of(page_reference)]
    signature = _Room(
        {
            "Type": "/Sig",
            "Filter": "/Adobe.PPKLite",
            "SubFilter": "/ETSI.CAdES.detached",
            "M": pydyf.String(at.astimezone(UTC).strftime("D:%Y%m%d%H%M%S+00'00'")),
            "ByteRange": _COVERED,
            "Contents": b"<" + b"0" * letters + b">",
        }
    )
    pdf.add_object(signature)
    field = pydyf.Dictionary(
        {
            "Type": "/Annot",
            "Subtype": "/Widget",
            "FT": "/Sig",
            "T": pydyf.String("Seal"),
            "TU": pydyf.String(_SEAL_NAMES[lang]),
            "V": signature.reference,
            "Rect": pydyf.Array([0, 0, 0, 0]),
            "F": _LOCKED_AND_PRINTED,
            "P": page_reference,
        }
    )
    pdf.add_object(field)
    page.setdefault("Annots", pydyf.Array()).append(field.reference)
    form = pydyf.Dictionary({"Fields": pydyf.Array([field.reference]), "SigFlags": _SIGNED_AND_APPENDED_ONLY})
    pdf.catalog["AcroForm"] = form
    _announce(pdf, field, page_reference)


def _announce(pdf: pydyf.PDF, field: pydyf.Dictionary, page_reference: bytes) -> None:
    """Put the field at the end of the structure tree, as what is not seen but is part of the document."""
    root = pdf.objects[number_of(pdf.catalog["StructTreeRoot"])]
    top = pdf.objects[number_of(root["K"][0])]
    shown = pydyf.Dictionary({"Type": "/OBJR", "Obj": field.reference, "Pg": page_reference})
    element = pydyf.Dictionary(
        {
            "Type": "/StructElem",
            "S": "/Form",
            "K": pydyf.Array([shown]),
            "Pg": page_reference,
            "P": top.reference,
        }
    )
    pdf.add_object(element)
    top["K"].append(element.reference)
    parents = pdf.objects[number_of(root["ParentTree"])]["Nums"]
    field["StructParent"] = parents[-2] + 1
    parents.extend([field["StructParent"], element.reference])
