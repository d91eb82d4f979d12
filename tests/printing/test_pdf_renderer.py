"""The child process: it may crash, hang or be missing what it needs; the portal goes on."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest

from portal.attendance.documents import Day, attendance_sheet
from portal.config import ROOT
from portal.platform import jail
from portal.printing import client, fonts, orders
from portal.printing.orders import Order
from tests import pdfs


@pytest.fixture
def unjailed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start children as on a machine without bubblewrap, where they can be looked into; `test_jail` has the others."""
    monkeypatch.setattr(jail, "is_there", lambda: False)


@pytest.fixture
def own(renderer: client.Renderer) -> Iterator[client.Renderer]:
    """Return a renderer that a test may break."""
    with closing(client.Renderer()) as fresh:
        yield fresh


def render_endless(renderer: client.Renderer) -> bytes:
    """Ask for a sheet of so many rows that it takes minutes."""
    day = Day("OSH-2026-01", pdfs.TITLE, "", [], "Ош", date(2026, 11, 24), 1, 2, "Аида")
    printed = attendance_sheet(day, [], blank_rows=9_999, lang="ru").as_dict()
    printed["blank_rows"] = [1] * 4_000  # Few bytes, so that no extra time is granted.
    return renderer.render(Order("attendance_sheet.html", printed, title="Long", lang="ru", created_at=pdfs.ISSUED_AT))


def is_certificate(document: bytes) -> bool:
    return pdfs.LONG_NAME in pdfs.text_of(document)


def test_crash_in_the_middle_fails_one_document_and_the_next_works(own: client.Renderer) -> None:
    own.start()
    crashed = own.process_id
    threading.Timer(0.3, os.kill, (crashed, signal.SIGKILL)).start()
    with pytest.raises(client.RenderFailed, match="SIGKILL"):
        render_endless(own)
    assert is_certificate(pdfs.print_certificate(own, pdfs.facts()))
    assert own.process_id != crashed


def test_crash_between_documents_is_not_noticed(own: client.Renderer) -> None:
    own.start()
    os.kill(own.process_id, signal.SIGKILL)
    os.waitid(os.P_PID, own.process_id, os.WEXITED | os.WNOWAIT)
    assert is_certificate(pdfs.print_certificate(own, pdfs.facts()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (client.Limits(cpu_seconds=0), "processor time"),
        (client.Limits(wall_seconds=0.3), "longer than 0.3 seconds"),
        (client.Limits(memory_mb=260, cpu_seconds=300, wall_seconds=300), "MemoryError|SIG|exit status"),
    ],
    ids=["processor", "time", "memory"],
)
def test_document_over_a_limit_fails_and_the_next_works(
    renderer: client.Renderer, limits: client.Limits, reason: str
) -> None:
    with closing(client.Renderer(limits)) as limited:
        with pytest.raises(client.RenderFailed, match=reason):
            render_endless(limited)
        with pytest.raises(client.RenderFailed, match="TemplateNotFound"):  # A child that answers.
            limited.render(Order("missing.html", {}, title="None", lang="ky", created_at=pdfs.ISSUED_AT))


def test_unknown_template_fails_and_the_child_lives(own: client.Renderer) -> None:
    own.start()
    child = own.process_id
    for name in ("../mail/welcome.html", "missing.html", "/etc/passwd"):
        with pytest.raises(client.RenderFailed, match="TemplateNotFound"):
            own.render(Order(name, {}, title="None", lang="ky", created_at=pdfs.ISSUED_AT))
    assert own.process_id == child


def test_missing_fact_fails_by_its_name(renderer: client.Renderer) -> None:
    incomplete = {name: value for name, value in pdfs.facts().as_dict().items() if name != "issued_on"}
    with pytest.raises(client.RenderFailed, match="issued_on"):
        renderer.render(Order("certificate.html", incomplete, title="None", lang="ky", created_at=pdfs.ISSUED_AT))


def test_moment_without_a_zone_is_refused(renderer: client.Renderer) -> None:
    naive = datetime(2026, 11, 26, 5)  # noqa: DTZ001 - this is what must be refused
    with pytest.raises(ValueError, match="time zone"):
        renderer.render(Order("certificate.html", {}, title="None", lang="ky", created_at=naive))


def test_refused_letter_comes_back_with_its_reason(renderer: client.Renderer) -> None:
    with pytest.raises(fonts.TextRefused) as refusal:
        pdfs.print_certificate(renderer, pdfs.facts("Айбек😀"))
    assert (refusal.value.reason, refusal.value.letter) == (fonts.TextRefusal.LETTER, "😀")
    assert "😀" in str(refusal.value)


@pytest.mark.usefixtures("unjailed")
def test_child_has_nothing_of_the_portal_and_leaves_nothing_behind(
    renderer: client.Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", "not for the renderer, whatever happens")
    with closing(client.Renderer()) as fresh:
        fresh.start()
        variables = dict(
            entry.split("=", 1) for entry in Path(f"/proc/{fresh.process_id}/environ").read_text().split("\0") if entry
        )
        folder = Path(variables["TMPDIR"])
        assert folder.is_dir()
    assert not [name for name in variables if name.startswith(("PORTAL", "DATABASE"))]
    assert not folder.exists()


def test_child_of_a_killed_parent_ends_and_cleans_up(renderer: client.Renderer) -> None:
    script = (
        "import time; from portal.printing import client; from portal.platform import jail;"
        "jail.is_there = lambda: False; r = client.Renderer(); r.start();"
        "print(r.process_id, flush=True); time.sleep(99)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    variables = Path(f"/proc/{child}/environ").read_text()
    folder = Path(variables.split("TMPDIR=")[1].split("\0")[0])
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()


def test_missing_pango_names_the_packages(
    renderer: client.Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdfs.lose_pango(monkeypatch, tmp_path)
    with (
        closing(client.Renderer()) as broken,
        pytest.raises(client.PdfUnavailable, match="apt-get install -y libpango-1.0-0"),
    ):
        broken.start()


@pytest.mark.slow
def test_same_facts_give_the_same_bytes_in_two_processes(own: client.Renderer, renderer: client.Renderer) -> None:
    printed = pdfs.facts()
    for variant in orders.Variant:
        first = pdfs.print_certificate(renderer, printed, variant)
        assert pdfs.print_certificate(own, printed, variant) == first
        assert pdfs.print_certificate(renderer, printed, variant) == first


def test_web_process_starts_without_what_makes_and_seals_documents() -> None:
    heavy = ("weasyprint", "pyhanko")
    script = f"import sys, portal.app, portal.printing; print([one for one in {heavy} if one in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.usefixtures("unjailed")
def test_memory_of_the_child_stays_flat(own: client.Renderer) -> None:
    def resident() -> int:
        status = Path(f"/proc/{own.process_id}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    for count in range(300):
        pdfs.print_certificate(own, pdfs.facts(f"Асанова Чолпон {count}"))
        if count == 50:
            settled = resident()
    assert resident() - settled < 5_000
    assert resident() < 200_000
