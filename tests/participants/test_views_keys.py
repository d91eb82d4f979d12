"""Personal links and slips as a coordinator gives them, and the stay of a participant in the guard."""

import re
from contextlib import ExitStack
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access import guard
from portal.accounts.models import Account
from portal.config import Settings
from portal.participants import operations as participant_operations
from portal.participants import queries as participant_queries
from portal.participants import views as participants
from portal.participants.rules import COOKIE
from portal.platform import clock, turns
from portal.platform.db import db
from portal.printing import client
from portal.registration.models import ParticipantKey, Registration
from tests import applications, factories, pdfs
from tests.browser import Browser
from tests.refusals import raises_refusal

LINK = re.compile(r"http://localhost/my#([\w-]{22})")


def page_of(registration: Registration) -> str:
    return f"/trainings/{registration.training.code}/registrations/{registration.reference}/link"


def slips_of(registration: Registration) -> str:
    return f"/trainings/{registration.training.code}/registrations/slips"


def stays_good(registration: Registration) -> None:
    """Move the training into the future, so that its keys are good on the machine's own clock."""
    registration.training.starts_on = registration.training.ends_on = clock.today() + timedelta(days=30)


def test_link_is_shown_once_with_texts_in_three_languages(browser: Browser, aida: Account) -> None:
    person = factories.make_person("Асанова", "Чолпон", "Бакытовна", phone="+996770757797")
    registration = factories.make_registration(person=person, state="confirmed")
    page = browser.sign_in(aida).get(page_of(registration)).form("Make the link").submit()
    tokens = set(LINK.findall(page.html))
    assert len(tokens) == 1
    assert page.headers["Cache-Control"] == "no-store"
    for words in ("Саламатсызбы, Чолпон Бакытовна!", "Здравствуйте, Чолпон Бакытовна!", "Dear Чолпон Бакытовна!"):
        assert words in page.text
    outside = re.findall(r'(?:href|action)="(https?://[^"]+)"', page.html)
    assert outside == ["https://wa.me/996770757797", "https://t.me/+996770757797"]  # No third party reads the link.
    assert page.html.count("data-share=") == page.html.count('data-copied="Copied"') - 1 == 3
    again = browser.get(page_of(registration))
    assert not LINK.search(again.html) and "cannot be shown again" in again.text


def test_new_link_ends_the_old_one(browser: Browser, aida: Account) -> None:
    registration = factories.make_registration(state="confirmed")
    browser.sign_in(aida)
    first = LINK.search(browser.get(page_of(registration)).form("Make the link").submit().html)
    second = LINK.search(browser.get(page_of(registration)).form("Make a new link").submit().html)
    with raises_refusal("wrong_link"):
        participant_operations.open_with_link(first[1], now=clock.now())
    participant_operations.open_with_link(second[1], now=clock.now())


def test_link_for_somebody_without_phone_or_part(browser: Browser, aida: Account) -> None:
    registration = factories.make_registration(state="confirmed")
    page = browser.sign_in(aida).get(page_of(registration))
    form = page.form("Make the link")
    assert "wa.me" not in form.submit().html
    registration.state = "withdrawn"
    page = form.submit(status=409)
    assert "gets no access" in page.refusal()


def test_looking_at_the_page_gives_no_link(browser: Browser, aida: Account) -> None:
    registration = factories.make_registration(state="confirmed")
    browser.sign_in(aida)
    for _ in range(3):
        browser.get(page_of(registration))
        browser.send("HEAD", page_of(registration))
    assert db.session.scalars(select(ParticipantKey.id)).all() == []


def test_slips_are_a_pdf_whose_pins_open(browser: Browser, aida: Account) -> None:
    registration = factories.make_registration(state="confirmed")
    other = factories.make_registration(training=registration.training, state="confirmed")
    stays_good(registration)
    page = browser.sign_in(aida).get(slips_of(registration))
    form = page.form("Print the slips").fill(language="ky")
    answer = browser.send("POST", form.action, data={name: values[0] for name, values in form.fields.items()})
    assert answer.status == 200 and answer.body.startswith(b"%PDF")
    assert f"{registration.training.code}-slips-" in answer.headers["Content-Disposition"]
    text = pdfs.text_of(answer.body)
    for one in (registration, other):
        pin = re.search(rf"{one.reference}\D+(\d{{4}} \d{{4}})", text)
        assert pin, text
        cookie = participant_operations.open_with_pin(one.reference, pin[1], now=clock.now())
        assert participant_queries.find_stay(cookie, clock.now()).registration_id == one.id


def test_slips_for_new_people_leave_the_old_pins(browser: Browser, aida: Account) -> None:
    registration = factories.make_registration(state="confirmed")
    stays_good(registration)
    (slip,) = participant_operations.give_pins(registration.training, [registration], actor=aida, now=clock.now())
    browser.sign_in(aida)
    page = browser.get(slips_of(registration))
    assert "0 people; PINs that were handed over stay good." in page.text
    page = page.form("Print the slips").submit(status=409)
    assert "nobody to print a slip for" in page.refusal()
    participant_operations.open_with_pin(registration.reference, slip.pin, now=clock.now())


def test_links_for_many_are_a_text_for_each_shown_once(browser: Browser, aida: Account) -> None:
    training = factories.make_training()
    first = factories.make_person("Асанова", phone="+996770757797")
    having, other = (
        factories.make_registration(training=training, person=person, state="confirmed")
        for person in (first, factories.make_person("Бекова", language="ky"))
    )
    gone = factories.make_registration(training=training, state="withdrawn")
    unchosen = factories.make_registration(training=training, state="confirmed")
    stays_good(having)
    old = participant_operations.give_link(having, actor=aida, now=clock.now())
    chosen = "&".join(f"registration={one.reference}" for one in (having, other, gone))
    address = f"/trainings/{training.code}/registrations/links?{chosen}"
    form = browser.sign_in(aida).get(address).form("Make the links")
    assert "3 people; 1 has a link" in browser.get(address).text
    page = form.submit()  # Only for those who have none: nobody's link ends unasked.
    assert page.h1 == "1 personal link" and "Бекова" in page.text and "Асанова" not in page.text
    assert gone.person.full_name in page.text and "Саламатсызбы" in page.text
    participant_operations.open_with_link(old, now=clock.now())
    page = browser.get(address).form("Make the links").fill(renew="y", language="ru").submit()
    secrets = LINK.findall(page.html)
    assert page.h1 == "2 personal links" and len(set(secrets)) == 2
    assert page.headers["Cache-Control"] == "no-store" and unchosen.person.full_name not in page.text
    outside = re.findall(r'(?:href|action)="(https?://[^"]+)"', page.html)
    assert outside == ["https://wa.me/996770757797", "https://t.me/+996770757797"]
    with raises_refusal("wrong_link"):
        participant_operations.open_with_link(old, now=clock.now())
    opened = {
        participant_queries.find_stay(participant_operations.open_with_link(one, now=clock.now()), clock.now())
        for one in set(secrets)
    }
    assert {stay.registration_id for stay in opened} == {having.id, other.id}
    assert not any(secret in browser.get(address).html for secret in secrets)


def test_links_for_everybody_without_a_choice(browser: Browser, aida: Account) -> None:
    first = factories.make_registration(state="confirmed", person=factories.make_person(email="a@b.example"))
    second = factories.make_registration(training=first.training, state="confirmed")
    page = browser.sign_in(aida).get(f"/trainings/{first.training.code}/registrations/links")
    assert "1 person" in page.text and "2 people" in page.text  # Without e-mail, and everyone.
    page = page.form("Make the links").submit()
    assert page.h1 == "1 personal link" and second.person.full_name in page.text
    page = browser.get(f"/trainings/{first.training.code}/registrations/links")
    assert "nobody to make a link for" in page.form("Make the links").submit(status=409).refusal()


def test_slips_for_the_chosen_leave_the_others(browser: Browser, aida: Account) -> None:
    chosen = factories.make_registration(state="confirmed")
    other = factories.make_registration(training=chosen.training, state="confirmed")
    stays_good(chosen)
    (slip,) = participant_operations.give_pins(chosen.training, [other], actor=aida, now=clock.now())
    page = browser.sign_in(aida).get(f"{slips_of(chosen)}?registration={chosen.reference}")
    form = page.form("Print the slips")
    answer = browser.send("POST", form.action, data={name: values[0] for name, values in form.fields.items()})
    text = pdfs.text_of(answer.body)
    assert chosen.reference in text and other.reference not in text
    participant_operations.open_with_pin(other.reference, slip.pin, now=clock.now())


def test_slips_need_their_answers(browser: Browser, aida: Account) -> None:
    registration = factories.make_registration(state="confirmed")
    form = browser.sign_in(aida).get(slips_of(registration)).form("Print the slips")
    page = form.fill(people="somebody", language=None).submit(status=422)
    assert "Choose the language" in page.refusal()
    assert db.session.scalars(select(ParticipantKey.id)).all() == []


def test_slips_without_a_typesetter_are_a_page_to_print(browser: Browser, aida: Account, monkeypatch) -> None:
    registration = factories.make_registration(state="confirmed")
    stays_good(registration)

    def refuse(*_arguments: object, **_options: object) -> bytes:
        raise client.PdfUnavailable("no Pango here")

    monkeypatch.setattr(client.Renderer, "render", refuse)
    show_pins_on_the_page(browser, aida, registration)


def test_slips_that_find_all_renderers_at_work_are_a_page_to_print(
    app: Flask, browser: Browser, aida: Account, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    registration = factories.make_registration(state="confirmed")
    stays_good(registration)
    monkeypatch.setattr(turns, "REQUEST_SECONDS", 0.05)
    db.session.commit()
    with ExitStack() as others:
        for _place in range(settings.renderers):
            others.enter_context(turns.turn("renderer", settings.renderers))
        show_pins_on_the_page(browser, aida, registration)


def show_pins_on_the_page(browser: Browser, aida: Account, registration: Registration) -> None:
    """Ask for a slip where no paper can be made: the PIN is given, so it must be seen."""
    page = browser.sign_in(aida).get(slips_of(registration)).form("Print the slips").submit()
    pin = re.search(r"PIN: (\d{4} \d{4})", page.text)
    assert registration.reference in page.text
    participant_operations.open_with_pin(registration.reference, pin[1], now=clock.now())


@pytest.mark.parametrize(
    ("base_url", "name"), [("http://localhost", COOKIE), ("https://localhost", f"__Host-{COOKIE}")]
)
def test_participant_is_who_the_cookie_says(settings: Settings, base_url: str, name: str) -> None:
    app = applications.make(applications.changed(settings, base_url=base_url))
    with app.app_context():
        registration = factories.make_registration(state="confirmed")
        stays_good(registration)
        token = participant_operations.give_link(registration, actor=factories.make_account(), now=clock.now())
        cookie, number = participant_operations.open_with_link(token, now=clock.now()), registration.id
        db.session.commit()
    for header, expected in (
        (f"{name}={cookie}", number),
        (f"{name}={cookie}x", None),
        (f"other={cookie}", None),
        (f"{name}={token}", None),  # a link's secret is no stay
    ):
        with app.test_request_context("/", headers={"Cookie": header}):
            stay = participants.load_participant()
            assert (stay and stay.registration_id) == expected
            assert (guard.participant() and guard.participant().reach.registration_id) == expected
