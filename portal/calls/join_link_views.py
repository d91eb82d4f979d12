"""A training's public link for the coordinator: address, QR code, institution codes."""

from typing import Any

from flask import Blueprint, Response, current_app, flash, render_template, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.calls import operations, queries
from portal.people import queries as people
from portal.platform import clock
from portal.platform.answers import act, see_other
from portal.platform.errors import Refusal
from portal.platform.forms import PortalForm
from portal.platform.qr import qr
from portal.platform.submissions import repeatable
from portal.registration.models import Registration
from portal.registration.queries import get_registration
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("join_links", __name__, url_prefix="/trainings/<code>/registrations")


@bp.get("/invitation-link")
@requires(Permission.MANAGE_JOIN_LINK, training=get_training)
def show(training: Training) -> str:
    """Show the link with its QR code, or offer to make one."""
    return _page(training)


@bp.post("/invitation-link")
@requires(Permission.MANAGE_JOIN_LINK, training=get_training)
def give(training: Training) -> Response:
    """Make the link, or a new one that ends the old one."""
    done = _("The link is made. An earlier one is not valid any more.")
    return act(
        lambda: operations.give_link(training, actor=actor(), now=clock.now()),
        then=lambda _link: see_other(url_for(".show", code=training.code), done, "success"),
        again=lambda refusal: _page(training, refusal=refusal),
    )


@bp.post("/invitation-link/end")
@requires(Permission.MANAGE_JOIN_LINK, training=get_training)
@repeatable
def end(training: Training) -> Response:
    """End the link; nobody registers by it any more."""
    done = _("The link is not valid any more.")
    return act(
        lambda: operations.end_link(training, actor=actor(), now=clock.now()),
        then=lambda _nothing: see_other(url_for(".show", code=training.code), done, "success"),
        again=lambda refusal: _page(training, refusal=refusal),
    )


@bp.post("/<registration_reference>/requests/<int:request_id>/take-over")
@requires(Permission.CONFIRM_REGISTRATION, training=get_training, registration=get_registration)
def take_over(training: Training, registration: Registration, request_id: int) -> Response:
    """Let the directory learn what somebody wrote on the public form."""
    own = url_for("registrations.show", code=training.code, registration_reference=registration.reference)
    request = queries.get_request(registration.id, request_id)
    try:
        if request is not None:
            operations.take_over(request, registration, actor=actor(), now=clock.now())
            flash(_("Taken over: what was empty is filled now."), "success")
    except Refusal as refusal:
        flash(str(refusal), "warning")
    return see_other(own)


def _page(training: Training, **context: Any) -> str:
    link = queries.find_open_link(training.id)
    secret = queries.secret_of(link) if link is not None else None
    address = f"{current_app.config['PORTAL_BASE_URL']}/join/{secret}" if secret else ""
    return render_template(
        "calls/join_link.html",
        training=training,
        link=link,
        address=address,
        code=qr(address) if address else None,
        closed=operations.closed(training, clock.now()),
        institutions=people.list_offered_institutions(clock.today()),
        form=PortalForm(formdata=None),
        **context,
    )
