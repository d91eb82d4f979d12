"""The way in: personal links and slips, for one person or many; on their own page people withdraw and find help."""

from collections.abc import Collection, Mapping
from itertools import groupby
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog
from flask import Blueprint, Response, abort, current_app, make_response, render_template, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.accounts import rules as account_rules
from portal.catalog import queries as catalog
from portal.catalog.models import ReferralCenter
from portal.catalog.rules import Guest, Offer, Tongue, is_stale
from portal.participants import documents, operations, queries
from portal.participants.forms import LinksForm, SlipsForm, WithdrawForm, own_stay
from portal.participants.models import ParticipantSession
from portal.participants.rules import COOKIE
from portal.platform import clock, cookies, dates, downloads, i18n
from portal.platform.answers import act, see_other
from portal.platform.db import reads_first, start_writing, stop_writing, transaction
from portal.platform.errors import Refusal
from portal.platform.forms import PortalForm, asked, choices_of, options
from portal.platform.i18n import text_of
from portal.platform.submissions import repeatable
from portal.platform.texts import Text
from portal.platform.turns import Busy
from portal.printing import batch, client
from portal.printing.orders import Order
from portal.records.fields import in_words
from portal.registration import operations as registration_operations
from portal.registration import queries as registration_queries
from portal.registration.filters import chosen_of
from portal.registration.models import Registration
from portal.registration.queries import get_registration
from portal.registration.rules import Cause, RegistrationState
from portal.trainings.models import Training
from portal.trainings.queries import get_training

log = structlog.get_logger(__name__)
Offered = TypeVar("Offered", SlipsForm, LinksForm)


def load_participant() -> ParticipantSession | None:
    """Return the participant's stay of this request's cookie; whether it still holds is read anew each time."""
    token = cookies.read(COOKIE)
    return queries.find_stay(token, clock.now()) if token else None


referrals_bp = Blueprint("referrals", __name__, url_prefix="/my/referral-centers")


@referrals_bp.get("")
@requires(Permission.VIEW_CENTERS_AFTERWARDS)
def index() -> str:
    """List the centers, those of one's own region first; before the end of the training there is no such page."""
    stay = own_stay()
    if not queries.sees_centers(stay.registration, clock.now()):
        abort(404)
    own = stay.registration.region_code or stay.registration.training.region_code
    found = catalog.list_open_centers(clock.today(), first=own)
    groups = [(region, [_shown(one) for one in group]) for region, group in groupby(found, lambda one: one.region)]
    return render_template("participants/centers.html", groups=groups, own=own)


def _shown(center: ReferralCenter) -> dict[str, Any]:
    facts = [
        (_("Whom it takes in"), in_words(center.accepts, Guest)),
        (_("Hours"), text_of(center, "hours")),
        (_("Address"), text_of(center, "address")),
        (_("Languages spoken"), in_words(center.languages, Tongue)),
        (_("Note"), text_of(center, "note")),
    ]
    is_old = is_stale(center.checked_on, clock.today())
    return {"center": center, "offers": in_words(center.offers, Offer), "facts": facts, "is_stale": is_old}


withdrawals_bp = Blueprint("withdrawals", __name__, url_prefix="/my/withdrawal")


@withdrawals_bp.get("")
@requires(Permission.WITHDRAW_OWN_REGISTRATION)
def ask() -> str:
    """Ask for the last time, with or without a reason."""
    return _withdrawal_page(_offer_causes(WithdrawForm(formdata=None)))


@withdrawals_bp.post("")
@requires(Permission.WITHDRAW_OWN_REGISTRATION)
def withdraw() -> Response | tuple[str, int]:
    """Give the seat back."""
    stay, form = own_stay(), _offer_causes(WithdrawForm())
    if not form.validate():
        return _withdrawal_page(form), 422
    cause, words = form.cause.data or "", (form.reason.data or "").strip()
    return act(
        lambda: registration_operations.withdraw_own(
            stay.registration, cause=cause, words=words, actor=stay, now=clock.now()
        ),
        then=lambda _nothing: see_other(url_for("my.index"), _("You have withdrawn. Thank you for telling us early.")),
        again=lambda refusal: _withdrawal_page(form, refusal),
    )


def _offer_causes(form: WithdrawForm) -> WithdrawForm:
    causes = choices_of((Cause.WORK, Cause.ILLNESS, Cause.PERSONAL))
    form.cause.choices = options([("", _("I do not want to say")), *causes])
    return form


def _withdrawal_page(form: WithdrawForm, refusal: Refusal | None = None) -> str:
    return render_template(
        "participants/withdrawal.html", registration=own_stay().registration, form=form, refusal=refusal
    )


bp = Blueprint("keys", __name__, url_prefix="/trainings/<code>/registrations")


@bp.get("/<registration_reference>/link")
@requires(Permission.INVITE_PARTICIPANTS, training=get_training, registration=get_registration)
def link(training: Training, registration: Registration) -> str:
    """Offer a personal link, or say that one was given; its secret is never shown again."""
    return _link_page(training, registration)


@bp.post("/<registration_reference>/link")
@requires(Permission.INVITE_PARTICIPANTS, training=get_training, registration=get_registration)
@fresh()
@repeatable
def give_link(training: Training, registration: Registration) -> str | tuple[str, int]:
    """Make a link and show it this once, with texts to send; an answer of its own, since no address may carry it."""
    try:
        token = operations.give_link(registration, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _link_page(training, registration, refusal=refusal), refusal.status
    address = f"{current_app.config['PORTAL_BASE_URL']}/my#{token}"
    messages = [message_for(training, registration, address, locale) for locale in i18n.LOCALES]
    return _link_page(training, registration, address=address, messages=messages)


@bp.get("/slips")
@requires(Permission.INVITE_PARTICIPANTS, training=get_training)
def slips(training: Training) -> str:
    """Offer slips for the chosen, for those who have none, or new ones for everybody."""
    groups = offered_groups(training)
    return _page("pin", training, _slips_form(groups), groups)


@bp.post("/slips")
@reads_first
@requires(Permission.INVITE_PARTICIPANTS, training=get_training)
@fresh("people", "language")
@repeatable
def print_slips(training: Training) -> Response | tuple[str, int]:
    """Make PINs and send the slips; nobody can read the PINs afterwards."""
    groups, now = offered_groups(training), clock.now()
    form = _slips_form(groups)
    if not form.validate():
        return _page("pin", training, form, groups), 422
    try:
        start_writing()
        with transaction():
            groups = {**offered_groups(training), "new": queries.list_without_pin(training.id, now)}
            given = operations.give_pins(training, groups.get(str(form.people.data), []), actor=actor(), now=now)
            facts = _slip_facts(training, given, str(form.language.data))
    except Refusal as refusal:
        return _page("pin", training, form, groups, refusal=refusal), refusal.status
    stop_writing()  # The PINs are kept; nobody waits for the paper to be set.
    title = _("Slips of %(training)s", training=facts.training)
    try:
        content = batch.render_one(Order(documents.TEMPLATE, facts.as_dict(), title, facts.lang, clock.now()))
    except (*client.NOT_PRINTED, Busy) as error:  # The PINs are given: show them.
        log.warning("slips_not_typeset", training=facts.training, error=type(error).__name__)
        return make_response(render_template("participants/slips_printed.html", facts=facts))
    today = clock.today()
    return downloads.send_bytes(content, filename=f"{facts.training}-slips-{today}.pdf")


def _link_page(training: Training, registration: Registration, **context: Any) -> str:
    return render_template(
        "participants/link.html",
        training=training,
        registration=registration,
        link=registration_queries.find_valid_link(registration.id, clock.now()),
        form=PortalForm(),
        zone=ZoneInfo(training.time_zone),
        **context,
    )


def message_for(training: Training, registration: Registration, address: str, locale: str) -> dict[str, str]:
    """Return the text that brings a personal link, in one language."""
    with i18n.speaking(locale):
        text = render_template(
            "registration/personal_link.txt",
            training=training,
            person=registration.person,
            address=address,
            dates=dates.date_range(training.starts_on, training.ends_on, locale),
        ).strip()
    return {"locale": locale, "text": text}


def offered_groups(training: Training) -> dict[str, list[Registration]]:
    """Return for whom keys can be made: who was chosen in the list, if anybody, and the confirmed."""
    confirmed = registration_queries.list_registrations(training.id, (RegistrationState.CONFIRMED.value,))
    chosen = chosen_of(training)
    groups = {"chosen": chosen} if chosen else {}
    return {**groups, "mailless": [entry for entry in confirmed if not entry.person.email], "all": confirmed}


def _offer(form: Offered, groups: Collection[str], languages: Mapping[str, Any], usual: str) -> Offered:
    """Offer groups and languages; at first what the address says is chosen, or what usually is."""
    words = {
        "chosen": _("The people chosen in the list"),
        "new": _("People without a valid PIN"),
        "mailless": _("Confirmed people without e-mail"),
        "all": _("Everyone confirmed"),
    }
    offered = [name for name in words if name in groups]
    form.people.choices = options([(name, words[name]) for name in offered])
    form.language.choices = options(list(languages.items()))
    if not form.is_submitted():
        form.people.data = asked("people", offered, offered[0])
        form.language.data = asked("language", languages, usual)
    return form


def _page(
    kind: str, training: Training, form: PortalForm, groups: Mapping[str, list[Registration]], **context: Any
) -> str:
    """Show how many people each group has, and how many of them have a link or PIN, which is for the confirmed."""
    chosen = groups.get("chosen", [])
    counted = dict(groups)
    if kind == "pin":
        counted["chosen"] = [entry for entry in chosen if entry.state == RegistrationState.CONFIRMED]
        context["without"] = len(queries.list_without_pin(training.id, clock.now()))
    everybody = {entry.id for people in counted.values() for entry in people}
    having = queries.list_with_key(sorted(everybody), kind, clock.now())
    return render_template(
        "participants/slips.html" if kind == "pin" else "participants/links.html",
        training=training,
        form=form,
        chosen=chosen,
        counts={name: len(people) for name, people in counted.items()},
        having={name: sum(entry.id in having for entry in people) for name, people in counted.items()},
        **context,
    )


def _slips_form(groups: Collection[str]) -> SlipsForm:
    return _offer(SlipsForm(), {*groups, "new"}, i18n.NAMES, i18n.current())


def _slip_facts(training: Training, given: list[operations.Slip], lang: str) -> documents.SlipFacts:
    base = str(current_app.config["PORTAL_BASE_URL"])
    own, usual = training.title, training.course.title
    title = Text(own.ky or usual.ky, own.ru or usual.ru, own.en or usual.en).passage(lang)
    people = [
        documents.Slip(
            name=slip.registration.person.full_name,
            reference=slip.registration.reference,
            pin=account_rules.grouped(slip.pin),
            url=f"{base}/my?reference={slip.registration.reference}",
        )
        for slip in given
    ]
    return documents.SlipFacts(lang, training.code, title, f"{urlsplit(base).netloc}/my", tuple(people))


many_links_bp = Blueprint("many_links", __name__, url_prefix="/trainings/<code>/registrations/links")


@many_links_bp.get("")
@requires(Permission.INVITE_PARTICIPANTS, training=get_training)
def show(training: Training) -> str:
    """Ask for whom links are made, and say whose links would end."""
    groups = offered_groups(training)
    return _page("link", training, _links_form(groups), groups)


@many_links_bp.post("")
@requires(Permission.INVITE_PARTICIPANTS, training=get_training)
@fresh("people", "language")
@repeatable  # The answer shows secrets, which no row may keep.
def give(training: Training) -> str | tuple[str, int]:
    """Make the links and show the texts this once."""
    groups, now = offered_groups(training), clock.now()
    form = _links_form(groups)
    if not form.validate():
        return _page("link", training, form, groups), 422
    people = groups[form.people.data]
    if not form.renew.data:
        having = queries.list_with_key([entry.id for entry in people], "link", now)
        people = [entry for entry in people if entry.id not in having]
    try:
        made = operations.give_links(training, people, actor=actor(), now=now)
    except Refusal as refusal:
        return _page("link", training, form, groups, refusal=refusal), refusal.status
    cards = [(entry.person, _message(training, entry, secret, form.language.data)) for entry, secret in made]
    refused = [entry for entry in people if entry not in dict(made)]
    return render_template("participants/links_made.html", training=training, cards=cards, refused=refused)


def _message(training: Training, registration: Registration, secret: str, language: str) -> dict[str, str]:
    own = registration.person.language or i18n.current()
    address = f"{current_app.config['PORTAL_BASE_URL']}/my#{secret}"
    return message_for(training, registration, address, own if language == "own" else language)


def _links_form(groups: Collection[str]) -> LinksForm:
    return _offer(LinksForm(), groups, {"own": _("Each one's own"), **i18n.NAMES}, "own")
