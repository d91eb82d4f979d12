"""Answer a nomination letter with a list: an institution hands it in, replaces it, or takes it back."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from portal.access.policy import Actor
from portal.accounts import queries as accounts
from portal.audit import operations as audit
from portal.people.models import Institution
from portal.people.queries import get_institution_by_code
from portal.platform import mail
from portal.platform.dates import numeric_date
from portal.platform.db import lock
from portal.platform.errors import Refusal
from portal.platform.wording import _l
from portal.registration import mails
from portal.registration.models import NominationList
from portal.registration.operations import imports, imports_reading
from portal.registration.operations.imports import ListChanged
from portal.registration.operations.imports_reading import AT_ONCE, Defaults, Draft, HeaderMissing, Source
from portal.registration.queries import calls as queries
from portal.registration.queries import nominations
from portal.registration.queries.calls import Call
from portal.registration.rules import calls as rules
from portal.registration.rules.reading import ReadRow
from portal.registration.rules.rows import RowKind
from portal.trainings.models import Training
from portal.trainings.operations import locks


class NominationsOver(Refusal):
    """Refuse a list that comes after the last day of nominations."""

    message = _l("Lists were taken until %(day)s. Ask the coordinator if somebody can still be nominated.")


class NobodyNamed(Refusal):
    """Refuse a list in which nobody stands."""

    message = _l("No row below the headings names a person.")


class ListTooLong(Refusal):
    """Refuse a list that is longer than any institution's answer."""

    message = _l("A list handed in here has at most %(limit)s rows.")


def draft(call: Call, source: Source, *, today: date) -> Draft:
    """Judge a list before it is handed in; nothing is written, so that nothing need be locked for it.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises NominationsOver: if the last day of nominations is over.
    :raises HeaderMissing: if no row says what the columns hold.
    :raises ListTooLong: if it is longer than any institution's answer.
    :raises NobodyNamed: if nobody stands in it.
    """
    expect_open(call.training, today)
    if source.mapping is None:
        raise HeaderMissing
    if len(source.rows) > AT_ONCE:
        raise ListTooLong(limit=AT_ONCE)
    defaults = Defaults(institution=call.house.own[call.house.id], limit=call.house.codes)
    judged = imports_reading.draft(call.training, source, defaults=defaults, is_background=False, today=today)
    if judged.judged is None or not any(row.kind is RowKind.DATA for row in judged.judged.rows):
        raise NobodyNamed
    return judged


def hand_in(call: Call, draft: Draft, *, seen: str = "", actor: Actor, now: datetime) -> NominationList:
    """Keep a list until the coordinator imports it, in place of the one that waits; `seen` is that one's stamp.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises NominationsOver: if the last day of nominations is over.
    :raises ListChanged: if another list waits than the form showed, or it was imported meanwhile.
    """
    training = locks.lock_open(call.training.id)
    expect_open(training, now.astimezone(ZoneInfo(training.time_zone)).date())
    _let_go(call, seen, actor, now)
    sender = get_institution_by_code(call.house.own[call.house.id])
    nomination_list = imports.stage(training, draft, sender=sender, actor=actor, now=now)
    _record("registration.list_handed_in", call, nomination_list, actor=actor, now=now)
    _tell_coordinators(training, nomination_list, draft, sender, now)
    return nomination_list


def withdraw(call: Call, *, seen: str, actor: Actor, now: datetime) -> None:
    """Take the list back that waits; nothing of it is kept.

    :raises ListChanged: if another list waits than the form showed, or it was imported meanwhile.
    """
    lock(Training, call.training.id)
    nomination_list = _let_go(call, seen, actor, now)
    if nomination_list is None:
        raise ListChanged
    _record("registration.list_withdrawn", call, nomination_list, actor=actor, now=now)


def list_rows(nomination_list: NominationList, today: date) -> Sequence[ReadRow]:
    """Return the rows that speak of people as the list itself has them; who is known to the portal is not asked."""
    cells = [row.cells for row in nominations.list_stored(nomination_list.id)]
    mapping, defaults = imports.get_mapping(nomination_list), imports_reading.defaults_of(nomination_list)
    rows = imports_reading.read(cells, mapping, defaults=defaults, today=today)
    return [row for row in rows if row.kind is RowKind.DATA]


def stamp(nomination_list: NominationList | None) -> str:
    """Return a sign of which list waits, by which a form notices that it is another one; empty if none does."""
    return f"{nomination_list.reference}.{nomination_list.version}" if nomination_list else ""


def expect_open(training: Training, today: date) -> None:
    """Refuse a training that takes no lists any more.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises NominationsOver: if the last day of nominations is over.
    """
    locks.expect_open(training)
    if not rules.takes_lists(training.state, training.nominations_due_on, today):
        raise NominationsOver(day=numeric_date(training.nominations_due_on))


def _let_go(call: Call, seen: str, actor: Actor, now: datetime) -> NominationList | None:
    """Discard the list that waits, if it is the one that was seen."""
    waiting = queries.find_waiting_list(call)
    if stamp(waiting) != seen:
        raise ListChanged
    if waiting is not None:
        imports.discard(waiting, actor=actor, now=now)
    return waiting


def _tell_coordinators(
    training: Training, nomination_list: NominationList, draft: Draft, sender: Institution | None, now: datetime
) -> None:
    """Queue a mail to everybody who runs trainings there."""
    if sender is None or draft.judged is None:
        return
    people = sum(row.kind is RowKind.DATA for row in draft.judged.rows)
    for account in accounts.list_coordinators(training.region_code):
        message = mails.list_handed_in(account, training, sender, people, f"list:{nomination_list.reference}")
        mail.queue(message, now=now)


def _record(event: str, call: Call, nomination_list: NominationList, *, actor: Actor, now: datetime) -> None:
    after = {
        "filename": nomination_list.filename,
        "sha256": nomination_list.sha256,
        "institution": call.house.own[call.house.id],
    }
    audit.record(event, f"training {call.training.code}", after=after, actor=actor, now=now)
