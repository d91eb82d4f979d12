"""The pages of revoking by two: who asks, who decides, what a stranger reads meanwhile, and whose business it is."""

import pytest
from sqlalchemy import select

from portal.certificates.models import Certificate, RevocationRequest
from portal.closing.models import LeftRevoked
from portal.reports import queries as report_queries
from tests import factories
from tests.browser import Browser
from tests.certificates.arranged import complete, make_ready, revoke_by_two

PAGE = "/trainings/OSH-2026-07/certificates/TIP-2026-0001/revocation"


@pytest.fixture
def certificate(session) -> Certificate:
    training = factories.make_training(code="OSH-2026-07", sessions=2)
    make_ready(training, "Асанова", "Чолпон")
    return complete(training)[0]


def verifies_as(browser: Browser, code: str) -> str:
    return browser.as_stranger().get("/verify").form("Check").fill(code=code).submit().h1


def test_one_asks_and_another_confirms(browser: Browser, aida, certificate, session) -> None:
    code = certificate.code
    browser.sign_in(aida)
    page = browser.get("/trainings/OSH-2026-07/certificates/TIP-2026-0001").follow("Revoke")
    page = page.form("Ask a second person").submit(status=422)
    assert "Choose a reason from the list." in page.refusal() and "Say why it is revoked." in page.refusal()
    asking = page.form("Ask a second person").fill(revoke_class="authority", reason="Letter № 5")
    other_window = browser.get(PAGE).form("Ask a second person").fill(revoke_class="other", reason="Letter № 5")
    page, again = asking.submit(), asking.submit()
    assert page.url == again.url == PAGE and "An authority asks for it" in page.text
    assert "has asked for this already" in other_window.submit(status=409).refusal()
    assert not page.has_form("Revoke № TIP-2026-0001"), "Nobody confirms what they have asked for."
    (request,) = session.scalars(select(RevocationRequest)).all()
    acts = f"{PAGE}/{request.reference}"
    assert "You asked for this yourself" in browser.post(f"{acts}/confirm", status=409).refusal()
    assert verifies_as(browser, code) == "Valid"
    assert "waits for another person" in browser.get("/").text

    second = browser.as_stranger().sign_in(factories.make_coordinator("Гүлзат", side="south"))
    page = second.get("/").follow("Revoke № TIP-2026-0001 OSH-2026-07 · waits for your word")
    confirming, stale = page.form("Revoke № TIP-2026-0001"), second.get(PAGE).form("Revoke № TIP-2026-0001")
    page = confirming.submit()
    assert "Revoked" in page.tags() and "Letter № 5" in page.text
    assert "decided meanwhile" in stale.submit(status=409).refusal()
    assert verifies_as(browser, code) == "Revoked"
    assert "Letter" not in browser.as_stranger().get("/verify").form("Check").fill(code=code).submit().text
    assert "waits for your word" not in second.get("/").text


def test_request_is_refused_or_taken_back(browser: Browser, aida, certificate, session) -> None:
    second = browser.as_stranger().sign_in(factories.make_coordinator("Гүлзат", side="south"))
    browser.sign_in(aida).get(PAGE).form("Ask a second person").fill(revoke_class="other", reason="x").submit()
    page = second.get(PAGE).form("Refuse").submit(status=422)
    assert "Say why in a few words." in page.refusal()
    page = page.form("Refuse").fill(refusal="The letter is about another").submit()
    assert "Refused" in page.tags() and "The letter is about another" in page.text
    browser.get(PAGE).form("Ask a second person").fill(revoke_class="other", reason="y").submit()
    page = browser.get(PAGE).form("Take the request back").submit()
    assert "Taken back" in page.tags() and page.has_form("Ask a second person")
    assert session.scalars(select(Certificate.revoked_at)).all() == [None]


def test_moments_are_those_of_the_venue_with_their_day(browser: Browser, aida, certificate, session) -> None:
    """19:30 of the clock that the database keeps is half past one of the next day in Bishkek."""
    factories.make_revocation_request(certificate, asked_at=factories.NOW.replace(hour=19, minute=30))
    assert "15.09.2026 01:30" in browser.sign_in(aida).get(PAGE).text


def test_finalized_training_leads_to_the_correction_that_issues_anew(
    browser: Browser, aida, certificate, session
) -> None:
    certificate.registration.training.state = "finalized"
    session.commit()
    page = browser.sign_in(aida).get("/trainings/OSH-2026-07/certificates/TIP-2026-0001")
    assert not page.has_form("Issue anew"), "It would be refused."
    page = page.follow("Correct the name and reissue")
    assert page.has_form("Make correction 1") and "replaces № TIP-2026-0001" in page.text


def test_it_is_nobody_elses_business(browser: Browser, bakyt, auditor, certificate, session) -> None:
    request = factories.make_revocation_request(certificate)
    acts = [PAGE, *(f"{PAGE}/{request.reference}/{act}" for act in ("confirm", "refuse", "withdraw"))]
    sent = {"revoke_class": "other", "reason": "x", "refusal": "x"}
    north, reader = browser.sign_in(bakyt), browser.as_stranger().sign_in(auditor)
    north.get(PAGE, status=404)
    assert not reader.get(PAGE).has_form("Revoke № TIP-2026-0001")
    other = factories.make_certificate(factories.make_registration(training=certificate.registration.training))
    for url in acts:
        north.post(url, sent, status=404)
        reader.post(url, sent, status=403)
    here = browser.as_stranger().sign_in(factories.make_coordinator("Гүлзат", side="south"))
    here.post(f"{PAGE.replace('TIP-2026-0001', other.number)}/{request.reference}/confirm", status=404)
    session.rollback()
    assert session.scalars(select(Certificate.revoked_at)).all() == [None, None]


def test_books_wait_for_a_word_about_who_completed_and_lost_the_certificate(
    browser: Browser, aida, certificate: Certificate, session
) -> None:
    """They count as completed, as in releases; a facilitator's certificate does not fill the gap."""
    training = certificate.registration.training
    leader = factories.make_registration(training=training, state="confirmed", role="facilitator")
    factories.make_facilitator(training.sessions[0], leader.person)
    factories.make_certificate(leader, kind="facilitator")
    revoke_by_two(certificate)
    page = browser.sign_in(aida).get("/trainings/OSH-2026-07/close")
    assert "Completed, but the certificate is revoked" in page.text and not page.has_form("Finalize and lock")
    for words in ("Completed 1", "Certified 0", "Certificate revoked 1", "Certified facilitators 1"):
        assert words in page.text
    page = page.follow("Асанова Чолпон")
    assert page.url == PAGE
    page = page.form("Leave it revoked").submit(status=422)
    assert "Say why in a few words." in page.refusal()
    leaving, stale = page.form("Leave it revoked").fill(left="Приказ № 7"), browser.get(PAGE).form("Leave it revoked")
    page = leaving.submit()
    assert (
        page.url == "/trainings/OSH-2026-07/close" and "Everyone who lost a certificate is decided about" in page.text
    )
    assert "nothing to decide here any more" in stale.fill(left="x").submit(status=409).refusal()
    said = session.scalars(select(LeftRevoked)).one()
    assert (said.reason, said.noted_by) == ("Приказ № 7", aida.label)
    assert "Приказ № 7" in browser.get(PAGE).text
    browser.get(page.url).form("Finalize and lock").submit()
    assert [len(one.seats) for one in report_queries.list_finalized(training.ends_on)] == [1], (
        "Releases count the same."
    )
