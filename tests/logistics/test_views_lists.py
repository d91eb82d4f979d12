"""Lists of people as they leave the house: what stands on them, what never does, and who took them along."""

import re
import subprocess

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Account
from portal.audit.models import AuditEntry
from portal.platform import sheets
from portal.platform.db import db
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.closing.arranged import complete, make_over, miss

pytestmark = pytest.mark.databases("sqlite")
PHONE, REASON = "+996555010203", "Канареечная причина"
RATES = {"day_rate": "1 500,00", "day_share": "20", "travel": "400", "currency": "KGS", "day_minimum": "50"}


@pytest.fixture
def aida(app: Flask) -> Account:
    return factories.make_coordinator("Аида", side="south")


@pytest.fixture
def signed_in(browser: Browser, aida: Account) -> Browser:
    return browser.sign_in(aida)


def make_training() -> Training:
    """Make a training in Osh city: two who came from elsewhere, a resident, and one who did not come."""
    training = make_over(region="KG-GO")
    for family, region in (("Өмүрова", "KG-J"), ("Ңаматова", "KG-B"), ("Үсөнова", "KG-GO")):
        one = complete(training, family)
        one.region_code, one.institution = region, factories.get_institution("GPO")
        one.person.phone = PHONE
    missing = miss(training, "Жоков", reason=REASON)
    missing.institution, missing.person.phone = factories.get_institution("MOI"), PHONE
    db.session.flush()
    return training


def address(training: Training, page: str = "") -> str:
    return f"/trainings/{training.code}/lists{page}"


def take(browser: Browser, training: Training, what: str, **fields: str) -> bytes:
    data = {"csrf_token": browser.csrf_token(), **fields}
    answer = browser.send("POST", address(training, f"/{what}"), data=data)
    assert answer.status == 200, answer.text
    return answer.body


def rows_of(body: bytes) -> list[list[str]]:
    return sheets.read(body)[0].rows


def words_of(body: bytes) -> str:
    """Return the text of a PDF as poppler reads it."""
    run = subprocess.run(["pdftotext", "-layout", "-", "-"], input=body, capture_output=True, check=True)
    return run.stdout.decode()


def finalize(training: Training) -> None:
    training.state = "finalized"
    db.session.commit()


def test_nobody_is_paid_before_the_lock_or_without_rates(signed_in: Browser) -> None:
    training = make_training()
    refused = signed_in.post(address(training, "/payments/pdf"), status=409)
    assert "finalize the training first" in refused.text
    finalize(training)
    refused = signed_in.post(address(training, "/payments/xlsx"), status=409)
    assert "Say first what a day pays" in refused.text
    assert not db.session.scalars(select(AuditEntry).where(AuditEntry.event == "closing.list_exported")).all()


def test_payment_list_pays_days_and_travel_to_whoever_came_from_elsewhere(signed_in: Browser) -> None:
    training = make_training()
    finalize(training)
    page = signed_in.get(address(training)).follow("Say what a day pays")
    page = page.form("Save").fill(**RATES).submit()
    assert "2 people are paid: 1 400,00 KGS" in page.text.replace("\xa0", " ")
    paper = words_of(take(signed_in, training, "payments/pdf")).replace("\xa0", " ")
    assert "1 400,00" in paper and "Ңаматова" in paper and "Үсөнова" not in paper and "Signature" in paper
    rows = rows_of(take(signed_in, training, "payments/xlsx"))
    head = next(number for number, row in enumerate(rows) if row[:2] == ["№", "Full name"])
    paid = [row for row in rows[head + 1 :] if row and row[0].isdigit()]
    assert [(row[1].split()[0], row[3], row[5], row[6], row[7]) for row in paid] == [
        ("Ңаматова", "1", "300", "400", "700"),
        ("Өмүрова", "1", "300", "400", "700"),
    ]
    total = next(row for row in rows if len(row) > 1 and row[1] == "Total, KGS")
    assert total[3] == "2" and total[6:8] == ["800", "1400"]
    text = "\n".join(" ".join(row) for row in rows)
    assert "one thousand four hundred" in text
    assert "Residents of the venue's region, not paid: 1" in text and "Without a day that counts: 1" in text
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.event == "closing.list_exported")).all()
    assert [one.subject for one in entries] == [f"training {training.code}"] * 2


def test_rates_of_two_coordinators_are_compared_and_a_new_form_begins_with_the_last(signed_in: Browser) -> None:
    training = make_training()
    db.session.commit()
    mine, theirs = (signed_in.get(address(training, "/rates")) for _ in range(2))
    theirs.form("Save").fill(**RATES).submit()
    late = mine.form("Save").fill(**{**RATES, "travel": "500"}).submit(status=409)
    assert late.row("Travel, once")["Yours, not saved"] == "500.00"
    late.form("Save").submit()
    other = factories.make_training(region="KG-GO", project=training.project)
    db.session.commit()
    assert 'value="500.00"' in signed_in.get(address(other, "/rates")).html
    refused = (
        signed_in.get(address(other, "/rates")).form("Save").fill(day_rate="-5", day_share="120").submit(status=422)
    )
    assert "Give a sum such as 350.00." in refused.text and "from 0 to 100" in refused.text


def test_list_of_institutions_tells_no_phone_and_no_reason(signed_in: Browser) -> None:
    training = make_training()
    db.session.commit()
    both = [take(signed_in, training, f"institutions/{ending}") for ending in ("pdf", "xlsx")]
    said = [words_of(both[0]), "\n".join(" ".join(row) for row in rows_of(both[1]))]
    for text in said:
        digits = re.sub(r"\D", "", text)
        assert "Өмүрова Азамат" in text and "Жоков" in text and "participates" in text
        assert REASON not in text and PHONE[1:] not in digits and "absent" not in text.lower()
    one = rows_of(take(signed_in, training, "institutions/xlsx", institution="GPO"))
    assert not any("Жоков" in cell for row in one for cell in row)
    data = {"csrf_token": signed_in.csrf_token(), "institution": "NONE"}
    assert signed_in.send("POST", address(training, "/institutions/xlsx"), data=data).status == 404


def test_list_of_participants_says_that_it_is_preliminary_until_the_lock(signed_in: Browser) -> None:
    training = make_training()
    db.session.commit()
    text = words_of(take(signed_in, training, "participants/pdf"))
    assert "Preliminary list" in text and REASON not in text and PHONE[1:] not in re.sub(r"\D", "", text)
    finalize(training)
    rows = rows_of(take(signed_in, training, "participants/xlsx"))
    assert "reliminary" not in " ".join(cell for row in rows for cell in row)
    came = {row[1].split()[0]: row for row in rows if len(row) > 7 and row[0].isdigit()}
    assert came["Өмүрова"][5:8] == ["1", "100", "completed"] and came["Өмүрова"][8]
    assert came["Жоков"][5:8] == ["0", "0", "not completed"]


def test_nobody_else_takes_a_list(browser: Browser, app: Flask) -> None:
    training = make_training()
    db.session.commit()
    elsewhere = Browser(app, "en").sign_in(factories.make_coordinator("Бакыт", side="north"))
    donor = Browser(app, "en").sign_in(factories.make_account("donor", projects=[training.project]))
    for visitor, status in ((elsewhere, 404), (donor, 403)):
        assert visitor.send("GET", address(training)).status == status
        data = {"csrf_token": visitor.csrf_token()}
        assert visitor.send("POST", address(training, "/institutions/xlsx"), data=data).status == status
