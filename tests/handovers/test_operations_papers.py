"""An act's paper is set before the act is done: what is refused starts no renderer, and a wrong paper is never kept."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.access.policy import Operator
from portal.accounts import operations as account_operations
from portal.accounts.models import Account
from portal.audit.models import AuditEntry
from portal.handovers import operations as handover_operations
from portal.handovers import papers
from portal.handovers.papers import Press
from portal.materials.models import Handover, HandoverCounter, Material
from portal.platform import storage
from portal.platform.db import db, lock, transaction
from portal.platform.errors import Conflict
from portal.platform.storage import Document
from portal.platform.texts import Text
from portal.printing.batch import kept
from portal.signing.seal import Sealer
from portal.stock.models import StockMovement
from tests import factories, pdfs
from tests.browser import Browser
from tests.factories import NOW
from tests.refusals import raises_refusal

BASE = "http://127.0.0.1:8000"
FILE = Path(__file__).parents[1] / "data" / "handover.json"
pytestmark = [pytest.mark.databases("sqlite", "postgresql"), pytest.mark.usefixtures("renderer")]


@pytest.fixture
def material(session: object) -> Material:
    made = factories.make_material(Text("Колдонмо", "Пособие", "Manual"))
    factories.make_stock(made, 15)
    return made


def make_act(material: Material) -> int:
    texts = ("giving_position", "receiving_position", "place", "basis", "purpose")
    filled = {f"{text}_ru": text for text in texts} | {"giving_name": "Айгүл", "receiving_name": "Үсөн"}
    act = factories.make_handover(factories.make_training(region="KG-GO"), material, 10, **filled)
    db.session.commit()
    return act.id


def act_of(handover_id: int) -> papers.Act:
    def act(press: Press) -> None:
        locked = lock(Handover, handover_id)
        handover_operations.hand_over(locked, press=press, base_url=BASE, actor=Operator(), now=NOW)

    return act


def rows() -> list[int]:
    """Return how much there is of what an act leaves."""
    kinds: list[Any] = [StockMovement, AuditEntry, Document, HandoverCounter]
    found = [db.session.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds]
    db.session.rollback()
    return found


def test_trial_tells_the_paper_and_leaves_nothing(material: Material) -> None:
    handover_id, before = make_act(material), rows()
    with transaction():
        proof = papers.tried(act_of(handover_id), Sealer.current(now=NOW))
    assert proof.order.facts["number"] == f"UNODC-{NOW.year}-0001"
    assert rows() == before
    assert db.session.get_one(Handover, handover_id).state == "draft"


def test_act_prints_what_was_set_before_also_when_others_have_acted_since(material: Material) -> None:
    handover_id = make_act(material)
    with transaction():
        proof = papers.tried(act_of(handover_id), Sealer.current(now=NOW))
    press = proof.set()
    with transaction():
        account_operations.open_session(factories.make_account("auditor").id, now=NOW)  # The log goes on.
    with transaction():
        act_of(handover_id)(press)
    act = db.session.get_one(Handover, handover_id)
    assert act.number in pdfs.text_of(storage.open_bytes(act.document))
    assert act.facts["audit_head"] == proof.audit_head


def test_paper_whose_number_somebody_else_took_is_not_kept(material: Material) -> None:
    first, second = make_act(material), make_act(material)
    with transaction():
        factories.make_stock(material, 50)
    sealer, presses = Sealer.current(now=NOW), []
    for handover_id in (first, second):
        with transaction():
            proof = papers.tried(act_of(handover_id), sealer)
        presses.append(proof.set())
    with transaction():
        act_of(first)(presses[0])
    before = rows()
    with raises_refusal("overtaken"), transaction():
        act_of(second)(presses[1])
    assert rows() == before
    assert db.session.get_one(Handover, second).state == "draft"


def test_what_the_stock_refuses_starts_no_renderer(material: Material) -> None:
    first, second = make_act(material), make_act(material)
    for handover_id in (first, second):
        kept.close()
        try:
            with transaction():
                proof = papers.tried(act_of(handover_id), Sealer.current(now=NOW))
        except Conflict as refusal:
            assert refusal.code == "not_enough"
            assert handover_id == second
            assert kept.process_id is None
            return
        press = proof.set()
        with transaction():
            act_of(handover_id)(press)
    raise AssertionError("The stock holds 15 copies, and two acts of 10 took them.")


@pytest.mark.databases("sqlite")
def test_page_that_cannot_be_made_costs_no_number(
    browser: Browser, aida: Account, material: Material, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    handover_id = make_act(material)
    address = f"/hand-over-acts/{db.session.get_one(Handover, handover_id).reference}"
    form = browser.sign_in(aida).get(address).form("Print and hand over")
    before = rows()
    with monkeypatch.context() as patch:
        pdfs.lose_pango(patch, tmp_path)
        page = form.submit(status=503)
    assert "apt-get install" in page.text and page.has_form("Print and hand over")
    assert rows() == before
    page.form("Print and hand over").submit()
    assert db.session.get_one(Handover, handover_id).number == f"UNODC-{NOW.year}-0001"


@pytest.mark.databases("sqlite")
def test_command_that_cannot_print_leaves_no_draft(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code = factories.make_training().code
    db.session.commit()
    run = app.test_cli_runner()
    run.invoke(args=["receive-stock", str(FILE), "--json"])
    with monkeypatch.context() as patch:
        pdfs.lose_pango(patch, tmp_path)
        answer = run.invoke(args=["hand-over", code, str(FILE), "--json"])
    assert answer.exit_code == 1 and "apt-get install" in json.loads(answer.stdout)["error"]
    assert db.session.scalars(select(Handover)).all() == []
    db.session.rollback()
    answer = run.invoke(args=["hand-over", code, str(FILE), "--json"])
    assert json.loads(answer.stdout)["number"] == "UNODC-2027-0001"
