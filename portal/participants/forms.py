"""Slips and links as people hand them in, what is asked to make them, limits on slips, and known browsers."""

from datetime import timedelta

from flask import Response, request
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from portal.access.guard import participant
from portal.accounts.rules import device_of
from portal.participants.models import ParticipantSession
from portal.participants.rules import ADDRESS_TRIES, PIN_TRIES, REFERENCE_TRIES
from portal.platform import browsers, tokens
from portal.platform.forms import PortalForm
from portal.platform.i18n import _l
from portal.platform.limits import Limit, client_address


class SlipForm(PortalForm):
    reference = StringField(_l("Reference"), [InputRequired(_l("Enter the reference from your slip.")), Length(max=20)])
    pin = StringField(_l("PIN"), [InputRequired(_l("Enter the digits of the PIN from your slip.")), Length(max=12)])


class LinkForm(PortalForm):
    """What a personal link carries behind its #."""

    token = HiddenField(validators=[Length(max=60)])


class WithdrawForm(PortalForm):
    """A participant withdraws; a reason is welcome and not needed."""

    cause = SelectField(_l("Reason"), [Optional()])
    reason = StringField(
        _l("In your words"), [Optional(), Length(max=300, message=_l("Write at most 300 characters."))]
    )


class SlipsForm(PortalForm):
    people = RadioField(_l("For whom"), [InputRequired(_l("Choose for whom the slips are printed."))])
    language = RadioField(_l("Language of the slips"), [InputRequired(_l("Choose the language of the slips."))])


class LinksForm(PortalForm):
    """Whom personal links are made for, in which language the text is, and whether links that hold are ended."""

    people = RadioField(_l("For whom"), [InputRequired(_l("Choose for whom the links are made."))])
    language = RadioField(_l("Language of the text"), [InputRequired(_l("Choose the language of the text."))])
    renew = BooleanField(_l("Also for those who have a link: the link they have ends"))


def own_stay() -> ParticipantSession:
    """Return the stay that the guard has let through."""
    stay = participant()
    assert isinstance(stay, ParticipantSession)
    return stay


def _reference() -> str:
    return tokens.normalize_code(request.form.get("reference", ""))


BY_ADDRESS = Limit("slip address", *ADDRESS_TRIES, client_address)
# Who tries elsewhere keeps nobody out; beyond the ceiling of a slip all wait between their tries.
SLIP_TRIES = (
    *(
        Limit(f"slip {window}", uses, window, lambda: f"{_reference()} {client_address()}")
        for uses, window in PIN_TRIES
    ),
    Limit("slip everywhere", *REFERENCE_TRIES, _reference, pause=timedelta(minutes=1)),
    BY_ADDRESS,
)


def new_browser() -> str | None:
    """Return browser and system of the request, unless the slip that it brings was used here before."""
    return device_of(request.user_agent.string) if browsers.name_for(f"slip {_reference()}") is None else None


def remember_browser(response: Response) -> None:
    browsers.remember(response, f"slip {_reference()}")
