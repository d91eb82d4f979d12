"""How the rows of a receipt list lie on its pages, so that a typed row number finds its page and its person."""

from dataclasses import dataclass

FIRST_PAGE_ROWS = 17
PAGE_ROWS = 21
BLANK_ROWS = 6
MOST_BLANK_ROWS = 60


@dataclass(frozen=True)
class PaperRow:
    """What one row of the paper says: signed or not, and the number of the copy if copies are numbered.

    `signed_by` is the colleague who signed in the person's place.
    """

    registration: str
    row: int
    is_signed: bool
    copy_number: str = ""
    signed_by: str = ""


def page_of(row: int) -> int:
    """Return the page on which a row is printed; rows are counted from one, through all pages."""
    if row <= FIRST_PAGE_ROWS:
        return 1
    return 2 + (row - FIRST_PAGE_ROWS - 1) // PAGE_ROWS


def begins_page(row: int) -> bool:
    """Tell whether a row is the first one of a page after the first."""
    return row > 1 and page_of(row) != page_of(row - 1)
