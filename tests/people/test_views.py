"""The pages of institutions, ranks, posts and crisis centers, for those who keep them and those who read them."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.accounts.models import Account
from portal.catalog.models import ReferralCenter
from portal.people.models import Institution, Rank
from portal.platform import clock
from tests import factories
from tests.browser import Browser

SAVE = "Save"
CHECKED = "I called today: all of it is right"


def test_institution_is_added_found_by_an_alias_and_closed(
    browser: Browser, session: scoped_session, admin: Account
) -> None:
    form = browser.sign_in(admin).get("/institutions/new").form(SAVE)
    ministry = factories.get_institution()
    typed = {
        "code": "MOI-CYB",
        "name_ru": "Служба по кибербезопасности",
        "aliases": "СКБ\nКиберкоопсуздук кызматы\n",
        "kind": "service",
        "parent_id": str(ministry.id),
        "is_security_force": "y",
    }
    page = form.fill(typed).submit(SAVE)
    assert "Киберкоопсуздук" in page.text
    for spelling in ("КИБЕРКООПСУЗДУК", "скб"):
        assert "MOI-CYB" in browser.get(f"/institutions?q={spelling}").text
    assert "Служба по кибербезопасности" in browser.get(f"/institutions/{ministry.id}").text
    closed = page.form("Close the institution").fill(closed_on="01.09.2026").submit()
    assert "Closed since 1 September 2026" in closed.text
    again = closed.form("Open again").submit()
    assert "Closed since" not in again.text


def test_name_of_another_is_refused_beside_what_was_typed(browser: Browser, admin: Account) -> None:
    form = browser.sign_in(admin).get("/institutions/new").form(SAVE)
    page = form.fill({"code": "X", "name_ru": "Новая", "aliases": "МВД", "kind": "ministry"}).submit(SAVE, status=422)
    assert "“МВД” means Министерство внутренних дел already" in page.refusal()
    assert page.form(SAVE).fields["aliases"] == ["МВД"]


def test_two_editors_of_an_institution_see_both_texts(
    browser: Browser, session: scoped_session, admin: Account
) -> None:
    address = f"/institutions/{factories.get_institution('OMB').id}/edit"
    mine = browser.sign_in(admin).get(address).form(SAVE)
    browser.get(address).form(SAVE).fill(name_en="Theirs", aliases="Чужое").submit(SAVE)
    page = mine.fill(name_en="Mine").submit(SAVE, status=409)
    assert "Theirs" in page.text and "Чужое" in page.text
    page.form(SAVE).submit(SAVE)
    session.expire_all()
    assert factories.get_institution("OMB").name_en == "Mine"


def test_institution_is_not_offered_below_itself(browser: Browser, admin: Account) -> None:
    ministry, below = factories.get_institution(), factories.get_institution("MOI-IS")
    offered = browser.sign_in(admin).get(f"/institutions/{ministry.id}/edit").html
    assert f'<option value="{factories.get_institution("GPO").id}"' in offered
    assert f'<option value="{below.id}"' not in offered
    assert f'<option value="{ministry.id}"' not in offered


def test_rank_is_added_and_offered_where_one_is_typed(
    browser: Browser, session: scoped_session, admin: Account
) -> None:
    form = browser.sign_in(admin).get("/ranks/new").form(SAVE)
    typed = {"code": "PATROL", "title_en": "patrol officer", "rank_group": "junior", "place": "5"}
    page = form.fill(typed).submit(SAVE)
    assert page.h1 == "patrol officer"
    training = factories.make_training()
    offered = '<option value="patrol officer">'
    assert offered in browser.get(f"/trainings/{training.code}/registrations/new").html
    rank = session.scalars(select(Rank).where(Rank.code == "PATROL")).one()
    closing = browser.get(f"/ranks/{rank.id}/edit").form(SAVE).fill(closed_on="2026-01-01")
    assert "No longer in use" in closing.submit(SAVE).text
    assert offered not in browser.get(f"/trainings/{training.code}/registrations/new").html
    address = f"/join/{factories.make_join_link(factories.make_training(starts_on=clock.today() + timedelta(60)))}"
    assert '<option value="major">' in Browser(browser.app).get(address).html


def test_coordinator_says_that_a_center_of_her_region_is_right(
    browser: Browser, session: scoped_session, aida: Account
) -> None:
    here = factories.make_center("KG-GO", checked_on=None, name_ru="Вымышленный Ош")
    there = factories.make_center("KG-N", checked_on=clock.today() - timedelta(days=400), name_ru="Вымышленный Нарын")
    listed = browser.sign_in(aida).get("/referral-centers").text
    assert "Not checked yet" in listed and "Not checked for 12 months" in listed
    stale, form = (browser.get(f"/referral-centers/{here.id}").form(CHECKED) for _editor in range(2))
    checked = form.submit()
    assert f"by {aida.name}" in checked.text and "Not checked" not in checked.text
    session.expire_all()
    assert here.checked_on == clock.today()
    assert "changed meanwhile" in stale.submit(status=409).refusal()
    assert "I called today" not in browser.get(f"/referral-centers/{there.id}").html
    browser.get(f"/referral-centers/{here.id}/edit", status=403)


def test_center_of_another_region_is_not_hers_to_check(
    browser: Browser, session: scoped_session, aida: Account
) -> None:
    here, there = factories.make_center("KG-GO"), factories.make_center("KG-N", checked_on=None)
    page = browser.sign_in(aida).get(f"/referral-centers/{here.id}")
    form = page.form(CHECKED)
    browser.post(f"/referral-centers/{there.id}/checked", form.fields, status=404)
    session.expire_all()
    assert there.checked_on is None


def test_administrator_keeps_a_center(browser: Browser, session: scoped_session, admin: Account) -> None:
    form = browser.sign_in(admin).get("/referral-centers/new").form(SAVE)
    typed = {"name_ru": "Вымышленный центр", "region_code": "KG-GO", "phones": "нет", "offers": "shelter"}
    refused = form.fill(typed).submit(SAVE, status=422)
    assert "no phone number" in refused.refusal()
    page = refused.form(SAVE).fill(phones="0555 000 100\n1514").submit(SAVE)
    assert "+996 555 000 100" in page.text and "Shelter" in page.text
    assert session.scalars(select(ReferralCenter.phones)).all() == [["+996555000100", "1514"]]


@pytest.mark.parametrize("role", ["donor", "focal_point", "vetting_officer"])
def test_other_roles_see_no_reference_list(browser: Browser, role: str) -> None:
    browser.sign_in(factories.make_account(role))
    for address in ("/institutions", "/ranks", "/posts", "/referral-centers"):
        browser.get(address, status=403)


def test_auditor_reads_and_changes_nothing(browser: Browser, session: scoped_session, auditor: Account) -> None:
    institution = session.scalars(select(Institution).where(Institution.code == "OMB")).one()
    page = browser.sign_in(auditor).get(f"/institutions/{institution.id}")
    assert "Close the institution" not in page.text
    browser.get(f"/institutions/{institution.id}/edit", status=403)


def test_closed_institution_cannot_begin_after_it_was_closed(browser: Browser, admin: Account) -> None:
    institution = factories.get_institution("MOI-CND")
    page = browser.sign_in(admin).get(f"/institutions/{institution.id}")
    page.form("Close the institution").fill(closed_on="01.09.2026").submit()
    form = browser.get(f"/institutions/{institution.id}/edit").form(SAVE)
    refused = form.fill(valid_from="02.09.2026").submit(SAVE, status=422)
    assert "The day of closing is before the first day." in refused.refusal()
