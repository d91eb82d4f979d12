"""Correct a finalized training, one person at a time, and show its corrections."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, can, fresh, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.attendance.operations import Wish
from portal.attendance.queries import get_current_mark
from portal.attendance.rules import AttendanceState
from portal.certificates import candidates
from portal.certificates.models import Certificate
from portal.certificates.name_check import show_faults
from portal.certificates.names import NameParts, NameRefused
from portal.certificates.wording import reason as reason_of
from portal.closing import corrections, forms, queries, wording
from portal.closing.corrections import Act, Names
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


@dataclass(frozen=True)
class Line:
    """One correction as a page shows it."""

    number: int
    kind: str
    name: str
    reference: str
    before: str
    after: str
    reason: str
    by: str
    at: datetime


def line_of(training: Training, one: Correction, *, names: Mapping[str, str], shows_reasons: bool) -> Line:
    """Return a correction in words; why people missed is shown to those only who run the training."""
    is_hidden = one.kind == CorrectionKind.SHORTFALL and not shows_reasons
    before, after = (
        ("–", _("not shown")) if is_hidden else (_words(training, one, side) for side in (one.before, one.after))
    )
    return Line(
        number=one.number,
        kind=str(wording.CORRECTIONS[CorrectionKind(one.kind)]),
        name=one.registration.person.full_name,
        reference=one.registration.reference,
        before=before,
        after=after,
        reason="" if is_hidden else one.reason,
        by=names.get(one.corrected_by, _("operator")),
        at=one.corrected_at,
    )


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
        case "institution":
            return _institution(value)
        case "region":
            return _region(value)
        case "sex":
            return {"F": _("woman"), "M": _("man")}.get(value, "")
        case _:
            return str(value)


def _institution(code: str) -> str:
    institution = people.get_institution_by_code(code) if code else None
    return text_of(institution, "name") if institution else code


def _region(code: str) -> str:
    region = people.get_region(code) if code else None
    return text_of(region, "name") if region else code


bp = Blueprint("corrections", __name__, url_prefix="/trainings/<code>/corrections")

K = CorrectionKind
_FORMS: dict[CorrectionKind, type[CorrectionForm]] = {
    K.MARK: forms.CorrectMarkForm,
    K.SHORTFALL: forms.CorrectShortfallForm,
    K.FACTS: forms.CorrectFactsForm,
    K.CERTIFICATE_ISSUED: forms.CorrectCertificateForm,
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
_NAMES = ("cyrillic_family", "cyrillic_given", "cyrillic_patronymic", "latin_family", "latin_given", "version")


@bp.get("")
@requires(Permission.VIEW_CLOSING, training=get_training)
def index(training: Training) -> str:
    """List what was corrected since the training was finalized, and everybody about whom something can be."""
    page = queries.page_of_corrections(training, paging.asked())
    return render_template(
        "closing/corrections.html",
        training=training,
        page=page,
        lines=_lines(training, page.items),
        people=queries.list_reconciled(training, as_of=clock.now())
        if can(Permission.CORRECT_TRAINING, training)
        else [],
    )


@bp.get("/<registration_reference>")
@requires(Permission.CORRECT_TRAINING, training=get_training, registration=get_registration)
def show(training: Training, registration: Registration) -> str:
    """Show how one person stands, and what of it can be corrected."""
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
        lines=_lines(training, queries.list_of(registration)),
        in_words=wording.shortfall,
        reason=reason_of,
    )


@bp.get(f"/<registration_reference>/<{_SLUG}:slug>")
@requires(Permission.CORRECT_TRAINING, training=get_training, registration=get_registration)
def edit(training: Training, registration: Registration, slug: str) -> str:
    """Show the form of one kind of correction, with what stands now."""
    kind = _SLUGS[slug]
    return _page(training, registration, kind, _fresh(training, registration, kind))


@bp.post(f"/<registration_reference>/<{_SLUG}:slug>")
@requires(Permission.CORRECT_TRAINING, training=get_training, registration=get_registration)
@fresh()
def correct(training: Training, registration: Registration, slug: str) -> Response | tuple[str, int]:
    """Make one correction."""
    kind = _SLUGS[slug]
    form = _offer(training, _FORMS[kind]())
    if not form.validate():
        return _page(training, registration, kind, form), 422
    try:
        correction = _ACTS[kind](training, registration, form)
    except NameRefused as refusal:
        show_faults(form, refusal)
        return _page(training, registration, kind, form), refusal.status
    except ReasonsRefused as refusal:
        form["kind"].errors = list(refusal.faults.values())
        return _page(training, registration, kind, form), refusal.status
    except Refusal as refusal:
        return _page(training, registration, kind, form, refusal), refusal.status
    flash(_("Correction %(number)s is made.", number=correction.number))
    return see_other(url_for(".show", code=training.code, registration_reference=registration.reference))


def _mark(training: Training, registration: Registration, form: Any) -> Correction:
    session = next((one for one in training.sessions if one.reference == form.session.data), None)
    if session is None:
        abort(422)
    wish = Wish(form.form_key.data or "", AttendanceState(form.state.data), minutes=form.minutes.data)
    return corrections.correct_mark(registration, session, wish, act=_act(form), actor=actor(), now=clock.now())


def _shortfall(training: Training, registration: Registration, form: Any) -> Correction:
    chosen = (form.kind.data or "", form.note.data or "")
    return corrections.correct_shortfall(registration, *chosen, act=_act(form), actor=actor(), now=clock.now())


def _facts(training: Training, registration: Registration, form: Any) -> Correction:
    said = {name: form[name].data or "" for name in OF_TRAINING} | {"sex": form.sex.data or None}
    return corrections.correct_facts(registration, said, act=_act(form), actor=actor(), now=clock.now())


def _issue(training: Training, registration: Registration, form: Any) -> Correction:
    return corrections.issue_certificate(
        registration, base_url=_base_url(), act=_act(form), actor=actor(), now=clock.now()
    )


def _reissue(training: Training, registration: Registration, form: Any) -> Correction:
    new = Names(
        NameParts(*(form[f"cyrillic_{part}"].data or "" for part in ("family", "given", "patronymic"))),
        NameParts(*(form[f"latin_{part}"].data or "" for part in ("family", "given"))),
        form.version.data or 0,
    )
    return corrections.reissue_certificate(
        _standing_paper(registration), new, base_url=_base_url(), act=_act(form), actor=actor(), now=clock.now()
    )


_ACTS: dict[CorrectionKind, Callable[[Training, Registration, Any], Correction]] = {
    K.MARK: _mark,
    K.SHORTFALL: _shortfall,
    K.FACTS: _facts,
    K.CERTIFICATE_ISSUED: _issue,
    K.CERTIFICATE_REISSUED: _reissue,
}


def _act(form: CorrectionForm) -> Act:
    return Act(form.reason.data or "", -1 if form.seen.data is None else form.seen.data)


def _base_url() -> str:
    return str(current_app.config["PORTAL_BASE_URL"])


def _standing_paper(registration: Registration) -> Certificate:
    """Return the newest certificate, or answer that there is none any more."""
    certificate = _candidate(registration).certificate
    if certificate is None:
        abort(409)
    return certificate


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
        title=wording.CORRECTIONS[kind],
        form=form,
        certificate=_candidate(registration).certificate,
        refusal=refusal,
    )


def _fresh(training: Training, registration: Registration, kind: CorrectionKind) -> CorrectionForm:
    """Return the form of a kind with what stands now."""
    values: dict[str, Any] = {}
    if kind == K.MARK:
        values = {"session": request.args.get("session", "")}
    elif kind == K.SHORTFALL:
        shortfall = queries.list_shortfalls(training).get(registration.id)
        values = {"kind": shortfall.choice, "note": shortfall.note} if shortfall else {}
    elif kind == K.FACTS:
        values = {name: value for name, value in facts_of(registration).items() if name in (*OF_TRAINING, "sex")}
    elif kind == K.CERTIFICATE_REISSUED:
        person, names = registration.person, _candidate(registration).names
        cyrillic, latin = names.cyrillic or person, names.latin
        shown = (
            cyrillic.family,
            cyrillic.given,
            cyrillic.patronymic,
            *((latin.family, latin.given) if latin else ("", "")),
        )
        values = dict(zip(_NAMES, (*shown, person.version), strict=True))
    return _offer(training, _FORMS[kind](formdata=None, **values))


def _offer(training: Training, form: CorrectionForm) -> CorrectionForm:
    """Fill in what can be chosen."""
    if isinstance(form, forms.CorrectMarkForm):
        form.session.choices = options(
            [(one.reference, f"{one.local_date:%d.%m} · {text_of(one, 'title')}") for one in training.sessions]
        )
        form.state.choices = options(
            [("present", _("Present")), ("late", _("Late")), ("excused", _("Excused")), ("absent", _("Absent"))]
        )
    if isinstance(form, forms.CorrectShortfallForm):
        form.kind.choices = options([("", _("Choose a reason")), *((one, wording.choice(one)) for one in CHOICES)])
    if isinstance(form, forms.CorrectFactsForm):
        institutions = [(one.code, text_of(one, "name")) for one in people.list_institutions()]
        form.institution.choices = options([("", _("not said")), *institutions])
        regions = [(one.code, text_of(one, "name")) for one in people.list_regions()]
        form.region.choices = options([("", _("not said")), *regions])
        form.sex.choices = options([("F", _("woman")), ("M", _("man"))])
    return form


def _lines(training: Training, made: Sequence[Correction]) -> list[Line]:
    shows_reasons = can(Permission.CLOSE_TRAINING, training)
    names = accounts.names_of([one.corrected_by for one in made])
    return [line_of(training, one, names=names, shows_reasons=shows_reasons) for one in made]
