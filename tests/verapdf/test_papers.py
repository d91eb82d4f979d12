"""What the portal prints conforms to what its files declare."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from portal.attendance.documents import Day, SheetRow, attendance_sheet
from portal.platform import pdf
from portal.registration.documents import Slip, slips
from tests import pdfs, verapdf
from tests.materials import sample_acts

ARCHIVED = ("certificate", "act")


@pytest.mark.slow
def test_papers_conform(renderer: pdf.Renderer, tmp_path: Path) -> None:
    of = pdfs.delivery(signatories=3)
    replaced = pdfs.facts(pdfs.SIXTY_LETTERS, of=of, kind="attendance", replaces="OSH-2026-0012", latin_name="")
    papers = {
        "certificate": pdfs.print_certificate(renderer, pdfs.facts()),
        "certificate-replaced": pdfs.print_certificate(renderer, replaced),
    }
    slip = Slip(pdfs.LONG_NAME, "7K3M9QXT", "123456", "https://portal.example.org/my")
    day = Day("OSH-2026-01", pdfs.TITLE, "Проект", ["INL"], "Ош", date(2026, 11, 24), 1, 2, "Айда Маматова")
    rows = [SheetRow(str(number), pdfs.LONG_NAME, "следователь", "МВД", "город Ош") for number in range(1, 60)]
    for lang in ("ky", "ru", "en"):
        sheet = attendance_sheet(day, rows, blank_rows=6, lang=lang)
        handed_out = slips("OSH-2026-01", pdfs.TITLE, "portal.example.org/my", [slip] * 11, lang=lang)
        for name, facts in (("attendance_sheet", sheet), ("slips", handed_out)):
            papers[f"{name}-{lang}"] = renderer.render(
                f"{name}.html", facts.as_dict(), title="OSH-2026-01", lang=lang, created_at=pdfs.ISSUED_AT
            )
        papers[f"receipt_list-{lang}"] = sample_acts.print_receipts(renderer, sample_acts.receipts(lang=lang))
    papers["act"] = sample_acts.print_act(renderer)
    papers["act-long"] = sample_acts.print_act(renderer, replace(sample_acts.long_deed(), is_in_english=True))
    for name, paper in papers.items():
        (tmp_path / f"{name}.pdf").write_bytes(paper)
    verdicts = verapdf.check(sorted(tmp_path.glob("*.pdf")))
    assert len(verdicts) == 2 * len(papers)
    archived = [verdict for verdict in verdicts if verdict.profile == "3a" and verdict.file.stem.startswith(ARCHIVED)]
    accessible = [verdict for verdict in verdicts if verdict.profile == "ua1"]
    assert [(verdict.file.stem, verdict.faults) for verdict in archived + accessible if verdict.faults] == []
