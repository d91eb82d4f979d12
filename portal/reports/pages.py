"""What the pages of counts are drawn with."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from portal.platform.languages import current
from portal.reports import wording


def drawn(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a template needs beside the counts: words, names and dates in the page's language."""
    locale = current()

    def name_of(category: str) -> str:
        return wording.name_of(category, content["names"], locale)

    def title_of(training: Mapping[str, Any]) -> str:
        return wording.title_of(training, locale)

    return {
        "content": content,
        "terms": wording.TERMS,
        "definitions": wording.DEFINITIONS,
        "rule": wording.rule(content["k"]),
        "name_of": name_of,
        "title_of": title_of,
        "share_of": wording.share,
        "short_months": short_months,
        "day_of": date.fromisoformat,
    }


def short_months(rows: Sequence[Sequence[Any]]) -> list[tuple[str, int]]:
    """Return the labels under the columns, as 09/26, with the seats."""
    return [(f"{month[5:]}/{month[2:4]}", seats) for month, _held, seats in rows]
