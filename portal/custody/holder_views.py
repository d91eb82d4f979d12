"""The optional list of end holders of an act; for coordinators within reach."""

from typing import Any

from flask import Blueprint, Response, abort, flash, render_template, url_for
from flask_babel import ngettext

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.custody import operations, queries, rules
from portal.custody.forms import HoldersForm
from portal.materials import queries as material_queries
from portal.materials.models import Handover, Material
from portal.materials.queries import get_material
from portal.platform import clock
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import beside
from portal.stock import labels

bp = Blueprint("holders", __name__, url_prefix="/hand-over-acts/<handover_reference>/holders/<material_reference>")


@bp.get("")
@requires(Permission.HAND_OVER, handover=material_queries.get_handover, material=get_material)
def show(handover: Handover, material: Material) -> str:
    typed, mark = queries.holders_as_typed(handover, material), operations.version_of(handover, material)
    form = HoldersForm(formdata=None, holders=typed, mark=mark)
    return _page(handover, material, form)


@bp.post("")
@requires(Permission.HAND_OVER, handover=material_queries.get_handover, material=get_material)
def keep(handover: Handover, material: Material) -> Response | tuple[str, int]:
    form = HoldersForm()
    if not form.validate():
        return _page(handover, material, form), 422
    typed, version = form.holders.data or "", form.mark.data or ""
    try:
        kept = operations.keep(handover, material, typed, expected_version=version, actor=actor(), now=clock.now())
    except operations.HoldersChanged as refusal:
        form.mark.data, form.mark.raw_data = operations.version_of(handover, material), None
        saved = queries.holders_as_typed(handover, material)
        return _page(handover, material, form, refusal=refusal, saved=saved), refusal.status
    except Refusal as refusal:
        return _page(handover, material, form, refusal=beside(form, refusal)), refusal.status
    flash(ngettext("%(num)s holder kept.", "%(num)s holders kept.", kept))
    return see_other(url_for("handovers.show", handover_reference=handover.reference))


def _page(handover: Handover, material: Material, form: HoldersForm, **context: Any) -> str:
    if material.id not in {one.material_id for one in material_queries.with_lines(handover).items}:
        abort(404)
    copies, numbers = operations.there(handover, material)
    return render_template(
        "custody/holders.html",
        handover=handover,
        material=material,
        copies=copies,
        numbers=numbers,
        form=form,
        words=labels,
        years=rules.NAMES_KEPT_YEARS,
        **context,
    )
