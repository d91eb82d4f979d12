"""Pages for records of any kind: list, page, form, and the comparison of two editors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Blueprint, Flask, Response, current_app, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.access.policy import Actor
from portal.platform import clock, compare, paging, tokens
from portal.platform.answers import see_other
from portal.platform.errors import CodeTaken, FieldsRefused, RecordChanged, Refusal
from portal.platform.forms import RecordForm, add_error
from portal.platform.htmx import respond
from portal.platform.i18n import text_of
from portal.platform.paging import Page
from portal.records import forms, operations, printed, queries
from portal.records.fields import Asking, Kind, Text3

LastChange = Callable[[str, Sequence[str]], Any]
# Who saved a record last: the application sets the finder, because names of accounts stand on a higher floor.
_FINDER = "last_change_of_record"


@dataclass(frozen=True)
class Line:
    """One line of a list: where it leads, what it is called, its further cells, and what to look at."""

    url: str
    name: str
    note: str
    cells: Sequence[Any]
    warning: str = ""


@dataclass(frozen=True, kw_only=True)
class Pages:
    """Where the pages of some records lie, who may change them, the template of their form's fields, and their events.

    `events` are the acts that saved a record, beside those of its kind; `letters` says how many usually fit on paper;
    `form` is the page of the form.
    """

    endpoint: str
    id_name: str
    edit: Permission
    fields: str
    events: Sequence[str] = ()
    letters: Mapping[str, int] = field(default_factory=lambda: printed.LETTERS)
    form: str = "records/edit.html"

    def url(self, view: str, record: Any = None) -> str:
        key = self.id_name.rpartition("_")[2]
        return url_for(f"{self.endpoint}.{view}", **({self.id_name: getattr(record, key)} if record else {}))

    def saved_by(self) -> Sequence[str]:
        return self.events


@dataclass(frozen=True, kw_only=True)
class KindPages(Pages):
    """The pages that a kind of record has with no more said.

    They lie at `address`, or at their endpoint. `listed` is the ordered question for the list, by code if none is
    given; `cells` are those of its lines under `heads`. A record is shown by its `facts` in this order, on a `page`
    that may need `more`.
    """

    kind: Kind[Any]
    address: str = ""
    load: Callable[..., Any]
    view: Permission
    listed: Callable[[Actor], Select[Any]] | None = None
    heads: Sequence[Any] = ()
    cells: Callable[[Sequence[Any]], Sequence[Sequence[Any]]] = lambda records: [()] * len(records)
    note: Callable[[Any], str] = lambda record: str(record.code)
    warning: Callable[[Any], str] = lambda _record: ""
    facts: Sequence[str | tuple[Any, Callable[[Any], Any]]] = ()
    page: str = "records/show.html"
    more: Callable[[Any], Mapping[str, Any]] = lambda _record: {}

    def saved_by(self) -> list[str]:
        return [self.kind.added, self.kind.changed, *self.events]

    def name(self, record: Any) -> str:
        """Return what a record is called in the language of the page; a code calls what has no name."""
        text = next(one for one in self.kind.fields if isinstance(one, Text3))
        return text_of(record, text.name) or str(getattr(record, "code", ""))


def blueprint(pages: KindPages) -> Blueprint:
    """Return the routes of a kind of record, each with its guard."""
    bp = Blueprint(pages.endpoint, __name__, url_prefix=pages.address or f"/{pages.endpoint}")
    one = f"/<int:{pages.id_name}>"
    routes: list[tuple[str, str, Callable[..., Any], Permission]] = [
        ("GET", "", index, pages.view),
        ("GET", "/new", new, pages.edit),
        ("POST", "", create, pages.edit),
        ("GET", one, show, pages.view),
        ("GET", f"{one}/edit", edit, pages.edit),
        ("POST", f"{one}/edit", update, pages.edit),
    ]
    if pages.kind.retired:
        routes += [("POST", f"{one}/retire", retire, pages.edit), ("POST", f"{one}/restore", restore, pages.edit)]
    for method, rule, view, permission in routes:
        loaders = {"record": pages.load} if rule.startswith(one) else {}
        guarded = requires(permission, **loaders)(_of(pages, view))
        bp.add_url_rule(rule, view.__name__, guarded, methods=[method])
    return bp


def _of(pages: KindPages, view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def bound(**loaded: Any) -> Any:
        return view(pages, **loaded)

    return bound


def index(pages: KindPages) -> Response:
    """List the records; of what can be retired, what is in use or what is retired."""
    model, can_retire = pages.kind.model, bool(pages.kind.retired)
    query = pages.listed(actor()) if pages.listed else queries.by_code(model)
    if can_retire:
        query = query.where(model.retired_at.is_not(None) if is_retired_asked() else model.retired_at.is_(None))
    page = queries.page_of(query, model, **asked())
    lines = [
        Line(pages.url("show", one), pages.name(one), pages.note(one), cells, pages.warning(one))
        for one, cells in zip(page.items, pages.cells(page.items), strict=True)
    ]
    return list_page(pages, page, lines, pages.heads, can_retire=can_retire)


def new(pages: KindPages) -> Response:
    return form_page(pages, forms.shown(pages.kind, asking()))


def create(pages: KindPages) -> Response:
    form = forms.sent(pages.kind, asking())

    def do() -> Any:
        return operations.create(pages.kind, forms.typed(pages.kind, form), actor=actor(), now=clock.now())

    return save(pages, form, do)


def show(pages: KindPages, record: Any, **context: Any) -> str:
    fields = {one.name: one for one in pages.kind.fields}
    facts = [
        fact
        for one in pages.facts or fields
        for fact in (fields[one].facts(record) if isinstance(one, str) else [(one[0], one[1](record))])
    ]
    shown = {"can_retire": bool(pages.kind.retired), **pages.more(record), **context}
    return show_page(pages, record, pages.name(record), facts, page=pages.page, **shown)


def edit(pages: KindPages, record: Any) -> Response:
    return form_page(pages, forms.shown(pages.kind, asking(record)), record)


def update(pages: KindPages, record: Any) -> Response:
    form = forms.sent(pages.kind, asking(record))

    def do() -> Any:
        values, version = forms.typed(pages.kind, form), form.version.data or 0
        operations.change(pages.kind, record, values, version=version, actor=actor(), now=clock.now())
        return record

    return save(pages, form, do, record, lambda: forms.shown(pages.kind, asking(record)))


def retire(pages: KindPages, record: Any) -> Response:
    operations.set_retired(pages.kind, record, True, actor=actor(), now=clock.now())
    return see_other(pages.url("show", record))


def restore(pages: KindPages, record: Any) -> Response:
    operations.set_retired(pages.kind, record, False, actor=actor(), now=clock.now())
    return see_other(pages.url("show", record))


def asked() -> dict[str, Any]:
    return {"search": request.args.get("q", "")[:100], "number": paging.asked()}


def is_retired_asked() -> bool:
    return request.args.get("show") == "retired"


def list_page(pages: Pages, page: Page[Any], lines: Sequence[Line], heads: Sequence[Any], **context: Any) -> Response:
    return respond(
        page="records/index.html",
        fragment="records/_list.html",
        kind=pages,
        records=page,
        lines=lines,
        heads=heads,
        is_retired=is_retired_asked(),
        search=asked()["search"],
        **context,
    )


def show_page(
    pages: Pages,
    record: Any,
    name: str,
    facts: Sequence[tuple[Any, ...]],
    *,
    page: str = "records/show.html",
    **context: Any,
) -> str:
    """Show one record to read; a fact in three languages has columns. A `page` of its own shows more below."""
    last = last_change(record, pages.saved_by())
    return render_template(page, kind=pages, record=record, name=name, facts=facts, last=last, **context)


def save(
    pages: Pages,
    form: RecordForm,
    do: Callable[[], Any],
    record: Any = None,
    saved: Callable[[], RecordForm] | None = None,
    **context: Any,
) -> Response:
    """Save what was typed and lead to the record; or show the form again with what stands against it.

    `saved` makes the form of a known record as it stands.
    """
    if not form.validate():
        return form_page(pages, form, record, status=422, **context)
    try:
        made = do()
    except FieldsRefused as refusal:
        form.show(refusal.faults)
        return form_page(pages, form, record, status=refusal.status, **context)
    except CodeTaken as refusal:
        add_error(form["code"], str(refusal))
        return form_page(pages, form, record, status=refusal.status, **context)
    except RecordChanged as refusal:
        # What was typed stands beside what somebody else has saved; the form can be sent again on top of it.
        form.version.data, form.version.raw_data = record.version, None
        assert saved is not None
        context["differences"] = compare.differences(form, saved())
        context["saved_by"] = last_change(record, pages.saved_by())
        return form_page(pages, form, record, refusal=refusal, status=refusal.status, **context)
    except Refusal as refusal:
        return form_page(pages, form, record, refusal=refusal, status=refusal.status, **context)
    return see_other(pages.url("show", made), _("Saved."))


def form_page(pages: Pages, form: RecordForm, record: Any = None, *, status: int = 200, **context: Any) -> Response:
    """Show the form of a new record, or of one that is there."""
    if status == 200:
        form.form_key.data = tokens.random_token()
    return respond(
        page=pages.form,
        fragment="records/_form.html",
        kind=pages,
        form=form,
        record=record,
        action=pages.url("update", record) if record else pages.url("create"),
        letters=pages.letters,
        status=status,
        **context,
    )


def asking(record: Any = None) -> Asking:
    return Asking(actor(), clock.today(), record)


def init_app(app: Flask, last_change: LastChange) -> None:
    """Remember how it is found who saved a record last."""
    app.extensions[_FINDER] = last_change


def last_change(record: Any, events: Sequence[str]) -> Any:
    """Return who did the last of some acts on a record, and when."""
    finder: LastChange = current_app.extensions[_FINDER]
    return finder(operations.subject_of(record), events)
