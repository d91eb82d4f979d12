"""What the pages of all records that somebody keeps have in common: a list, a page to read, a form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Flask, Response, current_app, render_template, request, url_for
from flask_babel import gettext as _

from portal.platform import compare, dates, languages, paging, tokens
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import RecordForm, add_error
from portal.platform.htmx import respond
from portal.platform.paging import Page
from portal.platform.refusals import CodeTaken, FieldsRefused, RecordChanged

LastChange = Callable[[str, Sequence[str]], Any]
# Who saved a record last: the application sets the finder, because names of accounts stand on a higher floor.
_FINDER = "last_change_of_record"


@dataclass(frozen=True)
class Kind:
    """One kind of record: its blueprint, the variable of its addresses, who may change it, and its events.

    `fields` is the template that shows the fields of its form, `events` are the acts that saved it.
    """

    endpoint: str
    id_name: str
    edit: str
    fields: str
    events: Sequence[str]
    letters: Mapping[str, int] = field(default_factory=dict)  # How many letters usually fit on paper, by field.

    def url(self, view: str, record: Any = None) -> str:
        """Return an address of its pages."""
        return url_for(f"{self.endpoint}.{view}", **({self.id_name: record.id} if record else {}))


@dataclass(frozen=True)
class Line:
    """One line of a list: where it leads, what it is called, its further cells, and what to look at."""

    url: str
    name: str
    note: str
    cells: Sequence[Any]
    warning: str = ""


def asked() -> dict[str, Any]:
    """Return what the address of a list asks for."""
    return {"search": request.args.get("q", "")[:100], "number": paging.asked()}


def is_retired_asked() -> bool:
    """Tell whether the address of a list asks for what is retired."""
    return request.args.get("show") == "retired"


def to_record(kind: Kind, record: Any) -> Response:
    """Lead to the page of a record."""
    return see_other(kind.url("show", record))


def index(
    kind: Kind, page: Page[Any], lines: Sequence[Line], heads: Sequence[str], *, can_retire: bool = False
) -> Response:
    """Show a list; of what can be retired, what is in use or what is retired."""
    return respond(
        page="records/index.html",
        fragment="records/_list.html",
        kind=kind,
        records=page,
        lines=lines,
        heads=heads,
        can_retire=can_retire,
        is_retired=is_retired_asked(),
        search=request.args.get("q", "")[:100],
    )


def show(
    kind: Kind,
    record: Any,
    name: str,
    facts: Sequence[tuple[str, *tuple[Any, ...]]],
    *,
    page: str = "records/show.html",
    **context: Any,
) -> str:
    """Show one record to read; a fact in three languages has columns. A `page` of its own shows more below."""
    return render_template(
        page, kind=kind, record=record, name=name, facts=facts, last=last_change(record, kind.events), **context
    )


@dataclass(frozen=True)
class Saving:
    """A form with the act that saves it; `saved` makes the form as it stands, of a record that is there.

    `context` is what the fields of the form need beside it.
    """

    kind: Kind
    form: RecordForm
    act: Callable[[], Any]
    record: Any = None
    saved: Callable[[], RecordForm] | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


def save(saving: Saving) -> Response:
    """Save what was typed and lead to the record; or show the form again with what stands against it."""
    kind, form, record, more = saving.kind, saving.form, saving.record, saving.context
    if not form.validate():
        return form_page(kind, form, record, status=422, **more)
    try:
        saved = saving.act()
    except FieldsRefused as refusal:
        form.show(refusal.faults, refusal.wording)
        return form_page(kind, form, record, status=refusal.status, **more)
    except CodeTaken as refusal:
        add_error(form["code"], str(refusal))
        return form_page(kind, form, record, status=refusal.status, **more)
    except RecordChanged as refusal:
        return _compare(saving, refusal)
    except Refusal as refusal:
        return form_page(kind, form, record, refusal=refusal, status=refusal.status, **more)
    return see_other(kind.url("show", saved), _("Saved."))


def form_page(kind: Kind, form: RecordForm, record: Any = None, *, status: int = 200, **context: Any) -> Response:
    """Show the form of a new record, or of one that is there."""
    if status == 200:
        form.form_key.data = tokens.random_token()
    return respond(
        page="records/edit.html",
        fragment="records/_form.html",
        kind=kind,
        form=form,
        record=record,
        action=kind.url("update", record) if record else kind.url("create"),
        letters=kind.letters,
        status=status,
        **context,
    )


def values_of(record: Any, names: Sequence[str]) -> Mapping[str, Any]:
    """Return what a form shows of a record: its version and columns; "title_" means the three languages."""
    columns = [name + language for name in names for language in (("ky", "ru", "en") if name.endswith("_") else ("",))]
    return {"version": record.version, **{column: getattr(record, column) for column in columns}}


def subject_of(record: Any) -> str:
    """Return how the audit log names a record: by its code, or by its number where it has none."""
    return f"{record.__tablename__} {getattr(record, 'code', None) or record.id}"


def init_app(app: Flask, last_change: LastChange) -> None:
    """Remember how it is found who saved a record last."""
    app.extensions[_FINDER] = last_change


def last_change(record: Any, events: Sequence[str]) -> Any:
    """Return who did the last of some acts on a record, and when."""
    finder: LastChange = current_app.extensions[_FINDER]
    return finder(subject_of(record), events)


def day(value: date | None) -> str:
    """Return a day in the words of the page; empty if there is none."""
    return dates.long_date(value, languages.current()) if value else ""


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
        saved_by=last_change(record, saving.kind.events),
        **saving.context,
    )
