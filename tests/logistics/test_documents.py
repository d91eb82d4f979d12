"""Lists of people as printed: nobody signs a page on which there is nothing to sign for."""

from datetime import date

import pytest

from portal.logistics import documents as logistics_documents
from portal.logistics.documents import PeopleList
from portal.printing import client
from portal.printing.orders import Order
from tests import pdfs


def payments(people: int) -> PeopleList:
    """Return a payment list of so many people."""
    row = ["Служба криминальной милиции МВД", 2, 100.0, 150_000, 40_000, 340_000, "", "", ""]
    return PeopleList(
        kind="payments",
        lang="ru",
        training="OSH-2026-01",
        title="Расследование торговли людьми",
        facts=[("Даты", "3–4 ноября 2026 года")],
        as_of=f"{date(2026, 11, 26):%d.%m.%Y}",
        columns=(
            "number", "name", "institution", "days", "percent", "per_day", "travel", "sum", "id", "route", "signature",
        ),
        sections=[("", [[number, f"Абдыкадыров {number}", *row] for number in range(1, people + 1)])],
        total={"name": "Итого, KGS", "sum": 340_000 * people},
        notes=["Прописью: сорок тысяч сомов"],
        signatures=["approved", "accountant", "payer"],
    )  # fmt: skip


@pytest.mark.parametrize("people", [1, 11, 12, 13, 14, 15])
def test_whoever_signs_a_payment_list_has_the_sum_and_people_above(renderer: client.Renderer, people: int) -> None:
    listed = payments(people)
    paper = renderer.render(
        Order(
            logistics_documents.TEMPLATE,
            listed.as_dict(),
            title=listed.document_title,
            lang="ru",
            created_at=pdfs.ISSUED_AT,
        )
    )
    (last,) = [page for page in pdfs.words_of(paper) if any(word.text == "Прописью:" for word in page)]
    said = " ".join(word.text for word in last)
    assert f"Абдыкадыров {people}" in said and "Итого, KGS" in said and "Бухгалтер" in said
