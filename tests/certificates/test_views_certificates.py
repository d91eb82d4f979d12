"""The coordinator's certificates: who is ready, the run and its end, one certificate with its history."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from portal.certificates import operations as certificate_operations
from portal.certificates.models import Certificate, RevocationRequest
from portal.closing import revocations
from portal.platform import clock, storage, tokens
from portal.platform.dates import long_date
from portal.platform.jobs import Job
from portal.trainings.models import Training
from tests import factories
from tests.browser import HTMX, Browser
from tests.certificates.arranged import (
    BASE_URL,
    OPERATOR,
    attend,
    certificates_of,
    complete,
    make_eligible,
    make_ready,
    reserve,
    revoke_by_two,
)
from tests.refusals import raises_refusal

INDEX = "/trainings/OSH-2026-07/certificates"


@pytest.fixture
def training(session) -> Training:
    return factories.make_training(code="OSH-2026-07", sessions=2)


@pytest.fixture
def coordinator(browser: Browser, aida) -> Browser:
    return browser.sign_in(aida)


def test_index_says_who_is_ready_and_who_is_not_and_why(coordinator: Browser, training: Training) -> None:
    make_ready(training, "Асанова", "Чолпон")
    attend(training, "Бекова", "Айгүл")
    absent = factories.make_registration(
        training=training, person=factories.make_person("Ибраимов", "Нурлан"), state="confirmed"
    )
    factories.make_mark(absent, training.sessions[0])
    page = coordinator.get(INDEX)
    assert page.h1 == "Certificates"
    assert page.row("Асанова Чолпон")["State"] == "Eligible"
    assert page.row("Бекова Айгүл")["State"] == "Name not confirmed"
    assert page.row("Ибраимов Нурлан")["State"] == (
        "Not eligible Attended 50 % of the required 80 %; sessions not marked: 1."
    )
    assert page.has_form("Issue 1 certificate")
    assert "Check the names" in page.links
    assert [row["Name"] for row in page.follow("Not eligible 1").rows()] == ["Ибраимов Нурлан"]
    assert [row["Name"] for row in page.follow("Ready to issue 1").rows()] == ["Асанова Чолпон"]


def test_index_of_nobody_leads_to_the_nominations(coordinator: Browser, training: Training) -> None:
    page = coordinator.get(INDEX)
    assert "Nobody is registered yet" in page.text
    assert not page.has_form(f"{INDEX}/issue")


def test_unknown_filter_and_page_show_something_sensible(coordinator: Browser, training: Training) -> None:
    make_ready(training)
    assert "Nobody is in this group." in coordinator.get(f"{INDEX}?show=%3Cb%3E&page=x").text
    assert len(coordinator.get(f"{INDEX}?page=999").rows()) == 1
    assert len(coordinator.get(f"{INDEX}?page=-3").rows()) == 1


def test_click_issues_and_double_click_makes_one_run(
    coordinator: Browser, training: Training, session, run_jobs: Callable[[], int]
) -> None:
    make_eligible(training, 2)
    form = coordinator.get(INDEX).form("Issue 2 certificates")
    page, again = form.submit(), form.submit()
    assert page.url == again.url == INDEX
    assert session.scalar(select(func.count()).select_from(Job)) == 1
    assert "Issuing certificates" in page.text
    assert not page.has_form(f"{INDEX}/issue"), "While it runs there is nothing to click."
    other_tab = coordinator.get(INDEX)
    assert "Issuing certificates" in other_tab.text
    assert run_jobs() == 1
    page = coordinator.get(INDEX)
    assert [row["State"] for row in page.rows()] == ["Issued", "Issued"]
    assert "Issuing certificates" not in page.text
    assert page.has_form("All files (ZIP)") and page.has_form("One file for the printer (PDF)")


def test_two_windows_make_one_run(coordinator: Browser, training: Training, session) -> None:
    make_ready(training)
    one, other = (coordinator.get(INDEX).form("Issue 1 certificate") for _ in range(2))
    one.submit(), other.submit()
    assert session.scalar(select(func.count()).select_from(Job)) == 1


def test_stale_window_is_told_that_nobody_is_left(coordinator: Browser, training: Training) -> None:
    make_ready(training)
    form = coordinator.get(INDEX).form("Issue 1 certificate")
    complete(training)
    page = form.submit(status=422)
    assert "There is nobody to issue a certificate for" in page.refusal()
    assert page.rows()[0]["State"] == "Issued"


def test_clock_that_is_behind_is_told_before_the_run(coordinator: Browser, training: Training) -> None:
    make_ready(training)
    reserve(training, clock.now().replace(year=2999))
    make_ready(training)
    page = coordinator.get(INDEX).form("Issue 1 certificate").submit(status=409)
    assert "clock of this machine is behind" in page.refusal()


def test_nobody_backdates(coordinator: Browser, training: Training, run_jobs: Callable[[], int]) -> None:
    make_ready(training)
    before = clock.now()
    dated = {"issued_at": "2001-01-01T00:00", "issued_on": "2001-01-01", "now": "2001-01-01", "number": "1"}
    coordinator.post(f"{INDEX}/issue", {**dated, "form_key": tokens.random_token()})
    run_jobs()
    (certificate,) = certificates_of(training)
    assert before <= certificate.issued_at <= clock.now()
    assert certificate.number.endswith("-0001")


def test_progress_polls_until_it_is_over_and_then_leads_to_the_page(coordinator: Browser, training: Training) -> None:
    job = factories.make_job(certificate_operations.JOB, training.code, state="running", done=1, total=59)
    part = coordinator.part(f"{INDEX}/progress")
    assert f'id="components-job-{job.id}"' in part.html
    assert f'hx-get="{INDEX}/progress"' in part.html
    assert "1 of 59" in part.text
    job.state = "done"
    answer = coordinator.send("GET", f"{INDEX}/progress", headers=HTMX)
    assert (answer.status, answer.headers["HX-Redirect"], answer.body) == (200, INDEX, b"")


def test_progress_without_a_run_is_not_there(coordinator: Browser, training: Training) -> None:
    coordinator.get(f"{INDEX}/progress", status=404)


def test_failed_run_says_what_waits_and_goes_on(
    coordinator: Browser, training: Training, run_jobs: Callable[[], int]
) -> None:
    make_eligible(training, 2)
    reserve(training)
    factories.make_job(certificate_operations.JOB, training.code, state="failed")
    page = coordinator.get(INDEX)
    assert "2 certificates have their numbers, but no files yet" in page.text
    assert [row["State"] for row in page.rows()] == ["Pending", "Pending"]
    page.form("Make the files").submit()
    run_jobs()
    assert [row["State"] for row in coordinator.get(INDEX).rows()] == ["Issued", "Issued"]


def test_run_that_failed_before_it_began_says_so(coordinator: Browser, training: Training) -> None:
    make_ready(training)
    factories.make_job(certificate_operations.JOB, training.code, state="failed")
    page = coordinator.get(INDEX)
    assert "The last run stopped before it began" in page.text
    assert page.has_form("Issue 1 certificate")


def test_void_page_says_why_beside_the_person(coordinator: Browser, training: Training) -> None:
    make_ready(training, "Асанова", "Чолпон")
    (void,) = reserve(training)
    certificate_operations.fail(void, reason="too_long - Асанова Чолпон", actor=OPERATOR, now=factories.NOW)
    state = coordinator.get(INDEX).row("Асанова Чолпон")["State"]
    assert "№ TIP-2026-0001 is void." in state
    assert "“Асанова Чолпон” is too long for its place on the page." in state
    page = coordinator.get(f"{INDEX}/TIP-2026-0001")
    assert "Void" in page.tags()
    assert not page.has_form("Issue anew")


def test_outdated_bundle_is_not_handed_out(
    coordinator: Browser, training: Training, run_jobs: Callable[[], int], session
) -> None:
    make_eligible(training, 2)
    coordinator.get(INDEX).form("Issue 2 certificates").submit()
    run_jobs()
    assert coordinator.take(f"{INDEX}/zip").headers["Content-Type"] == "application/zip"
    assert coordinator.take(f"{INDEX}/print").body.startswith(b"%PDF")
    revoke_by_two(certificates_of(training)[0], clock.now(), reason="x")
    session.commit()
    page = coordinator.post(f"{INDEX}/zip")
    assert page.url == INDEX
    assert not page.has_form("All files (ZIP)")
    run_jobs()
    assert coordinator.take(f"{INDEX}/print").body.startswith(b"%PDF")


@pytest.fixture
def issued(session, training: Training) -> SimpleNamespace:
    registration = make_ready(training, "Асанова", "Чолпон", latin="Asanova Cholpon")
    (certificate,) = complete(training)
    session.commit()
    return SimpleNamespace(registration=registration, certificate=certificate, url=f"{INDEX}/{certificate.number}")


def test_certificate_is_shown_and_downloaded(coordinator: Browser, issued) -> None:
    page = coordinator.get(INDEX).follow(f"№ {issued.certificate.number}")
    assert page.h1 == f"№ {issued.certificate.number}"
    for words in ("Асанова Чолпон", "Cholpon Asanova", issued.certificate.facts["code"], "14 September 2026"):
        assert words in page.text
    answer = coordinator.download(page.links["Download the PDF"])
    assert answer.body == storage.open_bytes(issued.certificate.document)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "filename*=UTF-8''OSH-2026-07-TIP-2026-0001-" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_code_of_the_paper_stands_in_no_address(coordinator: Browser, issued) -> None:
    for page in (coordinator.get(INDEX), coordinator.get(issued.url)):
        assert not any(issued.certificate.code in address for address in page.links.values())
    coordinator.get(f"{INDEX}/{issued.certificate.code}", status=404)


def test_reissue_with_history(coordinator: Browser, training: Training, issued, run_jobs: Callable[[], int]) -> None:
    form = coordinator.get(issued.url).form("Issue anew").fill(reason="A letter was wrong")
    page, again = form.submit(), form.submit()
    assert page.url == again.url == INDEX
    assert len(certificates_of(training)) == 2
    assert coordinator.get(issued.url).tags().count("Issued") >= 1, "The old one stands until the new file does."
    run_jobs()
    page = coordinator.get(issued.url)
    assert "Replaced" in page.tags()
    assert [row["State"] for row in page.rows()] == ["Issued", "Replaced"]
    assert f"Replaced on {long_date(clock.now().date(), 'en')}" in page.text
    assert not page.has_form("Issue anew") and "Revoke" not in page.links
    new = page.follow("TIP-2026-0002")
    assert "№ TIP-2026-0001" in new.text and "A letter was wrong" in new.text
    assert coordinator.download(f"{issued.url}/file").body == b"%PDF-1.7 TIP-2026-0001"


def test_reissue_needs_a_reason(coordinator: Browser, training: Training, issued) -> None:
    for reason in ("", "  ", "x" * 301):
        page = coordinator.get(issued.url).form("Issue anew").fill(reason=reason).submit(status=422)
        assert page.refusal()
    assert len(certificates_of(training)) == 1


def test_second_window_cannot_replace_again(coordinator: Browser, training: Training, issued) -> None:
    one, other = (coordinator.get(issued.url).form("Issue anew").fill(reason="A letter") for _ in range(2))
    one.submit()
    page = other.submit(status=409)
    assert "has been replaced or revoked already" in page.refusal()
    assert len(certificates_of(training)) == 2


def test_pending_certificate_has_no_file(coordinator: Browser, training: Training) -> None:
    make_ready(training)
    reserve(training)
    page = coordinator.get(f"{INDEX}/TIP-2026-0001")
    assert "Download the PDF" not in page.links
    coordinator.get(f"{INDEX}/TIP-2026-0001/file", status=404)


def addresses(number: str) -> list[tuple[str, str]]:
    reads = ["", "/zip", "/print", "/progress", f"/{number}", f"/{number}/file"]
    writes = ["/issue", "/renew", f"/{number}/reissue"]
    return [("GET", INDEX + one) for one in reads] + [("POST", INDEX + one) for one in writes]


def test_another_region_finds_nothing_of_it(browser: Browser, bakyt, training: Training, session) -> None:
    make_ready(training, "Кенарийкова", "Жылдыз")
    (certificate,) = complete(training)
    before = session.scalar(select(func.count()).select_from(Job))
    browser.sign_in(bakyt)
    for method, url in addresses(certificate.number):
        data = {"csrf_token": browser.csrf_token(), "reason": "x"} if method == "POST" else None
        answer = browser.send(method, url, data=data)
        assert answer.status == 404, url
        assert "Кенарийкова" not in answer.text and certificate.code not in answer.text
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Job)) == before
    assert session.scalars(select(Certificate.revoked_at)).all() == [None]


def test_certificate_under_another_trainings_address_is_not_there(coordinator: Browser, issued) -> None:
    other = factories.make_training()
    coordinator.get(f"/trainings/{other.code}/certificates/{issued.certificate.number}", status=404)
    coordinator.get(f"/trainings/{other.code}/certificates/{issued.certificate.number}/file", status=404)


def test_auditor_reads_and_changes_nothing(browser: Browser, auditor, training: Training, issued) -> None:
    make_ready(training)
    browser.sign_in(auditor)
    page = browser.get(INDEX)
    assert not page.has_form(f"{INDEX}/issue")
    assert not browser.get(issued.url).has_form("Issue anew")
    for method, url in addresses(issued.certificate.number):
        if method == "POST":
            browser.post(url, {"reason": "x"}, status=403)


def test_donor_sees_no_certificates(browser: Browser, dana, training: Training) -> None:
    browser.sign_in(dana).get(INDEX, status=403)


def test_queries_do_not_grow_with_the_people(coordinator: Browser, training: Training) -> None:
    counts = []
    for number in (1, 2, 197):  # 1, 3 and 200 people.
        make_eligible(training, number)
        complete(training)
        counts.append({url: len(coordinator.get(url).queries) for url in (INDEX, f"{INDEX}?show=certified")})
    assert counts[0] == counts[1] == counts[2], counts


def test_refusal_leaves_nobody_at_an_address_without_a_page(coordinator: Browser, training: Training, issued) -> None:
    page = coordinator.get(issued.url).form("Issue anew").submit(status=422)
    assert page.form("/language").fields["next"] == [issued.url]
    coordinator.get(f"{issued.url}/reissue", status=405)
    page = coordinator.post(f"{INDEX}/issue", {"form_key": tokens.random_token()}, status=422)
    assert page.form("/language").fields["next"] == [INDEX]
    assert page.form("/language").fill().submit("Русский").url == INDEX


def test_reissue_by_hand_uses_the_portals_own_address(coordinator: Browser, issued, training: Training) -> None:
    data = {"reason": "x", "base_url": "https://evil.example", "form_key": tokens.random_token()}
    coordinator.post(f"{issued.url}/reissue", data)
    assert certificates_of(training)[1].facts["verify_url"].startswith(f"{BASE_URL}/verify#")


def test_correction_after_the_issue_waits_for_a_decision(
    coordinator: Browser, training: Training, session, run_jobs: Callable[[], int]
) -> None:
    person = make_ready(training, "Асанова", "Чолпон")
    make_ready(training, "Бекова", "Айгүл")
    complete(training)
    assert "no longer fit" not in coordinator.get(INDEX).text
    factories.make_mark(person, training.sessions[0], "absent", is_decision=True, received_at=clock.now())
    session.commit()
    workspace = coordinator.get("/trainings/OSH-2026-07")
    assert "Асанова Чолпон" in workspace.text and "Бекова" not in workspace.text
    page = workspace.follow("All certificates to settle")
    assert [row["Name"] for row in page.rows()] == ["Асанова Чолпон"]
    assert "No longer meets the rule. Attended 50 % of the required 80 %." in page.rows()[0]["State"]
    page = page.follow("Decide")
    asking = page.follow("Revoke").form("Ask a second person")
    asking.fill(revoke_class="rule_not_met", reason="Was not there").submit()
    assert "stands until a second person confirms" in coordinator.get(f"{INDEX}/TIP-2026-0001").text
    (request,) = session.scalars(select(RevocationRequest)).all()
    revocations.confirm(request, actor=factories.make_account("administrator"), now=clock.now())
    session.commit()
    assert "no longer fit" not in coordinator.get(INDEX).text
    # The absence was a mistake after all.
    later = {"marked_at": clock.now(), "received_at": clock.now(), "is_decision": True}
    factories.make_mark(person, training.sessions[0], "present", **later)
    session.commit()
    page = coordinator.get(f"{INDEX}?show=unsettled")
    assert "Meets the rule again." in page.rows()[0]["State"]
    page.follow("Issue anew").form("Issue anew").fill(reason="Was there after all").submit()
    run_jobs()
    old, new = [one for one in certificates_of(training) if one.registration_id == person.id]
    assert (new.state, new.replaces_id, old.revoked_at is not None) == ("issued", old.id, True)
    assert "no longer fit" not in coordinator.get(INDEX).text
    assert "Асанова" not in coordinator.get("/trainings/OSH-2026-07").text


def test_revoked_certificate_of_somebody_who_misses_the_rule_is_not_issued_anew(
    coordinator: Browser, training: Training, session
) -> None:
    person = make_ready(training, "Асанова", "Чолпон")
    [certificate] = complete(training)
    revoke_by_two(certificate, clock.now(), reason="Was not there")
    factories.make_mark(person, training.sessions[0], "absent", is_decision=True)
    session.commit()
    page = coordinator.get(f"{INDEX}/{certificate.number}")
    assert not page.has_form("Issue anew")
    with raises_refusal("not_standing"):
        certificate_operations.reissue(certificate, reason="x", actor=OPERATOR, now=clock.now())


@pytest.mark.parametrize(("language", "share"), [("English", "33.3 %"), ("Русский", "33,3 %"), ("Кыргызча", "33,3 %")])
def test_shares_are_written_as_the_readers_language_does(
    coordinator: Browser, training: Training, language: str, share: str
) -> None:
    somebody = factories.make_registration(training=training, state="confirmed")
    for session in training.sessions:
        third = (session.ends_at - session.starts_at) / 3
        factories.make_mark(somebody, session, "late", minutes=round(third.total_seconds() / 60))
    page = coordinator.get(INDEX).form("/language").fill().submit(language)
    assert page.text.count(share) == 2, "In the column and in the reason."
