"""A job acts with the rights that whoever asked has when it begins, not with those of the click."""

from collections.abc import Callable

import pytest

from portal.access.permissions import Permission
from portal.accounts import operations as account_operations
from portal.accounts.models import Account
from portal.accounts.operations import RightLost
from portal.certificates import operations as certificate_operations
from portal.nominations import imports, reading
from portal.platform import clock, jobs
from portal.platform.db import db
from portal.platform.jobs import Job
from portal.reports import operations as report_operations
from tests import factories
from tests.certificates.arranged import certificates_of, make_ready
from tests.factories import NOW, get_region
from tests.nominations import staging

pytestmark = pytest.mark.databases("sqlite")
LOSSES: dict[str, Callable[[Account], object]] = {
    "closed": lambda account: setattr(account, "closed_at", clock.now()),
    "demoted": lambda account: setattr(account, "role_name", "auditor"),
    "moved": lambda account: setattr(account, "regions", [get_region("KG-N")]),
}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
def test_right_is_read_anew(aida: Account, lose: Callable[[Account], object]) -> None:
    training = factories.make_training(region="KG-GO")
    label, permission = aida.label, Permission.ISSUE_CERTIFICATES
    actor = account_operations.actor_of(label, permission, training)
    assert (actor.label, actor.role, actor.reach) == (label, aida.role, aida.reach)
    lose(aida)
    db.session.flush()
    with pytest.raises(RightLost):
        account_operations.actor_of(label, permission, training)


def test_nobody_is_no_account(app: object) -> None:
    training = factories.make_training()
    assert account_operations.actor_of("operator", Permission.ISSUE_CERTIFICATES, training).label == "operator"
    for label in ("account 999", "worker", "visitor", "participant X"):
        with pytest.raises(RightLost):
            account_operations.actor_of(label, Permission.ISSUE_CERTIFICATES, training)


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
def test_nothing_is_issued_for_whom_has_lost_the_right(aida: Account, run_jobs, lose) -> None:
    training = factories.make_training(code="OSH-2026-07", sessions=2)
    make_ready(training)
    certificate_operations.request(training, actor=aida, now=clock.now())
    lose(aida)
    run_jobs()
    assert jobs.find_latest(certificate_operations.JOB, training.code).state == "failed"
    assert certificates_of(training) == []


def test_no_list_is_imported_for_whom_has_lost_the_right(aida: Account, run_jobs) -> None:
    training = factories.make_training()
    nomination_list = staging.stage(training, *staging.lines(reading.AT_ONCE + 1))
    run_jobs()
    asked = {"version": nomination_list.version, "locale": "ru", "actor": aida, "now": NOW}
    assert imports.start_import(nomination_list, **asked) is None
    aida.closed_at = clock.now()
    run_jobs()
    assert imports.find_job(nomination_list).state == "failed"
    assert staging.stock()["Registration"] == 0


def test_nothing_is_published_for_whom_has_lost_the_right(admin: Account, run_jobs) -> None:
    factories.make_finalized("9 M KG-GO MOI, 7 F KG-O GPO")
    seen = report_operations.prepare(NOW.date(), 5).seen
    job: Job = report_operations.request(seen, locale="en", actor=admin, now=clock.now())
    job_id, admin.role_name = job.id, "auditor"
    run_jobs()
    job = db.session.get_one(Job, job_id)
    assert (job.state, job.result) == ("failed", None)
