"""While a training runs nobody has failed it, and no page issues its certificates."""

from datetime import datetime, time, timedelta

import pytest

from portal.certificates import candidates
from portal.certificates import operations as certificate_operations
from portal.completion.rules import Ineligible
from portal.platform import clock
from portal.trainings.models import Training
from tests import factories
from tests.certificates.arranged import OPERATOR, make_ready
from tests.refusals import raises_refusal


def test_page_issues_once_the_last_session_is_over(session) -> None:
    """However complete the marks are by then; the worker that an earlier click has left behind waits too."""
    training = factories.make_training()
    make_ready(training)
    just_before = training.ends_at - timedelta(seconds=1)
    with raises_refusal("not_over_yet"):
        certificate_operations.request(training, actor=OPERATOR, now=just_before)
    assert certificate_operations.request(training, actor=OPERATOR, now=training.ends_at).state == "queued"


def test_before_the_end_nobody_fails_because_of_what_is_to_come(session) -> None:
    """Whoever can no longer reach the minimum is told so; a facilitator waits as well."""
    training = factories.make_training(certificate_kinds=["completion", "facilitator"])
    came, gone = factories.make_registrations(training, 2)
    leader = factories.make_registration(training=training, state="confirmed", role="facilitator")
    factories.make_facilitator(training.sessions[3], leader.person)
    for place, registered in enumerate(training.sessions):
        factories.make_mark(came, registered, "present")
        factories.make_mark(gone, registered, "absent" if place < 2 else "present")

    def reasons(as_of: datetime) -> list[Ineligible | None]:
        found = candidates.list_candidates(training, as_of=as_of, registrations=[came, gone, leader])
        return [one.eligibility.reason for one in found]

    def groups(as_of: datetime) -> dict[int, str]:
        return {one.registration_id: one.group for one in candidates.list_statuses(training, as_of=as_of)}

    evening = training.sessions[1].ends_at
    assert reasons(evening) == [Ineligible.STILL_RUNNING, Ineligible.BELOW_MINIMUM, Ineligible.SESSION_NOT_HELD]
    assert groups(evening) == {came.id: "running", gone.id: "not_eligible", leader.id: "running"}
    assert reasons(training.ends_at)[:2] == [None, Ineligible.BELOW_MINIMUM]
    assert groups(training.ends_at) == {came.id: "unnamed", gone.id: "not_eligible", leader.id: "unnamed"}


@pytest.fixture
def running(session) -> Training:
    """Return a training of today and tomorrow with three hours behind it and three to come, all marked already."""
    made = factories.make_training(starts_on=clock.today("Asia/Bishkek"), sessions=0)
    factories.make_session(made, day=0, starts=time(0))
    factories.make_session(made, day=1, starts=time(23), minutes=59)
    return made


def test_page_says_still_running_and_offers_no_issue(browser, aida, running: Training) -> None:
    make_ready(running)
    page = browser.sign_in(aida).get(f"/trainings/{running.code}/certificates")
    assert "Certificates come when the last session is over" in page.text
    assert not page.has_form("Issue 1 certificate") and "Not eligible 0" in page.text
    address = f"/trainings/{running.code}/certificates/issue"
    assert browser.send("POST", address, data={"csrf_token": browser.csrf_token()}).status == 409


def test_participant_reads_the_hours_so_far(browser, running: Training) -> None:
    registration = make_ready(running)
    page = browser.as_stranger().open_own_page(registration).get("/my")
    assert "3 of 3 hours so far; 4 in all" in page.text
