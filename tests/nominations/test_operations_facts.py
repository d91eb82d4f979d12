"""What is kept of somebody is corrected: where it is kept, what follows from it, and who is asked before."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.audit.models import AuditDetail, AuditEntry
from portal.nominations import facts
from portal.nominations import queries as nomination_queries
from portal.nominations.facts import Corrected, Entry, EntryRefused, FactsInput, SomebodyElse
from portal.participants import operations as participant_operations
from portal.people import operations as people_operations
from portal.people.models import Person, PersonName
from portal.platform import mail
from portal.platform.db import db
from portal.platform.errors import RecordChanged
from portal.platform.mail import MailState, Message, OutboxMail
from portal.registration import queries as registration_queries
from portal.registration.models import ParticipantKey, Registration
from portal.trainings.operations import TrainingClosed
from tests import factories
from tests.factories import NOW
from tests.nominations.staging import BY

LATER = NOW + timedelta(hours=1)


def make(**values: Any) -> Registration:
    """Make somebody in a training who serves in the ministry in Osh."""
    known = {"phone": "+996555100001", "email": "asanov@example.org", "rank": "майор"}
    return factories.make_registration(person=factories.make_person("Асанов", "Азамат", "Темирович", **known, **values))


def wish(registration: Registration, **changes: Any) -> FactsInput:
    """Return the form as it is shown, with some fields typed otherwise."""
    db.session.flush()
    settled = {name: changes.pop(name) for name in ("version", "is_sure") if name in changes}
    typed = {name: facts.shown(value) for name, value in nomination_queries.facts_of(registration).items()} | changes
    language = typed.pop("language")
    return FactsInput(Entry(**typed), language, **{"version": registration.person.version, **settled})


def correct(registration: Registration, **changes: Any) -> Corrected:
    return facts.correct(registration, wish(registration, **changes), **BY)


def entries() -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Return what the log says, the first entry first."""
    query = select(AuditEntry, AuditDetail).join(AuditDetail, AuditDetail.entry_id == AuditEntry.id)
    rows = db.session.execute(query.order_by(AuditEntry.id))
    return [(entry.event, entry.subject, detail.before or {}, detail.after or {}) for entry, detail in rows]


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("phone", "0555 99 88 77", "+996555998877"),
        ("email", "Asanov@New.Example", "Asanov@new.example"),
        ("sex", "F", "F"),
        ("language", "ky", "ky"),
        ("given", "Азиз", "Азиз"),
    ],
)
def test_fact_of_the_person_is_corrected_with_its_history(session, field: str, typed: str, kept: str) -> None:
    registration = make()
    before = getattr(registration.person, field)
    done = correct(registration, **{field: typed})
    assert (getattr(registration.person, field), done.person, done.here) == (kept, {field: [before, kept]}, {})
    (event, subject, was, becomes) = entries()[-1]
    key = {"phone": "contact_phone", "email": "contact_email"}.get(field, field)
    assert (event, subject) == ("people.corrected", f"person {registration.person.reference}")
    assert (was[key], becomes[key]) == (before, kept)


@pytest.mark.parametrize(
    ("field", "typed"), [("institution", "GPO"), ("region", "KG-B"), ("post", "прокурор"), ("rank", "советник")]
)
def test_fact_of_the_training_is_corrected_there_and_of_the_person(session, field: str, typed: str) -> None:
    registration = make()
    done = correct(registration, **{field: typed})
    assert (
        nomination_queries.facts_of(registration)[field]
        == nomination_queries.facts_of(registration.person)[field]
        == typed
    )
    assert done.here == done.person and done.here[field][1] == typed
    assert [(event, list(after)) for event, _subject, _before, after in entries()] == [
        ("registration.restated", [field]),
        ("people.corrected", [field]),
    ]


def test_older_training_is_corrected_alone(session) -> None:
    """The control is the test above: of the latest training the person learns."""
    older = make()
    starts_on = older.training.starts_on + timedelta(days=30)
    later = factories.make_training(starts_on=starts_on, ends_on=starts_on + timedelta(days=1))
    newer = factories.make_registration(training=later, person=older.person)
    done = correct(older, post="прокурор")
    assert (older.post, older.person.post, newer.post, done.person) == ("прокурор", "следователь", "следователь", {})
    correct(newer, post="начальник")
    assert (older.post, older.person.post) == ("прокурор", "начальник")


def test_what_is_not_changed_is_not_judged(session) -> None:
    registration = make()
    factories.get_institution("MOI").closed_on = date(2026, 1, 1)
    registration.person.family = "А."
    correct(registration, phone="0555998877")
    assert registration.person.phone == "+996555998877"
    with pytest.raises(EntryRefused):
        correct(make(), institution="MOI-nothing")


def test_saving_without_a_change_leaves_no_trace(session) -> None:
    registration = make()
    version = registration.person.version
    assert not correct(registration, phone="0555 100 001")
    assert (entries(), registration.person.version) == ([], version)


@pytest.mark.parametrize(
    ("changes", "columns"),
    [
        ({"phone": "12"}, {"phone"}),
        ({"email": "asanov@"}, {"email"}),
        ({"family": "", "given": ""}, {"family", "given"}),
        ({"institution": ""}, {"institution"}),
        ({"family": "<b>"}, {"family"}),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(session, changes: dict[str, str], columns: set[str]) -> None:
    registration = make()
    with pytest.raises(EntryRefused) as refused:
        correct(registration, **changes)
    assert {problem.column for problem in refused.value.problems} == columns
    assert registration.person.phone == "+996555100001"


def test_second_editor_is_stopped(session) -> None:
    registration = make()
    first, second = wish(registration, phone="0555998877"), wish(registration, email="other@example.org")
    facts.correct(registration, first, **BY)
    with pytest.raises(RecordChanged):
        facts.correct(registration, second, **BY)
    facts.correct(registration, replace(second, version=registration.person.version), **BY)
    assert registration.person.email == "other@example.org"


def test_correction_of_the_training_alone_stops_the_second_editor_too(session) -> None:
    registration = make()
    starts_on = registration.training.starts_on + timedelta(days=30)
    later = factories.make_training(starts_on=starts_on, ends_on=starts_on)
    factories.make_registration(training=later, person=registration.person)
    first, second = wish(registration, post="прокурор"), wish(registration, post="судья")
    facts.correct(registration, first, **BY)
    with pytest.raises(RecordChanged):
        facts.correct(registration, second, **BY)


def test_corrected_name_is_found_sorted_and_checked_anew(session) -> None:
    registration = make()
    name = db.session.scalars(select(PersonName)).one()
    name.confirm("coordinator", "Аида", NOW)
    latin = factories.make_name(registration.person, script="latin", family="Asanov", given="Azamat", confirmed_at=NOW)
    done = correct(registration, family="Өсөнов")
    person = registration.person
    assert done.is_renamed and person.full_name == "Өсөнов Азамат Темирович"
    assert registration_queries.find_people("осонов") == [person] and not registration_queries.find_people("асанов")
    assert person.match_key == people_operations.draft(people_operations.PersonFacts("Өсөнов", "Азамат"))["match_key"]
    spellings = {one.family: one.confirmed_at for one in db.session.scalars(select(PersonName))}
    assert spellings == {"Асанов": None, "Өсөнов": None, "Asanov": latin.confirmed_at}


def test_name_that_was_confirmed_otherwise_than_written_stays_confirmed(session) -> None:
    registration = make()
    own = factories.make_name(registration.person, family="Асан уулу", given="Азамат", confirmed_at=NOW)
    correct(registration, family="Асанбаев")
    assert own.confirmed_at == NOW


@pytest.mark.parametrize("field", ["phone", "email"])
def test_contact_of_somebody_else_is_asked_about_once(session, field: str) -> None:
    other = factories.make_person("Бекова", "Айгүл", phone="+996555200002", email="Bekova@example.org")
    registration = make()
    typed = {"phone": "0555 200 002", "email": "bekova@example.org"}[field]
    with pytest.raises(SomebodyElse) as asked:
        correct(registration, **{field: typed})
    assert asked.value.people == {field: (other.reference,)}
    assert correct(registration, **{field: typed}, is_sure=True)


def test_name_that_now_means_somebody_else_is_asked_about(session) -> None:
    other = factories.make_person("Өсөнов", "Азамат", "Темирович")
    registration = make()
    with pytest.raises(SomebodyElse) as asked:
        correct(registration, family="Осонов")
    assert asked.value.people == {"family": (other.reference,)}
    assert correct(registration, family="Осонов", is_sure=True)
    assert correct(registration, phone="0555998877"), "What was settled is not asked again."


@pytest.mark.parametrize("state", ["finalized", "cancelled_by_host"])
def test_closed_training_lets_the_contacts_alone_be_corrected(session, state: str) -> None:
    registration = make()
    registration.training.state = state
    assert correct(registration, phone="0555998877", language="ky")
    for changes in ({"post": "судья"}, {"sex": "F"}, {"family": "Осонов"}, {"phone": "0555112233", "region": "KG-B"}):
        with pytest.raises(TrainingClosed):
            correct(registration, **changes)
    assert (registration.post, registration.person.phone) == ("следователь", "+996555998877")


def queue(registration: Registration, kind: str, *, state: MailState = MailState.QUEUED, seed: str = "") -> OutboxMail:
    """Queue a mail to the address that the person has now."""
    about = f"registration {registration.reference}"
    queued = mail.queue(Message(registration.person.email, kind, "text", about=about, link_seed=seed), now=NOW)
    assert queued is not None
    queued.state = state.value
    db.session.flush()
    return queued


def seed_of(registration: Registration) -> str:
    return participant_operations.prepare_links(registration.training, [registration], now=NOW)[registration.id]


def test_mails_that_have_not_left_follow_the_address(session) -> None:
    registration, other = make(), factories.make_registration()
    waiting, claimed = queue(registration, "one"), queue(registration, "two", state=MailState.CLAIMED)
    sent, sending = (queue(registration, name, state=MailState(name)) for name in ("sent", "sending"))
    other.person.email = "asanov@example.org"
    of_another = queue(other, "one")
    done = correct(registration, email="new@example.org", is_sure=True)
    assert done.moved.mails == 2
    assert [one.recipient for one in (waiting, claimed)] == ["new@example.org"] * 2
    assert claimed.state == "queued", "Whoever had claimed it finds that it is not theirs any more."
    assert {one.recipient for one in (sent, sending, of_another)} == {"asanov@example.org"}
    assert entries()[-1][3] == {"contact_email": "new@example.org", "mails": 2}


def test_mail_without_an_address_never_leaves(session) -> None:
    registration = make()
    waiting = queue(registration, "one")
    correct(registration, email="")
    assert (waiting.state, waiting.fault) == ("failed", "address")


def test_link_that_went_to_the_old_address_ends_and_what_waits_gets_a_new_one(session) -> None:
    registration = make()
    seed = seed_of(registration)
    queue(registration, "sent", state=MailState.SENT, seed=seed)
    waiting = queue(registration, "waiting", seed=seed)
    done = correct(registration, email="new@example.org")
    assert (done.moved.mails, done.moved.links) == (1, 1)
    key = db.session.scalars(select(ParticipantKey).where(ParticipantKey.seed == seed)).one()
    assert key.ended_at == NOW
    assert waiting.link_seed != seed and waiting.link_seed == seed_of(registration)


def test_link_that_was_not_mailed_stays(session) -> None:
    registration = make()
    seed = seed_of(registration)
    waiting = queue(registration, "waiting", seed=seed)
    assert correct(registration, email="new@example.org").moved.links == 0
    assert waiting.link_seed == seed and registration_queries.find_valid_link(registration.id, NOW) is not None


def test_correction_is_taken_back_but_for_what_was_changed_since(session) -> None:
    registration = make()
    done = correct(registration, family="Өсөнов", post="прокурор", phone="0555998877")
    correct(registration, phone="0555112233")
    facts.revert(registration, {"here": done.here, "person": done.person}, actor=BY["actor"], now=LATER)
    person = db.session.get_one(Person, registration.person_id)
    assert (person.family, person.post, registration.post) == ("Асанов", "следователь", "следователь")
    assert person.phone == "+996555112233"
    assert registration_queries.find_people("асанов") == [person]
