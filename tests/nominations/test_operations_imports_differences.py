"""A second list of the same training is read as a difference: new, unchanged, changed, and who is gone."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.audit.models import AuditEntry
from portal.nominations import facts, imports, row_corrections
from portal.nominations import operations as nomination_operations
from portal.nominations import queries as nomination_queries
from portal.nominations.facts import Entry
from portal.nominations.imports import Imported, Undone
from portal.nominations.models import NominationList
from portal.nominations.operations import ListChanged
from portal.platform import mail
from portal.platform.db import db
from portal.platform.mail import Message
from portal.registration.models import Registration
from tests import factories
from tests.nominations import staging
from tests.nominations.staging import BY, line

HEADINGS = (*staging.HEADINGS, "Звание", "Эл. почта")


def full(name: str, number: int, *, rank: str = "майор", email: str | None = None, **changes: str) -> tuple[str, ...]:
    """Return a good row with rank and e-mail; nobody else has them."""
    return (*line(name, number, **changes), rank, f"person{number}@example.org" if email is None else email)


FIRST = (full("Асанов Азамат Темирович", 1), full("Сатарова Айгүл", 2, sex="ж"), full("Өмүров Усон", 3))


def bring(training: Any, *rows: tuple[str, ...]) -> NominationList:
    nomination_list = staging.stage(training, *rows, headings=HEADINGS)
    imports.commit(nomination_list, **BY)
    return nomination_list


def second(training: Any, *rows: tuple[str, ...]) -> NominationList:
    """Stage another list on top of the first one."""
    bring(training, *FIRST)
    return staging.stage(training, *rows, headings=HEADINGS)


def changes(nomination_list: NominationList, number: int) -> dict[str, tuple[Any, Any]]:
    found = staging.row_of(nomination_list, number).changes or {}
    return {fact: (change["before"], change["after"]) for fact, change in found.items()}


def kept(registration: Registration) -> dict[str, Any]:
    db.session.expire_all()
    return nomination_queries.facts_of(registration)


def untick(nomination_list: NominationList, *keys: tuple[int, str]) -> None:
    row_corrections.tick(nomination_list, keys, (), version=nomination_list.version, **BY)


def test_same_list_again_says_nothing_new(session) -> None:
    training = factories.make_training()
    nomination_list = second(training, *FIRST)
    counts = nomination_queries.count_rows(nomination_list)
    assert (counts.registered, counts.changed, counts.unchanged, nomination_list.gone) == (3, 0, 3, [])
    before = staging.stock()
    assert imports.commit(nomination_list, **BY) == Imported(0, 0, 3)
    after = staging.stock()
    assert {name for name in after if after[name] != before[name]} == {"AuditEntry"}


@pytest.mark.parametrize(
    ("said", "fact", "before", "after"),
    [
        ({"phone": "0555 99 99 99"}, "phone", "+996555100001", "+996555999999"),
        ({"email": "new@example.org"}, "email", "person1@example.org", "new@example.org"),
        ({"post": "прокурор"}, "post", "следователь", "прокурор"),
        ({"rank": "полковник"}, "rank", "майор", "полковник"),
        ({"institution": "ГП"}, "institution", "GKNB", "GPO"),
        ({"region": "Баткен"}, "region", "KG-GO", "KG-B"),
        ({"sex": "ж"}, "sex", "M", "F"),
    ],
)
def test_each_change_is_found_and_taken_over(session, said: dict[str, str], fact: str, before: str, after: str) -> None:
    training = factories.make_training()
    nomination_list = second(training, full("Асанов Азамат Темирович", 1, **said), *FIRST[1:])
    (there, *_others) = staging.registered(training)
    before = before if fact != "institution" else there.institution.code
    assert changes(nomination_list, 2) == {fact: (before, after)} and nomination_list.gone == []
    assert nomination_queries.count_rows(nomination_list).changed == 1
    assert imports.commit(nomination_list, **BY) == Imported(0, 0, 3, corrected=1)
    assert kept(there)[fact] == nomination_queries.facts_of(there.person)[fact] == after
    events = set(db.session.scalars(select(AuditEntry.event)))
    assert events == {"registration.list_staged", "registration.imported", "people.corrected"} | (
        {"registration.restated"} if fact in ("institution", "region", "post", "rank") else set()
    )
    assert staging.stock()["Person"] == 3


def test_corrected_phone_of_somebody_without_address_is_a_change_and_can_be_said_to_be_another(session) -> None:
    training = factories.make_training()
    bring(training, full("Асанов Азамат Темирович", 1, email=""))
    corrected = full("Асанов Азамат Темирович", 2, email="")
    nomination_list = staging.stage(training, corrected, headings=HEADINGS)
    row = staging.row_of(nomination_list, 2)
    assert (row.kind, row.problems[0]["code"], list(row.changes)) == ("known", "likely_registered", ["phone"])
    nomination_operations.mend(row, {}, choice="", **BY)
    row = staging.row_of(nomination_list, 2)
    assert (row.kind, row.changes) == ("new", None)
    assert imports.commit(nomination_list, **BY).people == 1


def test_namesake_beside_the_person_stays_another_one(session) -> None:
    training = factories.make_training()
    first = full("Асанов Азамат Темирович", 1, email="")
    bring(training, first)
    nomination_list = staging.stage(training, first, full("Асанов Азамат Темирович", 2, email=""), headings=HEADINGS)
    assert staging.kinds(nomination_list)[1:] == ["known", "new"]


def test_empty_cell_and_missing_column_erase_nothing(session) -> None:
    training = factories.make_training()
    bring(training, *FIRST)
    short = [(*row[:1], *row[2:4], row[5]) for row in FIRST]
    nomination_list = staging.stage(
        training,
        *((name, org, "", phone) for name, org, _post, phone in short),
        headings=("ФИО", "Орган", "Должность", "Телефон"),
    )
    assert nomination_queries.count_rows(nomination_list).unchanged == 3
    imports.commit(nomination_list, **BY)
    assert kept(staging.registered(training)[0])["post"] == "следователь"


def test_only_what_is_ticked_is_taken_over(session) -> None:
    training = factories.make_training()
    changed = full("Асанов Азамат Темирович", 1, post="прокурор", rank="полковник")
    nomination_list = second(training, changed, *FIRST[1:])
    untick(nomination_list, (2, "post"), (3, "rank"), (99, "post"))
    imports.commit(nomination_list, **BY)
    there = kept(staging.registered(training)[0])
    assert (there["post"], there["rank"]) == ("следователь", "полковник")
    told = staging.row_of(nomination_list, 2).changes
    assert {fact: change["is_taken"] for fact, change in told.items()} == {"post": False, "rank": True}


def test_what_was_empty_is_a_change_too_and_is_left_if_not_ticked(session) -> None:
    training = factories.make_training()
    bring(training, full("Асанов Азамат Темирович", 1, email=""))
    nomination_list = staging.stage(training, full("Асанов Азамат Темирович", 1), headings=HEADINGS)
    assert changes(nomination_list, 2) == {"email": ("", "person1@example.org")}
    untick(nomination_list, (2, "email"))
    imports.commit(nomination_list, **BY)
    assert kept(staging.registered(training)[0])["email"] == ""


def test_new_spelling_is_not_ticked_and_is_news_once(session) -> None:
    training = factories.make_training()
    again = (FIRST[0], FIRST[1], full("Омуров Усон", 3))
    nomination_list = second(training, *again)
    assert changes(nomination_list, 4) == {"family": ("Өмүров", "Омуров")}
    imports.commit(nomination_list, **BY)
    assert kept(staging.registered(training)[2])["family"] == "Өмүров"
    third = staging.stage(training, *again, headings=HEADINGS)
    assert nomination_queries.count_rows(third).changed == 0


def test_phone_of_somebody_else_is_not_ticked(session) -> None:
    factories.make_person("Бекова", "Айгүл", phone="+996555777777")
    nomination_list = second(
        factories.make_training(), full("Асанов Азамат Темирович", 1, phone="0555777777"), *FIRST[1:]
    )
    change = staging.row_of(nomination_list, 2).changes["phone"]
    assert (change["is_taken"], change["doubt"]) == (False, "somebody_else")


def test_tick_falls_where_somebody_has_corrected_the_same_meanwhile(session) -> None:
    training = factories.make_training()
    changed = full("Асанов Азамат Темирович", 1, post="прокурор", rank="полковник")
    nomination_list = second(training, changed, *FIRST[1:])
    there = staging.registered(training)[0]
    shown = {name: facts.shown(value) for name, value in nomination_queries.facts_of(there).items()} | {"post": "судья"}
    language = shown.pop("language")
    facts.correct(there, facts.FactsInput(Entry(**shown), language, there.person.version), **BY)
    assert imports.commit(nomination_list, **BY) == Imported(0, 0, 3, corrected=1, overtaken=1)
    assert (kept(there)["post"], kept(there)["rank"]) == ("судья", "полковник")


def test_ticks_survive_that_the_list_is_read_again(session) -> None:
    training = factories.make_training()
    rows = (full("Асанов Азамат Темирович", 1, post="прокурор"), *FIRST[1:], full("Эсен", 4))
    nomination_list = second(training, *rows)
    untick(nomination_list, (2, "post"))
    staging.mend(staging.row_of(nomination_list, 5), full_name="Эсенов Усон")
    assert staging.row_of(nomination_list, 2).changes["post"]["is_taken"] is False


def test_ticks_of_an_old_page_are_refused(session) -> None:
    nomination_list = second(factories.make_training(), full("Асанов Азамат Темирович", 1, post="прокурор"), *FIRST[1:])
    version = nomination_list.version
    untick(nomination_list, (2, "post"))
    with pytest.raises(ListChanged):
        row_corrections.tick(nomination_list, {(2, "post")}, {(2, "post")}, version=version, **BY)


def gone(nomination_list: NominationList) -> dict[str, int | None]:
    people = {one.id: one.person.family for one in staging.registered(nomination_list.training)}
    return {people[registration_id]: row for registration_id, row in nomination_list.gone if registration_id}


def test_who_is_not_in_the_new_list_is_named_and_stays(session) -> None:
    training = factories.make_training()
    nomination_list = second(training, FIRST[0], full("Жаңыбаев Бакыт", 9), full("Өсөнов Усон", 3, email=""))
    assert gone(nomination_list) == {"Сатарова": None, "Өмүров": 4}, "Row 4 has the phone under another name."
    imports.commit(nomination_list, **BY)
    assert {one.state for one in staging.registered(training)} == {"nominated"}


def test_other_institutions_people_and_those_who_are_out_are_not_gone(session) -> None:
    training = factories.make_training()
    factories.make_registration(
        training=training, person=factories.make_person("Прокуроров", institution=factories.get_institution("GPO"))
    )
    bring(training, *FIRST)
    by_name = {one.person.family: one for one in staging.registered(training)}
    by_name["Өмүров"].state = "withdrawn"
    facilitator = factories.make_registration(
        training=training, person=factories.make_person("Тренеров"), role="facilitator"
    )
    facilitator.institution_id = by_name["Асанов"].institution_id
    nomination_list = staging.stage(training, FIRST[0], headings=HEADINGS)
    assert gone(nomination_list) == {"Сатарова": None}


def test_institution_that_is_gone_from_a_later_version_is_missed(session) -> None:
    training = factories.make_training()
    bring(training, FIRST[0], FIRST[1], full("Прокуроров Усон", 7, institution="ГП"))
    nomination_list = staging.stage(training, FIRST[0], FIRST[1], headings=HEADINGS)
    assert gone(nomination_list) == {"Прокуроров": None}
    alone = staging.stage(training, full("Прокуроров Усон", 7, institution="ГП"), headings=HEADINGS)
    assert gone(alone) == {}, "A list of one institution says nothing of the others."


def test_row_that_cannot_be_imported_is_still_somebody(session) -> None:
    nomination_list = second(factories.make_training(), FIRST[0], FIRST[1], full("Өмүров Усон", 3, region="Атлантида"))
    assert gone(nomination_list) == {}


def test_undo_takes_the_corrections_back_but_for_what_was_changed_since(session) -> None:
    training = factories.make_training()
    changed = full("Асанов Азамат Темирович", 1, post="прокурор", rank="полковник", email="new@example.org")
    nomination_list = second(training, changed, *FIRST[1:], full("Эсенов Усон", 4))
    there = staging.registered(training)[0]
    queued = mail.queue(
        Message("person1@example.org", "one", "text", about=f"registration {there.reference}"), now=factories.NOW
    )
    imports.commit(nomination_list, **BY)
    assert queued is not None and queued.recipient == "new@example.org"
    there.rank = "генерал"
    db.session.flush()
    assert imports.undo(nomination_list, **BY) == Undone(1, 1, 0, corrected=1)
    again = kept(there)
    assert (again["post"], again["rank"], again["email"]) == ("следователь", "генерал", "person1@example.org")
    assert queued.recipient == "person1@example.org"
    assert nomination_queries.facts_of(there.person)["post"] == "следователь"


def test_list_of_another_training_corrects_nobody(session) -> None:
    first = factories.make_training()
    bring(first, *FIRST)
    other = factories.make_training()
    nomination_list = staging.stage(other, full("Асанов Азамат Темирович", 1, post="прокурор"), headings=HEADINGS)
    counts = nomination_queries.count_rows(nomination_list)
    assert (counts.known, counts.changed, nomination_list.gone) == (1, 0, [])
    imports.commit(nomination_list, **BY)
    assert staging.registered(other)[0].post == "прокурор"
    assert kept(staging.registered(first)[0])["post"] == "следователь"
