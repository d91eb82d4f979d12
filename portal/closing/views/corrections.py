"""Correct a finalized training, one person at a time, and show what was corrected."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, can, fresh, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.attendance.operations.marks import Wish
from portal.attendance.queries import get_current_mark
from portal.certificates.models import Certificate
from portal.certificates.operations.names import NameParts, NameRefused
from portal.certificates.operations.wording import name_fault
from portal.certificates.operations.wording import reason as reason_of
from portal.certificates.queries import candidates
from portal.closing.forms import closing as forms
from portal.closing.forms.closing import CorrectionForm
from portal.closing.models import Correction
from portal.closing.operations import corrections as operations
from portal.closing.operations import wording
from portal.closing.operations.corrections import Act, Names
from portal.closing.operations.shortfalls import ReasonsRefused
from portal.closing.queries import corrections as queries
from portal.closing.queries import standings
from portal.closing.rules.corrections import CorrectionKind
from portal.closing.rules.shortfalls import CHOICES
from portal.closing.views.corrected import Line, line_of
from portal.people import queries as people
from portal.platform import clock, paging
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import options
from portal.platform.languages import text_of
from portal.registration.models import Registration
from portal.registration.queries.facts import facts_of
from portal.registration.queries.registrations import get_registration
from portal.registration.rules.facts import OF_TRAINING
from portal.trainings.models import Training
from portal.trainings.queries import get_training

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
        people=standings.list_standings(training, as_of=clock.now())
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
            for one in standings.list_standings(training, as_of=clock.now())
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
        for field, codes in refusal.faults.items():
            form[field].errors = [name_fault(code) for code in codes]
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
    wish = Wish(form.form_key.data or "", form.state.data, minutes=form.minutes.data)
    return operations.correct_mark(registration, session, wish, act=_act(form), actor=actor(), now=clock.now())


def _shortfall(training: Training, registration: Registration, form: Any) -> Correction:
    chosen = (form.kind.data or "", form.note.data or "")
    return operations.correct_shortfall(registration, *chosen, act=_act(form), actor=actor(), now=clock.now())


def _facts(training: Training, registration: Registration, form: Any) -> Correction:
    said = {name: form[name].data or "" for name in OF_TRAINING} | {"sex": form.sex.data or None}
    return operations.correct_facts(registration, said, act=_act(form), actor=actor(), now=clock.now())


def _issue(training: Training, registration: Registration, form: Any) -> Correction:
    return operations.issue_certificate(
        registration, base_url=_base_url(), act=_act(form), actor=actor(), now=clock.now()
    )


def _reissue(training: Training, registration: Registration, form: Any) -> Correction:
    new = Names(
        NameParts(*(form[f"cyrillic_{part}"].data or "" for part in ("family", "given", "patronymic"))),
        NameParts(*(form[f"latin_{part}"].data or "" for part in ("family", "given"))),
        form.version.data or 0,
    )
    return operations.reissue_certificate(
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
        shortfall = standings.list_shortfalls(training).get(registration.id)
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
