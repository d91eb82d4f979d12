"""A whole import taken back, and what stands against it."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.access.policy import Operator
from portal.audit.models import AuditEntry
from portal.nominations import imports
from portal.nominations.imports import Undone
from portal.people.models import Person, PersonName
from portal.platform.db import db
from portal.registration import operations as registration_operations
from portal.registration.models import Registration
from portal.registration.rules import Cause, RegistrationState
from portal.trainings.operations import TrainingClosed
from tests import factories
from tests.nominations import staging
from tests.nominations.staging import BY, line
from tests.refusals import raises_refusal


def test_undo_leaves_no_trace_but_the_log(session) -> None:
    before = staging.stock()
    nomination_list = staging.stage_sent(factories.make_training(), "osh")
    imports.commit(nomination_list, **BY)
    assert imports.undo(nomination_list, version=nomination_list.version, **BY) == Undone(59, 59, 0)
    after = staging.stock()
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {
        "NominationList": 1,
        "AuditEntry": 3,
    }
    events = list(db.session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)))
    assert events == ["registration.list_staged", "registration.imported", "registration.import_undone"]
    assert nomination_list.state == "undone"


def test_undo_takes_back_what_a_known_person_learned(session) -> None:
    known = factories.make_person("Асанов", "Азамат", "", phone="+996555100001", post="", rank="майор")
    nomination_list = staging.bring(factories.make_training(), line("Асанов Азамат Темирович", 1), line("Эсен Усон", 2))
    assert imports.undo(nomination_list, **BY) == Undone(2, 1, 0)
    (person,) = db.session.scalars(select(Person).execution_options(populate_existing=True))
    assert (person.id, person.post, person.rank, person.phone) == (known.id, "", "майор", "+996555100001")
    assert not list(db.session.scalars(select(PersonName).where(PersonName.patronymic == "Темирович")))


def test_undo_keeps_what_was_changed_since(session) -> None:
    known = factories.make_person("Асанов", "Азамат", "", phone="+996555100001", post="")
    nomination_list = staging.bring(factories.make_training(), line("Асанов Азамат", 1, post="следователь"))
    known.post = "начальник отдела"
    imports.undo(nomination_list, **BY)
    assert staging.people("Асанов")[0].post == "начальник отдела"


def test_undo_leaves_who_was_in_the_training_before(session) -> None:
    training = factories.make_training()
    first = staging.bring(training, line("Асанов Азамат", 1))
    second = staging.bring(training, line("Асанов Азамат", 1), line("Сатаров Эрлан", 2))
    assert imports.undo(second, **BY) == Undone(1, 1, 0)
    assert [each.person.family for each in staging.registered(training)] == ["Асанов"]
    assert imports.undo(first, **BY) == Undone(1, 1, 0)


def test_undo_keeps_people_whom_another_training_needs(session) -> None:
    nomination_list = staging.bring(factories.make_training(), line("Асанов Азамат", 1), line("Сатаров Эрлан", 2))
    other = factories.make_training()
    later = staging.bring(other, line("Асанов Азамат", 1))
    waiting = staging.stage(factories.make_training(), line("Сатаров Эрлан", 2))
    assert staging.row_of(waiting, 2).kind == "known"
    assert imports.undo(nomination_list, **BY) == Undone(2, 1, 1)
    assert [each.person.family for each in staging.registered(other)] == ["Асанов"]
    row = staging.row_of(waiting, 2)
    assert (row.kind, row.person_id) == ("new", None), "A list that waits no longer knows who is gone."
    assert imports.commit(waiting, **BY).people == 1
    assert imports.undo(later, **BY) == Undone(1, 0, 0), "He did not come with the later list, so he stays."


def test_undo_keeps_people_whose_name_was_confirmed_or_who_stand_for_another(session) -> None:
    nomination_list = staging.bring(
        factories.make_training(), line("Асанов Азамат", 1), line("Сатаров Эрлан", 2), line("Өмүров Усон", 3)
    )
    confirmed, survivor, _free = staging.people("Асанов", "Сатаров", "Өмүров")
    name = db.session.scalars(select(PersonName).where(PersonName.person_id == confirmed.id)).one()
    name.confirm("coordinator", "Аида", factories.NOW)
    factories.make_person("Сатаров", "Эрлан").merged_into_id = survivor.id
    assert imports.undo(nomination_list, **BY) == Undone(3, 1, 2)


def decide(registration: Registration) -> None:
    registration_operations.confirm(registration, actor=Operator(), now=factories.NOW)


def decide_and_take_back(registration: Registration) -> None:
    reason = registration_operations.Reason(cause=Cause.ADMINISTRATIVE.value)
    registration_operations.decide(
        registration, RegistrationState.DECLINED, reason=reason, actor=Operator(), now=factories.NOW
    )
    registration_operations.decide(registration, RegistrationState.NOMINATED, actor=Operator(), now=factories.NOW)


def give_access(registration: Registration) -> None:
    factories.make_participant_link(registration)


def mark(registration: Registration) -> None:
    factories.make_mark(registration, registration.training.sessions[0], "present")


def certify(registration: Registration) -> None:
    factories.make_certificate(registration)


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (decide, "import_in_use"),
        (decide_and_take_back, "import_in_use"),
        (give_access, "import_in_use"),
        (mark, "import_marked"),
        (certify, "import_marked"),
    ],
)
def test_undo_is_refused_while_something_hangs_on_one_of_them(
    session, act: Callable[[Registration], None], refusal: str
) -> None:
    training = factories.make_training()
    nomination_list = staging.bring(training, line("Асанов Азамат", 1), line("Сатаров Эрлан", 2))
    act(staging.registered(training)[1])
    before, kinds = staging.stock(), staging.kinds(nomination_list)
    with raises_refusal(refusal) as refused:
        imports.undo(nomination_list, **BY)
    assert refused.value.status == 409
    assert ("Сатаров Эрлан" in str(refused.value)) == (refusal == "import_in_use")
    assert (staging.stock(), staging.kinds(nomination_list)) == (before, kinds)
    assert nomination_list.state == "committed"


def test_refusal_names_three_and_counts_the_others(session) -> None:
    training = factories.make_training()
    nomination_list = staging.bring(training, *staging.lines(5))
    registration_operations.confirm_all(training, actor=Operator(), now=factories.NOW)
    with raises_refusal("import_in_use", match=r"Асанов-А Азамат, Асанов-Б Азамат, Асанов-В Азамат … \+2"):
        imports.undo(nomination_list, **BY)


def test_undo_of_what_is_not_imported_is_refused(session) -> None:
    nomination_list = staging.stage(factories.make_training(), line("Асанов Азамат", 1))
    with raises_refusal("list_not_imported"):
        imports.undo(nomination_list, **BY)
    imports.commit(nomination_list, **BY)
    imports.undo(nomination_list, **BY)
    with raises_refusal("list_not_imported"):
        imports.undo(nomination_list, **BY)


def test_undo_in_a_finalized_training_is_refused(session) -> None:
    training = factories.make_training()
    nomination_list = staging.bring(training, line("Асанов Азамат", 1))
    training.state = "finalized"
    with pytest.raises(TrainingClosed):
        imports.undo(nomination_list, **BY)
    assert len(staging.registered(training)) == 1
