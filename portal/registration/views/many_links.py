"""Personal links for many at once: for whom, and then a text for each to pass on, shown this once."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template
from flask_babel import gettext as _

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.platform import clock, languages
from portal.platform.errors import Refusal
from portal.platform.forms import asked, options
from portal.platform.submissions import repeatable
from portal.registration.forms.registrations import LinksForm
from portal.registration.models import Registration
from portal.registration.operations import keys
from portal.registration.queries import keys as queries
from portal.registration.views.keys import Message, message_for, offered_groups
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("many_links", __name__, url_prefix="/trainings/<code>/registrations/links")


@dataclass(frozen=True)
class Card:
    """One person with the text that brings the link."""

    registration: Registration
    message: Message


@bp.get("")
@requires(Permission.INVITE_PARTICIPANTS, training=get_training)
def show(training: Training) -> str:
    """Ask for whom links are made, and say whose links would end."""
    groups = offered_groups(training)
    form = _form(groups)
    form.people.data = asked("people", groups, next(iter(groups)))
    form.language.data = asked("language", ("own", *languages.LOCALES), "own")
    return _page(training, form, groups)


@bp.post("")
@requires(Permission.INVITE_PARTICIPANTS, training=get_training)
@fresh("people", "language")
@repeatable  # The answer shows secrets, which no row may keep.
def give(training: Training) -> str | tuple[str, int]:
    """Make the links and show the texts this once."""
    groups, now = offered_groups(training), clock.now()
    form = _form(groups)
    if not form.validate():
        return _page(training, form, groups), 422
    people = groups[form.people.data]
    if not form.renew.data:
        having = queries.list_with_key([entry.id for entry in people], "link", now)
        people = [entry for entry in people if entry.id not in having]
    try:
        made = keys.give_links(training, people, actor=actor(), now=now)
    except Refusal as refusal:
        return _page(training, form, groups, refusal=refusal), refusal.status
    cards = [Card(link.registration, _message(training, link, form.language.data)) for link in made]
    refused = [entry for entry in people if entry not in {link.registration for link in made}]
    return render_template("registration/links_made.html", training=training, cards=cards, refused=refused)


def _message(training: Training, link: keys.PersonalLink, language: str) -> Message:
    own = link.registration.person.language or languages.current()
    address = f"{current_app.config['PORTAL_BASE_URL']}/my#{link.secret}"
    return message_for(training, link.registration, address, own if language == "own" else language)


def _form(groups: dict[str, list[Registration]]) -> LinksForm:
    form = LinksForm()
    words = {
        "chosen": _("The people chosen in the list"),
        "mailless": _("Confirmed people without e-mail"),
        "all": _("Everyone confirmed"),
    }
    form.people.choices = options([(group, words[group]) for group in groups])
    form.language.choices = options([("own", _("Each one's own")), *languages.NAMES.items()])
    return form


def _page(training: Training, form: LinksForm, groups: dict[str, list[Registration]], **context: Any) -> str:
    everybody = {entry.id for people in groups.values() for entry in people}
    having = queries.list_with_key(sorted(everybody), "link", clock.now())
    return render_template(
        "registration/links.html",
        training=training,
        form=form,
        chosen=groups.get("chosen", []),
        counts={name: len(people) for name, people in groups.items()},
        having={name: sum(entry.id in having for entry in people) for name, people in groups.items()},
        **context,
    )
