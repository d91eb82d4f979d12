"""What the pages of courses, projects, donors and venues have in common: a list, a page to read, a form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.permissions import Permission
from portal.platform import compare, tokens
from portal.platform.errors import DomainError
from portal.platform.htmx import respond
from portal.platform.paging import Page
from portal.trainings import queries
from portal.trainings.forms import fields
from portal.trainings.forms.directory import RecordForm
from portal.trainings.models import Course, Donor, Project, Venue
from portal.trainings.operations import printed, refusals
from portal.trainings.operations.refusals import CodeTaken, PlanRefused, RecordChanged

Record = Course | Project | Donor | Venue


@dataclass(frozen=True)
class Kind:
    """One of the four: the blueprint, the variable of its addresses, and who may change it."""

    endpoint: str
    id_name: str
    edit: Permission

    def url(self, view: str, record: Record | None = None) -> str:
        """Return an address of its pages."""
        return url_for(f"{self.endpoint}.{view}", **({self.id_name: record.id} if record else {}))


@dataclass(frozen=True)
class Line:
    """One line of a list: where it leads, what it is called, and its further cells."""

    url: str
    name: str
    note: str
    cells: Sequence[Any]


def asked() -> dict[str, Any]:
    """Return what the address of a list asks for."""
    return {"search": request.args.get("q", "")[:100], "number": request.args.get("page", 1, type=int)}


def is_retired_asked() -> bool:
    """Tell whether the address of a list asks for what is retired."""
    return request.args.get("show") == "retired"


def to_record(kind: Kind, record: Record) -> Response:
    """Lead to the page of a record."""
    return redirect(kind.url("show", record), 303)  # type: ignore[return-value]


def index(
    kind: Kind, page: Page[Any], lines: Sequence[Line], heads: Sequence[str], *, can_retire: bool = False
) -> Response:
    """Show a list; of what can be retired, what is in use or what is retired."""
    return respond(
        page="trainings/records.html",
        fragment="trainings/_records.html",
        kind=kind,
        records=page,
        lines=lines,
        heads=heads,
        can_retire=can_retire,
        is_retired=is_retired_asked(),
        search=request.args.get("q", "")[:100],
    )


def show(kind: Kind, record: Record, name: str, facts: Sequence[tuple[str, Any]], **context: Any) -> str:
    """Show one record to read; a fact in three languages is a Titles."""
    return render_template(
        "trainings/record.html", kind=kind, record=record, name=name, facts=facts, last=_last_change(record), **context
    )


@dataclass(frozen=True)
class Saving:
    """A form with the act that saves it; `saved` makes the form as it stands, of a record that is there."""

    kind: Kind
    form: RecordForm
    act: Callable[[], Record]
    record: Record | None = None
    saved: Callable[[], RecordForm] | None = None


def save(saving: Saving) -> Response:
    """Save what was typed and lead to the record; or show the form again with what stands against it."""
    kind, form, record = saving.kind, saving.form, saving.record
    if not form.validate():
        return form_page(kind, form, record, status=422)
    try:
        saved = saving.act()
    except PlanRefused as refusal:
        form.show(refusal.faults, refusals.wording)
        return form_page(kind, form, record, status=refusal.status)
    except CodeTaken as refusal:
        fields.add_error(form["code"], str(refusal))
        return form_page(kind, form, record, status=refusal.status)
    except RecordChanged as refusal:
        return _compare(saving, refusal)
    except DomainError as refusal:
        return form_page(kind, form, record, refusal=refusal, status=refusal.status)
    flash(_("Saved."))
    return redirect(kind.url("show", saved), 303)  # type: ignore[return-value]


def form_page(
    kind: Kind, form: RecordForm, record: Record | None = None, *, status: int = 200, **context: Any
) -> Response:
    """Show the form of a new record, or of one that is there."""
    if status == 200:
        form.form_key.data = tokens.random_token()
    return respond(
        page="trainings/record_form.html",
        fragment="trainings/_record_form.html",
        kind=kind,
        form=form,
        record=record,
        action=kind.url("update", record) if record else kind.url("create"),
        letters=printed.LETTERS,
        status=status,
        **context,
    )


def values_of(record: Record, names: Sequence[str]) -> Mapping[str, Any]:
    """Return what a form shows of a record: its version and columns; "title_" means the three languages."""
    columns = [name + language for name in names for language in (("ky", "ru", "en") if name.endswith("_") else ("",))]
    return {"version": record.version, **{column: getattr(record, column) for column in columns}}


def subject_of(record: Record) -> str:
    """Return how the audit log names a record."""
    return f"{record.__tablename__} {record.id if isinstance(record, Venue) else record.code}"


def _last_change(record: Record) -> queries.LastChange | None:
    kind = record.__tablename__
    return queries.find_last_change(subject_of(record), (f"trainings.{kind}_added", f"trainings.{kind}_changed"))


def _compare(saving: Saving, refusal: RecordChanged) -> Response:
    """Show what was typed beside what somebody else has saved; the form can be sent again on top of it."""
    record, form = saving.record, saving.form
    assert record is not None
    assert saving.saved is not None
    saved = saving.saved()
    form.version.data, form.version.raw_data = record.version, None
    return form_page(
        saving.kind,
        form,
        record,
        refusal=refusal,
        status=refusal.status,
        differences=compare.differences(form, saved),
        saved_by=_last_change(record),
    )
