"""The public form of a training, and the page on which its coordinator hands out the link."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from portal.accounts.models import Account
from portal.calls import queries as call_queries
from portal.platform import clock
from portal.platform.db import db
from portal.platform.submissions import FormSubmission
from portal.registration.models import Registration
from tests import factories
from tests.browser import Browser

TYPED = {
    "family": "Өмүров",
    "given": "Үсөн",
    "sex": "M",
    "institution_code": "moi-is",
    "post": "следователь",
    "region_code": "KG-GO",
    "phone": "0770 757 797",
    "language": "ky",
}
RECEIPT = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{8}\b")


def make_open(**values):
    training = factories.make_training(starts_on=clock.today() + timedelta(days=60), **values)
    return training, f"/join/{factories.make_join_link(training)}"


def registered() -> int:
    return db.session.scalar(select(func.count()).select_from(Registration))


def test_somebody_registers_on_a_phone(browser: Browser) -> None:
    training, address = make_open()
    known = factories.make_registration(
        training=training, person=factories.make_person("Өмүров", "Үсөн", phone="+996770757797"), state="declined"
    )
    other = factories.make_person("Бекова", "Айгүл", phone="+996770111222")
    pages = [browser.get(address).form(address).fill(TYPED).submit()]  # Somebody who is known, and was declined.
    pages.append(
        browser.get(address).form(address).fill({**TYPED, "family": "Новый", "phone": "12"}).submit(status=422)
    )
    pages.append(pages[-1].form(address).fill(phone="0770 123 456").submit())
    assert pages[0].h1 == pages[2].h1 == "Thank you, your registration has arrived"
    new = db.session.scalars(select(Registration).order_by(Registration.id.desc())).first()
    assert not any(one.reference in page.html for page in pages for one in (known, new))
    assert "This is not a phone number" in pages[1].refusal() and "Новый" in pages[1].html
    assert not any(word in page.html for page in pages for word in ("Бекова", other.phone, "declined", "Declined"))
    assert known.state == "declined"
    with capture_logs() as logged:
        browser.get(address)
    assert "joining.show" in str(logged) and address.removeprefix("/join/") not in str(logged)
    browser.get(address).form("/language").submit("Русский")
    kept = db.session.scalars(select(FormSubmission.location)).all()
    assert not any(address in (location or "") for location in kept)


def test_answer_is_the_same_whoever_is_known(browser: Browser) -> None:
    """With the receipts left in: each is taken for the words that it answers, so that a repeated one would show."""
    _training, address = make_open()
    factories.make_person(
        "Өмүров", "Үсөн", "Асанович", sex="M", region_code="KG-GO", institution=factories.get_institution("MOI-IS")
    )
    pages = []
    for family in ("Өмүров", "Никомуневедомов"):
        for phone in ("0770 757 797", "0555 010 203"):
            typed = {**TYPED, "family": family, "patronymic": "Асанович", "phone": phone}
            pages.append(browser.get(address).form(address).fill(typed).submit())
    receipts = [RECEIPT.findall(page.text) for page in pages]
    assert [len(found) for found in receipts] == [1] * 4
    assert len({found[0] for found in receipts}) == 4
    assert len({RECEIPT.sub("", page.text) for page in pages}) == 1


def test_form_keeps_what_was_typed_and_says_what_is_wrong(browser: Browser) -> None:
    _training, address = make_open()
    wrong = {**TYPED, "family": "<b>Өмүров</b>", "institution_code": "NOBODY", "latin_family": "Омуров"}
    page = browser.get(address).form(address).fill(wrong).submit(status=422)
    assert "Latin letters" in page.refusal()
    page = page.form(address).fill(latin_family="").submit(status=422)
    assert "no such code" in page.refusal()
    page = page.form(address).fill(institution_code="МОI IS").submit(status=422)  # Cyrillic look-alikes are read.
    assert "cannot be part of a name" in page.refusal()
    assert "&lt;b&gt;Өмүров" in page.html and "<b>Өмүров" not in page.html
    assert registered() == 0


@pytest.mark.parametrize("language", ["ky", "ru", "en"])
def test_closed_link_says_why_and_takes_nobody(browser: Browser, language: str) -> None:
    training = factories.make_training(starts_on=clock.today() + timedelta(days=3))
    address = f"/join/{factories.make_join_link(training)}"
    page = browser.speak(language).get(address)
    assert not page.has_form(address) and page.notices()
    browser.post(address, TYPED, status=409)
    assert registered() == 0


def test_unknown_link_is_not_there(browser: Browser) -> None:
    assert browser.get("/join/" + "x" * 22, status=404).h1 == "This link is not valid"
    browser.post("/join/" + "x" * 22, TYPED, status=404)


def test_thousand_posts_are_stopped(browser: Browser) -> None:
    _training, address = make_open()
    data = {**TYPED, "csrf_token": browser.csrf_token()}
    answers = [browser.send("POST", address, data=data).status for _ in range(12)]
    assert answers == [200] * 10 + [429] * 2
    assert registered() == 1
    others = [browser.send("POST", address, data={**data, "phone": f"0770 {100 + n} 000"}).status for n in range(112)]
    assert others.count(429) == 4


def test_coordinator_hands_out_the_link(browser: Browser, aida: Account, bakyt: Account) -> None:
    training, _address = make_open()
    page = f"/trainings/{training.code}/registrations/invitation-link"
    browser.sign_in(aida)
    shown = browser.get(page).form(page).submit() if browser.get(page).has_form(page) else browser.get(page)
    secret = call_queries.secret_of(call_queries.find_open_link(training.id))
    assert f"http://localhost/join/{secret}" in shown.text and "MOI-IS" in shown.text
    renewed = shown.form("Make a new link").submit()
    assert secret not in renewed.html
    renewed.form("End the link").submit()
    assert call_queries.find_open_link(training.id) is None
    browser.as_stranger().sign_in(bakyt).get(page, status=404)


def test_coordinator_takes_over_what_was_written(browser: Browser, aida: Account) -> None:
    registration = factories.make_registration(person=factories.make_person(phone=""))
    factories.make_join_request(registration)
    page = f"/trainings/{registration.training.code}/registrations/{registration.reference}"
    browser.sign_in(aida).get(page).form("Take over what is missing").submit()
    db.session.refresh(registration.person)
    assert registration.person.phone == "+996555111222"
