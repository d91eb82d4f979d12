"""hand-over, as scripts call it: the act is printed and filed, or nothing has happened and the reason is said."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.materials.models import Handover
from portal.platform.db import db
from portal.printing import client
from tests import factories, pdfs
from tests.handovers.sample_acts import TITLE

FILE = Path(__file__).parents[1] / "data" / "handover.json"


def run(app: Flask, *words: str, exit_code: int = 0) -> Any:
    db.session.commit()
    result = app.test_cli_runner().invoke(args=[*words, "--json"])
    assert result.exit_code == exit_code, result.output
    db.session.rollback()
    return json.loads(result.stdout)


@pytest.fixture
def code(app: Flask, renderer: client.Renderer) -> str:
    """Return the code of a training; the main office has the forty copies of the file."""
    training = factories.make_training()
    run(app, "receive-stock", str(FILE))
    return training.code


def test_hand_over_prints_the_act_and_says_what_is_left(app: Flask, code: str) -> None:
    answer = run(app, "hand-over", code, str(FILE))
    assert answer["number"] == "UNODC-2027-0001"
    assert Path(answer["file"]).is_absolute()
    assert Path(answer["file"]).name == "handover-UNODC-2027-0001.pdf"
    text = pdfs.text_of(Path(answer["file"]).read_bytes())
    for words in ("Test Giver", "Test Receiver", "order No. 12", "Letter No. 14/2-1187", "Генеральная прокуратура"):
        assert words in text, words
    (left,) = answer["balances"]
    assert left.pop("title") in tuple(TITLE)
    assert left == {"language": "ky", "edition": "2026", "balance": 0}


def test_more_than_there_is_is_refused_and_leaves_nothing(app: Flask, code: str) -> None:
    run(app, "hand-over", code, str(FILE))
    answer = run(app, "hand-over", code, str(FILE), exit_code=1)
    assert "only 0 copies" in answer["error"]
    assert db.session.scalar(select(func.count()).select_from(Handover)) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"date": "2026-13-01"}, "date: must be a date"),
        ({"date": "2001-01-01"}, "came there on"),
        ({"receiving": {"institution": "Nowhere at all"}}, "receiving.institution: there is no institution"),
        ({"giving": {"institution": "UNODC"}}, "name of whoever hands over"),
        ({"items": []}, "Give the copies of at least one title."),
        (
            {"receiving": {"institution": "GPO", "name": "A", "proxy": {"name": "B", "attorney": {"number": "5"}}}},
            "receiving.proxy.attorney.date",
        ),
        ({"items": [{"title_ru": "Другая книга", "language": "ru", "quantity": 1}]}, "items[1].title_ru"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(
    app: Flask, code: str, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    path = tmp_path / "act.json"
    path.write_text(json.dumps(json.loads(FILE.read_text(encoding="utf-8")) | changes), encoding="utf-8")
    assert words in run(app, "hand-over", code, str(path), exit_code=1)["error"]


def test_unknown_training_is_refused(app: Flask, code: str) -> None:
    assert "no training" in run(app, "hand-over", "OSH-2099-99", str(FILE), exit_code=1)["error"]
