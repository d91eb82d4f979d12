"""The participant's own page: opened by a link or a slip, for one person and nobody else."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from portal.audit.models import AuditEntry
from portal.certificates import candidates
from portal.certificates import operations as certificate_operations
from portal.participants import operations as participant_operations
from portal.participants.forms import SLIP_TRIES
from portal.participants.models import ParticipantSession
from portal.participants.rules import COOKIE
from portal.platform import clock, storage, tokens
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests import factories
from tests.browser import Answer, Browser
from tests.certificates.arranged import OPERATOR, attend, complete, make_ready, reserve, revoke_by_two
from tests.pages import Page
from tests.spent import spend


@pytest.fixture
def training(session) -> Training:
    return factories.make_training(code="OSH-2026-07", sessions=2, starts_on=clock.today("Asia/Bishkek"))


@pytest.fixture
def mine(training: Training, session) -> Registration:
    registration = attend(training, "Асанова", "Чолпон", "Бакытовна")
    session.commit()
    return registration


def give_pin(registration: Registration) -> str:
    return participant_operations.give_pins(registration.training, [registration], actor=OPERATOR, now=clock.now())[
        0
    ].pin


def give_link(registration: Registration) -> str:
    return participant_operations.give_link(registration, actor=OPERATOR, now=clock.now())


def open_link(browser: Browser, token: str, *, status: int = 200) -> Page:
    """Do what the script does with an address like /my#TOKEN."""
    return browser.get("/my").form("/my/open").fill(token=token).submit(status=status)


def fill_slip(browser: Browser, reference: str, pin: str, *, status: int = 200) -> Page:
    return browser.get("/my").form("/my/slip").fill(reference=reference, pin=pin).submit(status=status)


def cookie(browser: Browser) -> str:
    found = browser.client.get_cookie(COOKIE, domain="localhost")
    return found.value if found else ""


def test_link_opens_the_own_page(browser: Browser, session) -> None:
    yesterday = clock.today("Asia/Bishkek") - timedelta(days=1)  # At every hour of today both sessions are over.
    training = factories.make_training(code="OSH-2026-07", sessions=2, starts_on=yesterday)
    mine = attend(training, "Асанова", "Чолпон", "Бакытовна")
    session.commit()
    page = open_link(browser, give_link(mine))
    assert page.url == "/my"
    assert page.h1 == "Investigating trafficking in persons: Osh"
    for words in ("Асанова Чолпон Бакытовна", "Confirmed", "6 of 6 hours", "09:00–12:00", "Training centre"):
        assert words in page.text, words
    assert page.headers["Cache-Control"] == "no-store"


def test_link_opens_again_on_the_same_and_on_another_device(browser: Browser, mine: Registration) -> None:
    token = give_link(mine)
    for visitor in (browser, browser, browser.as_stranger()):
        assert "Асанова" in open_link(visitor, token).text


def test_link_in_the_address_opens_nothing_by_itself(browser: Browser, mine: Registration) -> None:
    token = give_link(mine)
    page = browser.get(f"/my?token={token}")
    assert page.h1 == "My training" and "Асанова" not in page.html
    assert cookie(browser) == ""


def test_link_that_is_not_valid_is_refused_in_words(browser: Browser, mine: Registration) -> None:
    old = give_link(mine)
    give_link(mine)
    for token in (old, tokens.random_token(), "", "x" * 61, "%"):
        page = open_link(browser, token, status=422)
        assert "not valid any more" in page.refusal()
        assert page.form("/language").fields["next"] == ["/my"]
    assert cookie(browser) == ""


def test_slip_opens_the_own_page_however_it_is_typed(browser: Browser, mine: Registration) -> None:
    pin = give_pin(mine)
    reference = mine.reference
    spaced = f"{reference[:5].lower()} - {reference[5:]}"
    assert "Асанова" in fill_slip(browser, spaced, f"{pin[:3]} {pin[3:]}").text


def bare(page: Page | Answer) -> str:
    html = page.html if isinstance(page, Page) else page.text
    return re.sub(r'"X-CSRFToken": "[^"]+"|name="(csrf_token|form_key)" value="[^"]+"|value="[^"]*"', "", html)


def test_wrong_reference_and_wrong_pin_have_one_answer(browser: Browser, mine: Registration) -> None:
    pin = give_pin(mine)
    wrong = "000000" if pin != "000000" else "000001"
    other = factories.make_registration(state="confirmed")
    answers = [
        fill_slip(browser, mine.reference, wrong, status=422),
        fill_slip(browser, tokens.random_code(10), pin, status=422),
        fill_slip(browser, other.reference, pin, status=422),
        fill_slip(browser, mine.reference, "12", status=422),
        fill_slip(browser, mine.reference, "abcdef", status=422),
    ]
    assert len({bare(answer) for answer in answers}) == 1
    assert "The reference or the PIN is not right" in answers[0].refusal()
    assert cookie(browser) == ""


def test_slip_is_tried_five_times_a_minute(browser: Browser, mine: Registration) -> None:
    pin = give_pin(mine)
    fill_slip(browser, mine.reference, "000000" if pin != "000000" else "000001", status=422)
    spend(SLIP_TRIES[0], f"{mine.reference} 127.0.0.1")
    typed = f"{mine.reference[:4]}-{mine.reference[4:]}".lower()
    assert fill_slip(browser.as_stranger(), typed, pin, status=429).h1 == "Too many attempts"
    other = attend(mine.training)
    assert fill_slip(browser, other.reference, give_pin(other)).url == "/my", (
        "Others on this network are not locked out."
    )


def test_a_whole_training_opens_its_slips_from_one_network(browser: Browser, training: Training, session) -> None:
    people_there = factories.make_registrations(training, 70)
    slips = participant_operations.give_pins(training, people_there, actor=OPERATOR, now=clock.now())
    typed = [(slip.registration.reference, slip.pin) for slip in slips]
    session.commit()
    for reference, pin in typed:
        visitor = browser.as_stranger()
        data = {"csrf_token": visitor.csrf_token(), "reference": reference, "pin": pin}
        assert visitor.send("POST", "/my/slip", data=data).status == 303


def test_empty_slip_says_what_is_missing(browser: Browser) -> None:
    page = browser.get("/my").form("/my/slip").submit(status=422)
    assert "Enter the reference" in page.refusal() and "digits of the PIN" in page.refusal()


def test_double_click_on_the_slip_leads_to_the_page_both_times(browser: Browser, mine: Registration) -> None:
    form = browser.get("/my").form("/my/slip").fill(reference=mine.reference, pin=give_pin(mine))
    assert form.submit().url == "/my"
    browser.client.delete_cookie(COOKIE, domain="localhost")  # The first answer never arrived.
    assert "Асанова" in form.submit().text


def test_planted_cookie_is_worth_nothing_and_opening_makes_a_new_one(browser: Browser, mine: Registration) -> None:
    planted = tokens.random_token()
    browser.client.set_cookie(COOKIE, planted, domain="localhost", path="/")
    assert browser.get("/my").h1 == "My training"
    open_link(browser, give_link(mine))
    assert cookie(browser) not in ("", planted)
    stranger = browser.as_stranger()
    stranger.client.set_cookie(COOKIE, planted, domain="localhost", path="/")
    assert stranger.get("/my").h1 == "My training"


def test_opening_another_page_closes_the_one_before(browser: Browser, mine: Registration, training: Training) -> None:
    theirs = attend(training, "Бекова", "Айгүл")
    token = give_link(theirs)
    open_link(browser, give_link(mine))
    first = cookie(browser)
    page = browser.get("/my").form("/my/open").fill(token=token).submit()
    assert "Бекова Айгүл" in page.text and "Асанова" not in page.text
    stranger = browser.as_stranger()
    stranger.client.set_cookie(COOKIE, first, domain="localhost", path="/")
    assert stranger.get("/my").h1 == "My training"


def test_leaving_ends_the_stay_on_the_server(browser: Browser, mine: Registration) -> None:
    open_link(browser, give_link(mine))
    copied = cookie(browser)
    answer = browser.send("POST", "/my/leave", data={"csrf_token": browser.csrf_token()})
    assert answer.status == 303 and "cache" in answer.headers["Clear-Site-Data"]
    assert cookie(browser) == ""
    browser.client.set_cookie(COOKIE, copied, domain="localhost", path="/")
    assert browser.get("/my").h1 == "My training"
    assert browser.send("GET", "/my/certificate").status == 303


def test_cookie_is_out_of_reach_for_scripts_and_other_sites(browser: Browser, mine: Registration) -> None:
    data = {"csrf_token": browser.csrf_token(), "token": give_link(mine)}
    header = browser.send("POST", "/my/open", data=data).headers["Set-Cookie"]
    for words in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"):
        assert words in header, words
    assert mine.reference not in header


def names_form(browser: Browser):
    return browser.get("/my").form("/my/names")


def printed(registration: Registration) -> candidates.PrintedNames:
    return candidates.printed_names([registration.person_id])[registration.person_id]


def test_name_is_confirmed_by_its_owner(browser: Browser, mine: Registration, session) -> None:
    browser.open_own_page(mine)
    page = names_form(browser).fill(cyrillic_given="Чолпана", latin_family="Asanova", latin_given="Cholpana").submit()
    assert page.url == "/my" and "Thank you" in page.text
    found = printed(mine)
    assert (found.cyrillic.full_name, found.latin.given) == ("Асанова Чолпана Бакытовна", "Cholpana")
    assert found.cyrillic.confirmed_by == f"participant {mine.reference}"
    assert mine.person.language == "en", "Letters speak the language in which the page was read."
    actor = session.scalars(select(AuditEntry.actor).where(AuditEntry.event == "certificates.names_confirmed")).one()
    assert actor == f"participant {mine.reference}"


def test_own_name_is_refused_beside_its_field(browser: Browser, mine: Registration) -> None:
    browser.open_own_page(mine)
    page = names_form(browser).fill(cyrillic_given="<b>Чолпон</b>").submit(status=422)
    assert "Use letters, spaces" in page.refusal()
    assert page.form("/my/names").fields["cyrillic_given"] == ["<b>Чолпон</b>"]
    assert not printed(mine).is_confirmed


def test_stale_own_name_shows_both(browser: Browser, mine: Registration, aida) -> None:
    form = names_form(browser.open_own_page(mine)).fill(cyrillic_given="Чолпана")
    coordinator = browser.as_stranger().sign_in(aida)
    url = f"/trainings/OSH-2026-07/names/{mine.reference}"
    coordinator.get(url).form("Confirm these names").fill(cyrillic_given="Чолпонай").submit()
    page = form.submit(status=409)
    assert "Somebody else has changed this name" in page.refusal()
    assert "Асанова Чолпонай Бакытовна" in page.text
    page.form("/my/names").submit()
    assert printed(mine).cyrillic.given == "Чолпана"


def test_numbered_certificate_closes_the_name(browser: Browser, mine: Registration, training: Training) -> None:
    form = names_form(browser.open_own_page(mine))
    form.submit()
    form = names_form(browser).fill(cyrillic_given="Чолпана")
    reserve(training)
    assert not browser.get("/my").has_form("/my/names")
    page = form.submit(status=409)
    assert "cannot be changed here any more" in page.refusal()
    assert printed(mine).cyrillic.given == "Чолпон"


@pytest.fixture
def issued(training: Training, session) -> SimpleNamespace:
    registration = make_ready(training, "Асанова", "Чолпон")
    other = make_ready(training, "Бекова", "Айгүл")
    certificate, theirs = complete(training)
    session.commit()
    return SimpleNamespace(registration=registration, other=other, certificate=certificate, theirs=theirs)


def test_certificate_is_downloaded_by_its_owner_only(browser: Browser, issued) -> None:
    browser.open_own_page(issued.registration)
    page = browser.get("/my")
    assert "№ TIP-2026-0001" in page.text and "TIP-2026-0002" not in page.html
    answer = browser.download(page.links["Download the certificate (PDF)"])
    assert answer.body == storage.open_bytes(issued.certificate.document)
    assert browser.as_stranger().send("GET", "/my/certificate").status == 303
    other = browser.as_stranger().open_own_page(issued.other)
    assert other.download("/my/certificate").body == storage.open_bytes(issued.theirs.document)


def test_participant_reaches_no_page_of_the_coordinator_and_no_other_persons(browser: Browser, issued) -> None:
    browser.open_own_page(issued.registration)
    for url in (
        "/trainings/OSH-2026-07/certificates",
        f"/trainings/OSH-2026-07/certificates/{issued.theirs.number}",
        f"/trainings/OSH-2026-07/certificates/{issued.certificate.number}/file",
        "/trainings/OSH-2026-07/names",
        f"/trainings/OSH-2026-07/names/{issued.other.reference}",
    ):
        page = browser.get(url)
        assert page.url.startswith("/sign-in"), url
        assert "Бекова" not in page.html
    data = {"registration_reference": issued.other.reference, "registration": str(issued.other.id)}
    page = browser.get(f"/my?registration={issued.other.reference}")
    assert "Бекова" not in page.html
    browser.post("/my/names", {**data, "cyrillic_family": "А", "cyrillic_given": "Б", "version": "1"}, status=409)
    assert printed(issued.other).cyrillic.family == "Бекова"


def test_revoked_certificate_is_not_handed_out_any_more(browser: Browser, issued) -> None:
    revoke_by_two(issued.certificate, clock.now(), reason="Kept for the office")
    browser.open_own_page(issued.registration)
    page = browser.get("/my")
    assert "has been revoked" in page.text and "office" not in page.html
    assert "Download the certificate (PDF)" not in page.links
    browser.download("/my/certificate", status=404)


def test_old_certificate_is_there_until_the_new_one_stands(browser: Browser, issued) -> None:
    old, now = issued.certificate, clock.now()
    new, _job = certificate_operations.reissue(old, reason="a letter", actor=OPERATOR, now=now)
    browser.open_own_page(issued.registration)
    assert browser.download("/my/certificate").body == storage.open_bytes(old.document)
    certificate_operations.complete(new.id, b"%PDF new", actor=OPERATOR, now=now)
    assert browser.download("/my/certificate").body == b"%PDF new"
    assert f"№ {new.number}" in browser.get("/my").text


def test_certificate_before_it_is_issued_is_not_there(browser: Browser, mine: Registration) -> None:
    browser.open_own_page(mine).download("/my/certificate", status=404)


@pytest.mark.parametrize("state", ["withdrawn", "declined", "substituted"])
def test_who_takes_no_part_any_more_is_told_so(browser: Browser, mine: Registration, state: str) -> None:
    mine.state = state
    page = browser.open_own_page(mine).get("/my")
    assert "You do not take part in this training" in page.text
    assert not page.has_form("/my/names")
    assert "Agenda" not in page.text


def test_waiting_list_is_told(browser: Browser, mine: Registration) -> None:
    mine.state = "waitlisted"
    page = browser.open_own_page(mine).get("/my")
    assert "Waiting list" in page.tags()


def test_cancelled_training_is_told(browser: Browser, mine: Registration) -> None:
    mine.training.state = "cancelled_by_organizer"
    page = browser.open_own_page(mine).get("/my")
    assert "The training was cancelled" in page.text
    assert not page.has_form("/my/names")


def test_coordinator_with_a_participants_page_stays_who_they_are(
    browser: Browser, mine: Registration, aida, session
) -> None:
    browser.sign_in(aida).open_own_page(mine)
    assert "Асанова" in browser.get("/my").text
    names_form(browser).submit()
    coordinator_url = f"/trainings/OSH-2026-07/names/{mine.reference}"
    browser.get(coordinator_url).form("Confirm these names").fill(cyrillic_given="Чолпана").submit()
    query = select(AuditEntry.actor).where(AuditEntry.event == "certificates.names_confirmed").order_by(AuditEntry.id)
    assert session.scalars(query).all() == [f"participant {mine.reference}", aida.label]
    browser.get("/my").form("/my/leave").submit()
    assert browser.get("/trainings/OSH-2026-07/names").h1 == "Names", "Leaving the page is no signing out."


def test_signed_in_coordinator_is_no_participant(browser: Browser, mine: Registration, aida) -> None:
    browser.sign_in(aida)
    assert browser.get("/my").h1 == "My training"
    assert browser.send("GET", "/my/certificate").headers["Location"] == "/my"
    answer = browser.send("POST", "/my/names", data={"csrf_token": browser.csrf_token(), "cyrillic_given": "Б"})
    assert (answer.status, answer.headers["Location"]) == (303, "/my")
    assert not printed(mine).is_confirmed


def test_reading_makes_no_stay(browser: Browser, mine: Registration, session) -> None:
    token = give_link(mine)
    for method in ("GET", "HEAD") * 10:
        browser.send(method, f"/my?token={token}")
    session.rollback()
    assert session.scalar(select(func.count()).select_from(ParticipantSession)) == 0
    assert "Асанова" in open_link(browser, token).text


@pytest.mark.parametrize("path", ["/my/open", "/my/slip", "/my/names", "/my/leave"])
def test_forged_form_is_refused(browser: Browser, mine: Registration, path: str) -> None:
    browser.open_own_page(mine)
    assert browser.send("POST", path, data={"token": "x"}).status == 400


def test_queries_do_not_grow_with_the_training(browser: Browser, mine: Registration, training: Training) -> None:
    browser.open_own_page(mine)
    counts = []
    for number in (0, 2, 60):
        for _person in range(number):
            attend(training)
        counts.append(len(browser.get("/my").queries))
    assert len(set(counts)) == 1, counts


def test_texts_of_data_are_shown_as_text(browser: Browser, mine: Registration) -> None:
    mine.training.title_en = "<b>{{7*7}}</b> <div hx-get=/x hx-trigger=load>"
    page = browser.open_own_page(mine).get("/my")
    assert page.h1 == "<b>{{7*7}}</b> <div hx-get=/x hx-trigger=load>"


def test_open_test_and_own_score_stand_on_the_own_page(browser: Browser, mine: Registration) -> None:
    factories.make_questions(mine.training.course)
    factories.make_sheet(mine, "pre", "A B CD B", source="paper")
    factories.make_assessment(mine.training, "post")
    page = open_link(browser, give_link(mine))
    assert "Test before the training: 3 of 4 right" in page.text
    assert page.follow("Answer the test").h1 == "Test after the training"
