"""The pages that close a training and correct a closed one, as a coordinator meets them."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import scoped_session

from portal.accounts.models import Account
from portal.closing.models import Correction, ShortfallReason
from portal.platform.db import db
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.closing.arranged import complete, make_over, miss
from tests.pages import Page

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def aida(app: Flask) -> Account:
    return factories.make_coordinator("Аида", side="south")


@pytest.fixture
def signed_in(browser: Browser, aida: Account) -> Browser:
    return browser.sign_in(aida)


def address(training: Training, page: str = "") -> str:
    return f"/trainings/{training.code}{page}"


def test_each_open_item_opens_where_it_is_mended(signed_in: Browser) -> None:
    training = make_over()
    waiting = factories.make_registration(training=training, person=factories.make_person("Күтөев", "Эрмек"))
    unmarked = factories.make_registration(
        training=training, person=factories.make_person("Белгисиз", "Асел"), state="confirmed"
    )
    missing = miss(training, "Жоков")
    certificate = factories.make_certificate(missing)
    page = signed_in.get(address(training, "/close"))
    assert "4 things do not agree yet" in page.text
    assert page.links["Күтөев Эрмек"] == address(training, f"/registrations/{waiting.reference}")
    session_reference = training.sessions[0].reference
    assert page.links["Белгисиз Асел"] == (
        address(training, f"/attendance/{session_reference}#attendance-row-{unmarked.reference}")
    )
    assert page.html.count(address(training, f"/certificates/{certificate.number}")) == 1
    assert f"{address(training, '/close/reasons')}#row-{missing.reference}" in page.html
    assert "Finalize and lock" not in page.text
    answer = signed_in.post(address(training, "/close"), status=409)
    assert "4 things do not agree yet" in answer.text


def test_from_reasons_to_the_lock_to_a_correction(signed_in: Browser, session: scoped_session) -> None:
    training = make_over()
    complete(training)
    first, second = miss(training, "Бекова"), miss(training, "Видова")
    page = signed_in.get(address(training, "/close")).follow("Reasons for missing")
    kind, note = f"kind-{first.reference}", f"note-{second.reference}"
    refused = page.form("Save the reasons").fill(**{kind: "other", note: "at a wedding"}).submit(status=422)
    assert "Say in a few words" in refused.text and "Choose the reason that this note belongs to" in refused.text
    assert session.query(ShortfallReason).count() == 0
    chosen = {"registration": [first.reference, second.reference], "same": "no_show:work_related"}
    page = refused.form("Save the reasons").fill(**chosen).submit()
    assert {row.kind for row in session.query(ShortfallReason)} == {"no_show"}
    assert page.h1 == "Close the training"
    page = page.form("Finalize and lock").submit()
    assert "Nothing was corrected since." in page.text
    assert "Change the plan" not in signed_in.get(address(training)).text
    page = page.follow("Corrections").follow("Асанов Азамат").follow("Correct Session")
    page = page.form("Make correction 1").fill(state="absent", reason="He signed for another.").submit()
    assert "Certified, but did not complete the training" in page.text
    page = signed_in.get(address(training, "/close"))
    assert "1 correction since it was finalized" in page.text
    assert session.query(Correction).one().before["state"] == "present"


def test_reasons_of_two_coordinators_are_compared(signed_in: Browser, session: scoped_session) -> None:
    training = make_over()
    one = miss(training)
    mine = signed_in.get(address(training, "/close/reasons"))
    theirs = signed_in.get(address(training, "/close/reasons"))
    kind = f"kind-{one.reference}"
    theirs.form("Save the reasons").fill(**{kind: "administrative"}).submit()
    late = mine.form("Save the reasons").fill(**{kind: "no_show:unknown"}).submit(status=409)
    assert "Saved meanwhile: Administrative" in late.text
    late.form("Save the reasons").submit()
    assert [row.kind for row in session.query(ShortfallReason).order_by(ShortfallReason.id)] == [
        "administrative",
        "no_show",
    ]


def test_unsigned_act_warns_and_does_not_bar(signed_in: Browser) -> None:
    training = make_over()
    complete(training)
    factories.make_handover(training, factories.make_material())
    page = signed_in.get(address(training, "/close"))
    assert "Hand-over acts that are not signed" in page.text
    page.form("Finalize and lock").submit()
    assert "Finalized" in signed_in.get(address(training)).text


def test_reasons_are_read_by_nobody_else(browser: Browser, aida: Account) -> None:
    training = make_over()
    miss(training, reason="a secret illness")
    training.state = "finalized"
    browser.sign_in(factories.make_account("auditor"))
    browser.get(address(training, "/close/reasons"), status=403)
    assert "secret" not in browser.get(address(training, "/close")).text
    browser.as_stranger().sign_in(factories.make_coordinator("Бакыт", side="north")).get(
        address(training, "/close"), status=404
    )


def test_workspace_names_who_is_open_and_caps_the_list(signed_in: Browser) -> None:
    training = make_over()
    for _ in range(14):
        factories.make_registration(training=training, state="confirmed")
    page: Page = signed_in.get(address(training))
    assert page.html.count('<li class="more">') == 2  # Not marked, and names not checked.
    assert page.links["and 2 more"] in (address(training, "/attendance"), address(training, "/names?show=open"))


def test_command_names_what_is_open_and_then_locks(app: Flask) -> None:
    training = make_over()
    complete(training)
    missing = miss(training)
    refused = run(app, training.code, exit_code=1)
    assert refused["state"] == "approved"
    assert [(one["kind"], one["people"]) for one in refused["mismatches"]] == [
        ("reason_missing", [{"registration": missing.reference, "name": "Бекова Айгүл"}])
    ]
    for session in training.sessions:
        factories.make_mark(missing, session, "absent", reason="no-show", marked_at=factories.NOW + timedelta(hours=1))
    assert run(app, training.code) == {"state": "finalized", "mismatches": [], "warnings": []}
    assert run(app, training.code) == {"state": "finalized", "mismatches": [], "warnings": []}


def run(app: Flask, code: str, exit_code: int = 0) -> dict:
    db.session.commit()
    result = app.test_cli_runner().invoke(args=["finalize-training", code, "--json"])
    assert result.exit_code == exit_code, result.output
    db.session.rollback()
    return json.loads(result.output)
