"""The commands: one JSON object on stdout, exit 0 done, 1 refused with a reason, 2 wrong use."""

import json
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from portal.catalog.models import Donor
from portal.platform.db import db
from portal.trainings.models import Training

SAMPLE = Path(__file__).parents[1] / "data" / "training.json"


def test_load_reference_repeated_adds_nothing(app: Flask) -> None:
    run = app.test_cli_runner()
    first = json.loads(run.invoke(args=["load-reference", "--json"]).stdout)
    again = json.loads(run.invoke(args=["load-reference", "--json"]).stdout)
    assert first.keys() == {"regions", "institutions", "ranks", "posts", "donors"}
    assert set(again.values()) == {0}
    assert db.session.scalars(select(Donor.code)).all() == ["INL"]


def test_create_training_prints_its_code(app: Flask) -> None:
    run = app.test_cli_runner()
    run.invoke(args=["load-reference"])
    result = run.invoke(args=["create-training", str(SAMPLE), "--json"])
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"code": "NAR-2027-01"})
    assert db.session.scalars(select(Training.code)).all() == ["NAR-2027-01"]


def test_refusal_is_a_reason_and_writes_nothing(app: Flask, tmp_path: Path) -> None:
    wrong = tmp_path / "training.json"
    document = json.loads(SAMPLE.read_text(encoding="utf-8")) | {"ends_on": "2027-03-01"}
    wrong.write_text(json.dumps(document), encoding="utf-8")
    result = app.test_cli_runner().invoke(args=["create-training", str(wrong), "--json"])
    assert result.exit_code == 1
    assert "ends_on" in json.loads(result.stdout)["error"]
    assert db.session.scalar(select(func.count()).select_from(Training)) == 0


def test_wrong_use_is_exit_two(app: Flask, tmp_path: Path) -> None:
    run = app.test_cli_runner()
    assert run.invoke(args=["create-training"]).exit_code == 2
    assert run.invoke(args=["create-training", str(tmp_path / "missing.json")]).exit_code == 2
    assert run.invoke(args=["create-training", str(tmp_path)]).exit_code == 2
