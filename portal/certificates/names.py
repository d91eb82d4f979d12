"""The name check: a person looks at every name before it is printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm.attributes import flag_modified

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.certificates import queries, rules
from portal.certificates.candidates import Candidate
from portal.people import name_rules
from portal.people.models import Person, PersonName
from portal.platform import texts
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.printing import slots
from portal.printing.fonts import TextRefused, printable
from portal.records.rules import FaultCode
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.operations import lock_open


class NameRefused(Refusal):
    """Refuse names that cannot be printed; `errors` says of each part in the form's words what is wrong with it."""

    message = _l("The name cannot be printed as it stands.")

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__()
        self.errors = errors


class NameChanged(Conflict):
    message = _l("Somebody else has changed this name in the meantime. Both spellings are shown below.")


@dataclass(frozen=True)
class NameParts:
    """A name as it is typed, in one script; everything may be empty for a script that is left out."""

    family: str
    given: str
    patronymic: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.family or self.given or self.patronymic)


@dataclass(frozen=True)
class Names:
    """How a name is to be printed, on top of the person's version that was shown."""

    cyrillic: NameParts
    latin: NameParts
    version: int


def confirm_own(registration: Registration, wanted: Names, *, actor: Actor, now: datetime) -> None:
    """Confirm one's own printed name, as long as no certificate has it.

    :raises Conflict: if a certificate has its number, or the person takes no part in the training.
    :raises NameRefused: if a part is missing or holds something that is not a name.
    :raises NameChanged: if the person was changed since the form was opened.
    """
    takes_part = rules.takes_part(registration.state, is_cancelled=registration.training.is_cancelled)
    if not takes_part or queries.is_numbered(registration):
        raise Conflict(
            "name_settled", _l("The name cannot be changed here any more. Ask the coordinator of your training.")
        )
    confirm(registration, wanted, source="participant", actor=actor, now=now)


def confirm(
    registration: Registration,
    wanted: Names,
    *,
    source: str,
    correction: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Confirm how a person's name is printed; Latin may stay empty, then the English side prints the Cyrillic.

    :raises TrainingClosed: if the training is finalized, unless `correction` is the open one, or cancelled.
    :raises NameRefused: if a part is missing or holds something that is not a name.
    :raises NameChanged: if the person was changed since the form was opened.
    """
    lock_open(registration.training_id, correction=correction)
    person = lock(Person, registration.person_id, version=wanted.version, stale=NameChanged)
    before = _printed(person)
    printed = _checked({"cyrillic": wanted.cyrillic} | ({} if wanted.latin.is_empty else {"latin": wanted.latin}))
    known = _known_names([person.id])
    # No form is the printed one any more; which was so before stands in the audit log.
    withdrawn = update(PersonName).where(
        PersonName.person_id == person.id, PersonName.script.in_(("cyrillic", "latin"))
    )
    db.session.execute(withdrawn.values(confirmed_at=None, confirmed_by=""))
    for script, parts in printed.items():
        _keep(person, script, parts, known).confirm(source, actor.label, now)
    # The version moves with every confirmation, so that a second window cannot overwrite the first unseen.
    flag_modified(person, "search_text")
    db.session.flush()
    after = _printed(person) | {"source": source}
    audit.record(
        "certificates.names_confirmed", f"person {person.reference}", before=before, after=after, actor=actor, now=now
    )


def confirm_as_written(
    training: Training,
    candidates: Sequence[Candidate],
    *,
    source: str,
    correction: int | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Confirm the Cyrillic names as the lists wrote them, for everyone who has none confirmed; return how many.

    A name that cannot be printed as it was written stays open for a human to look at.

    :raises TrainingClosed: if the training is finalized, unless `correction` is the open one, or cancelled.
    """
    lock_open(training.id, correction=correction)
    open_ones = [candidate.registration for candidate in candidates if not candidate.names.is_confirmed]
    known = _known_names([registration.person_id for registration in open_ones])
    confirmed = 0
    for registration in open_ones:
        person = registration.person
        try:
            printed = _checked({"cyrillic": NameParts(person.family, person.given, person.patronymic)})
        except NameRefused:
            continue
        _keep(person, "cyrillic", printed["cyrillic"], known).confirm(source, actor.label, now)
        flag_modified(person, "search_text")
        confirmed += 1
    db.session.flush()
    if confirmed:
        after = {"cyrillic": confirmed, "source": source}
        audit.record("certificates.names_confirmed", f"training {training.code}", after=after, actor=actor, now=now)
    return confirmed


def _checked(names: dict[str, NameParts]) -> dict[str, NameParts]:
    """Return the names by script as they are printed; raise NameRefused with every part that cannot be."""
    cleaned = {
        script: NameParts(*(texts.clean(part) for part in (parts.family, parts.given, parts.patronymic)))
        for script, parts in names.items()
    }
    errors = {
        f"{script}_{field}": found
        for script, parts in cleaned.items()
        for field in ("family", "given", "patronymic")
        if (found := _errors_in(script, getattr(parts, field), is_required=field != "patronymic"))
    }
    if not errors:
        errors = {f"{script}_family": ["too_wide"] for script, parts in cleaned.items() if not _has_room(script, parts)}
    if errors:
        raise NameRefused(errors)
    return cleaned


def _has_room(script: str, parts: NameParts) -> bool:
    """Tell whether the whole name fits its place on the certificate, in one size or another."""
    whole = " ".join(part for part in (parts.family, parts.given, parts.patronymic) if part)
    return slots.refusal(whole, ["certificate.name" if script == "cyrillic" else "certificate.latin-name"]) is None


def _errors_in(script: str, text: str, *, is_required: bool) -> list[str]:
    if not text:
        return [FaultCode.REQUIRED.value] if is_required else []
    found = [fault.code.value for fault in name_rules.faults(text) if not fault.is_warning]
    if found:
        return found
    if script == "latin" and any(texts.script(letter) == "cyrillic" for letter in text):
        return ["not_latin"]
    try:
        printable(text)  # So that no number is spent on a void page.
    except TextRefused:
        return ["not_printable"]
    return []


def _known_names(person_ids: Sequence[int]) -> dict[tuple[int, str, NameParts], PersonName]:
    query = select(PersonName).where(PersonName.person_id.in_(person_ids)).order_by(PersonName.id.desc())
    return {
        (name.person_id, name.script, NameParts(name.family, name.given, name.patronymic)): name
        for name in db.session.scalars(query)
    }


def _keep(
    person: Person, script: str, parts: NameParts, known: dict[tuple[int, str, NameParts], PersonName]
) -> PersonName:
    """Return the written form if it is known, else add it."""
    name = known.get((person.id, script, parts))
    if name is None:
        name = PersonName(
            person_id=person.id, script=script, family=parts.family, given=parts.given, patronymic=parts.patronymic
        )
        db.session.add(name)
    return name


def _printed(person: Person) -> dict[str, str]:
    """Return the latest confirmed name in each script, as the log keeps it."""
    query = select(PersonName).where(PersonName.person_id == person.id, PersonName.confirmed_at.is_not(None))
    names = db.session.scalars(query.order_by(PersonName.confirmed_at, PersonName.id))
    return {"cyrillic": "", "latin": ""} | {one.script: one.full_name for one in names}
