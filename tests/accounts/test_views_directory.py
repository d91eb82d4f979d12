"""The pages of those who administer accounts."""

import pytest

from portal.accounts.models import Account
from portal.platform.db import db
from tests import factories
from tests.browser import Browser


def test_list_is_searched_and_sifted(browser: Browser, admin: Account, aida: Account, bakyt: Account) -> None:
    closed = factories.make_account("donor", name="Өмүрбек", closed_at=factories.NOW)
    factories.make_account("auditor", name="Invited one", password_hash="")
    browser.sign_in(admin)
    page = browser.get("/administration").follow("Accounts")
    assert page.row("Аида")["State"] == "Active"
    assert "Osh" in page.row("Аида")["Reaches"]
    assert [closed.email in row["Name"] for row in browser.get("/accounts?q=омурбек").rows()] == [True]
    assert [row["State"] for row in browser.get("/accounts?state=invited").rows()] == ["Invitation sent"]
    assert len(browser.get("/accounts?role=coordinator").rows()) == 2
    assert "No account fits" in browser.part(f"/accounts?q={bakyt.email}&state=closed").text


def test_list_is_paged_at_the_database(browser: Browser, admin: Account) -> None:
    for _turn in range(35):
        factories.make_account("auditor")
    page = browser.sign_in(admin).get("/accounts?role=auditor&page=2")
    assert len(page.rows()) == 5
    assert "31–35 of 35" in page.text


def test_administrator_changes_an_account(browser: Browser, admin: Account, aida: Account) -> None:
    address, project = f"/accounts/{aida.reference}", factories.get_project()
    page = browser.sign_in(admin).get(address)
    form = page.form(address).fill(name="Аида Новая", role="donor", project_ids=str(project.id))
    assert "The account is saved." in form.submit("Save").text
    db.session.refresh(aida)
    assert (aida.name, aida.role.value, aida.regions) == ("Аида Новая", "donor", [])


def test_role_without_reach_is_asked_for_it(browser: Browser, admin: Account, aida: Account) -> None:
    address = f"/accounts/{aida.reference}"
    form = browser.sign_in(admin).get(address).form(address).fill(role="focal_point", name="Kept")
    page = form.submit("Save", status=422)
    assert "Choose the institution." in page.refusal()
    assert page.form(address).fields["name"] == ["Kept"]


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u2066", "\ufeff"])
def test_name_that_hides_or_turns_letters_is_refused(
    browser: Browser, admin: Account, aida: Account, hidden: str
) -> None:
    """Such a name would stand as another one on pages and in the log, whoever gives it."""
    named = f"Аида{hidden}рото"
    for form, button in (
        ("/account", "Save"),
        (f"/accounts/{aida.reference}", "Save"),
        ("/accounts", "Send the invitation"),
    ):
        page = browser.sign_in(admin).get("/accounts/new" if form == "/accounts" else form)
        page = page.form(form).fill(name=named).submit(button, status=422)
        assert f"U+{ord(hidden):04X}" in page.refusal()


def test_second_editor_sees_both(browser: Browser, admin: Account, aida: Account) -> None:
    address = f"/accounts/{aida.reference}"
    form = browser.sign_in(admin).get(address).form(address).fill(name="Second")
    browser.get(address).form(address).fill(name="First").submit("Save")
    page = form.submit("Save", status=409)
    assert page.row("Name") == {"Field": "Name", "Yours, not saved": "Second", "Saved meanwhile": "First"}
    assert "The account is saved." in page.form(address).submit("Save").text
    db.session.refresh(aida)
    assert aida.name == "Second"


def test_closed_account_is_reopened(browser: Browser, admin: Account, aida: Account) -> None:
    theirs = browser.as_stranger().sign_in(aida)
    page = browser.sign_in(admin).get(f"/accounts/{aida.reference}")
    page = page.form(f"/accounts/{aida.reference}/close").submit()
    assert page.tags() == ["Account closed"]
    assert theirs.send("GET", "/").status == 303
    page = page.form(f"/accounts/{aida.reference}/reopen").submit()
    assert page.tags() == ["Active"]


def test_nobody_closes_or_demotes_themselves(browser: Browser, admin: Account) -> None:
    factories.make_account("administrator")
    address = f"/accounts/{admin.reference}"
    page = browser.sign_in(admin).get(address)
    assert f"{address}/close" not in page.html
    page = page.form(address).fill(role="auditor").submit("Save", status=403)
    assert "Nobody changes their own role" in page.refusal()
    assert "Nobody changes" in browser.post(f"{address}/close", status=403).refusal()


def test_coordinator_cannot_make_an_administrator(browser: Browser, aida: Account, bakyt: Account) -> None:
    for account in (aida, bakyt):
        browser.sign_in(aida).post(
            f"/accounts/{account.reference}", {"name": "x", "role": "administrator", "version": "1"}, status=403
        )
        db.session.refresh(account)
        assert account.role.value == "coordinator"


def test_auditor_reads_and_changes_nothing(browser: Browser, auditor: Account, aida: Account) -> None:
    page = browser.sign_in(auditor).get(f"/accounts/{aida.reference}")
    assert aida.email in page.text
    assert "Save" not in page.text
