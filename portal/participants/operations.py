"""Create personal links and PINs, stored as hashes, and let participants in with them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.participants import queries, rules
from portal.participants.models import ParticipantSession
from portal.people.models import Person
from portal.platform import links, mail, passwords, security_events, tokens
from portal.platform.db import db
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.platform.security_events import Kind
from portal.registration import mails as registration_mails
from portal.registration.models import ParticipantKey, Registration
from portal.registration.rules import TAKES_PART, RegistrationState
from portal.trainings.models import Training


@dataclass(frozen=True)
class Slip:
    """What is printed for one participant; the PIN is known here and on the paper, and nowhere else."""

    registration: Registration
    pin: str


@dataclass(frozen=True)
class Moved:
    """How many mails that had not left go to the new address, or nowhere; how many personal links have ended."""

    mails: int = 0
    links: int = 0


def give_link(registration: Registration, *, actor: Actor, now: datetime) -> str:
    """Make a personal link and return its secret; earlier links end, and so do the stays that they opened.

    :raises Conflict: if the person does not take part any more.
    """
    if registration.state not in TAKES_PART:
        raise Conflict("takes_no_part", _l("This person does not take part in the training and gets no access to it."))
    key = _new_link(registration, now)
    _replace([key], now=now)
    _record([registration], "link", subject=f"registration {registration.reference}", actor=actor, now=now)
    return links.secret_of(key.seed or "")


def give_links(
    training: Training, registrations: Sequence[Registration], *, actor: Actor, now: datetime
) -> list[tuple[Registration, str]]:
    """Make a personal link for each of these people of one training and return its secret, which is kept nowhere.

    Earlier links end, and the stays they opened.

    :raises Conflict: if none of them takes part.
    """
    taking_part = [entry for entry in registrations if entry.state in TAKES_PART]
    if not taking_part:
        raise Conflict("nobody_needs_link", _l("There is nobody to make a link for."))
    keys = [(entry, _new_link(entry, now)) for entry in taking_part]
    _replace([key for _entry, key in keys], now=now)
    _record(taking_part, "link", subject=f"training {training.code}", actor=actor, now=now)
    return [(entry, links.secret_of(key.seed or "")) for entry, key in keys]


def prepare_links(training: Training, registrations: Sequence[Registration], *, now: datetime) -> dict[int, str]:
    """Return by registration the seed of a personal link that can be sent now; who has none gets one.

    What was given earlier stays good. The caller records the act: one audit entry for a whole mail-out.
    """
    enough = min(now + rules.LEAST_LEFT, rules.valid_until(training.ends_on, ZoneInfo(training.time_zone), now))
    seeds = queries.find_seeds([entry.id for entry in registrations], now, good_until=enough)
    missing = [entry for entry in registrations if entry.id not in seeds]
    for entry in missing:
        key = _new_link(entry, now)
        db.session.add(key)
        seeds[entry.id] = key.seed or ""
    db.session.flush()
    return seeds


def end_links(seeds: Collection[str], *, now: datetime) -> list[int]:
    """End the personal links of these seeds, and every stay of those to whom they belong; return their registrations.

    The caller records the act.
    """
    ended = (
        update(ParticipantKey)
        .where(ParticipantKey.seed.in_(seeds), ParticipantKey.ended_at.is_(None), ParticipantKey.expires_at > now)
        .values(ended_at=now)
    )
    registration_ids = list(db.session.scalars(ended.returning(ParticipantKey.registration_id)))
    stays = (ParticipantSession.registration_id.in_(registration_ids), ParticipantSession.ended_at.is_(None))
    db.session.execute(update(ParticipantSession).where(*stays).values(ended_at=now))
    return registration_ids


def follow_address(person: Person, before: str, *, now: datetime) -> Moved:
    """Send to the person's new address what has not left, and end the links that were mailed to the old one.

    A link in a wrong mailbox opens the person's own page to whoever reads there; one that was given by hand stays. A
    mail that waits gets a new link where its own has ended. The caller records the act.
    """
    if not before:
        return Moved()
    query = select(Registration).options(joinedload(Registration.training)).where(Registration.person_id == person.id)
    registrations = {f"registration {one.reference}": one for one in db.session.scalars(query)}
    about = [f"person {person.reference}", *registrations]
    ended = end_links(mail.list_seeds_sent(about, before), now=now)
    waiting = mail.redirect(about, before, person.email)
    for letter in waiting:
        registration = registrations.get(letter.about)
        if letter.link_seed and registration is not None and registration.id in ended:
            letter.link_seed = prepare_links(registration.training, [registration], now=now)[registration.id]
    db.session.flush()
    return Moved(len(waiting), len(ended))


def give_pins(training: Training, registrations: Sequence[Registration], *, actor: Actor, now: datetime) -> list[Slip]:
    """Make a PIN for each of these confirmed people of one training and return the slips; earlier PINs end.

    :raises Conflict: if none of them is confirmed.
    """
    confirmed = [entry for entry in registrations if entry.state == RegistrationState.CONFIRMED]
    if not confirmed:
        raise Conflict("nobody_needs_slip", _l("There is nobody to print a slip for."))
    slips = [Slip(entry, tokens.random_pin()) for entry in confirmed]
    hashes = [(slip.registration, passwords.hash_pin(slip.registration.reference, slip.pin)) for slip in slips]
    _replace([_new_key(entry, "pin", secret_hash, now) for entry, secret_hash in hashes], now=now)
    _record(confirmed, "pin", subject=f"training {training.code}", actor=actor, now=now)
    return slips


def open_with_link(token: str, *, now: datetime) -> str:
    """Begin a stay for whoever brings a personal link, as often as it is brought; return the cookie's secret.

    :raises Refusal: if the link opens nothing now.
    """
    registration = queries.find_by_link(token, now)
    if registration is None:
        security_events.note(Kind.LINK_REFUSED)
        raise Refusal(
            "wrong_link", _l("This link is not valid any more. Ask the coordinator of your training for a new one.")
        )
    return _open(registration, now)


def open_with_pin(reference: str, pin: str, *, new_browser: str | None = None, now: datetime) -> str:
    """Begin a stay for whoever brings what a slip says; return the cookie's secret.

    An unknown reference, one without a PIN and a wrong PIN have one answer and take the same time. The route counts the
    tries (`forms.SLIP_TRIES`). `new_browser` names one in which this slip was never used: its owner is told by mail.

    :raises Refusal: if they do not fit.
    """
    reference = tokens.normalize_code(reference)
    found = queries.find_by_reference(reference, now)
    typed = "".join(filter(str.isdigit, pin))
    if not passwords.is_pin(found[1] if found else None, reference, typed) or found is None:
        security_events.note(Kind.PIN_FAILED, f"participant {found[0].reference}" if found else "")
        raise Refusal("wrong_pin", _l("The reference or the PIN is not right, or the slip is not valid any more."))
    registration = found[0]
    if new_browser is not None and registration.person.email:
        mail.queue(registration_mails.page_opened(registration, new_browser, now), now=now)
    return _open(registration, now, new_browser)


def end_stay(stay: ParticipantSession, *, now: datetime) -> None:
    """End a participant's stay; its cookie is worth nothing from now on."""
    stay.ended_at = now
    db.session.flush()


def _open(registration: Registration, now: datetime, new_browser: str | None = None) -> str:
    token = tokens.random_token()
    db.session.add(
        ParticipantSession(
            registration_id=registration.id,
            token_hash=tokens.hash_token(token),
            new_browser=new_browser,
            created_at=now,
            expires_at=now + rules.STAY,
        )
    )
    db.session.flush()
    security_events.note(Kind.PAGE_OPENED, f"participant {registration.reference}")
    return token


def _new_link(registration: Registration, now: datetime) -> ParticipantKey:
    seed = tokens.random_token()
    return _new_key(registration, "link", tokens.hash_token(links.secret_of(seed)), now, seed=seed)


def _new_key(
    registration: Registration, kind: str, secret_hash: str, now: datetime, seed: str | None = None
) -> ParticipantKey:
    training = registration.training
    return ParticipantKey(
        registration_id=registration.id,
        kind=kind,
        secret_hash=secret_hash,
        seed=seed,
        created_at=now,
        expires_at=rules.valid_until(training.ends_on, ZoneInfo(training.time_zone), now),
    )


def _replace(keys: Sequence[ParticipantKey], *, now: datetime) -> None:
    """End the earlier keys of this kind and all stays, so that a key in wrong hands opens nothing more."""
    registration_ids = [key.registration_id for key in keys]
    for model, more in ((ParticipantKey, [ParticipantKey.kind == keys[0].kind]), (ParticipantSession, [])):
        earlier = update(model).where(model.registration_id.in_(registration_ids), model.ended_at.is_(None), *more)
        db.session.execute(earlier.values(ended_at=now))
    db.session.add_all(keys)
    db.session.flush()


def _record(registrations: Iterable[Registration], kind: str, *, subject: str, actor: Actor, now: datetime) -> None:
    after = {"registrations": [registration.reference for registration in registrations], "kind": kind}
    audit.record("registration.access_given", subject, after=after, actor=actor, now=now)
