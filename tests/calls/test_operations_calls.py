"""An institution hands a list in: it waits, is replaced, taken back, or imported; it names nobody else's people."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.access.policy import Operator
from portal.audit.models import AuditEntry
from portal.calls import operations as calls
from portal.calls import queries as call_queries
from portal.calls.operations import NominationsOver
from portal.calls.queries import Call
from portal.calls.rules import Verdict
from portal.list_reader.columns import Column
from portal.list_reader.problems import ListFault
from portal.nominations import imports
from portal.nominations import operations as nomination_operations
from portal.nominations.models import NominationList
from portal.nominations.operations import Layout, ListChanged
from portal.nominations.reading import Defaults
from portal.platform.db import db
from portal.platform.mail import LINK, OutboxMail
from portal.trainings.models import Training
from portal.trainings.operations import TrainingClosed
from tests import factories
from tests.nominations import staging
from tests.nominations.lists import DATA
from tests.refusals import raises_refusal

NOW = factories.NOW
BY = {"actor": Operator(), "now": NOW}
HEADINGS = "Ф.И.О.\tОрган\tНегизги же резерв"
OWN = "Асанов Азамат\t\tосновной"


def make_call(code: str = "MOI", **values: object) -> Call:
    training = factories.make_training(starts_on=NOW.date() + timedelta(days=20), **values)
    return find(training, code)


def find(training: Training, code: str) -> Call:
    call = call_queries.find_call(training.code, factories.get_institution(code).id, NOW.date())
    assert call is not None
    return call


def hand_in(call: Call, *rows: str, expected_version: str = "", headings: str = HEADINGS) -> NominationList:
    source = staging.open_text("\n".join((headings, *rows)))
    return calls.hand_in(call, calls.draft(call, source, today=NOW.date()), expected_version=expected_version, **BY)


def states(call: Call) -> list[str]:
    query = select(NominationList.state).where(NominationList.training_id == call.training.id)
    return list(db.session.scalars(query.order_by(NominationList.id)))


def test_rows_of_others_are_a_problem_and_those_of_its_parts_are_not(session) -> None:
    call = make_call("MOI")
    source = staging.open_file((DATA / "talas-nominations.xlsx").read_bytes(), "talas.xlsx")
    nomination_list = calls.hand_in(call, calls.draft(call, source, today=NOW.date()), **BY)
    rows = calls.list_rows(nomination_list, NOW.date())
    others = {"GPO", "NGO-TENDESH"}
    refused = {row.number for row in rows if any(one.code is ListFault.INSTITUTION_OF_OTHERS for one in row.problems)}
    assert refused == {row.number for row in rows if row.nominee and row.nominee.institution in others}
    assert sum(not row.is_bad for row in rows) == 14
    imported = imports.commit(nomination_list, **BY)
    assert imported.registrations == 14
    page = call_queries.page_of_nominees(call, 1)
    assert {one.institution.code for one in page.items if one.institution} == {"MOI-IS", "MOI-CPS"}
    assert sum(one.role == "alternate" for one in page.items) == 4


def test_nearest_names_offered_are_its_own(session) -> None:
    call = make_call("MOI")
    nomination_list = hand_in(call, "Асанов Азамат\tМинистерство внутренних дел и труда\t")
    [row] = calls.list_rows(nomination_list, NOW.date())
    [problem] = row.problems
    assert problem.code is ListFault.INSTITUTION_UNKNOWN
    assert problem.args["offers"] and set(problem.args["offers"]) <= call.tree.codes


def test_row_without_institution_is_of_the_sender_whatever_is_chosen_later(session) -> None:
    call = make_call("GPO")
    nomination_list = hand_in(call, OWN)
    layout = Layout(1, {Column.FULL_NAME: 0, Column.INSTITUTION: 1, Column.ROLE: 2}, Defaults(institution="MOI"))
    nomination_operations.remap(nomination_list, layout, **BY)
    assert nomination_list.institution.code == "GPO"
    imports.commit(nomination_list, **BY)
    [own] = call_queries.page_of_nominees(call, 1).items
    assert (own.institution.code, own.verdict) == ("GPO", Verdict.WAITING)


def test_who_runs_trainings_there_is_told_of_a_list_without_names(session) -> None:
    call = make_call()
    aida = factories.make_coordinator("Аида", side="south")
    everywhere = factories.make_account(reaches_all_regions=True, locale="ky")
    factories.make_coordinator("Бакыт", side="north")
    factories.make_account(closed_at=NOW)
    factories.make_account("administrator")
    hand_in(call, OWN)
    told = {mail.recipient: mail for mail in db.session.scalars(select(OutboxMail))}
    assert told.keys() == {aida.email, everywhere.email}
    assert {mail.language for mail in told.values()} == {"ru", "ky"}
    for mail in told.values():
        assert mail.link_path == f"/trainings/{call.training.code}/nominations" and LINK in mail.text
        assert "Асанов" not in mail.text and "Азамат" not in mail.text
    with pytest.raises(ListChanged):
        hand_in(call, OWN)
    assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == 2


def test_list_is_replaced_by_the_next_one_and_taken_back(session) -> None:
    call = make_call()
    first = hand_in(call, OWN)
    second = hand_in(call, OWN, "Бекова Айгүл\tМВД\tрезерв", expected_version=calls.list_version(first))
    assert states(call) == ["discarded", "staged"]
    calls.withdraw(call, expected_version=calls.list_version(second), **BY)
    assert states(call) == ["discarded", "discarded"]
    assert call_queries.find_waiting_list(call) is None
    events = [entry.event for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    handed_in = ["registration.list_staged", "registration.list_handed_in"]
    gone = "registration.list_discarded"
    assert events == [*handed_in, gone, *handed_in, gone, "registration.list_withdrawn"]


def test_what_was_imported_meanwhile_is_neither_replaced_nor_taken_back(session) -> None:
    call = make_call()
    nomination_list = hand_in(call, OWN)
    seen = calls.list_version(nomination_list)
    imports.commit(nomination_list, **BY)
    with pytest.raises(ListChanged):
        hand_in(call, OWN, expected_version=seen)
    with pytest.raises(ListChanged):
        calls.withdraw(call, expected_version=seen, **BY)
    assert states(call) == ["committed"]


def test_each_institution_has_a_list_of_its_own(session) -> None:
    call = make_call("MOI")
    other = find(call.training, "GPO")
    hand_in(call, OWN)
    hand_in(other, OWN)
    assert states(call) == ["staged", "staged"]


def test_last_day_counts_and_the_next_one_is_too_late(session) -> None:
    call = make_call(nominations_due_days=20)
    hand_in(call, OWN)
    late = NOW + timedelta(days=1)
    source = staging.open_text(f"{HEADINGS}\n{OWN}")
    with pytest.raises(NominationsOver) as refused:
        calls.draft(call, source, today=late.date())
    assert "14.09.2026" in str(refused.value)
    draft = calls.draft(call, source, today=NOW.date())
    with pytest.raises(NominationsOver):
        calls.hand_in(call, draft, expected_version="", actor=Operator(), now=late)


@pytest.mark.parametrize("state", ["finalized", "cancelled_by_organizer"])
def test_training_that_is_over_takes_no_list(session, state: str) -> None:
    training = factories.make_training(starts_on=NOW.date() + timedelta(days=20))
    factories.make_allotment(training, 5, institution=factories.get_institution())
    call = find(training, "MOI")
    draft = calls.draft(call, staging.open_text(f"{HEADINGS}\n{OWN}"), today=NOW.date())
    training.state = state
    db.session.flush()
    with pytest.raises(TrainingClosed):
        calls.hand_in(call, draft, **BY)


@pytest.mark.parametrize(
    ("rows", "headings", "refusal"),
    [
        ([], HEADINGS, "nobody_named"),
        (["кто-то"], "что-то", "header_missing"),
        ([OWN] * 600, HEADINGS, "list_too_long"),
    ],
)
@pytest.mark.databases("sqlite")
def test_what_is_no_answer_is_refused(session, rows: list[str], headings: str, refusal: str) -> None:
    call = make_call()
    with raises_refusal(refusal):
        hand_in(call, *rows, headings=headings)
    assert states(call) == []


@pytest.mark.databases("sqlite")
def test_which_trainings_ask_an_institution(session) -> None:
    soon, past = NOW.date() + timedelta(days=20), NOW.date() - timedelta(days=20)
    moi, service, gpo = (factories.get_institution(code) for code in ("MOI", "MOI-IS", "GPO"))
    open_to_all = factories.make_training(starts_on=soon)
    factories.make_training(starts_on=soon, state="draft")
    factories.make_training(starts_on=past)
    for_service = factories.make_training(starts_on=soon, capacity=5)
    factories.make_allotment(for_service, 5, institution=service)
    for_ministry = factories.make_training(starts_on=soon, capacity=9)
    factories.make_allotment(for_ministry, 9, institution=moi)
    partly_kept = factories.make_training(starts_on=soon, capacity=10)
    factories.make_allotment(partly_kept, 9, institution=moi)
    with_people = factories.make_training(starts_on=past, state="finalized")
    factories.make_registration(training=with_people, person=factories.make_person(institution=gpo))

    def asked(institution: object) -> set[str]:
        found = call_queries.list_calls(institution.id, NOW.date())
        everywhere = [open_to_all, partly_kept, for_service, for_ministry, with_people]
        pages = {one.code for one in everywhere if call_queries.find_call(one.code, institution.id, NOW.date())}
        assert {call.training.code for call in found} == pages
        return pages

    assert asked(moi) == {open_to_all.code, partly_kept.code, for_service.code, for_ministry.code}
    assert asked(service) == {open_to_all.code, partly_kept.code, for_service.code, for_ministry.code}
    assert asked(gpo) == {open_to_all.code, partly_kept.code, with_people.code}
    [counted] = [one for one in call_queries.list_calls(gpo.id, NOW.date()) if one.training.id == with_people.id]
    assert (counted.answer.nominated, counted.answer.waiting, counted.answer.seats) == (1, 1, None)
