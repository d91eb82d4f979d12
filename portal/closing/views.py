"""Close a training: open items, reasons for missing, and the lock."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.closing import operations, queries, wording
from portal.closing.fix_links import Names, names_of
from portal.closing.forms import ReasonsForm
from portal.closing.operations import ReasonsChanged, ReasonsRefused
from portal.closing.rules import CHOICES, MismatchKind, ReasonInput, Reconciled, Shortfall, count, reconcile
from portal.evaluation import queries as evaluation_queries
from portal.handovers.queries import list_unsigned
from portal.platform import clock
from portal.platform.answers import act, see_other
from portal.platform.errors import Refusal
from portal.platform.i18n import _l, label
from portal.trainings.models import Training
from portal.trainings.queries import get_training

_AGREED: Mapping[MismatchKind, Any] = {
    MismatchKind.UNDECIDED: _l("Everyone is decided about"),
    MismatchKind.UNMARKED: _l("Everyone is marked in every session"),
    MismatchKind.REASON_MISSING: _l("Everyone under the minimum has a reason"),
    MismatchKind.NOT_CERTIFIED: _l("Everyone who completed has a certificate"),
    MismatchKind.NOT_COMPLETED: _l("Everyone with a certificate has completed"),
    MismatchKind.REVOKED: _l("Everyone who lost a certificate is decided about"),
    MismatchKind.RECEIPTS: _l("As many have signed for a copy as copies were given"),
}
bp = Blueprint("close", __name__, url_prefix="/trainings/<code>/close")


@bp.get("")
@requires(Permission.VIEW_CLOSING, training=get_training)
def show(training: Training) -> str:
    return _page(training)


@bp.post("")
@requires(Permission.CLOSE_TRAINING, training=get_training)
def finalize(training: Training) -> Response:
    return act(
        lambda: operations.finalize(training, actor=actor(), now=clock.now()),
        then=lambda _none: see_other(
            url_for("close.show", code=training.code),
            _("The training is finalized. From now on it changes only by numbered corrections."),
        ),
        again=partial(_page, training),
    )


@bp.get("/reasons")
@requires(Permission.CLOSE_TRAINING, training=get_training)
def reasons(training: Training) -> str:
    return _reasons(training)


@bp.post("/reasons")
@requires(Permission.CLOSE_TRAINING, training=get_training)
def save_reasons(training: Training) -> Response:
    """Save all rows at once; "the same for all chosen" fills the rows that are ticked."""
    form = ReasonsForm(request.form)
    return act(
        lambda: operations.note(training, form.inputs(), actor=actor(), now=clock.now()),
        then=partial(_after_reasons, training),
        again=partial(_reasons, training, form),
    )


def _after_reasons(training: Training, saved: int) -> Response:
    """Lead on to whoever is left without a reason, or to what else is open."""
    people = queries.list_reconciled(training, as_of=clock.now())
    is_open = any(one.is_short and one.shortfall is None for one in people)
    return see_other(
        url_for("close.reasons" if is_open else "close.show", code=training.code),
        ngettext("%(num)s reason is saved.", "%(num)s reasons are saved.", saved),
    )


def _page(training: Training, refusal: Refusal | None = None) -> str:
    now = clock.now()
    people = queries.list_reconciled(training, as_of=now)
    is_evaluated, tests = operations.list_open(training, now)
    return render_template(
        "closing/close.html",
        training=training,
        checks=_checks(training, people),
        counts=count(people),
        is_over=training.has_ended(now),
        zone=ZoneInfo(training.time_zone),
        open_evaluation=evaluation_queries.get_turnout(training) if is_evaluated and not training.is_locked else None,
        tests_are_open=bool(tests) and not training.is_locked,
        last_move=queries.find_last_move(training),
        open_acts=list_unsigned(training),
        refusal=refusal if not isinstance(refusal, operations.StillOpen) else None,
    )


def _checks(training: Training, people: Sequence[Reconciled]) -> list[tuple[str, Names, bool]]:
    """Return everything that must agree in words, with those who stand against it, and whether it agrees."""
    found = reconcile(people, queries.list_receipts(training))
    open_kinds = {one.kind for one in found}
    checks = []
    for kind in MismatchKind:
        checks += [(wording.mismatch(one), names_of(training, one), False) for one in found if one.kind == kind]
        if kind not in open_kinds:
            checks.append((str(_AGREED[kind]), Names(), True))
    return checks


def _reasons(training: Training, form: ReasonsForm | None = None, refusal: Refusal | None = None) -> str:
    people = queries.list_reconciled(training, as_of=clock.now())
    typed = form.inputs() if form else {}
    errors = refusal.errors if isinstance(refusal, ReasonsRefused) else {}
    saved = refusal.registrations if isinstance(refusal, ReasonsChanged) else {}
    rows = [
        {
            "one": one,
            "input": typed.get(one.reference) or _as_it_is(one.shortfall),
            # What the page shows now is what the next attempt stands on.
            "version": one.shortfall.version if one.shortfall else "",
            "error": errors.get(one.reference, ""),
            "saved": saved.get(one.reference),
        }
        for one in people
        if one.is_short
    ]
    return render_template(
        "closing/reasons.html",
        training=training,
        rows=rows,
        choices=choice_groups(),
        unmarked=sum(bool(one.is_confirmed and one.unmarked) for one in people),
        chosen=form.chosen if form else frozenset(),
        same=form.same if form else ReasonInput(""),
        in_words=wording.shortfall,
        refusal=refusal,
    )


def _as_it_is(shortfall: Shortfall | None) -> ReasonInput:
    return ReasonInput(shortfall.choice, shortfall.note) if shortfall else ReasonInput("")


def choice_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the choices of the fixed list by their kind, each with its words; a kind without causes stands alone."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for choice, one in CHOICES.items():
        groups.setdefault(label(one.kind) if one.cause else "", []).append((choice, wording.shortfall(one)))
    return list(groups.items())
