"""An invisible signature field with room for the seal, announced to screen readers."""

from datetime import UTC, datetime

import pydyf

from portal.printing.finishing import number_of

_NAMES = {"ky": "Документтин электрондук мөөрү", "ru": "Электронная печать документа", "en": "Digital seal"}
# Numbers are filled in when the file is whole; until then it is no PDF that anybody could take for a sealed one.
_COVERED = b"[0 ********** ********** **********]"
_LOCKED_AND_PRINTED = 132
_SIGNED_AND_APPENDED_ONLY = 3


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
            "TU": pydyf.String(_NAMES[lang]),
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
    _tell(pdf, field, page_reference)


def _tell(pdf: pydyf.PDF, field: pydyf.Dictionary, page_reference: bytes) -> None:
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
