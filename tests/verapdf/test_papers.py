"""What the portal prints conforms to what its files declare."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from portal.attendance.documents import Day, SheetRow, attendance_sheet
from portal.participants.documents import Slip, SlipFacts
from portal.printing import client, orders
from portal.printing.orders import Order
from portal.signing import keys
from portal.signing.seal import Sealer
from tests import pdfs, verapdf
from tests.handovers import sample_acts

ARCHIVED = ("certificate", "act", "note")


def sealed_papers(renderer: client.Renderer, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield certificates and acts as they are stored, whose field for the seal is told in each language."""
    sealer = Sealer(keys.current(folder, host="portal.example.org", now=pdfs.ISSUED_AT), folder)
    act = replace(sample_acts.long_act(), is_in_english=True)
    papers = {
        "certificate": ("certificate.html", pdfs.facts().as_dict(), "credential.json"),
        "act": ("handover_act.html", sample_acts.as_standing(act.as_dict()), "act.json"),
    }
    for name, (template, facts, attached) in papers.items():
        for lang in ("ky", "ru", "en"):
            attachments = ((attached, sealer.facts({"number": "OSH-2026-0001"})),)
            order = orders.Order(template, facts, name, lang, pdfs.ISSUED_AT, orders.Variant.ARCHIVAL, attachments)
            yield f"{name}-sealed-{lang}", sealer.seal(renderer.render(sealer.order(order)))


@pytest.mark.slow
def test_papers_conform(renderer: client.Renderer, tmp_path: Path) -> None:
    of = pdfs.delivery(signatories=3)
    replaced = pdfs.facts(pdfs.SIXTY_LETTERS, of=of, kind="attendance", replaces="OSH-2026-0012", latin_name="")
    papers = {
        "certificate": pdfs.print_certificate(renderer, pdfs.facts()),
        "certificate-replaced": pdfs.print_certificate(renderer, replaced),
    }
    for number, place in ((5, "top"), (2, "sides")):
        shown, pictures = pdfs.logos(number)
        designed = replace(of, logos=shown, logos_at=place, disclaimer=pdfs.TITLE, line=pdfs.TITLE)
        printed = pdfs.facts(of=designed, kind="facilitator")
        papers[f"certificate-{place}"] = pdfs.print_certificate(renderer, printed, pictures=pictures)
    slip = Slip(pdfs.LONG_NAME, "7K3M9QXT", "123456", "https://portal.example.org/my")
    day = Day("OSH-2026-01", pdfs.TITLE, "Проект", ["INL"], "Ош", date(2026, 11, 24), 1, 2, "Айда Маматова")
    rows = [SheetRow(str(number), pdfs.LONG_NAME, "следователь", "МВД", "город Ош") for number in range(1, 60)]
    for lang in ("ky", "ru", "en"):
        sheet = attendance_sheet(day, rows, blank_rows=6, lang=lang)
        handed_out = SlipFacts(lang, "OSH-2026-01", getattr(pdfs.TITLE, lang), "portal.example.org/my", (slip,) * 11)
        for name, facts in (("attendance_sheet", sheet), ("slips", handed_out)):
            papers[f"{name}-{lang}"] = renderer.render(
                Order(f"{name}.html", facts.as_dict(), title="OSH-2026-01", lang=lang, created_at=pdfs.ISSUED_AT)
            )
        papers[f"receipt_list-{lang}"] = sample_acts.print_receipts(renderer, sample_acts.receipts(lang=lang))
    papers["act"] = sample_acts.print_act(renderer)
    papers["act-long"] = sample_acts.print_act(renderer, replace(sample_acts.long_act(), is_in_english=True))
    papers |= dict(sealed_papers(renderer, tmp_path))
    papers["act-correcting"] = sample_acts.print_act(renderer, sample_acts.correcting_act())
    papers["act-in-parts"] = sample_acts.print_act(renderer, sample_acts.facts_of(in_parts=True))
    papers["note"] = sample_acts.print_note(renderer)
    for name, paper in papers.items():
        (tmp_path / f"{name}.pdf").write_bytes(paper)
    verdicts = verapdf.check(sorted(tmp_path.glob("*.pdf")))
    assert len(verdicts) == 2 * len(papers)
    archived = [verdict for verdict in verdicts if verdict.profile == "3a" and verdict.file.stem.startswith(ARCHIVED)]
    accessible = [verdict for verdict in verdicts if verdict.profile == "ua1"]
    assert [(verdict.file.stem, verdict.faults) for verdict in archived + accessible if verdict.faults] == []
