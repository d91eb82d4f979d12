"""A correction in words: what it was before, and what it is since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from portal.closing.models import Correction
from portal.closing.operations import wording
from portal.closing.rules.corrections import CorrectionKind
from portal.people import queries as people
from portal.platform.languages import text_of
from portal.trainings.models import Training

_STATES = {
    "present": lambda: _("Present"),
    "late": lambda: _("Late"),
    "excused": lambda: _("Excused"),
    "absent": lambda: _("Absent"),
    "": lambda: _("Not marked"),
}


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
            return _mark(training, side)
        case CorrectionKind.SHORTFALL:
            return ", ".join(part for part in (wording.choice(side["reason"]), side["note"]) if part) or "–"
        case CorrectionKind.FACTS:
            return ", ".join(filter(None, (_fact(name, value) for name, value in side.items()))) or "–"
        case _:
            return f"№ {side['number']}" if side.get("number") else "–"


def _mark(training: Training, side: dict[str, Any]) -> str:
    session = next((one for one in training.sessions if one.reference == side["session"]), None)
    state = str(_STATES[side["state"]]())
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
