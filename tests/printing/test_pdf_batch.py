"""Many documents side by side: each gets its own file or its own reason, in order."""

import pytest

from portal.printing import batch, client, fonts
from portal.printing import orders as printing_orders
from tests import pdfs

pytestmark = pytest.mark.usefixtures("renderer")  # Skips where Pango or poppler is missing.


def order(name: str, template: str = "certificate.html") -> printing_orders.Order:
    return printing_orders.Order(
        template, pdfs.facts(name).as_dict(), name[:20], "ky", pdfs.ISSUED_AT, printing_orders.Variant.TAGGED
    )


def test_each_order_has_its_answer_in_its_place() -> None:
    names = ["Асанова Чолпон", "Айбек😀", pdfs.LONG_NAME, "Ли Ю", "Ы" * 110, "Үсөнова Жаңыл", "Өмүрбек"]
    outcomes = list(batch.render_each([*map(order, names), order("Нет", template="missing.html")]))
    *printed, missing = outcomes
    assert isinstance(missing, client.RenderFailed)
    for name, outcome in zip(names, printed, strict=True):
        if name in ("Айбек😀", "Ы" * 110):
            assert isinstance(outcome, fonts.TextRefused)
        else:
            assert name in pdfs.text_of(outcome)


def test_side_by_side_gives_the_same_bytes_as_alone(renderer: client.Renderer) -> None:
    orders = [order(f"Асанова Чолпон {letter}") for letter in "АБВГД"]
    assert list(batch.render_each(orders)) == [renderer.render(each) for each in orders]


def test_nothing_ordered_gives_nothing() -> None:
    assert list(batch.render_each([])) == []
