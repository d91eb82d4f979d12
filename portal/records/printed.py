"""Check texts for documents before they are saved, so that no numbered page fails because of one."""

from collections.abc import Iterator, Sequence

from portal.platform.texts import Text
from portal.printing import slots
from portal.printing.fonts import TextRefusal
from portal.records.rules import RecordFault, RecordFaultCode

TITLE = ("certificate.title", "slip.title")
VENUE = ("certificate.place",)
ORGANIZERS = ("certificate.organizers",)
ACKNOWLEDGEMENT = ("certificate.acknowledgement",)
SIGNATORY = ("certificate.signatory",)
POST = ("certificate.post",)
# How many letters usually fit, for the counters beside the fields.
LETTERS = {
    "title": slots.usual_letters(TITLE),
    "venue": slots.usual_letters(VENUE),
    "organizers": slots.usual_letters(ORGANIZERS),
    "acknowledgement": slots.usual_letters(ACKNOWLEDGEMENT),
    "signatory": slots.usual_letters(SIGNATORY),
    "post": slots.usual_letters(POST),
}


def faults(texts: Text, name: str, places: Sequence[str], row: int | None = None) -> Iterator[RecordFault]:
    """Yield for each language why a text cannot be printed in its places."""
    for column, text in texts.columns(name).items():
        yield from line_faults(text, column, places, row)


def line_faults(text: str, name: str, places: Sequence[str], row: int | None = None) -> Iterator[RecordFault]:
    refused = slots.refusal(text, places)
    if refused is None:
        return
    if refused.reason is TextRefusal.TOO_LONG:
        args = {"letters": slots.letters_that_fit(text, places), "length": len(text)}
        yield RecordFault(RecordFaultCode.DOES_NOT_FIT, name, row, args)
    else:
        yield RecordFault(RecordFaultCode.LETTER_NOT_PRINTED, name, row, {"letter": refused.letter})


def with_faults(found: list[RecordFault], further: Iterator[RecordFault]) -> list[RecordFault]:
    """Return all faults; of a text that has one already, what paper says of it is left out."""
    known = {(fault.field, fault.place) for fault in found}
    return found + [fault for fault in further if (fault.field, fault.place) not in known]
