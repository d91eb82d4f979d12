"""Lists, sheets, agendas and reports with their QR code and foot are PDF/UA-1, as they leave the portal."""

from pathlib import Path

import pytest
from flask import Flask

from tests import verapdf
from tests.world import make_world


@pytest.mark.slow
@pytest.mark.databases("sqlite")
def test_papers_of_a_training_conform(app: Flask, tmp_path: Path) -> None:
    world = make_world(registrations=24)
    here = world.here
    training = f"/trainings/{here['code']}"
    for language in ("ky", "ru", "en"):
        browser = world.browser(app, "coordinator here", language)
        papers = {
            "sheet": f"{training}/attendance/sheets/{here['day']}/pdf",
            "receipts": f"{training}/receipts/{here['material_reference']}/pdf",
        }
        for name, address in papers.items():
            (tmp_path / f"{name}-{language}.pdf").write_bytes(browser.take(address).body)
        agenda = browser.download(f"{training}/agenda/versions/1.pdf")
        (tmp_path / f"agenda-{language}.pdf").write_bytes(agenda.body)
        for name, address in {
            "participants": f"{training}/lists/participants/pdf",
            "institutions": f"{training}/lists/institutions/pdf",
            "inside": f"{training}/report/inside",
            "outside": f"{training}/report/outside",
        }.items():
            data = {"csrf_token": browser.csrf_token(), "language": language}
            answer = browser.send("POST", address, data=data)
            assert answer.headers["Content-Type"] == "application/pdf", name
            (tmp_path / f"{name}-{language}.pdf").write_bytes(answer.body)
    files = sorted(tmp_path.glob("*.pdf"))
    assert len(files) == 21
    verdicts = [verdict for verdict in verapdf.check(files) if verdict.profile == "ua1"]
    assert len(verdicts) == len(files)
    assert [(verdict.file.stem, verdict.faults) for verdict in verdicts if verdict.faults] == []
