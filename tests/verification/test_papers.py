"""A paper finds its record: by its QR code or its number, for those who may; and the head that it prints is checked."""

import pytest
from sqlalchemy.orm import scoped_session

from portal.audit import queries as audit
from portal.trainings import paper_numbers
from portal.trainings.models import Training
from portal.trainings.paper_numbers import PaperKind, PaperNumber, mark_of
from tests import factories
from tests.browser import Browser
from tests.factories.base import NOW

TYPED = [
    ("OSH-2026-01-S1", PaperNumber("OSH-2026-01", PaperKind.SHEET, "1")),
    (" № osh – 2026 – 01 – s1 ", PaperNumber("OSH-2026-01", PaperKind.SHEET, "1")),
    ("ОSН-2026-01-Р", PaperNumber("OSH-2026-01", PaperKind.PARTICIPANTS)),  # Cyrillic О, Н and Р
    ("OSH-2026-01-RIO2L", PaperNumber("OSH-2026-01", PaperKind.RECEIPTS, "1021")),
    ("OSH-2026-01-X1", None),
    ("OSH-2026-0012", None),
    ("", None),
]


@pytest.mark.parametrize(("typed", "number"), TYPED)
def test_number_is_read_as_it_is_typed(typed: str, number: PaperNumber | None) -> None:
    assert paper_numbers.read(typed) == number
    if number is not None:
        assert paper_numbers.read(str(number)) == number


def test_paper_leads_to_its_record_whoever_may_see_it(browser: Browser, session: scoped_session) -> None:
    training: Training = factories.make_training(region="KG-GO")
    material = factories.make_material()
    act = factories.make_handover(training, material, number="UNODC-2026-0007", state="printed", printed_at=NOW)
    certificate = factories.make_certificate(factories.make_registration(training=training, state="confirmed"))
    factories.make_agenda_version(training)
    session.commit()
    code, title = training.code, material.reference
    leads = {
        f"{code}-S2": f"/trainings/{code}/attendance/sheets/{training.ends_on}",
        f"{code}-S9": f"/trainings/{code}/attendance",
        f"{code}-R{mark_of(title)}": f"/trainings/{code}/receipts/{title}",
        f"{code}-A1": f"/trainings/{code}/agenda/versions/1",
        f"{code}-C": f"/trainings/{code}/lists",
        f"{code}-J": f"/trainings/{code}/certificates/register",
        f"{code}-T": f"/trainings/{code}/report",
        code: f"/trainings/{code}",
        act.number: f"/hand-over-acts/{act.reference}",
        certificate.number: f"/trainings/{code}/certificates/{certificate.number}",
        certificate.code.lower(): f"/trainings/{code}/certificates/{certificate.number}",
    }
    here, there, donor = (
        factories.make_coordinator("Аида", side="south"),
        factories.make_coordinator("Бакыт", side="north"),
        factories.make_account("donor", projects=[factories.get_project()]),
    )
    session.commit()
    for number in (f"{code}-S1", act.number):
        answer = browser.send("GET", f"/papers/{number}")
        assert answer.status == 303 and answer.headers["Location"].startswith("/sign-in")
        assert browser.again().sign_in(donor).send("GET", f"/papers/{number}").status == 403
        assert browser.again().sign_in(there).send("GET", f"/papers/{number}").status == 404
    browser.sign_in(here)
    assert browser.get(browser.send("GET", f"/papers/{code}-S2").headers["Location"]).h1
    for typed, address in leads.items():
        assert browser.send("GET", f"/papers?q={typed}").headers["Location"] == address, typed
    foreign = browser.again().sign_in(there)
    for typed in (*leads, "XXX-2026-01-S1"):
        assert "Nothing found" in foreign.get(f"/papers?q={typed}").text, typed


def test_printed_head_stands_in_the_chain_or_does_not(browser: Browser, session: scoped_session) -> None:
    factories.make_material()
    account = factories.make_coordinator("Аида", side="south")
    session.commit()
    head = audit.newest_head()
    factories.make_material()  # The log goes on after the paper was printed.
    session.commit()
    browser.sign_in(account)
    for typed in (str(head), f"журнал № {head.number} · {head.hash[:12].upper()}", head.hash):
        page = browser.get(f"/papers?q={typed}")
        assert f"Entry № {head.number} of the audit log" in page.text, typed
    for typed in (f"{head.number + 1} {head.hash[:12]}", f"{head.number} {'0' * 12}"):
        assert "does not stand in the chain" in browser.get(f"/papers?q={typed}").text, typed
