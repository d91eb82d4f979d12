"""`receive-stock`: the copies of a file come to an office; a bad file is named by the path of its fault."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access.policy import Operator
from portal.materials.models import Material
from portal.platform.errors import Refusal
from portal.platform.texts import Text
from portal.stock import files as stock_files
from portal.stock.models import StockMovement
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.databases("sqlite")
SAMPLE = Path(__file__).parents[1] / "data" / "handover.json"
ITEM: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))["items"][0]


def receive(document: Any) -> list[Material]:
    content = json.dumps(document).encode()
    return stock_files.receive_file(content, factories.get_region("KG-GB"), actor=Operator(), now=NOW)


@pytest.mark.databases("sqlite", "postgresql")
def test_command_receives_again_what_it_finds_again(app: Flask, session) -> None:
    run = app.test_cli_runner()
    for times in (1, 2):
        result = run.invoke(args=["receive-stock", str(SAMPLE), "--json"])
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout) == {
            "items": [{"title": ITEM["title_en"], "language": "ky", "edition": "2026", "balance": 40 * times}]
        }
    material = session.scalars(select(Material)).one()
    assert (material.unit_value, material.currency, material.unit) == (35_000, "KGS", "copy")


def test_title_is_found_however_it_is_typed(session) -> None:
    known = factories.make_material(Text(ky="Колдонмо өмүр", ru="Пособие  по делам"), language="ky", edition="2-е изд.")
    typed = {"title_ky": "КОЛДОНМО ОМУР", "title_en": "Manual", "language": "ky", "edition": "2-Е ИЗД.", "quantity": 5}
    assert [one.id for one in receive([typed])] == [known.id]
    assert receive([typed | {"language": "ru"}])[0].id != known.id
    assert receive([typed | {"edition": "3-е изд."}])[0].id != known.id


def test_copies_come_on_the_day_of_the_file_if_it_is_earlier(session) -> None:
    receive({"date": "2026-09-01", "items": [ITEM]})
    receive({"date": "2027-03-10", "items": [ITEM, ITEM | {"received_on": "2026-08-15"}]})
    days = session.scalars(select(StockMovement.moved_on).order_by(StockMovement.id)).all()
    assert [day.isoformat() for day in days] == ["2026-09-01", "2026-08-15", "2026-09-14"]


@pytest.mark.parametrize(
    ("item", "place"),
    [
        ({"quantity": 0}, "items[2].quantity"),
        ({"quantity": -3}, "items[2].quantity"),
        ({"quantity": 10**20}, "items[2].quantity"),
        ({"quantity": "40"}, "items[2].quantity"),
        ({"quantity": None}, "items[2].quantity"),
        ({"unit_value": "дорого"}, "items[2].unit_value"),
        ({"unit_value": "-1"}, "items[2].unit_value"),
        ({"unit_value": "1.234"}, "items[2].unit_value"),
        ({"unit_value": "99999999999"}, "items[2].unit_value"),
        ({"unit_value": float("nan")}, "items[2].unit_value"),
        ({"unit_value": True}, "items[2].unit_value"),
        ({"currency": "сом"}, "items[2].currency"),
        ({"language": "de"}, "items[2].language"),
        ({"unit": "box"}, "items[2].unit"),
        ({"title_ky": "", "title_ru": "", "title_en": ""}, "items[2].title_ru"),
        ({"title_ru": "я" * 301}, "items[2].title_ru"),
        ({"isbn": "978-9967-0-0000-2"}, "items[2].isbn"),
        ({"owner": "NOBODY"}, "items[2].owner"),
        ({"received_on": "10.03.2027"}, "items[2].received_on"),
    ],
)
def test_fault_is_named_by_its_path(session, item: dict[str, Any], place: str) -> None:
    with pytest.raises(Refusal) as refusal:
        receive({"items": [ITEM, ITEM | item]})
    assert str(refusal.value).startswith(place + ": ")


@pytest.mark.parametrize("content", [b"", b"{", b'"text"', b"[1]", b"[]", b"{}", '{"items": []}'.encode("utf-16")])
def test_file_of_another_kind_is_refused(app: Flask, tmp_path: Path, session, content: bytes) -> None:
    file = tmp_path / "stock.json"
    file.write_bytes(content)
    result = app.test_cli_runner().invoke(args=["receive-stock", str(file), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]
    assert session.scalars(select(Material)).all() == []


def test_region_that_is_none_is_refused(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["receive-stock", str(SAMPLE), "--region", "KG-X", "--json"])
    assert result.exit_code == 1
    assert "KG-GO" in json.loads(result.stdout)["error"]
