"""A training's receipt lists: printed, typed in page by page, kept as scans."""

from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.audit import documents as footing
from portal.audit import operations as audit
from portal.audit.queries import newest_head
from portal.custody import documents, operations, queries, rules
from portal.custody.documents import ReceiptFacts, ReceiptRow
from portal.custody.forms import ReceiptForm, ScanForm
from portal.custody.models import ReceiptScan
from portal.materials import queries as materials
from portal.materials.models import Material
from portal.materials.queries import get_material
from portal.platform import clock, downloads, i18n, scans
from portal.platform.answers import act, see_other
from portal.platform.dates import date_range, numeric_date
from portal.platform.db import reads_first, start_writing
from portal.platform.errors import Refusal
from portal.platform.forms import add_error, beside
from portal.platform.i18n import text_of
from portal.platform.submissions import repeatable
from portal.printing import batch, client
from portal.printing.orders import Order
from portal.stock import labels
from portal.trainings.models import Training
from portal.trainings.paper_numbers import PaperKind, PaperNumber, mark_of
from portal.trainings.queries import get_training

bp = Blueprint("receipts", __name__, url_prefix="/trainings/<code>/receipts")
Answer = Response | tuple[str, int]


@bp.get("")
@requires(Permission.VIEW_MATERIALS, training=get_training)
def index(training: Training) -> str:
    received = queries.list_received(training)
    known = {one.material.id for one in received}
    others = [one for one in materials.list_materials() if one.id not in known]
    return render_template("custody/receipts.html", training=training, received=received, others=others, words=labels)


@bp.get("/<material_reference>")
@requires(Permission.VIEW_MATERIALS, training=get_training, material=get_material)
def show(training: Training, material: Material) -> str:
    return _page(training, material)


@bp.post("/<material_reference>")
@requires(Permission.HAND_OVER, training=get_training, material=get_material)
def enter(training: Training, material: Material) -> Answer:
    form = ReceiptForm()
    if not form.validate():
        return _page(training, material, form=form), 422
    assert form.signed_on.data is not None
    rows, day = form.paper(), form.signed_on.data
    return act(
        lambda: operations.enter(training, material, rows=rows, signed_on=day, actor=actor(), now=clock.now()),
        then=lambda signed: _to_next_page(training, material, form, signed),
        again=lambda refusal: _page(training, material, form=form, refusal=beside(form, refusal)),
    )


def _to_next_page(training: Training, material: Material, form: ReceiptForm, signed: int) -> Response:
    last = queries.list_rows(training, material)[-1].page
    following = _address(training, material, page=min(_number(form.page.data) + 1, last))
    return see_other(following, ngettext("%(num)s signature kept.", "%(num)s signatures kept.", signed))


@bp.post("/<material_reference>/pdf")
@requires(Permission.VIEW_MATERIALS, training=get_training, material=get_material)
@fresh()
@repeatable
@reads_first
def download(training: Training, material: Material) -> Answer:
    """Print the list anew from the registrations; who took it along stands in the audit log."""
    facts = _facts(training, material)
    try:
        number = PaperNumber(training.code, PaperKind.RECEIPTS, mark_of(material.reference))
        printed = facts.as_dict() | {"foot": footing.foot(str(number), newest_head())}
        content = batch.render_one(Order(documents.TEMPLATE, printed, facts.document_title, facts.lang, clock.now()))
    except client.NOT_PRINTED as reason:
        return _page(training, material, refusal=reason), 503
    start_writing()
    subject = f"training {training.code}"
    audit.note_taken("receipt list", subject, len(facts.rows), actor=actor(), now=clock.now())
    filename = f"{training.code}-receipts-{material.reference[:6]}.pdf"
    return downloads.send_bytes(content, filename=filename)


@bp.post("/<material_reference>/scans")
@requires(Permission.HAND_OVER, training=get_training, material=get_material)
def keep_scan(training: Training, material: Material) -> Answer:
    form = ScanForm()
    try:
        scan = scans.read(form.scan.data.read() if form.scan.data else b"")
        operations.keep_scan(training, material, scan=scan, actor=actor(), now=clock.now())
    except scans.ScanRefused as refusal:
        add_error(form.scan, str(refusal))
        return _page(training, material, scan_form=form), refusal.status
    except Refusal as refusal:
        return _page(training, material, refusal=refusal), refusal.status
    return see_other(_address(training, material), _("The scan is kept."))


@bp.post("/scans/<receipt_scan_reference>")
@requires(Permission.VIEW_MATERIALS, training=get_training, scan=queries.get_scan)
@fresh()
@repeatable
def scan(training: Training, scan: ReceiptScan) -> Response:
    """Send a scan, as a download only; who took it along stands in the audit log."""
    audit.note_taken("scan of a receipt list", f"training {training.code}", 1, actor=actor(), now=clock.now())
    return downloads.send(scan.document)


def _page(training: Training, material: Material, *, form: ReceiptForm | None = None, **context: Any) -> str:
    everybody = queries.list_rows(training, material)
    last = everybody[-1].page if everybody else 1
    asked = _number(form.page.data) if form else request.args.get("page", 0, type=int)
    unsigned = next((one.page for one in everybody if one.signature is None), last)
    page = min(max(asked or unsigned, 1), last)
    rows = [one for one in everybody if one.page == page]
    return render_template(
        "custody/receipt_list.html",
        training=training,
        material=material,
        received=queries.get_received(training, material),
        scans=queries.list_scans(training, material),
        rows=rows,
        page=page,
        last=last,
        form=form or _form(training, rows, page),
        words=labels,
        **{"scan_form": ScanForm(formdata=None), **context},
    )


def _form(training: Training, rows: list[queries.ListRow], page: int) -> ReceiptForm:
    signed = [one.signature for one in rows if one.signature]
    day = signed[0].signed_on if signed else min(clock.today(), training.ends_on)
    values = [
        {
            "registration": one.registration.reference,
            "row": one.number,
            "is_signed": one.signature is not None,
            "copy_number": one.signature.copy_number if one.signature else "",
            "signed_by": one.signature.signed_by if one.signature else "",
        }
        for one in rows
    ]
    return ReceiptForm(formdata=None, page=page, signed_on=day, rows=values)


def _facts(training: Training, material: Material) -> ReceiptFacts:
    lang = i18n.current()
    people = [
        ReceiptRow(
            one.number,
            one.mark,
            one.registration.person.full_name,
            text_of(one.registration.institution, "name", lang) if one.registration.institution else "",
            signed_by=one.signature.signed_by if one.signature else "",
            copy_number=one.copy_number,
        )
        for one in queries.list_rows(training, material)
    ]
    wanted = request.args.get("blank_rows", rules.BLANK_ROWS, type=int)
    blank_rows = max(0, min(wanted, rules.MOST_BLANK_ROWS))
    if not people and not blank_rows:
        abort(404)
    rows, blank = documents.numbered(people, blank_rows)
    return ReceiptFacts(
        lang=lang,
        training=training.code,
        title=training.title.printed(),
        dates=date_range(training.starts_on, training.ends_on, lang),
        place=", ".join(dict.fromkeys((text_of(training.venue, "name", lang), text_of(training.region, "name", lang)))),
        material=material.title.printed(),
        language=material.language,
        edition=material.edition,
        unit=material.unit,
        rows=rows,
        blank_rows=blank,
        issuer=current_user.name,
        printed_on=numeric_date(clock.today(training.time_zone)),
    )


def _number(typed: Any) -> int:
    return int(typed) if str(typed or "").isdecimal() else 1


def _address(training: Training, material: Material, **values: Any) -> str:
    return url_for(".show", code=training.code, material_reference=material.reference, **values)
