"""Messages to participants: choose one, read its exact text, send it, or pass it on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms import HiddenField, SelectMultipleField
from wtforms.validators import AnyOf

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.mailing import mails, operations, queries, rules
from portal.mailing.mails import Writer
from portal.mailing.queries import Recipient
from portal.mailing.rules import AUTOMATIC, WITH_LINK, MailKind, MailStatus
from portal.participants import queries as participant_queries
from portal.platform import clock, i18n, paging
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import PortalForm, asked
from portal.platform.htmx import is_partial, respond
from portal.platform.i18n import _l
from portal.platform.mail import MailFault
from portal.registration.models import Registration
from portal.registration.queries import get_registration
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("mailing", __name__, url_prefix="/trainings/<code>/mails")
_KIND = f"/<any({', '.join(kind.value for kind in MailKind)}):kind>"
_CARDS = 25
_ON, _OFF = "on", "off"
_FOR_WHOM: Mapping[MailKind, Any] = {
    MailKind.INVITATION: _l("To everyone nominated, before the seats are decided."),
    MailKind.CONFIRMATION: _l("To everyone with a seat: with the personal link and the dates for the calendar."),
    MailKind.WAITLISTED: _l("To everyone on the waiting list, without a reason."),
    MailKind.DECLINED: _l("To everyone declined, in neutral words and without a reason."),
    MailKind.REMINDER: _l("To everyone with a seat, with the dates for the calendar."),
    MailKind.MOVED: _l("To everyone who knows only the old dates or place, with the new ones for the calendar."),
    MailKind.CANCELLED: _l("To everyone who counted on the training; it takes the dates out of the calendar."),
    MailKind.EVALUATION: _l(
        "To everyone who was there. The answers are anonymous, and who has answered is shown to nobody."
    ),
    MailKind.CERTIFICATE: _l("To everyone whose certificate is valid; the file is fetched on the personal page."),
}
_BY_ITSELF: Mapping[MailKind, Any] = {
    MailKind.REMINDER: _l("In the evening before, at 18:00 by the venue's clock"),
    MailKind.EVALUATION: _l("After the last session"),
    MailKind.CERTIFICATE: _l("After the issue"),
}
# Kind of colour, shape.
_TAGS: Mapping[MailStatus, tuple[str, str]] = {
    MailStatus.TO_SEND: ("", "open"),
    MailStatus.NO_ADDRESS: ("warn", "off"),
    MailStatus.QUEUED: ("active", "wait"),
    MailStatus.SENT: ("good", "done"),
    MailStatus.FAILED: ("bad", "bad"),
    MailStatus.UNCLEAR: ("warn", "warn"),
    MailStatus.PASSED_ON: ("good", "swap"),
}


class SendForm(PortalForm):
    """Who is ticked: the reference of each, and how many mails of this kind the page showed for them."""

    people = SelectMultipleField(validate_choice=False)

    def chosen(self) -> dict[str, int]:
        """Return the ticked references with what was seen of them; what is no reference is left out."""
        pairs = [value.rpartition(".") for value in self.people.data or []]
        return {reference: int(seen) for reference, _dot, seen in pairs if reference and seen.isdecimal()}


class SwitchForm(PortalForm):
    to = HiddenField(validators=[AnyOf((_ON, _OFF))])


@bp.url_value_preprocessor
def read_kind(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Let views take the kind that an address names as what it is."""
    if values and "kind" in values:
        values["kind"] = MailKind(values["kind"])


@bp.get("")
@requires(Permission.VIEW_MAILS, training=get_training)
def index(training: Training) -> str:
    """List the kinds of mails with what became of each."""
    return _index(training)


@bp.get(_KIND)
@requires(Permission.VIEW_MAILS, training=get_training)
def show(training: Training, kind: MailKind) -> str:
    """Show the exact text of a mail, whom it is for, and what each of them has."""
    return _show(training, kind)


@bp.post(f"{_KIND}/send")
@requires(Permission.SEND_MAILS, training=get_training)
def send(training: Training, kind: MailKind) -> Response | tuple[str, int]:
    """Queue the mail for everyone ticked, in one act."""
    try:
        sent = operations.send(training, kind, SendForm().chosen(), actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _show(training, kind, refusal=refusal), refusal.status
    _flash(sent)
    return see_other(url_for(".show", code=training.code, kind=kind))


@bp.post(f"{_KIND}/switch")
@requires(Permission.SEND_MAILS, training=get_training)
def switch(training: Training, kind: MailKind) -> Response | tuple[str, int]:
    form = SwitchForm()
    if not form.validate():
        return _index(training), 422
    is_on = form.to.data == _ON
    try:
        operations.switch(training, kind, is_on=is_on, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _index(training, refusal=refusal), refusal.status
    name = i18n.label(kind)
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
def texts(training: Training, kind: MailKind) -> str:
    """Show the text of everyone without an address, ready to be copied into a messenger."""
    return _texts(training, kind)


@bp.post(f"{_KIND}/texts")
@requires(Permission.SEND_MAILS, training=get_training)
@fresh()
def prepare(training: Training, kind: MailKind) -> Response | tuple[str, int]:
    """Make the personal links that these texts lack."""
    try:
        operations.prepare_texts(training, kind, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _texts(training, kind, refusal=refusal), refusal.status
    return see_other(url_for(".texts", code=training.code, kind=kind))


@bp.post(f"{_KIND}/<registration_reference>/pass-on")
@requires(Permission.SEND_MAILS, training=get_training, registration=get_registration)
def pass_on(training: Training, registration: Registration, kind: MailKind) -> Response | tuple[str, int]:
    try:
        operations.pass_on(registration, kind, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _texts(training, kind, refusal=refusal), refusal.status
    if not is_partial():
        anchor = f"mailing-card-{registration.reference}"
        return see_other(url_for(".texts", code=training.code, kind=kind, _anchor=anchor))
    recipients = queries.list_recipients(training, kind, clock.now())
    mine = [one for one in recipients if one.registration.id == registration.id]
    return respond(
        page="mailing/texts.html",
        fragment="mailing/_card.html",
        card=_cards(training, kind, mine)[0],
        **_context(training, kind, mine),
    )


def _index(training: Training, **context: Any) -> str:
    now, when, off = clock.now(), queries.timing(training), queries.list_switched_off(training.id)
    rows = [
        {
            "kind": kind,
            "counts": Counter(one.status for one in recipients),
            "people": len(recipients),
            "is_possible": rules.is_possible(kind, when, now),
            "goes_by_itself": kind not in off if kind in AUTOMATIC else None,
        }
        for kind, recipients in queries.get_board(training, now).items()
    ]
    return render_template(
        "mailing/index.html",
        training=training,
        rows=rows,
        by_itself=_BY_ITSELF,
        MailStatus=MailStatus,
        form=SwitchForm(),
        **context,
    )


def _show(training: Training, kind: MailKind, *, refusal: Refusal | None = None) -> str:
    recipients = queries.list_recipients(training, kind, clock.now())
    unreached = [one for one in recipients if not one.is_notified]
    return render_template(
        "mailing/show.html",
        recipients=recipients,
        counts=Counter(one.status for one in recipients),
        by_hand=sum(one.needs_hand for one in recipients),
        samples=_samples(training, kind, unreached or recipients),
        is_possible=rules.is_possible(kind, queries.timing(training), clock.now()),
        for_whom=_FOR_WHOM[kind],
        by_itself=_BY_ITSELF[kind] if queries.automatic_of(kind, training) else None,
        tags=_TAGS,
        fault=_fault,
        form=SendForm(formdata=None),
        refusal=refusal,
        **_context(training, kind, recipients),
    )


def _texts(training: Training, kind: MailKind, *, refusal: Refusal | None = None) -> str:
    by_hand = [one for one in queries.list_recipients(training, kind, clock.now()) if one.needs_hand]
    page = paging.cut(by_hand, paging.asked(), _CARDS)
    locale = asked("language", i18n.LOCALES, "") or None
    cards = _cards(training, kind, page.items, locale=locale)
    return render_template(
        "mailing/texts.html",
        page=page.showing(cards),
        chosen_locale=locale,
        lacks_links=not all(card["is_ready"] for card in cards),
        passed=sum(one.status == MailStatus.PASSED_ON for one in by_hand),
        form=PortalForm(formdata=None),
        refusal=refusal,
        **_context(training, kind, page.items),
    )


def _context(training: Training, kind: MailKind, recipients: Sequence[Recipient]) -> dict[str, Any]:
    who = {one.passed.passed_by for one in recipients if one.passed}
    return {
        "training": training,
        "kind": kind,
        "names": accounts.names_of(who) if who else {},
        "zone": ZoneInfo(training.time_zone),
        "MailStatus": MailStatus,
        "language_of": mails.language_of,
    }


def _samples(training: Training, kind: MailKind, recipients: Sequence[Recipient]) -> list[dict[str, Any]]:
    """Return the text in each language that somebody reads; without anybody there is nothing to show."""
    writer = Writer(kind, training, queries.find_contact(training, actor()), now=clock.now())
    samples = []
    for locale in i18n.LOCALES:
        readers = [one for one in recipients if mails.language_of(one.registration) == locale]
        if readers:
            letter = writer.letter(readers[0].registration, readers[0].number)
            files = [attachment.filename for attachment in writer.attachments[locale]]
            text = mails.with_link(writer.mailed(letter))
            samples.append({"locale": locale, "people": len(readers), "letter": letter, "text": text, "files": files})
    return samples


def _cards(
    training: Training, kind: MailKind, recipients: Sequence[Recipient], *, locale: str | None = None
) -> list[dict[str, Any]]:
    now = clock.now()
    writer = Writer(kind, training, queries.find_contact(training, actor()), now=now)
    seeds: dict[int, str] = {}
    if kind in WITH_LINK and recipients:
        seeds = participant_queries.find_seeds([one.registration.id for one in recipients], now, good_until=now)
    cards = []
    for one in recipients:
        letter, seed = writer.letter(one.registration, one.number, locale=locale), seeds.get(one.registration.id, "")
        text, is_ready = mails.with_link(letter.text, seed), bool(seed) or kind not in WITH_LINK
        cards.append({"recipient": one, "locale": letter.locale, "text": text, "is_ready": is_ready})
    return cards


def _fault(kind: str, answer: str) -> str:
    """Return in words why a mail was not sent; `answer` is what the mail server said."""
    return i18n.label(MailFault(kind)) % {"answer": answer} if kind in set(MailFault) else answer


def _flash(sent: operations.Sent) -> None:
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
