"""Messages to participants: choose one, read its exact text, send it, or pass it on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.mailing import mails, operations, queries, rules, wording
from portal.mailing.forms import ON, ActForm, SendForm, SwitchForm
from portal.mailing.mails import Writer
from portal.mailing.queries import Recipient
from portal.mailing.rules import AUTOMATIC, WITH_LINK, MailKind, Standing
from portal.participants import queries as participant_queries
from portal.platform import clock, i18n, paging
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.htmx import is_partial, respond
from portal.registration.mails import Letter
from portal.registration.models import Registration
from portal.registration.queries import get_registration
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("mailing", __name__, url_prefix="/trainings/<code>/mails")
_KIND = f"/<any({', '.join(kind.value for kind in MailKind)}):kind>"
_CARDS = 25


@dataclass(frozen=True)
class KindRow:
    """One line of the index: a kind of mail, and how many people have what of it."""

    kind: MailKind
    counts: Counter[Standing]
    people: int
    is_possible: bool
    goes_by_itself: bool | None


@dataclass(frozen=True)
class Sample:
    """The exact text of a mail in one language, as the first of its readers gets it."""

    locale: str
    people: int
    name: str
    letter: Letter
    text: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """One text to pass on."""

    recipient: Recipient
    locale: str
    text: str
    is_ready: bool

    @property
    def digits(self) -> str:
        """Return the phone as messengers want it in an address; nothing else of the person goes there."""
        return self.recipient.registration.person.phone.removeprefix("+")


@bp.get("")
@requires(Permission.VIEW_MAILS, training=get_training)
def index(training: Training) -> str:
    """List the kinds of mails with what became of each."""
    return _index(training)


@bp.get(_KIND)
@requires(Permission.VIEW_MAILS, training=get_training)
def show(training: Training, kind: str) -> str:
    """Show the exact text of a mail, whom it is for, and what each of them has."""
    return _show(training, MailKind(kind))


@bp.post(f"{_KIND}/send")
@requires(Permission.SEND_MAILS, training=get_training)
def send(training: Training, kind: str) -> Response | tuple[str, int]:
    """Queue the mail for everyone ticked, in one act."""
    try:
        sent = operations.send(training, MailKind(kind), SendForm().chosen(), actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _show(training, MailKind(kind), refusal=refusal), refusal.status
    _tell(sent)
    return see_other(url_for(".show", code=training.code, kind=kind))


@bp.post(f"{_KIND}/switch")
@requires(Permission.SEND_MAILS, training=get_training)
def switch(training: Training, kind: str) -> Response | tuple[str, int]:
    """Let mails of a kind go by themselves, or not."""
    form = SwitchForm()
    if not form.validate():
        return _index(training), 422
    is_on = form.to.data == ON
    try:
        operations.switch(training, MailKind(kind), is_on=is_on, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _index(training, refusal=refusal), refusal.status
    name = str(wording.NAMES[MailKind(kind)])
    return see_other(
        url_for(".index", code=training.code),
        _("%(mail)s: goes by itself.", mail=name) if is_on else _("%(mail)s: sent by hand only.", mail=name),
        "success",
    )


@bp.post("/evaluation/remind")
@requires(Permission.SEND_MAILS, training=get_training)
def remind(training: Training) -> Response | tuple[str, int]:
    """Ask everyone once more who has not answered the evaluation, without saying who that is."""
    try:
        operations.remind(training, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _show(training, MailKind.EVALUATION, refusal=refusal), refusal.status
    flash(_("The reminder is on its way to everyone with e-mail who has not answered, at most once a day."), "success")
    return see_other(url_for("evaluations.index", code=training.code))


@bp.get(f"{_KIND}/texts")
@requires(Permission.SEND_MAILS, training=get_training)
@fresh()
def texts(training: Training, kind: str) -> str:
    """Show the text of everyone without an address, ready to be copied into a messenger."""
    return _texts(training, MailKind(kind))


@bp.post(f"{_KIND}/texts")
@requires(Permission.SEND_MAILS, training=get_training)
@fresh()
def prepare(training: Training, kind: str) -> Response | tuple[str, int]:
    """Make the personal links that these texts lack."""
    try:
        operations.prepare_texts(training, MailKind(kind), actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _texts(training, MailKind(kind), refusal=refusal), refusal.status
    return see_other(url_for(".texts", code=training.code, kind=kind))


@bp.post(f"{_KIND}/<registration_reference>/pass-on")
@requires(Permission.SEND_MAILS, training=get_training, registration=get_registration)
def pass_on(training: Training, registration: Registration, kind: str) -> Response | tuple[str, int]:
    """Note that a text was passed on."""
    try:
        operations.pass_on(registration, MailKind(kind), actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _texts(training, MailKind(kind), refusal=refusal), refusal.status
    if not is_partial():
        anchor = f"mailing-card-{registration.reference}"
        return see_other(url_for(".texts", code=training.code, kind=kind, _anchor=anchor))
    recipients = queries.list_recipients(training, MailKind(kind), clock.now())
    mine = [one for one in recipients if one.registration.id == registration.id]
    return respond(
        page="mailing/texts.html",
        fragment="mailing/_card.html",
        card=_cards(training, MailKind(kind), mine)[0],
        **_context(training, MailKind(kind), mine),
    )


def _index(training: Training, **context: Any) -> str:
    now, when, off = clock.now(), queries.timing(training), queries.list_switched_off(training.id)
    rows = [
        KindRow(
            kind,
            Counter(one.standing for one in recipients),
            len(recipients),
            rules.is_possible(kind, when, now),
            kind not in off if kind in AUTOMATIC else None,
        )
        for kind, recipients in queries.get_board(training, now).items()
    ]
    return render_template(
        "mailing/index.html",
        training=training,
        rows=rows,
        words=wording,
        Standing=Standing,
        form=SwitchForm(),
        **context,
    )


def _show(training: Training, kind: MailKind, *, refusal: Refusal | None = None) -> str:
    recipients = queries.list_recipients(training, kind, clock.now())
    open_ = [one for one in recipients if not one.is_told]
    return render_template(
        "mailing/show.html",
        recipients=recipients,
        counts=Counter(one.standing for one in recipients),
        by_hand=sum(one.needs_hand for one in recipients),
        samples=_samples(training, kind, open_ or recipients),
        is_possible=rules.is_possible(kind, queries.timing(training), clock.now()),
        goes_by_itself=queries.automatic_of(kind, training),
        form=SendForm(formdata=None),
        refusal=refusal,
        **_context(training, kind, recipients),
    )


def _texts(training: Training, kind: MailKind, *, refusal: Refusal | None = None) -> str:
    by_hand = [one for one in queries.list_recipients(training, kind, clock.now()) if one.needs_hand]
    page = paging.cut(by_hand, paging.asked(), _CARDS)
    cards = _cards(training, kind, page.items, locale=_chosen_locale())
    return render_template(
        "mailing/texts.html",
        page=page.showing(cards),
        chosen_locale=_chosen_locale(),
        lacks_links=not all(card.is_ready for card in cards),
        passed=sum(one.standing == Standing.PASSED_ON for one in by_hand),
        form=ActForm(formdata=None),
        refusal=refusal,
        **_context(training, kind, page.items),
    )


def _context(training: Training, kind: MailKind, recipients: Sequence[Recipient]) -> dict[str, Any]:
    who = {one.passed.passed_by for one in recipients if one.passed}
    return {
        "training": training,
        "kind": kind,
        "words": wording,
        "names": accounts.names_of(who) if who else {},
        "zone": ZoneInfo(training.time_zone),
        "Standing": Standing,
        "language_of": mails.language_of,
    }


def _samples(training: Training, kind: MailKind, recipients: Sequence[Recipient]) -> list[Sample]:
    """Return the text in each language that somebody reads; without anybody there is nothing to show."""
    writer = Writer(kind, training, queries.find_contact(training, actor()), now=clock.now())
    samples = []
    for locale in i18n.LOCALES:
        readers = [one for one in recipients if mails.language_of(one.registration) == locale]
        if readers:
            first = readers[0]
            letter = writer.letter(first.registration, first.number)
            text = mails.text_masked(writer.mailed(letter))
            files = tuple(attachment.filename for attachment in writer.attachments[locale])
            samples.append(Sample(locale, len(readers), first.registration.person.full_name, letter, text, files))
    return samples


def _cards(
    training: Training, kind: MailKind, recipients: Sequence[Recipient], *, locale: str | None = None
) -> list[Card]:
    now = clock.now()
    writer = Writer(kind, training, queries.find_contact(training, actor()), now=now)
    seeds: dict[int, str] = {}
    if kind in WITH_LINK and recipients:
        seeds = participant_queries.find_seeds([one.registration.id for one in recipients], now, good_until=now)
    cards = []
    for one in recipients:
        letter, seed = writer.letter(one.registration, one.number, locale=locale), seeds.get(one.registration.id, "")
        is_ready = bool(seed) or kind not in WITH_LINK
        text = mails.text_with_link(letter.text, seed) if is_ready else mails.text_masked(letter.text)
        cards.append(Card(one, letter.locale, text, is_ready))
    return cards


def _chosen_locale() -> str | None:
    chosen = request.args.get("language")
    return chosen if chosen in i18n.LOCALES else None


def _tell(sent: operations.Sent) -> None:
    if sent.queued:
        flash(ngettext("%(num)s mail is in the queue.", "%(num)s mails are in the queue.", sent.queued), "success")
    if sent.without_address:
        words = ngettext(
            "The text of %(num)s person without e-mail is ready to be passed on.",
            "The texts of %(num)s people without e-mail are ready to be passed on.",
            sent.without_address,
        )
        flash(words, "warning")
    if sent.meanwhile:
        words = ngettext(
            "%(num)s person has it already and is left out.",
            "%(num)s people have it already and are left out.",
            sent.meanwhile,
        )
        flash(words, "warning")
