"""The name check, for the coordinator."""

from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.certificates import candidates, facts, name_check, names, queries
from portal.certificates.name_check import NamesForm
from portal.platform import clock, paging
from portal.platform.answers import act, see_other
from portal.platform.errors import Refusal
from portal.platform.forms import PortalForm
from portal.registration.models import Registration
from portal.registration.queries import get_registration
from portal.registration.rules import RegistrationState
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("names", __name__, url_prefix="/trainings/<code>/names")


@bp.get("")
@requires(Permission.VIEW_CERTIFICATES, training=get_training)
def index(training: Training) -> str:
    return _list(training)


def _list(training: Training, refusal: Refusal | None = None) -> str:
    only_open = request.args.get("show") == "open"
    page = candidates.page_of_names(training, only_open=only_open, number=paging.asked(), as_of=clock.now())
    checked, everyone = candidates.count_names(training)
    return render_template(
        "certificates/names.html",
        training=training,
        page=page,
        checked=checked,
        everyone=everyone,
        only_open=only_open,
        form=PortalForm(),
        refusal=refusal,
    )


@bp.post("/confirm-as-written")
@requires(Permission.CONFIRM_NAMES, training=get_training)
def confirm_as_written(training: Training) -> Response:
    confirmed = [
        candidate
        for candidate in candidates.list_candidates(training, as_of=clock.now())
        if candidate.registration.state == RegistrationState.CONFIRMED
    ]
    return act(
        lambda: names.confirm_as_written(training, confirmed, source="coordinator", actor=actor(), now=clock.now()),
        then=lambda number: see_other(
            url_for("names.index", code=training.code),
            ngettext("%(num)s name is confirmed as written.", "%(num)s names are confirmed as written.", number),
        ),
        again=partial(_list, training),
    )


@bp.get("/<registration_reference>")
@requires(Permission.CONFIRM_NAMES, training=get_training, registration=get_registration)
def edit(training: Training, registration: Registration) -> str:
    return _page(training, registration, NamesForm(formdata=None, **name_check.values_of(registration)))


@bp.post("/<registration_reference>")
@requires(Permission.CONFIRM_NAMES, training=get_training, registration=get_registration)
def confirm(training: Training, registration: Registration) -> Response | tuple[str, int]:
    form = NamesForm()
    save = partial(names.confirm, source="coordinator")
    refused = name_check.save(form, registration, confirm=save, actor=actor(), now=clock.now())
    if refused:
        return _page(training, registration, form, **refused), refused["status"]
    lines = facts.lines_of(candidates.printed_names([registration.person_id])[registration.person_id], registration)
    flash(_("The names of %(name)s are confirmed.", name=lines[0]))
    return _next(training, registration, lines)


def _next(training: Training, registration: Registration, lines: tuple[str, str]) -> Response:
    """Lead to the names that are still open, or to the certificate that stands and prints another name."""
    issued = queries.find_issued(registration)
    if issued is None or issued.revoked_at is not None or facts.prints(issued) == lines:
        return see_other(url_for("names.index", code=training.code, show="open"))
    number = issued.number
    flash(_("№ %(number)s still prints the old name. Issue it anew if it shall print the new one.", number=number))
    return see_other(url_for("certificates.show", code=training.code, certificate_reference=number))


def _page(training: Training, registration: Registration, form: NamesForm, **context: Any) -> str:
    return render_template("certificates/name.html", training=training, registration=registration, form=form, **context)
