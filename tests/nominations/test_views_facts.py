"""Correct a person, as a coordinator meets it: the form, what stands against it, and the history."""

import pytest

from portal.accounts.models import Account
from portal.platform import mail
from portal.platform.db import db
from portal.platform.mail import Message
from portal.registration.models import Registration
from tests import factories
from tests.browser import Browser


def page_of(registration: Registration) -> str:
    return f"/trainings/{registration.training.code}/registrations/{registration.reference}"


def form_of(registration: Registration) -> str:
    return f"{page_of(registration)}/edit"


def make(**values: object) -> Registration:
    """Make somebody whom Aida may correct."""
    known = {"phone": "+996555100001", "email": "asanov@example.org"}
    return factories.make_registration(person=factories.make_person("Асанов", "Азамат", **known), **values)


def test_person_is_corrected_from_the_page_and_its_history_stands_there(browser: Browser, aida: Account) -> None:
    registration = make()
    page = browser.sign_in(aida).get(page_of(registration)).follow("Correct")
    typed = {"phone": "0555 998 877", "sex": "F", "institution": "GPO", "post": "прокурор", "language": "ky"}
    page = page.form(form_of(registration)).fill(typed).submit()
    assert "+996 555 998 877" in page.text and "General Prosecutor's Office" in page.text
    lines = page.rows("corrections")
    told = {line["What"]: (line["Before"], line["After"], line["By"]) for line in lines}
    assert told["Phone"] == ("+996555100001", "+996555998877", "Аида")
    assert told["Post"] == ("следователь", "прокурор", "Аида") and len(lines) == 5
    assert told["Institution"][1] == "General Prosecutor's Office" and told["Sex"][:2] == ("man", "woman")
    page.follow("Correct").form(form_of(registration)).fill(post="судья").submit()
    assert browser.get(page_of(registration)).rows("corrections")[0]["After"] == "судья"


def test_person_is_corrected_from_the_list_and_the_list_comes_back(browser: Browser, aida: Account) -> None:
    registration = make()
    address = f"/trainings/{registration.training.code}/registrations?q=асан"
    page = browser.sign_in(aida).get(address).follow("Correct")
    page = page.form(form_of(registration)).fill(phone="0555998877").submit()
    assert page.url.partition("?")[0].endswith("/registrations") and "q=" in page.url
    assert "+996 555 998 877" in page.text


def test_foreign_address_to_return_to_is_forgotten(browser: Browser, aida: Account) -> None:
    registration = make()
    page = browser.sign_in(aida).get(f"{form_of(registration)}?back=//evil.example/x")
    page = page.form(form_of(registration)).fill(phone="0555998877").submit()
    assert "evil" not in page.url


def test_fault_stands_beside_its_field_and_what_was_typed_stays(browser: Browser, aida: Account) -> None:
    registration = make()
    page = browser.sign_in(aida).get(form_of(registration))
    page = page.form(form_of(registration)).fill(phone="12", given="", email="x@", post="судья").submit(status=422)
    for words in ("not a phone number", "given name is missing", "not an e-mail address"):
        assert words in page.refusal()
    assert len(page.errors()) == 3
    assert 'value="12"' in page.html and 'value="судья"' in page.html
    db.session.expire_all()
    assert registration.post == "следователь"


def test_second_editor_compares_and_saves_on_top(browser: Browser, aida: Account) -> None:
    registration = make()
    mine = browser.sign_in(aida).get(form_of(registration))
    browser.get(form_of(registration)).form(form_of(registration)).fill(phone="0555998877", post="судья").submit()
    page = mine.form(form_of(registration)).fill(post="прокурор").submit(status=409)
    row = page.row("Post")
    assert (row["Yours, not saved"], row["Saved by Аида"]) == ("прокурор", "судья")
    assert page.row("Phone")["Saved by Аида"] == "+996555998877"
    page.form(form_of(registration)).submit()
    db.session.expire_all()
    assert (registration.post, registration.person.phone) == ("прокурор", "+996555100001")


def test_phone_of_somebody_else_is_asked_about_without_saying_who_is_out_of_reach(
    browser: Browser, aida: Account
) -> None:
    factories.make_person("Бекова", "Айгүл", phone="+996555200002", region_code="KG-GO")
    factories.make_person("Замирова", "Замира", phone="+996555300003", region_code="KG-Y")
    registration = make()
    form = browser.sign_in(aida).get(form_of(registration)).form(form_of(registration))
    page = form.fill(phone="0555200002").submit(status=422)
    assert "Бекова Айгүл" in page.refusal()
    page = page.form(form_of(registration)).fill(phone="0555300003").submit(status=422)
    assert "somebody elsewhere" in page.refusal() and "Замирова" not in page.html
    page.form(form_of(registration)).fill(is_sure="y").submit()
    db.session.expire_all()
    assert registration.person.phone == "+996555300003"


def test_new_name_leads_to_the_name_check_and_to_the_certificate_that_prints_the_old_one(
    browser: Browser, aida: Account
) -> None:
    certificate = factories.make_certificate()
    registration = certificate.registration
    address = page_of(registration).replace("/registrations/", "/names/")
    page = browser.sign_in(aida).get(form_of(registration))
    page = page.form(form_of(registration)).fill(family="Өсөнов").submit()
    assert page.url == address and 'value="Өсөнов"' in page.html
    page = page.form(address).submit()
    assert page.url.endswith(f"/certificates/{certificate.number}") and "still prints the old name" in page.text


def test_mails_that_wait_follow_the_new_address_and_the_page_says_so(browser: Browser, aida: Account) -> None:
    registration = make()
    about = f"registration {registration.reference}"
    queued = mail.queue(Message(registration.person.email, "one", "text", about=about), now=factories.NOW)
    form = browser.sign_in(aida).get(form_of(registration)).form(form_of(registration))
    page = form.fill(email="new@example.org").submit()
    assert "1 mail that had not left goes to the new address" in page.text
    db.session.expire_all()
    assert queued is not None and queued.recipient == "new@example.org"


def test_kept_seats_that_are_now_too_few_are_named(browser: Browser, aida: Account) -> None:
    registration = make(state="confirmed")
    factories.make_allotment(registration.training, 0, institution=factories.get_institution("GPO"))
    form = browser.sign_in(aida).get(form_of(registration)).form(form_of(registration))
    assert "1 of 0" in form.fill(institution="GPO").submit().text


@pytest.mark.parametrize("state", ["finalized", "cancelled_by_host"])
def test_closed_training_offers_the_contacts_and_leads_on(browser: Browser, aida: Account, state: str) -> None:
    registration = make()
    registration.training.state = state
    page = browser.sign_in(aida).get(form_of(registration))
    form = page.form(form_of(registration))
    assert {"phone", "email", "language"} <= set(form.names) and not {"family", "post", "sex"} & set(form.names)
    links = [address for words, address in page.links.items() if "number and a reason" in words]
    assert links == ([page_of(registration).replace("registrations", "corrections")] if state == "finalized" else [])
    assert "+996 555 998 877" in form.fill(phone="0555998877").submit().text


def test_who_may_not_correct_is_offered_nothing(browser: Browser, aida: Account, bakyt: Account) -> None:
    registration = make()
    browser.sign_in(aida).get(form_of(registration)).form(form_of(registration)).fill(phone="0555998877").submit()
    auditor = browser.as_stranger().sign_in(factories.make_account("auditor"))
    page = auditor.get(page_of(registration))
    assert "Correct" not in page.links and "Corrections of the person" not in page.text
    auditor.get(form_of(registration), status=403)
    browser.as_stranger().sign_in(bakyt).get(form_of(registration), status=404)
    data = {"phone": "0555112233", "version": "2"}
    other = browser.as_stranger().sign_in(bakyt)
    assert other.send("POST", form_of(registration), data=data | {"csrf_token": other.csrf_token()}).status == 404
    assert browser.as_stranger().get(form_of(registration)).url.startswith("/sign-in")
