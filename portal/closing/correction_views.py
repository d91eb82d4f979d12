"""Correct a finalized training, one person at a time, and show its corrections."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, can, fresh, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.attendance.operations import MarkInput
from portal.attendance.queries import get_current_mark
from portal.attendance.rules import CHOSEN, AttendanceState
from portal.certificates import candidates
from portal.certificates.name_check import names_in, show_errors, values_of
from portal.certificates.names import NameRefused
from portal.certificates.wording import reason as reason_of
from portal.closing import corrections, forms, queries, wording
from portal.closing.corrections import Act
from portal.closing.forms import CorrectionForm
from portal.closing.models import Correction
from portal.closing.operations import ReasonsRefused
from portal.closing.rules import CHOICES, CorrectionKind
from portal.nominations.queries import facts_of
from portal.people import queries as people
from portal.platform import clock, paging
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import options
from portal.platform.i18n import label, text_of
from portal.registration.models import Registration
from portal.registration.queries import get_registration
from portal.registration.rules import OF_TRAINING
from portal.trainings.models import Training
from portal.trainings.queries import get_training


def _words(training: Training, one: Correction, side: dict[str, Any]) -> str:
    match one.kind:
        case CorrectionKind.MARK:
            return _mark_words(training, side)
        case CorrectionKind.SHORTFALL:
            return ", ".join(part for part in (wording.choice(side["reason"]), side["note"]) if part) or "–"
        case CorrectionKind.FACTS:
            return ", ".join(filter(None, (_fact(name, value) for name, value in side.items()))) or "–"
        case _:
            return f"№ {side['number']}" if side.get("number") else "–"


def _mark_words(training: Training, side: dict[str, Any]) -> str:
    session = next((one for one in training.sessions if one.reference == side["session"]), None)
    state = label(AttendanceState(side["state"])) if side["state"] else _("Not marked")
    if side["minutes"] is not None:
        state = _("%(state)s, %(minutes)s min", state=state, minutes=side["minutes"])
    return f"{session.local_date:%d.%m} {text_of(session, 'title')}: {state}" if session else state


def _fact(name: str, value: Any) -> str:
    match name:
        case "sex":
            return {"F": _("woman"), "M": _("man")}.get(value, "")
        case "institution":
            row: Any = people.get_institution_by_code(value) if value else None
        case "region":
            row = people.get_region(value) if value else None
        case _:
            return str(value)
    return text_of(row, "name") if row else value


bp = Blueprint("corrections", __name__, url_prefix="/trainings/<code>/corrections")

K = CorrectionKind
_FORMS: dict[CorrectionKind, type[CorrectionForm]] = {
    K.MARK: forms.CorrectMarkForm,
    K.SHORTFALL: forms.CorrectShortfallForm,
    K.FACTS: forms.CorrectFactsForm,
    K.CERTIFICATE_ISSUED: CorrectionForm,
    K.CERTIFICATE_REISSUED: forms.CorrectNameForm,
}
_SLUGS = {
    "mark": K.MARK,
    "shortfall": K.SHORTFALL,
    "facts": K.FACTS,
    "issue": K.CERTIFICATE_ISSUED,
    "reissue": K.CERTIFICATE_REISSUED,
}
_SLUG = f"any({', '.join(_SLUGS)})"


@bp.get("")
@requires(Permission.VIEW_CLOSING, training=get_training)
def index(training: Training) -> str:
    """List what was corrected since the training was finalized, and everybody about whom something can be."""
    page = queries.page_of_corrections(training, paging.asked())
    return render_template(
        "closing/corrections.html",
        training=training,
        page=page,
        people=queries.list_reconciled(training, as_of=clock.now())
        if can(Permission.CORRECT_TRAINING, training)
        else [],
        **_lines(training, page.items),
    )


@bp.get("/<registration_reference>")
@requires(Permission.CORRECT_TRAINING, training=get_training, registration=get_registration)
def show(training: Training, registration: Registration) -> str:
    candidate = _candidate(registration)
    return render_template(
        "closing/correct.html",
        training=training,
        registration=registration,
        standing=next(
            one
            for one in queries.list_reconciled(training, as_of=clock.now())
            if one.reference == registration.reference
        ),
        certificate=candidate.certificate,
        marks=[(one, get_current_mark(one, registration)) for one in training.sessions],
        in_words=wording.shortfall,
        reason=reason_of,
        **_lines(training, queries.list_of(registration)),
    )


@bp.get(f"/<registration_reference>/<{_SLUG}:slug>")
@requires(Permission.CORRECT_TRAINING, training=get_training, registration=get_registration)
def edit(training: Training, registration: Registration, slug: str) -> str:
    kind = _SLUGS[slug]
    return _page(training, registration, kind, _fresh(training, registration, kind))


@bp.post(f"/<registration_reference>/<{_SLUG}:slug>")
@requires(Permission.CORRECT_TRAINING, training=get_training, registration=get_registration)
@fresh()
def correct(training: Training, registration: Registration, slug: str) -> Response | tuple[str, int]:
    kind = _SLUGS[slug]
    form = _offer(training, _FORMS[kind]())
    if not form.validate():
        return _page(training, registration, kind, form), 422
    try:
        correction = _correct(training, registration, kind, form)
    except NameRefused as refusal:
        show_errors(form, refusal)
        return _page(training, registration, kind, form), refusal.status
    except ReasonsRefused as refusal:
        form["kind"].errors = list(refusal.errors.values())
        return _page(training, registration, kind, form), refusal.status
    except Refusal as refusal:
        return _page(training, registration, kind, form, refusal), refusal.status
    return see_other(
        url_for(".show", code=training.code, registration_reference=registration.reference),
        _("Correction %(number)s is made.", number=correction.number),
    )


def _correct(training: Training, registration: Registration, kind: CorrectionKind, form: Any) -> Correction:
    act = Act(form.reason.data or "", -1 if form.seen.data is None else form.seen.data)
    said: dict[str, Any] = {"act": act, "actor": actor(), "now": clock.now()}
    match kind:
        case K.MARK:
            session = next((one for one in training.sessions if one.reference == form.session.data), None)
            mark = MarkInput(form.form_key.data or "", AttendanceState(form.state.data), minutes=form.minutes.data)
            return corrections.correct_mark(registration, session or abort(422), mark, **said)
        case K.SHORTFALL:
            return corrections.correct_shortfall(registration, form.kind.data or "", form.note.data or "", **said)
        case K.FACTS:
            facts = {name: form[name].data or "" for name in OF_TRAINING} | {"sex": form.sex.data or None}
            return corrections.correct_facts(registration, facts, **said)
        case K.CERTIFICATE_REISSUED:
            certificate = _candidate(registration).certificate or abort(409)  # There is none any more.
            return corrections.reissue_certificate(certificate, names_in(form), **said)
        case _:
            return corrections.issue_certificate(registration, **said)


def _candidate(registration: Registration) -> candidates.Candidate:
    return candidates.list_candidates(registration.training, as_of=clock.now(), registrations=[registration])[0]


def _page(
    training: Training,
    registration: Registration,
    kind: CorrectionKind,
    form: CorrectionForm,
    refusal: Refusal | None = None,
) -> str:
    form.seen.data, form.seen.raw_data = training.corrections, None
    return render_template(
        "closing/correction.html",
        training=training,
        registration=registration,
        slug={kind: slug for slug, kind in _SLUGS.items()}[kind],
        title=label(kind),
        form=form,
        certificate=_candidate(registration).certificate,
        refusal=refusal,
    )


def _fresh(training: Training, registration: Registration, kind: CorrectionKind) -> CorrectionForm:
    values: dict[str, Any] = {}
    if kind == K.MARK:
        values = {"session": request.args.get("session", "")}
    elif kind == K.SHORTFALL:
        shortfall = queries.list_shortfalls(training).get(registration.id)
        values = {"kind": shortfall.choice, "note": shortfall.note} if shortfall else {}
    elif kind == K.FACTS:
        values = {name: value for name, value in facts_of(registration).items() if name in (*OF_TRAINING, "sex")}
    elif kind == K.CERTIFICATE_REISSUED:
        values = values_of(registration)
    return _offer(training, _FORMS[kind](formdata=None, **values))


def _offer(training: Training, form: CorrectionForm) -> CorrectionForm:
    if isinstance(form, forms.CorrectMarkForm):
        form.session.choices = options(
            [(one.reference, f"{one.local_date:%d.%m} · {text_of(one, 'title')}") for one in training.sessions]
        )
        form.state.choices = options([(one.value, label(one)) for one in CHOSEN])
    if isinstance(form, forms.CorrectShortfallForm):
        form.kind.choices = options([("", _("Choose a reason")), *((one, wording.choice(one)) for one in CHOICES)])
    if isinstance(form, forms.CorrectFactsForm):
        institutions = [(one.code, text_of(one, "name")) for one in people.list_institutions()]
        form.institution.choices = options([("", _("not said")), *institutions])
        regions = [(one.code, text_of(one, "name")) for one in people.list_regions()]
        form.region.choices = options([("", _("not said")), *regions])
        form.sex.choices = options([("F", _("woman")), ("M", _("man"))])
    return form


def _lines(training: Training, made: Sequence[Correction]) -> dict[str, Any]:
    """Return what the list shows: each correction with its words, those before and after, and the reason.

    Why people missed is shown to those only who run the training.
    """
    shows_reasons, lines = can(Permission.CLOSE_TRAINING, training), []
    for one in made:
        kind = CorrectionKind(one.kind)
        if kind is K.SHORTFALL and not shows_reasons:
            lines.append((one, label(kind), "–", _("not shown"), ""))
        else:
            before, after = (_words(training, one, side) for side in (one.before, one.after))
            lines.append((one, label(kind), before, after, one.reason))
    return {"lines": lines, "names": accounts.names_of([one.corrected_by for one in made])}
