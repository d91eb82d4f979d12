"""The base of the demo: loaded once, named again, on this machine only."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import scoped_session

from portal.access.permissions import Role
from portal.accounts import queries as accounts
from portal.accounts.rules import DEMO_PASSWORD
from portal.assessments import queries as assessments
from portal.attendance import venue_helpers
from portal.audit import queries as audit
from portal.audit.models import AuditEntry
from portal.catalog.models import Project
from portal.custody import queries as custody_queries
from portal.demo import seed
from portal.demo.seed import Moment
from portal.evaluation import queries as evaluation_queries
from portal.handovers import queries as handovers
from portal.platform import clock, passwords
from portal.platform.db import db
from portal.reports import queries as report_queries
from portal.trainings.models import Training
from portal.trainings.rules import Phase, TrainingState, phase
from tests.factories import NOW
from tests.refusals import raises_refusal


def _check_printed(printed: dict[str, list[dict[str, Any]]]) -> None:
    assert [sorted(one) for one in printed["trainings"]] == [["code", "registrations", "title"]] * 7
    assert {(one["role"], one["password"]) for one in printed["accounts"]} >= {("coordinator", DEMO_PASSWORD)}


def _check_trainings(today: date) -> None:
    osh, issyk_kul, talas, batken, *_earlier = seed.list_trainings()
    assert [one.code.split("-")[0] for one in (osh, issyk_kul, talas, batken)] == ["OSH", "ISK", "TAL", "BAT"]
    phases = [phase(one.starts_on, one.ends_on, today) for one in (osh, issyk_kul, talas, batken)]
    assert phases == [Phase.OVER, Phase.RUNNING, Phase.UPCOMING, Phase.UPCOMING]
    assert issyk_kul.starts_on == today
    assert today - timedelta(days=28) < osh.starts_on < today - timedelta(days=14)
    assert [len(one.sessions) for one in (osh, issyk_kul, talas)] == [4, 4, 4]
    assert all(one.title_ky and one.title_ru and one.title_en for one in osh.sessions)


def _check_project(project: Project) -> None:
    assert [donor.code for donor in project.donors] == ["INL"]
    assert [signatory.order for signatory in project.signatories] == [1, 2]
    for name in ("title", "organizers", "acknowledgement"):
        assert all(getattr(project, f"{name}_{language}") for language in ("ky", "ru", "en"))


def _check_accounts() -> None:
    found = {account.email: account for account in accounts.list_demo_accounts()}
    assert {account.role for account in found.values()} == set(Role) - {Role.PARTICIPANT, Role.VENUE_HELPER}
    aida, bakyt = found["aida@demo.example"], found["bakyt@demo.example"]
    assert aida.reach.regions == {"KG-J", "KG-O", "KG-GO", "KG-B"}
    assert bakyt.reach.regions == {"KG-GB", "KG-C", "KG-T", "KG-Y", "KG-N"}
    assert len(found["dana@demo.example"].reach.project_ids) == 1
    assert found["focal@demo.example"].reach.institution_id is not None
    others = [accounts.get_by_email(email) for email in ("nazgul@demo.example", "ruslan@demo.example")]
    assert [account.state.value for account in others] == ["invited", "closed"]
    assert passwords.is_password(aida.password_hash, DEMO_PASSWORD)


def _check_evaluation() -> None:
    osh, *_others = seed.list_trainings()
    turnout, results = evaluation_queries.get_turnout(osh), evaluation_queries.list_results(osh, with_comments=True)
    assert (turnout.paper_forms, turnout.by_link > 40) == (4, True)
    assert all(one.distribution.is_shown if one.distribution else one.comments for one in results) and results


def _check_tests() -> None:
    osh, issyk_kul, *_others = seed.list_trainings()
    found = assessments.report(osh).results
    assert found.is_comparable and found.change is not None
    assert (found.change.pairs, found.change.low > 0) == (found.n_paired, True) and found.n_paired >= 50
    assert any(line.share.is_weak for line in assessments.report(osh).topics)
    found = assessments.report(issyk_kul).results
    assert (found.n_pre > 60, found.n_post) == (True, 0)


def _check_ends() -> None:
    osh, issyk_kul, talas, batken, *earlier = seed.list_trainings()
    assert {one.state for one in (osh, *earlier)} == {TrainingState.FINALIZED}
    assert {issyk_kul.state, talas.state, batken.state} == {TrainingState.APPROVED}
    assert osh.corrections == 1
    acts = [row.handover.state for row in handovers.list_for_training(osh)]
    assert sorted(acts) == ["signed", "signed", "signed", "void"]
    assert [row.handover.state for row in handovers.list_for_training(issyk_kul)] == ["draft"]
    received = custody_queries.list_received(osh)
    assert all(one.is_even for one in received) and sum(one.given for one in received) > 100
    release = report_queries.get_last()
    assert release is not None and (release.number, release.trainings) == (1, 4)
    assert release.hidden_cells > 0
    assert venue_helpers.list_venue_helpers(issyk_kul).rows == 1


@pytest.mark.slow
def test_demo_holds_what_it_should_and_loaded_again_adds_only_what_is_missing(app: Flask) -> None:
    run = app.test_cli_runner()
    moment = Moment(clock.now(), clock.today())
    first = run.invoke(args=["seed-demo", "--json"])
    assert first.exit_code == 0
    _check_printed(json.loads(first.stdout))
    _check_trainings(moment.today)
    _check_project(db.session.scalars(select(Project)).one())
    _check_accounts()
    _check_evaluation()
    _check_tests()
    _check_ends()
    db.session.delete(accounts.get_by_email("auditor@demo.example"))
    db.session.commit()
    before = db.session.scalar(select(func.count()).select_from(AuditEntry))
    later = Moment(moment.now + timedelta(days=40), moment.today + timedelta(days=40))
    seed.seed(later, base_url="http://localhost", is_local=True, k=5)
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == before + 1  # The account.
    assert accounts.get_by_email("auditor@demo.example")
    assert db.session.scalar(select(func.count()).select_from(Training)) == 7
    assert run.invoke(args=["seed-demo", "--json"]).stdout == first.stdout
    assert audit.check_chain().first_bad is None


def test_public_installation_is_refused(session: scoped_session) -> None:
    with raises_refusal("not_on_this_machine") as refused:
        seed.seed(Moment(NOW, NOW.date()), base_url="https://okuu.example", is_local=False, k=5)
    assert "https://okuu.example" in str(refused.value)
