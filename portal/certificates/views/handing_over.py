"""Hand over printed certificates, on a phone beside the table: the next one, one by one, or all others at once."""

from collections import Counter
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, can, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.certificates.forms import ActForm
from portal.certificates.models import Certificate
from portal.certificates.operations import handing_over as operations
from portal.certificates.operations import wording
from portal.certificates.operations.handing_over import Shown, Wish
from portal.certificates.queries import papers as queries
from portal.certificates.queries.certificates import get_certificate
from portal.certificates.queries.papers import Paper
from portal.certificates.rules import Handing, Recipient
from portal.platform import clock, paging, tokens
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("handing_over", __name__, url_prefix="/trainings/<code>/certificates/hand-over")

_ACTS: dict[str, tuple[Handing, Recipient | None]] = {
    "self": (Handing.HANDED_OVER, Recipient.SELF),
    "on_behalf": (Handing.HANDED_OVER, Recipient.ON_BEHALF),
    "sent": (Handing.HANDED_OVER, Recipient.SENT),
    "unclaimed": (Handing.UNCLAIMED, None),
    "undo": (Handing.CLEARED, None),
}
_NAMED = {"on_behalf", "sent"}
_ROWS = 80  # More than any hall of ours seats: at a ceremony everybody stands on one page.


@bp.get("")
@requires(Permission.VIEW_CERTIFICATES, training=get_training)
def index(training: Training) -> str:
    """Show the papers in the order in which they lie on the table, the next one first."""
    return _page(training)


@bp.post("/<certificate_reference>")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training, certificate=get_certificate)
def note(training: Training, certificate: Certificate) -> Response | tuple[str, int]:
    """Say what became of one paper."""
    act = request.form.get("act", "")
    if act not in _ACTS:
        return _page(training), 422
    state, recipient = _ACTS[act]
    name = " ".join(request.form.get("received_by", "").split())[:120] if act in _NAMED else ""
    wish = Wish(_key(), state, request.form.get("seen", 0, type=int), recipient, name)
    try:
        operations.note(certificate, wish, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(training, refusal, refused=certificate.number), refusal.status
    return _back(training, certificate.number)


@bp.post("/<certificate_reference>/void")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training, certificate=get_certificate)
def void(training: Training, certificate: Certificate) -> Response | tuple[str, int]:
    """Make a paper void that was printed in vain."""
    seen = request.form.get("seen", 0, type=int)
    try:
        operations.void(certificate, key=_key(), seen=seen, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(training, refusal, refused=certificate.number), refusal.status
    flash(_("№ %(number)s is void.", number=certificate.number))
    return _back(training, certificate.number)


@bp.post("/rest")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training)
def note_rest(training: Training) -> Response | tuple[str, int]:
    """Say of all papers without a mark that they were handed over, but for those that were ticked."""
    numbers, last = frozenset(request.form.getlist("listed")), request.form.get("last", 0, type=int)
    shown, left = Shown(numbers, last), frozenset(request.form.getlist("left"))
    try:
        given, kept = operations.note_rest(training, shown, left=left, key=_key(), actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(training, refusal), refusal.status
    flash(_("Handed over: %(given)s. Not collected: %(kept)s.", given=given, kept=kept))
    return _back(training)


@bp.post("/undo-rest")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training)
def undo_rest(training: Training) -> Response:
    """Take back what was said of many papers at once."""
    number = operations.undo_rest(training, batch=request.form.get("batch", ""), actor=actor(), now=clock.now())
    flash(_("Taken back: %(number)s.", number=number))
    return _back(training)


def _key() -> str:
    """Return the key of the form that was sent; whoever sends none gets one."""
    return request.form.get("form_key", "")[:40] or tokens.random_token()


def _back(training: Training, number: str = "") -> Response:
    """Lead to the next paper, on a phone past the head of the page, or to the row that was acted on."""
    anchor = f"paper-{number}" if number and request.form.get("from") == "row" else "next"
    show, page = request.args.get("show") or None, request.args.get("page") or None
    return see_other(url_for(".index", code=training.code, show=show, page=page, _anchor=anchor))


def _page(training: Training, refusal: Refusal | None = None, *, refused: str = "") -> str:
    papers, show = queries.list_papers(training), request.args.get("show", "")
    may = can(Permission.ISSUE_CERTIFICATES, training)
    found = [one for one in papers if show in ("", one.state)]
    return render_template(
        "handing_over/index.html",
        training=training,
        papers=papers,
        show=show,
        page=paging.cut(found, paging.asked(), _ROWS),
        counts=Counter(one.state for one in papers),
        next=next((one for one in papers if one.state == "open"), None),
        last=max((one.seen for one in papers), default=0),
        batch=queries.newest_batch(papers),
        voidable=_voidable(training, papers) if may and not training.is_locked else {},
        names=accounts.names_of({one.mark.marked_by for one in papers if one.mark}),
        zone=ZoneInfo(training.time_zone),
        may=may,
        form=ActForm(),
        refused=refused,
        typed=request.form.get("received_by", ""),
        refusal=refusal,
    )


def _voidable(training: Training, papers: list[Paper]) -> dict[str, str]:
    """Return which papers one person may make void, each with what is missing."""
    found = operations.list_voidable(training, papers, now=clock.now())
    return {number: str(wording.reason(eligibility)) for number, eligibility in found.items()}
