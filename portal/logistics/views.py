"""Lists of people at the end of a training, as PDF and spreadsheet, and payment rates."""

from dataclasses import fields
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import gettext as _
from wtforms import BooleanField
from wtforms.validators import InputRequired, NumberRange

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.audit import documents as footing
from portal.audit.queries import newest_head
from portal.closing import queries as closing_queries
from portal.logistics import documents, operations, queries
from portal.logistics.documents import PeopleList
from portal.logistics.rules import MOST_RATE, Rates
from portal.materials import rules as material_rules
from portal.materials import spelling
from portal.platform import clock, compare, downloads, exports, i18n
from portal.platform.answers import see_other
from portal.platform.db import reads_first, start_writing
from portal.platform.errors import RecordChanged, Refusal
from portal.platform.forms import ChoiceField, NumberField, RecordForm, options
from portal.platform.i18n import _l
from portal.platform.submissions import repeatable
from portal.printing import batch, client
from portal.printing.orders import Order
from portal.registration import queries as registration_queries
from portal.registration.models import Registration
from portal.stock.forms import MoneyField
from portal.trainings.models import Training
from portal.trainings.paper_numbers import PaperKind, PaperNumber
from portal.trainings.queries import find_last_change, get_training

bp = Blueprint("lists", __name__, url_prefix="/trainings/<code>/lists")

_BEGIN: dict[str, Any] = {"day_share": 100, "day_minimum": 50}
_SUM = [InputRequired(_l("Give a sum, 0 if nothing is paid.")), NumberRange(0, MOST_RATE, _l("That is too much."))]
_PERCENT = _l("Give a percentage from %(min)d to %(max)d.")
_GIVEN = InputRequired(_l("Give a percentage."))


class RatesForm(RecordForm):
    day_rate = MoneyField(_l("Rate of a day"), _SUM)
    day_share = NumberField(_l("Share of the rate that is paid, percent"), [_GIVEN, NumberRange(0, 100, _PERCENT)])
    travel = MoneyField(_l("Travel, once"), _SUM)
    currency = ChoiceField(_l("Currency"), choices=options([(code, code) for code in material_rules.CURRENCIES]))
    day_minimum = NumberField(_l("A day counts from, percent of its time"), [_GIVEN, NumberRange(1, 100, _PERCENT)])
    pays_residents = BooleanField(_l("Residents of the venue's region are paid too"))

    def rates(self) -> Rates:
        return Rates(**{field.name: self[field.name].data for field in fields(Rates)})


@bp.get("")
@requires(Permission.VIEW_CLOSING, training=get_training)
def show(training: Training) -> str:
    """Show which lists there are, what stands in the way of one, and what the days pay."""
    return _page(training)


@bp.post("/<any(institutions, participants, payments):kind>/<any(pdf, xlsx):ending>")
@reads_first
@requires(Permission.EXPORT_REGISTRATIONS, training=get_training)
@fresh()
@repeatable
def export(training: Training, kind: str, ending: str) -> Response | tuple[str, int]:
    """Send a list; who took it along stands in the audit log."""
    try:
        found = _list(training, kind)
        if ending == "pdf":
            content = _print(training, found)
        else:
            content = exports.write_workbook(found.document_title, [found.sheet()])
        start_writing()
        operations.note_export(training, kind, found.people, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(training, refusal), refusal.status
    except client.NOT_PRINTED as reason:
        return _page(training, reason), 503
    filename = f"{training.code}-{kind}-{_today(training)}.{ending}"
    return downloads.send_bytes(content, filename=filename)


@bp.get("/rates")
@requires(Permission.CLOSE_TRAINING, training=get_training)
def rates(training: Training) -> str:
    """Show what a day pays, or what the last training of the project paid."""
    return _form_page(training, _form_of(training))


@bp.post("/rates")
@requires(Permission.CLOSE_TRAINING, training=get_training)
def save_rates(training: Training) -> Response | tuple[str, int]:
    form = RatesForm()
    if not form.validate():
        return _form_page(training, form), 422
    version = form.version.data or 0
    try:
        operations.set_rates(training, form.rates(), version=version, actor=actor(), now=clock.now())
    except RecordChanged as refusal:
        return _compare(training, form, refusal), refusal.status
    except Refusal as refusal:
        return _form_page(training, form, refusal=refusal), refusal.status
    return see_other(url_for("lists.show", code=training.code), _("Saved."))


def _list(training: Training, kind: str) -> PeopleList:
    lang, as_of, now = i18n.current(), _today(training), clock.now()
    match kind:
        case "institutions":
            return documents.institutions(training, _chosen(_list_confirmed(training)), as_of=as_of, lang=lang)
        case "payments":
            terms = operations.ensure_payable(training)
            paid = queries.list_paid(training, terms, as_of=now)
            return documents.payments(training, paid, terms, as_of=as_of, lang=lang)
        case _:
            people, known = queries.list_paid(training, as_of=now), closing_queries.list_reconciled(training, as_of=now)
            return documents.participants(training, people, known, as_of=as_of, lang=lang)


def _list_confirmed(training: Training) -> list[Registration]:
    confirmed = registration_queries.list_confirmed(training.id)
    return [one for one in confirmed if one.role in ("participant", "alternate")]


def _chosen(people: list[Registration]) -> list[Registration]:
    """Return those of the institution that was chosen; if none was, everybody."""
    code = request.form.get("institution", "")
    if not code:
        return people
    return [one for one in people if one.institution and one.institution.code == code] or abort(404)


def _print(training: Training, found: PeopleList) -> bytes:
    number = PaperNumber(training.code, PaperKind[found.kind.upper()])
    printed = found.as_dict() | {"foot": footing.foot(str(number), newest_head())}
    return batch.render_one(Order(documents.TEMPLATE, printed, found.document_title, found.lang, clock.now()))


def _today(training: Training) -> date:
    return clock.today(training.time_zone)


def _page(training: Training, refusal: Exception | None = None) -> str:
    row = queries.find_rates(training)
    terms = queries.rates_of(row) if row else None
    people = queries.list_paid(training, terms, as_of=clock.now())
    paid = [one.payment for one in people if one.payment and one.payment.total]
    confirmed = _list_confirmed(training)
    bodies = {one.institution.code: one.institution for one in confirmed if one.institution}
    return render_template(
        "logistics/lists.html",
        training=training,
        rates=terms,
        participants=len(people),
        confirmed=len(confirmed),
        institutions=sorted(bodies.values(), key=lambda one: i18n.text_of(one, "name")),
        paid=len(paid),
        total=sum(one.total for one in paid),
        amount=spelling.amount,
        refusal=refusal,
    )


def _form_of(training: Training) -> RatesForm:
    row = queries.find_rates(training)
    source = row or queries.find_example(training)
    shown = vars(queries.rates_of(source)) if source else _BEGIN
    return RatesForm(formdata=None, version=row.version if row else 0, **shown)


def _form_page(training: Training, form: RatesForm, **context: Any) -> str:
    return render_template("logistics/rates.html", training=training, form=form, **context)


def _compare(training: Training, form: RatesForm, refusal: RecordChanged) -> str:
    """Show what was typed beside what somebody else has saved; the form can be sent again on top of it."""
    saved = _form_of(training)
    form.version.data, form.version.raw_data = saved.version.data, None
    return _form_page(
        training,
        form,
        refusal=refusal,
        differences=compare.differences(form, saved),
        saved_by=find_last_change(f"training {training.code}", ("closing.rates_set",)),
    )
