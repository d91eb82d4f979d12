"""The pages of the mails: the text before it is sent, one act, the state of each person, and what is passed on."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Account
from portal.mailing.models import PassedText
from portal.mailing.rules import MailKind
from portal.participants import operations as participant_operations
from portal.platform import clock
from portal.platform.db import db
from portal.platform.mail import OutboxMail
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser

LINK = re.compile(r"http://localhost/my#([\w-]{22})")


@pytest.fixture
def training(app: Flask) -> Training:
    """Return a training of next month with one person who has an address, and one who has a phone only."""
    training = factories.make_training(starts_on=clock.today() + timedelta(days=30))
    for family, email, phone in (("Асанова", "asanova@example.org", ""), ("Бекова", "", "+996770757797")):
        person = factories.make_person(family, "Чолпон", email=email, phone=phone)
        factories.make_registration(training=training, person=person, state="confirmed")
    return training


def mails() -> list[OutboxMail]:
    found = list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))
    db.session.rollback()
    return found


def test_mail_is_seen_before_it_is_sent_and_sent_once(browser: Browser, aida: Account, training: Training) -> None:
    address = f"/trainings/{training.code}/mails"
    page = browser.sign_in(aida).get(address).follow("Confirmation of the seat")
    assert "Здравствуйте, Чолпон!" in page.text and "http://localhost/my#…" in page.text
    assert not LINK.search(page.html) and mails() == []
    assert [row["State"] for row in page.rows()] == ["Not sent yet", "No e-mail"]
    form = page.form("Send to the ticked people")
    page = form.submit()
    assert "1 mail is in the queue." in page.notices()[0]
    assert "The text of 1 person without e-mail" in page.notices()[1]
    assert page.row("Асанова")["State"] == "In the queue"
    form.submit()  # The second click.
    assert [mail.recipient for mail in mails()] == ["asanova@example.org"]


def test_text_is_passed_on_without_a_trace_of_the_person_in_an_address(
    browser: Browser, aida: Account, training: Training
) -> None:
    address = f"/trainings/{training.code}/mails/confirmation"
    page = browser.sign_in(aida).get(f"{address}/texts")
    assert "no personal link yet" in page.text and not LINK.search(page.html)
    page = page.form("Make the links").submit()
    [secret] = set(LINK.findall(page.html))
    assert "Здравствуйте, Чолпон!" in page.text and "Асанова" not in page.text
    outside = [url for url in page.links.values() if url.startswith("https://")]
    assert outside == ["https://wa.me/996770757797", "https://t.me/+996770757797"]
    assert "Саламатсызбы" in browser.get(f"{address}/texts?language=ky").text
    part = page.form("Passed on to Бекова Чолпон").submit_part()
    assert "Passed on" in part.text and aida.name in part.text
    assert browser.get(address).row("Бекова")["State"].startswith("Passed on")
    participant_operations.open_with_link(secret, now=clock.now())
    assert len(list(db.session.scalars(select(PassedText)))) == 1


def test_refused_address_is_shown_with_the_servers_words(browser: Browser, aida: Account, training: Training) -> None:
    address = f"/trainings/{training.code}/mails/confirmation"
    browser.sign_in(aida).get(address).form("Send to the ticked people").submit()
    mail = mails()[0]
    mail.state, mail.fault, mail.answer = "failed", "refused", "550 no such person"
    db.session.add(mail)
    page = browser.get(address)
    assert "550 no such person" in page.row("Асанова")["State"]
    assert "Асанова" in browser.get(f"{address}/texts").text  # The text goes by messenger then.
    assert "1 not delivered" in browser.get(f"/trainings/{training.code}/mails").row("Confirmation")["Mail"]


def test_nobody_ticked_is_refused(browser: Browser, aida: Account, training: Training) -> None:
    form = browser.sign_in(aida).get(f"/trainings/{training.code}/mails/reminder").form("Send to the ticked people")
    assert "Tick at least one person" in form.fill(people=None).submit(status=422).refusal()


def test_mail_that_is_not_true_is_refused(browser: Browser, aida: Account, training: Training) -> None:
    browser.sign_in(aida)
    page = browser.get(f"/trainings/{training.code}/mails/cancelled")
    assert not page.has_form("Send to the ticked people")
    refused = browser.post(f"/trainings/{training.code}/mails/cancelled/send", {"people": "x.0"}, status=409)
    assert "does not fit" in refused.refusal()


def test_reminder_is_switched_off_and_on(browser: Browser, aida: Account, training: Training) -> None:
    page = browser.sign_in(aida).get(f"/trainings/{training.code}/mails")
    assert page.row("Reminder")["Goes by itself"].startswith("On")
    page = page.form("Switch off: Reminder").submit()
    assert page.row("Reminder")["Goes by itself"].startswith("Off")
    page = page.form("Switch on: Reminder").submit()
    assert page.row("Reminder")["Goes by itself"].startswith("On")


def test_auditor_sees_who_was_told_and_no_texts_with_links(
    browser: Browser, auditor: Account, training: Training
) -> None:
    page = browser.sign_in(auditor).get(f"/trainings/{training.code}/mails/confirmation")
    assert page.rows() and not page.has_form("Send to the ticked people")
    browser.get(f"/trainings/{training.code}/mails/confirmation/texts", status=403)


@pytest.mark.parametrize("kind", list(MailKind))
def test_every_kind_has_its_page(browser: Browser, aida: Account, training: Training, kind: MailKind) -> None:
    assert browser.sign_in(aida).get(f"/trainings/{training.code}/mails/{kind.value}").h1
