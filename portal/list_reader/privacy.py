"""Columns that are never stored: identity documents, personal numbers, home addresses."""

import re
from collections.abc import Collection, Sequence

from portal.list_reader.columns import ColumnMapping, Row
from portal.platform import texts

_HEADING = re.compile(
    r"\b(?:паспорт\w*|инн|пин|снилс|персональный номер|личный номер|жеке номер\w*|удостоверени\w*|кубол\w*|id карт\w*"
    r"|адрес|домашний адрес|место жительства|прописк\w*|дареги|жашаган жери|национальность|улуту"
    r"|passport\w*|inn|pin|personal number|id card|identity card|home address|nationality)\b"
)
_ALLOWED = re.compile(r"\b(?:эл|электрон\w*|e|email|mail)\b")
_PERSONAL_NUMBER = re.compile(r"^[12]\d{13}$")
_DOCUMENT = re.compile(r"^(?:an|id|ac|ан|ид|ас)[\s№-]{0,3}\d{6,8}$", re.IGNORECASE)
_SAMPLE = 200


def withheld_columns(rows: Sequence[Row], mapping: ColumnMapping | None) -> frozenset[int]:
    """Return the columns whose cells are not to be kept, by their heading or by what most of their cells hold."""
    used = set(mapping.columns.values()) if mapping else set()
    headings = mapping.headers if mapping else ()
    first = mapping.first_row if mapping else 0
    width = max(map(len, rows), default=0)
    sample = rows[first : first + _SAMPLE]
    return frozenset(
        place
        for place in range(width)
        if place not in used
        and (
            (place < len(headings) and is_personal_heading(headings[place]))
            or _holds_documents([row[place].strip() for row in sample if place < len(row)])
        )
    )


def is_personal_heading(heading: str) -> bool:
    """Tell whether a heading announces a document, a personal number or where somebody lives."""
    folded = " ".join(re.sub(r"[\W_]+", " ", texts.fold(heading)).split())
    return bool(_HEADING.search(folded)) and not _ALLOWED.search(folded)


def emptied(row: Row, places: Collection[int]) -> list[str]:
    return ["" if place in places else cell for place, cell in enumerate(row)]


def _holds_documents(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    found = [cell for cell in filled if _PERSONAL_NUMBER.match(cell.replace(" ", "")) or _DOCUMENT.match(cell)]
    return bool(filled) and 2 * len(found) > len(filled)
