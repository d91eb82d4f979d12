"""Revoke a certificate with two people: ask, confirm or refuse, withdraw. After the lock it is a correction."""

from functools import partial
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.certificates import candidates
from portal.certificates import wording as certificate_wording
from portal.certificates.models import Certificate, RevocationRequest
from portal.certificates.queries import get_certificate
from portal.certificates.rules import RevokeClass
from portal.closing import corrections, operations, queries, revocations
from portal.closing.forms import AskForm, DecideForm, LeaveForm, RefuseForm
from portal.closing.revocations import get_request
from portal.platform import clock
from portal.platform.answers import act, see_other
from portal.platform.errors import Refusal
from portal.platform.forms import PortalForm
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("revocations", __name__, url_prefix="/trainings/<code>/certificates/<certificate_reference>/revocation")


@bp.get("")
@requires(Permission.VIEW_CERTIFICATES, training=get_training, certificate=get_certificate)
def show(training: Training, certificate: Certificate) -> str:
    """Show who wants a certificate revoked and why, and what came of earlier requests."""
    return _page(training, certificate)


@bp.post("")
@requires(Permission.REVOKE_CERTIFICATE, training=get_training, certificate=get_certificate)
def ask(training: Training, certificate: Certificate) -> Response | tuple[str, int]:
    form = AskForm()
    if not form.validate():
        return _page(training, certificate, form), 422
    why, reason = RevokeClass(form.revoke_class.data), form.reason.data or ""
    return act(
        lambda: revocations.ask(certificate, revoke_class=why, reason=reason, actor=actor(), now=clock.now()),
        then=lambda _request: _back(certificate, _("Asked. The certificate stands until a second person confirms.")),
        again=partial(_page, training, certificate, form),
    )


@bp.post("/<revocation_reference>/confirm")
@requires(Permission.REVOKE_CERTIFICATE, training=get_training, certificate=get_certificate, revocation=get_request)
@fresh()
def confirm(training: Training, certificate: Certificate, revocation: RevocationRequest) -> Response:
    expected = DecideForm().seen.data or 0
    return act(
        lambda: corrections.confirm_revocation(revocation, expected=expected, actor=actor(), now=clock.now()),
        then=lambda _none: _back(certificate, _("Certificate № %(number)s is revoked.", number=certificate.number)),
        again=partial(_page, training, certificate, None),
    )


@bp.post("/<revocation_reference>/refuse")
@requires(Permission.REVOKE_CERTIFICATE, training=get_training, certificate=get_certificate, revocation=get_request)
def refuse(training: Training, certificate: Certificate, revocation: RevocationRequest) -> Response | tuple[str, int]:
    form = RefuseForm()
    if not form.validate():
        return _page(training, certificate, form), 422
    return act(
        lambda: revocations.refuse(revocation, reason=form.refusal.data or "", actor=actor(), now=clock.now()),
        then=lambda _none: _back(certificate, _("Refused. The certificate stands.")),
        again=partial(_page, training, certificate, form),
    )


@bp.post("/<revocation_reference>/withdraw")
@requires(Permission.REVOKE_CERTIFICATE, training=get_training, certificate=get_certificate, revocation=get_request)
def withdraw(training: Training, certificate: Certificate, revocation: RevocationRequest) -> Response:
    return act(
        lambda: revocations.withdraw(revocation, actor=actor(), now=clock.now()),
        then=lambda _none: _back(certificate, _("The request is taken back. The certificate stands.")),
        again=partial(_page, training, certificate, None),
    )


@bp.post("/leave")
@requires(Permission.CLOSE_TRAINING, training=get_training, certificate=get_certificate)
def leave(training: Training, certificate: Certificate) -> Response | tuple[str, int]:
    form = LeaveForm()
    if not form.validate():
        return _page(training, certificate, form), 422
    return act(
        lambda: operations.leave(certificate, reason=form.left.data or "", actor=actor(), now=clock.now()),
        then=lambda _none: see_other(
            url_for("close.show", code=training.code), _("Noted. The books can be closed over it.")
        ),
        again=partial(_page, training, certificate, form),
    )


def _back(certificate: Certificate, words: str) -> Response:
    code = certificate.registration.training.code
    return see_other(url_for(".show", code=code, certificate_reference=certificate.number), words)


def _page(
    training: Training, certificate: Certificate, form: PortalForm | None = None, refusal: Refusal | None = None
) -> str:
    asked = revocations.list_of(certificate)
    candidate = candidates.list_candidates(training, as_of=clock.now(), registrations=[certificate.registration])[0]
    left = queries.find_left_revoked(certificate)
    is_last = candidate.certificate is not None and candidate.certificate.id == certificate.id
    labels = {left.noted_by} if left else set()
    labels |= {one.asked_by for one in asked} | {one.decision.decided_by for one in asked if one.decision}
    return render_template(
        "closing/revocation.html",
        training=training,
        certificate=certificate,
        stands=certificate.state == "issued" and not certificate.revoked_at and not certificate.replaced_at,
        eligibility=candidate.eligibility,
        reason=certificate_wording.reason,
        revoke_class=certificate_wording.revoke_class,
        waiting=next((one for one in asked if one.decision is None), None),
        over=[one for one in asked if one.decision is not None],
        me=actor().label,
        names=accounts.names_of(labels),
        zone=ZoneInfo(training.time_zone),
        ask_form=form if isinstance(form, AskForm) else AskForm(formdata=None),
        decide_form=DecideForm(formdata=None, seen=training.corrections),
        refuse_form=form if isinstance(form, RefuseForm) else RefuseForm(formdata=None),
        leave_form=form if isinstance(form, LeaveForm) else LeaveForm(formdata=None),
        left=left,
        is_lost=is_last and certificate.revoked_at is not None and candidate.eligibility.is_eligible,
        refusal=refusal,
    )
