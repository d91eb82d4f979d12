"""Hand in, replace or withdraw an institution's list; register by the public link without revealing who is known.

The link never confirms anybody, and what a stranger writes changes nothing in the directory: a new person is added,
and what is said of a known one waits as a `JoinRequest` until a coordinator takes it over. What is answered follows
from what was written alone: a receipt, never the reference of the registration.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import update

from portal.access.permissions import Role
from portal.access.policy import Actor, Reach
from portal.accounts import queries as accounts
from portal.audit import operations as audit
from portal.calls import queries, rules
from portal.calls.models import JoinLink
from portal.calls.queries import Call
from portal.list_reader.nominee import Nominee
from portal.list_reader.reading import ReadRow
from portal.list_reader.rows import RowKind
from portal.nominations import facts as nomination_facts
from portal.nominations import operations as nomination_operations
from portal.nominations import queries as nomination_queries
from portal.nominations import reading
from portal.nominations.facts import Entry
from portal.nominations.models import NominationList
from portal.nominations.operations import ListChanged
from portal.nominations.reading import AT_ONCE, Defaults, Draft, HeaderMissing, Source, nomination, person_facts
from portal.people import operations as people_operations
from portal.people.models import Institution, Person
from portal.people.operations import PersonFacts
from portal.platform import links, mail, tokens
from portal.platform.dates import numeric_date
from portal.platform.db import change_rows, db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l, ngettext, speaking, text_of
from portal.platform.i18n import gettext as _
from portal.platform.mail import LINK, Message
from portal.registration import operations as registration_operations
from portal.registration import queries as registration_queries
from portal.registration.mails import Facts
from portal.registration.models import JoinRequest, Registration
from portal.trainings import operations as training_operations
from portal.trainings.models import Training
from portal.trainings.operations import lock_open


class NominationsOver(Refusal):
    message = _l("Lists were taken until %(day)s. Ask the coordinator if somebody can still be nominated.")


def draft(call: Call, source: Source, *, today: date) -> Draft:
    """Judge a list before it is handed in; nothing is written, so that nothing need be locked for it.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises NominationsOver: if the last day of nominations is over.
    :raises HeaderMissing: if no row says what the columns hold.
    :raises Refusal: if it is longer than any institution's answer, or nobody stands in it.
    """
    ensure_open(call.training, today)
    if source.mapping is None:
        raise HeaderMissing
    if len(source.rows) > AT_ONCE:
        raise Refusal("list_too_long", _l("A list handed in here has at most %(limit)s rows."), limit=AT_ONCE)
    defaults = Defaults(institution=call.tree.own[call.tree.id], limit=call.tree.codes)
    handed = reading.draft(call.training, source, defaults=defaults, is_background=False, today=today)
    if handed.decided is None or not any(row.kind is RowKind.DATA for row in handed.decided.rows):
        raise Refusal("nobody_named", _l("No row below the headings names a person."))
    return handed


def hand_in(call: Call, draft: Draft, *, expected_version: str = "", actor: Actor, now: datetime) -> NominationList:
    """Keep a list until the coordinator imports it, in place of the one that waits in this version.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises NominationsOver: if the last day of nominations is over.
    :raises ListChanged: if another list waits than the form showed, or it was imported meanwhile.
    """
    training = lock_open(call.training.id)
    ensure_open(training, training.day_at(now))
    _let_go(call, expected_version, actor, now)
    sender = db.session.get_one(Institution, call.tree.id)
    nomination_list = nomination_operations.stage(training, draft, sender=sender, actor=actor, now=now)
    _record("registration.list_handed_in", call, nomination_list, actor=actor, now=now)
    people = sum(row.kind is RowKind.DATA for row in draft.decided.rows) if draft.decided else 0
    _notify_coordinators(training, nomination_list, sender, people, now)
    return nomination_list


def withdraw(call: Call, *, expected_version: str, actor: Actor, now: datetime) -> None:
    """Take the list back that waits; nothing of it is kept.

    :raises ListChanged: if another list waits than the form showed, or it was imported meanwhile.
    """
    lock(Training, call.training.id)
    nomination_list = _let_go(call, expected_version, actor, now)
    if nomination_list is None:
        raise ListChanged
    _record("registration.list_withdrawn", call, nomination_list, actor=actor, now=now)


def list_rows(nomination_list: NominationList, today: date) -> Sequence[ReadRow]:
    """Return the rows that speak of people as the list itself has them; who is known to the portal is not asked."""
    cells = [row.cells for row in nomination_queries.list_stored(nomination_list.id)]
    mapping, defaults = nomination_queries.get_mapping(nomination_list), reading.defaults_of(nomination_list)
    rows = reading.read(cells, mapping, defaults=defaults, today=today)
    return [row for row in rows if row.kind is RowKind.DATA]


def list_version(nomination_list: NominationList | None) -> str:
    """Return a sign of which list waits, by which a form notices that it is another one; empty if none does."""
    return f"{nomination_list.reference}.{nomination_list.version}" if nomination_list else ""


def ensure_open(training: Training, today: date) -> None:
    """Refuse a training that is finalized or cancelled, or whose last day of nominations is over."""
    training_operations.ensure_open(training)
    if not rules.takes_lists(training.state, training.nominations_due_on, today):
        raise NominationsOver(day=numeric_date(training.nominations_due_on))


def _let_go(call: Call, expected_version: str, actor: Actor, now: datetime) -> NominationList | None:
    """Discard the list that waits, if it is the one that was seen."""
    waiting = queries.find_waiting_list(call)
    if list_version(waiting) != expected_version:
        raise ListChanged
    if waiting is not None:
        nomination_operations.discard(waiting, actor=actor, now=now)
    return waiting


def _notify_coordinators(
    training: Training, nomination_list: NominationList, sender: Institution, people: int, now: datetime
) -> None:
    """Queue a mail to everybody who runs trainings there; it names nobody."""
    for account in accounts.list_coordinators(training.region_code):
        with speaking(account.locale):
            facts, institution = Facts.of(training, account.locale), text_of(sender, "name", account.locale)
            paragraphs = (
                _("Dear %(name)s!", name=account.name),
                ngettext(
                    "%(institution)s has handed in a list of %(num)s person for the training “%(title)s”, %(dates)s.",
                    "%(institution)s has handed in a list of %(num)s people for the training “%(title)s”, %(dates)s.",
                    people,
                    institution=institution,
                    title=facts.title,
                    dates=facts.dates,
                ),
                _("Look through it and import it:") + f"\n{LINK}",
            )
            message = Message(
                recipient=account.email,
                subject=" ".join(_("A list has come from %(institution)s", institution=institution).split()),
                text="\n\n".join(paragraphs),
                language=account.locale,
                link_path=f"/trainings/{training.code}/nominations",
                kind="list_handed_in",
                about=account.label,
                key=f"list:{nomination_list.reference}:{account.reference}",
            )
        mail.queue(message, now=now)


def _record(event: str, call: Call, nomination_list: NominationList, *, actor: Actor, now: datetime) -> None:
    after = {
        "filename": nomination_list.filename,
        "sha256": nomination_list.sha256,
        "institution": call.tree.own[call.tree.id],
    }
    audit.record(event, f"training {call.training.code}", after=after, actor=actor, now=now)


PUBLIC = "public"


@dataclass(frozen=True)
class Visitor:
    """Whoever comes by a public link: nobody that the portal knows."""

    role: Role = Role.PARTICIPANT
    reach: Reach = Reach()
    label: str = "invitation link"


@dataclass(frozen=True)
class JoinInput:
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


def join(link: JoinLink, written: JoinInput, *, now: datetime) -> Joined:
    """Nominate whoever writes on the public form; somebody who is in the training already stays as they are.

    Both get the same answer, so that nobody learns who is known: the same words have the same receipt, other words
    another one, whomever they mean. Who is known is found by phone or e-mail alone.

    :raises EntryRefused: if something cannot be kept as typed.
    :raises Conflict: if the link was ended meanwhile, or the training takes no registration by it now.
    """
    training = lock_open(link.training_id)
    db.session.refresh(link)
    if link.ended_at is not None:
        raise Conflict(
            "link_ended",
            _l("This link is not valid any more. Ask your institution or the coordinator for the new one."),
        )
    if closed(training, now) is not None:
        raise Conflict("link_closed", _l("Registration by this link is closed."))
    nominee, _warnings = nomination_facts.read(written.entry, today=now.date())
    people_operations.lock_directory()
    found = nomination_facts.find_match(nominee, by_workplace=False)
    facts = person_facts(nominee, nomination_queries.get_institution_ids())
    person_id = found.person.id if found.person is not None else _add_person(facts, written, now)
    registration = queries.find_registration(training.id, person_id)
    if registration is None:
        registration = _nominate(training, person_id, nominee, facts, now)
    possible = len(found.possible) if found.person is None else 0
    return Joined(registration, _keep(registration, nominee, written, possible, now))


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
    nominee = Nominee(**{field.name: values[field.name] for field in fields(Nominee) if field.name in values})
    facts = person_facts(nominee, nomination_queries.get_institution_ids())
    person = registration.person
    learned = people_operations.learn({person.id: person}, {person.id: facts}, source=PUBLIC).get(person.id, {})
    _learn_latin(person, values["latin_family"], values["latin_given"])
    subject, after = f"registration {registration.reference}", {"filled": sorted(learned.get("filled", ()))}
    audit.record("registration.join_request_taken", subject, after=after, actor=actor, now=now)


def closed(training: Training, now: datetime) -> rules.Closed | None:
    return rules.closed(training.state, training.nominations_due_on, training.ends_on, training.day_at(now))


def _end(training: Training, now: datetime) -> bool:
    is_open = (JoinLink.training_id == training.id, JoinLink.ended_at.is_(None))
    return bool(change_rows(update(JoinLink).where(*is_open).values(ended_at=now)))


def _add_person(facts: PersonFacts, written: JoinInput, now: datetime) -> int:
    (person_id,) = people_operations.add_all([people_operations.draft(facts)], source=PUBLIC, now=now)
    person = db.session.get_one(Person, person_id)
    person.language = written.language
    _learn_latin(person, written.latin_family, written.latin_given)
    db.session.flush()
    return person_id


def _learn_latin(person: Person, family: str, given: str) -> None:
    """Keep a Latin form of the name if it is whole; it is printed when somebody has confirmed it."""
    if family and given:
        people_operations.learn({person.id: person}, {person.id: PersonFacts(family, given)}, source=PUBLIC)


def _nominate(training: Training, person_id: int, nominee: Nominee, facts: PersonFacts, now: datetime) -> Registration:
    visitor = Visitor()
    chosen = [nomination(person_id, nominee, facts)]
    (registration_id,) = registration_operations.create_all(training, chosen, source=PUBLIC, actor=visitor, now=now)
    registration = db.session.get_one(Registration, registration_id)
    after = {"registration": registration.reference}
    audit.record("registration.joined", f"training {training.code}", after=after, actor=visitor, now=now)
    return registration


def _keep(registration: Registration, nominee: Nominee, written: JoinInput, possible: int, now: datetime) -> str:
    """Keep what was written, in place of the oldest where too much is there; return its receipt."""
    names = {"latin_family": written.latin_family, "latin_given": written.latin_given, "language": written.language}
    values: dict[str, Any] = {**vars(nominee), **names}
    words = json.dumps(values, sort_keys=True, ensure_ascii=False)
    receipt = links.code_of(f"receipt {registration.training_id} {words}", rules.RECEIPT_LENGTH)
    known = registration_queries.list_requests(registration.id)
    if any(request.values == values for request in known):
        return receipt
    if len(known) >= rules.MOST_REQUESTS:
        db.session.delete(known[-1])
    db.session.add(
        JoinRequest(registration_id=registration.id, values=values, receipt=receipt, possible=possible, created_at=now)
    )
    db.session.flush()
    return receipt
