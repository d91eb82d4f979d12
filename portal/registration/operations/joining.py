"""Let people register by a training's public link, without telling them who is known.

The link never confirms anybody, and what a stranger writes changes nothing in the directory: a new person is added,
and what is said of a known one waits as a `JoinRequest` until a coordinator takes it over. What is answered follows
from what was written alone: a receipt, never the reference of the registration.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import update

from portal.access.permissions import Role
from portal.access.policy import Actor, Reach
from portal.audit import operations as audit
from portal.people import queries as directory
from portal.people.models import Person
from portal.people.operations import persons as people
from portal.people.operations.persons import PersonFacts
from portal.platform import links, tokens
from portal.platform.db import change_rows, db
from portal.platform.errors import Conflict
from portal.platform.wording import _l
from portal.registration.models import JoinLink, JoinRequest, Registration
from portal.registration.operations import entries, seats
from portal.registration.operations.nominees import facts_of, nomination
from portal.registration.queries import joining as queries
from portal.registration.queries import nominations
from portal.registration.rules import joining as rules
from portal.registration.rules.entries import Entry
from portal.registration.rules.judgement import Nominee
from portal.trainings.models import Training
from portal.trainings.operations.locks import lock_open

PUBLIC = "public"


@dataclass(frozen=True)
class Visitor:
    """Whoever comes by a public link: nobody that the portal knows."""

    role: Role = Role.PARTICIPANT
    reach: Reach = Reach()
    label: str = "invitation link"


class LinkClosed(Conflict):
    """Refuse a registration by a link that takes none; the page says why."""

    message = _l("Registration by this link is closed.")


@dataclass(frozen=True)
class Wish:
    """What somebody writes on the public form beside what a list would say: the Latin name and the language."""

    entry: Entry
    latin_family: str = ""
    latin_given: str = ""
    language: str = ""


@dataclass(frozen=True)
class Joined:
    """The registration that somebody has by now, for the organizers; its receipt is for whoever wrote."""

    registration: Registration
    receipt: str


def give_link(training: Training, *, actor: Actor, now: datetime) -> JoinLink:
    """Make the public link of a training; the one before ends.

    :raises TrainingClosed: if the training is finalized or cancelled.
    """
    lock_open(training.id)
    _end(training, now)
    seed = tokens.random_token()
    link = JoinLink(
        training_id=training.id,
        seed=seed,
        secret_hash=tokens.hash_token(links.secret_of(seed)),
        created_at=now,
    )
    db.session.add(link)
    db.session.flush()
    audit.record("registration.join_link_made", f"training {training.code}", actor=actor, now=now)
    return link


def end_link(training: Training, *, actor: Actor, now: datetime) -> None:
    """End the public link of a training; nobody can register by it any more. Repeated, it changes nothing.

    :raises TrainingClosed: if the training is finalized or cancelled.
    """
    lock_open(training.id)
    if _end(training, now):
        audit.record("registration.join_link_ended", f"training {training.code}", actor=actor, now=now)


def join(link: JoinLink, wish: Wish, *, now: datetime) -> Joined:
    """Nominate whoever writes on the public form; somebody who is in the training already stays as they are.

    Both get the same answer, so that nobody learns who is known: the same words have the same receipt, other words
    another one, whomever they mean. Who is known is found by phone or e-mail alone.

    :raises EntryRefused: if something cannot be kept as typed.
    :raises Conflict: if the link was ended meanwhile.
    :raises LinkClosed: if the training takes no registration by its link now.
    """
    training = lock_open(link.training_id)
    db.session.refresh(link)
    if link.ended_at is not None:
        raise Conflict(
            "link_ended",
            _l("This link is not valid any more. Ask your institution or the coordinator for the new one."),
        )
    if closed(training, now) is not None:
        raise LinkClosed
    typed = entries.read(wish.entry, today=now.date())
    people.lock_directory()
    found = entries.find_match(typed.nominee, by_workplace=False)
    facts = facts_of(typed.nominee, nominations.get_institution_ids())
    person_id = found.person.id if found.person is not None else _add_person(facts, wish, now)
    registration = queries.find_registration(training.id, person_id)
    if registration is None:
        registration = _nominate(training, person_id, typed.nominee, facts, now)
    possible = len(found.possible) if found.person is None else 0
    return Joined(registration, _keep(registration, typed.nominee, wish, possible, now))


def take_over(request: JoinRequest, registration: Registration, *, actor: Actor, now: datetime) -> None:
    """Let the directory learn what somebody wrote on the public form: what is known stays, what is empty is filled.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises Conflict: if that was done already.
    """
    lock_open(registration.training_id)
    db.session.refresh(request)
    if request.taken_at is not None:
        raise Conflict("request_taken", _l("This was taken over already."))
    request.taken_at = now
    values = request.values
    institution = directory.get_institution_by_code(values["institution"]) if values["institution"] else None
    names = {"family": values["family"], "given": values["given"], "patronymic": values["patronymic"]}
    facts = PersonFacts(
        **names,
        sex=values["sex"],
        phone=values["phone"],
        email=values["email"],
        institution_id=institution.id if institution else None,
        region_code=values["region"] or None,
        post=values["post"],
        rank=values["rank"],
    )
    person = registration.person
    learned = people.learn({person.id: person}, {person.id: facts}, source=PUBLIC).get(person.id, {})
    if values["latin_family"] and values["latin_given"]:
        _learn_latin(person, values["latin_family"], values["latin_given"])
    audit.record(
        "registration.join_request_taken",
        f"registration {registration.reference}",
        after={"filled": sorted(learned.get("filled", ()))},
        actor=actor,
        now=now,
    )


def closed(training: Training, now: datetime) -> rules.Closed | None:
    """Return why a training takes no registration by its link now, or None while it does."""
    today = now.astimezone(ZoneInfo(training.time_zone)).date()
    return rules.closed(training.state, training.nominations_due_on, training.ends_on, today)


def _end(training: Training, now: datetime) -> bool:
    is_open = (JoinLink.training_id == training.id, JoinLink.ended_at.is_(None))
    return bool(change_rows(update(JoinLink).where(*is_open).values(ended_at=now)))


def _add_person(facts: PersonFacts, wish: Wish, now: datetime) -> int:
    (person_id,) = people.add_all([people.draft(facts)], source=PUBLIC, now=now)
    person = db.session.get_one(Person, person_id)
    person.language = wish.language
    if wish.latin_family and wish.latin_given:
        _learn_latin(person, wish.latin_family, wish.latin_given)
    db.session.flush()
    return person_id


def _learn_latin(person: Person, family: str, given: str) -> None:
    """Keep a Latin form of the name; it is printed when somebody has confirmed it."""
    people.learn({person.id: person}, {person.id: PersonFacts(family, given)}, source=PUBLIC)


def _nominate(training: Training, person_id: int, nominee: Nominee, facts: PersonFacts, now: datetime) -> Registration:
    visitor = Visitor()
    chosen = [nomination(person_id, nominee, facts)]
    (registration_id,) = seats.create_all(training, chosen, source=PUBLIC, actor=visitor, now=now)
    registration = db.session.get_one(Registration, registration_id)
    after = {"registration": registration.reference}
    audit.record("registration.joined", f"training {training.code}", after=after, actor=visitor, now=now)
    return registration


def _keep(registration: Registration, nominee: Nominee, wish: Wish, possible: int, now: datetime) -> str:
    """Keep what was written, in place of the oldest where too much is there; return its receipt."""
    names = {"latin_family": wish.latin_family, "latin_given": wish.latin_given, "language": wish.language}
    values: dict[str, Any] = {**nominee.as_dict(), **names}
    words = json.dumps(values, sort_keys=True, ensure_ascii=False)
    receipt = links.code_of(f"receipt {registration.training_id} {words}", rules.RECEIPT_LENGTH)
    known = queries.list_requests(registration.id)
    if any(request.values == values for request in known):
        return receipt
    if len(known) >= rules.MOST_REQUESTS:
        db.session.delete(known[-1])
    db.session.add(
        JoinRequest(registration_id=registration.id, values=values, receipt=receipt, possible=possible, created_at=now)
    )
    db.session.flush()
    return receipt
