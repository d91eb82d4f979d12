"""The audit log as its readers meet it."""

import io
import re
import zipfile

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.audit import operations as audit
from portal.audit.models import AuditEntry
from portal.platform import sheets
from tests import factories
from tests.browser import Browser
from tests.factories import NOW

CHANGED = {"before": {"contact_phone": "+996555010203", "hall_capacity": 40}}
CHANGED["after"] = {"contact_phone": "+996555999999", "hall_capacity": 60}


def record(subject: str, event: str = "trainings.venue_changed", **values: object) -> AuditEntry:
    return audit.record(event, subject, **{"actor": Operator(), "now": NOW, **values})  # type: ignore[arg-type]


def test_administrator_sees_what_changed_newest_first(browser: Browser, admin: Account) -> None:
    record("venue 1", **CHANGED)
    record("venue 2", actor=admin, before={"hall_capacity": 1}, after={"hall_capacity": 2})
    page = browser.sign_in(admin).get("/audit")
    assert page.text.index("venue 2") < page.text.index("venue 1")
    for words in ("Venue changed", "+996555010203", "40", "60", admin.name, "Command line"):
        assert words in page.text


def test_auditor_is_not_shown_restricted_details(browser: Browser) -> None:
    record("venue 1", **CHANGED)
    browser.sign_in(factories.make_account("auditor"))
    page = browser.get("/audit")
    assert "+996555" not in page.html
    assert "not shown to your role" in page.text
    assert "60" in page.text


def test_auditor_is_not_shown_names(browser: Browser, admin: Account) -> None:
    record("registration 7XK2M9QP", "certificates.names_confirmed", after={"cyrillic": "Асанова", "source": "passport"})
    assert "Асанова" in browser.sign_in(admin).get("/audit").text
    page = browser.as_stranger().sign_in(factories.make_account("auditor")).get("/audit")
    assert "Асанова" not in page.html and "not shown to your role" in page.text and "passport" in page.text


def test_exported_cells_are_texts_and_never_formulas(browser: Browser, admin: Account) -> None:
    bait = '=HYPERLINK("https://evil.example",A1)'
    record("=1+1", before={"name_en": "+cmd|' /C calc'!A0"}, after={"name_en": bait}, actor=admin)
    browser.sign_in(admin).get("/audit")
    answer = browser.send("POST", "/audit/export", data={"csrf_token": browser.csrf_token(), "subject": "=1+1"})
    (sheet,) = sheets.read(answer.body)
    assert sheet.rows[-1][1:] == [
        admin.name,
        "trainings.venue_changed",
        "Venue changed",
        "=1+1",
        "name_en: +cmd|' /C calc'!A0",
        f"name_en: {bait}",
    ]
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        parts = [archive.read(name) for name in archive.namelist()]
    assert not any(re.search(rb"<f[ >]|<hyperlink", part) for part in parts)


def test_filters_narrow_the_log(browser: Browser, admin: Account) -> None:
    record("venue 1", **CHANGED)
    record("venue 12", **CHANGED)
    record("training OSH-2026-01", "evaluation.opened", actor=admin)
    browser.sign_in(admin)
    only = browser.get("/audit?subject=venue 1").text
    assert "venue 1" in only
    assert "venue 12" not in only
    assert "venue 12" in browser.get("/audit?subject=VENUE").text
    assert "OSH-2026-01" in browser.get(f"/audit?actor={admin.name}&event=evaluation.opened").text
    assert "No entry fits" in browser.get("/audit?to=1999-12-31").text
    assert "venue 12" in browser.get(f"/audit?from={NOW:%Y-%m-%d}&to=nonsense&page=99&actor=operator").text


def test_erased_detail_is_said_to_be_erased(browser: Browser, admin: Account) -> None:
    entry = record("venue 1", **CHANGED)
    audit.erase_detail(entry.id, "asked for", actor=admin, now=NOW)
    assert "Details erased" in browser.sign_in(admin).get("/audit?subject=venue 1").text


def test_page_asks_as_often_for_many_entries(browser: Browser, admin: Account) -> None:
    record("venue 1", **CHANGED)
    browser.sign_in(admin).get("/audit")
    one = len(browser.get("/audit").queries)
    for number in range(60):
        record(f"venue {number}", actor=factories.make_account() if number < 5 else admin, **CHANGED)
    page = browser.get("/audit")
    assert len(page.queries) == one <= 6
    assert "1–50 of" in page.text


def test_training_leads_to_its_history(browser: Browser, admin: Account, aida: Account) -> None:
    training = factories.make_training()
    page = browser.sign_in(admin).get(f"/trainings/{training.code}")
    assert browser.get(page.links["History"]).h1 == "Audit log"
    assert "History" not in browser.as_stranger().sign_in(aida).get(f"/trainings/{training.code}").links


def test_export_stands_in_the_log(browser: Browser, admin: Account) -> None:
    record("venue 1", **CHANGED)
    page = browser.sign_in(admin).get("/audit?subject=venue 1")
    data = {"csrf_token": browser.csrf_token(), "subject": "venue 1"}
    answer = browser.send("POST", "/audit/export", data=data)
    assert page.h1 == "Audit log"
    assert answer.status == 200
    assert answer.response.data.startswith(b"PK")
    assert "Audit log exported" in browser.get("/audit?event=audit.exported").text
