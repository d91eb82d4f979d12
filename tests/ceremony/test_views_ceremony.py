"""A ceremony on a phone: papers issued before the last session ends, handed over one by one, and the register of it."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from portal.certificates.models import Certificate, CertificateMark
from portal.platform import clock
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.certificates.arranged import certificates_of, complete, confirm, make_ready
from tests.pages import Page
from tests.pdfs import text_of

PAGES = "/trainings/OSH-2026-07/certificates"
CEREMONY, HAND_OVER, REGISTER = f"{PAGES}/ceremony", f"{PAGES}/hand-over", f"{PAGES}/register"


@pytest.fixture
def training(session) -> Training:
    """Return a training whose last session has begun an hour ago."""
    now = clock.now()
    today = now.astimezone(ZoneInfo("Asia/Bishkek")).date()
    made = factories.make_training(code="OSH-2026-07", starts_on=today, days=1, sessions=0, minimum_attendance=80)
    times = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1), "local_date": today}
    factories.make_session(made, **times)
    return made


def come(training: Training, family: str) -> None:
    """Add somebody with a confirmed name whom nobody has marked yet."""
    person = factories.make_person(family, "Азамат")
    confirm(factories.make_registration(training=training, person=person, state="confirmed"))


@pytest.fixture
def coordinator(browser: Browser, aida) -> Browser:
    return browser.sign_in(aida)


def next_of(page: Page) -> str:
    """Return whose paper lies on top."""
    found = re.search(r'id="next-paper".*?<b[^>]*>(.*?)</b>', page.html, re.DOTALL)
    assert found, page.text
    return found[1]


def test_papers_are_issued_before_the_end_once_and_in_the_chosen_order(
    coordinator: Browser, training: Training, session, run_jobs: Callable[[], int]
) -> None:
    for family in ("Асанов", "Бекова"):
        come(training, family)
    factories.make_registration(training=training, person=factories.make_person("Газиев", "Эрлан"), state="confirmed")
    page = coordinator.get(PAGES).follow("Closing ceremony")
    assert "Issue 2 certificates for the ceremony" in page.text and "Name not confirmed" in page.text
    form, other_window = page.form("Issue for the ceremony"), coordinator.get(CEREMONY).form("Issue for the ceremony")
    page, again = form.submit(), form.submit()
    assert page.url == again.url == CEREMONY
    assert "The list has changed meanwhile" in other_window.submit(status=409).refusal()
    assert session.scalar(select(func.count()).select_from(Certificate)) == 2
    run_jobs()
    assert coordinator.take(f"{PAGES}/print").body.startswith(b"%PDF")
    page = coordinator.get(CEREMONY).follow("Order and seats")
    references = re.findall(r'name="(seat-[^"]+)"', page.html)
    assert len(references) == 3
    stale = coordinator.get(f"{CEREMONY}/order").form("Save").fill(print_order="institution")
    page = page.form("Save").fill(print_order="seat", **{references[0]: "x"}).submit(status=422)
    assert "A seat is a whole number from 1 to 9999." in page.refusal()
    page.form("Save").fill(**{references[0]: "9", references[1]: "3"}).submit()
    page = stale.submit(status=409)
    assert "Somebody else has saved this meanwhile" in page.refusal() and "Асанов Азамат" in page.text
    coordinator.post(f"{PAGES}/zip")
    run_jobs()
    with zipfile.ZipFile(io.BytesIO(coordinator.take(f"{PAGES}/zip").body)) as archive:
        assert [name.split("-")[-1] for name in archive.namelist()] == ["Бекова.pdf", "Асанов.pdf"]
    assert next_of(coordinator.get(HAND_OVER)) == "Бекова Азамат"


def test_list_only_looks_ahead_on_another_day(coordinator: Browser, training: Training, session) -> None:
    come(training, "Асанов")
    one = training.sessions[0]
    one.ends_at = clock.now() - timedelta(seconds=1)
    page = coordinator.get(CEREMONY)
    assert "The last session is over" in page.text and not page.has_form("Issue for the ceremony")
    page = coordinator.post(f"{CEREMONY}/issue", {"seen": "x", "form_key": "k"}, status=409)
    assert "mark who was there, then issue as usual" in page.refusal()
    assert session.scalar(select(func.count()).select_from(Certificate)) == 0


@pytest.fixture
def papers(session, training: Training) -> list[Certificate]:
    for family in ("Асанов", "Бекова", "Газиев", "Дооронов"):
        make_ready(training, family, "Азамат")
    made = complete(training)
    for one in made:
        one.is_for_ceremony = True
    session.commit()
    return made


def test_papers_are_handed_over_on_a_phone(coordinator: Browser, training: Training, papers, session) -> None:
    page = coordinator.get(PAGES).follow("Hand over")
    first, other_window = page.form("Handed over"), coordinator.get(HAND_OVER).form("Not here")
    page, again = first.submit("Handed over"), first.submit("Handed over")
    assert next_of(page) == next_of(again) == "Бекова Азамат"
    page = other_window.submit("Not here", status=409)
    assert "Somebody has noted something else about № TIP-2026-0001" in page.refusal()
    page = coordinator.get(f"{HAND_OVER}?show=open")
    row = page.form(f"{HAND_OVER}/TIP-2026-0002?show=open")
    assert row
    sent = {"act": "on_behalf", "seen": "0", "from": "row"}
    page = coordinator.post(f"{HAND_OVER}/TIP-2026-0002", {**sent, "form_key": "a"}, status=422)
    assert "Write who has taken the certificate." in page.refusal()
    taken = {**sent, "received_by": " Осмонова  Гүлзат ", "form_key": "b"}
    assert "taken by Осмонова Гүлзат" in coordinator.post(f"{HAND_OVER}/TIP-2026-0002", taken).text
    page = coordinator.get(HAND_OVER)
    assert '<input type="checkbox" form="rest" name="left" value="TIP-2026-0004">' in page.html
    coordinator.post(f"{HAND_OVER}/rest", {**page.form("Note all of them").fields, "left": "TIP-2026-0004"})
    states = {one.number: one.id for one in papers}
    said = dict(session.execute(select(CertificateMark.certificate_id, CertificateMark.state)).all())
    assert said[states["TIP-2026-0003"]] == "handed_over" and said[states["TIP-2026-0004"]] == "unclaimed"
    page = coordinator.get(HAND_OVER)
    assert "Nothing lies on the table any more." in page.text
    page = page.form("Undo for all at once (2)").submit()
    assert "Taken back: 2." in page.text and next_of(page) == "Газиев Азамат"


def test_paper_printed_in_vain_is_void_in_the_register(coordinator: Browser, training: Training, papers) -> None:
    left = certificates_of(training)[1]
    factories.make_mark(left.registration, training.sessions[0], "absent", is_decision=True)
    code = left.code
    page = coordinator.get(HAND_OVER)
    assert not page.has_form("Make № TIP-2026-0001 void"), "Whoever meets the rule keeps the paper."
    page = page.form("Make № TIP-2026-0002 void").submit()
    assert "Void" in page.tags()
    assert coordinator.as_stranger().get("/verify").form("Check").fill(code=code).submit().h1 == "Revoked"
    page = page.follow("Issue register")
    assert [row["№"] for row in page.rows()] == [f"TIP-2026-000{number}" for number in (1, 2, 3, 4)]
    assert page.row("TIP-2026-0002")["State"] == "Void"


def test_register_leaves_as_paper_and_spreadsheet(coordinator: Browser, training: Training, papers, session) -> None:
    other = factories.make_training(region="KG-Y")
    make_ready(other, "Северная", "Айгүл")
    complete(other)
    make_ready(training, "Эсенов", "Азамат")
    complete(training)
    page = coordinator.get(REGISTER)
    assert "№ TIP-2026-0005: numbers of other trainings" in page.text
    answer = coordinator.speak("ru").send("POST", f"{REGISTER}/pdf", data={"csrf_token": coordinator.csrf_token()})
    words = text_of(answer.body)
    for said in ("Журнал выдачи сертификатов", "Дооронов Азамат", "TIP-2026-0006", "Подпись получателя"):
        assert said in words
    assert "Северная" not in words
    answer = coordinator.send("POST", f"{REGISTER}/xlsx", data={"csrf_token": coordinator.csrf_token()})
    assert answer.body.startswith(b"PK")
    coordinator.speak("en")
    page = coordinator.get("/certificate-registers").follow("TIP-2026")
    assert "№ TIP-2026-0005: another region" in page.text and "Северная" not in page.text
    assert "Эсенов Азамат" in page.text
    answer = coordinator.send(
        "POST", "/certificate-registers/TIP/2026/xlsx", data={"csrf_token": coordinator.csrf_token()}
    )
    with zipfile.ZipFile(io.BytesIO(answer.body)) as book:
        cells = b"".join(book.read(name) for name in book.namelist()).decode()
    assert "Эсенов" in cells and "Северная" not in cells
    answer = coordinator.send(
        "POST", "/certificate-registers/TIP/2026/pdf", data={"csrf_token": coordinator.csrf_token()}
    )
    words = text_of(answer.body)
    assert "localhost/certificate-registers/TIP/2026 · log entry" in words, "The way back, and the head of the log."
    assert "Эсенов Азамат" in words and "Северная" not in words


def test_it_is_nobody_elses_business(
    browser: Browser, bakyt, auditor, dana, training: Training, papers, session
) -> None:
    reads = [CEREMONY, HAND_OVER, REGISTER]
    number = papers[0].number
    acts = [f"{CEREMONY}/issue", f"{CEREMONY}/order", f"{HAND_OVER}/{number}", f"{HAND_OVER}/{number}/void"]
    acts += [f"{HAND_OVER}/rest", f"{HAND_OVER}/undo-rest", f"{REGISTER}/pdf", f"{REGISTER}/xlsx"]
    north, reader = browser.sign_in(bakyt), browser.as_stranger().sign_in(auditor)
    donor = browser.as_stranger().sign_in(dana)
    for url in reads:
        north.get(url, status=404)
        donor.get(url, status=403)
        assert not re.search(r'<form[^>]*method="post"[^>]*action="/trainings', reader.get(url).html)
    for url in acts:
        sent = {"act": "self", "seen": "0", "form_key": "k"}
        north.post(url, sent, status=404)
        reader.post(url, sent, status=403)
    donor.get("/certificate-registers", status=403)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(CertificateMark)) == 0


def test_queries_do_not_grow_with_the_papers(coordinator: Browser, training: Training) -> None:
    counts = []
    for number in (1, 2, 120):
        for _each in range(number):
            make_ready(training)
        complete(training)
        counts.append({url: len(coordinator.get(url).queries) for url in (CEREMONY, HAND_OVER, REGISTER)})
    assert counts[0] == counts[1] == counts[2], counts
