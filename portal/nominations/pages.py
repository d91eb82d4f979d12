"""What a list's page shows beside its rows: counts, columns, meanings, next step."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import request, url_for
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from portal.access import policy
from portal.access.policy import Actor
from portal.accounts import queries as accounts
from portal.list_reader.columns import Column, ColumnMapping
from portal.list_reader.decisions import Outcome
from portal.list_reader.problems import ListFault, Problem
from portal.nominations import differences, imports, operations, queries
from portal.nominations.forms import ActForm, MappingForm, MeaningForm, column_field, mapping_form
from portal.nominations.models import NominationList, NominationRow
from portal.nominations.previews import Places, Preview
from portal.nominations.queries import CHANGED, UNCHANGED, WARNING, Counts
from portal.nominations.summary import place_names, problem_text
from portal.people import queries as people_queries
from portal.people import rules as people_rules
from portal.platform import clock, compare, paging
from portal.platform.forms import Pairs, choices_of, options
from portal.platform.i18n import _l
from portal.platform.paging import Page
from portal.trainings.models import Training

MOST_GONE = 100
_SAMPLES = 3
_SAMPLED_ROWS = 12
_TABS: tuple[tuple[str, Any, str], ...] = (
    ("", _l("All"), "rows"),
    (Outcome.NEW.value, _l("New people"), "new"),
    (Outcome.KNOWN.value, _l("Known people"), "known"),
    (CHANGED, _l("Changed"), "changed"),
    (UNCHANGED, _l("Unchanged"), "unchanged"),
    (Outcome.DUPLICATE.value, _l("Duplicates"), "duplicates"),
    (Outcome.BAD.value, _l("Cannot be imported"), "bad"),
    (WARNING, _l("Needs checking"), "warned"),
    (Outcome.IGNORED.value, _l("Ignored"), "ignored"),
)


@dataclass(frozen=True)
class Meaning:
    """A word of the list for a place: as what it is understood, and in how many rows; `form` asks if it is not."""

    column: Column
    written: str
    understood: str
    rows: int
    form: MeaningForm | None = None


class FileColumn(NamedTuple):
    """A column of the file: its heading, the first values, and the name of the field that says what it holds."""

    heading: str
    samples: list[str]
    field: str | None


class FileColumns:
    """The columns of the file as they are read, with the first rows below the headings."""

    def __init__(self, nomination_list: NominationList, mapping: ColumnMapping | None = None) -> None:
        self._list = nomination_list
        self._mapping = mapping or queries.get_mapping(nomination_list)
        self._samples = queries.list_samples(nomination_list.id, nomination_list.header_row, _SAMPLED_ROWS)
        problems = [Problem.from_dict(stored) for stored in nomination_list.problems]
        used = max(nomination_list.mapping.values(), default=-1) + 1
        self._width = max(len(self._mapping.headers), used, *(len(row.cells) for row in self._samples), 0)
        self._withheld = {
            place for one in problems if one.code is ListFault.COLUMNS_NOT_KEPT for place in one.args["places"]
        }

    def form(self, places: Places, *, is_sent: bool = False) -> MappingForm:
        """Return the form that says what the columns hold, as it stands or as it was sent."""
        asked = [place for place in range(self._width) if place not in self._withheld]
        holds = [("", _("not read")), *choices_of(Column)]
        institutions = [("", _("every row must name one")), *places.choices(Column.INSTITUTION)]
        sender = self._list.sender
        if sender is not None:  # A list that was handed in speaks of its sender.
            institutions = [(sender.code, places.names[sender.code])]
        made = mapping_form(asked, holds, institutions, [("", _("not said")), *places.choices(Column.REGION)])
        held = {place: column.value for column, place in self._mapping.columns.items()}
        present = {
            "seen": operations.layout_version(self._list),
            "header_row": self._list.header_row,
            "institution": self._list.institution.code if self._list.institution else "",
            "region": self._list.region_code or "",
            **{column_field(place): held.get(place, "") for place in asked},
        }
        return made(**present) if is_sent else made(None, **present)

    def context(self, form: MappingForm) -> dict[str, Any]:
        """Return what the page shows of each column: heading, first values, and the field that says what it holds."""
        shown = []
        for place in range(self._width):
            cells = [row.cells[place].strip() for row in self._samples if place < len(row.cells)]
            column = FileColumn(
                "".join(self._mapping.headers[place : place + 1]),
                list(dict.fromkeys(filter(None, cells)))[:_SAMPLES],
                None if place in self._withheld else column_field(place),
            )
            if column.heading or column.samples:
                shown.append(column)
        return {
            "mapping_form": form,
            "file_columns": shown,
            "is_mapped": bool(self._list.mapping),
            "unread": [one.heading for one in shown if one.heading and one.field and not form[one.field].data],
        }


def page_of(nomination_list: NominationList, training: Training, actor: Actor, **context: Any) -> dict[str, Any]:
    places, counts = Places(), queries.count_rows(nomination_list)
    meaning_form, form = context.pop("meaning_form", None), context.pop("mapping_form", None)
    mapping = queries.get_mapping(nomination_list)
    show_kind = shown()
    page = queries.list_page(nomination_list.id, show_kind, paging.asked())
    preview = Preview(page, training, mapping.columns, places.names, actor)
    job = imports.find_job(nomination_list)
    is_at_work = job is not None and not job.is_over
    is_open = nomination_list.state == "staged" and nomination_list.is_read and not is_at_work
    meanings = _meanings(nomination_list, mapping, places, meaning_form) if is_open else []
    if is_open:
        columns = FileColumns(nomination_list, mapping)
        context |= columns.context(form or columns.form(places))
    is_asked = any(meaning.form is meaning_form for meaning in meanings)
    return {
        **counts_context(nomination_list, training, counts, show_kind),
        "is_open": is_open,
        "is_at_work": is_at_work,
        "preview": preview,
        "page": page,
        "came_from": f"{show_kind},{page.number}",
        "rows": [preview.view(row) for row in page.items],
        "gone": _gone(nomination_list),
        "file_problems": [problem_text(Problem.from_dict(stored), {}) for stored in nomination_list.problems],
        "same_file": [
            other
            for other in (queries.list_same_file(nomination_list) if nomination_list.state == "staged" else ())
            if policy.reaches(actor, other.scope)  # What the actor may not see is not told.
        ],
        "meanings": meanings,
        "meaning_form": meaning_form if is_asked else None,
        "refusal": meaning_form.meaning.errors[0] if meaning_form and not is_asked else None,
        "job": job,
        "who": accounts.names_of([nomination_list.created_by]),
        **context,
    }


def counts_context(
    nomination_list: NominationList, training: Training, counts: Counts, show_kind: str
) -> dict[str, Any]:
    """Return the counts and what follows from them; it changes with every row that is mended."""
    return {
        "training": training,
        "nomination_list": nomination_list,
        "counts": counts,
        "tabs": _tabs(nomination_list, training, counts, show_kind),
        "act": ActForm(formdata=None, version=nomination_list.version),
        "is_open": nomination_list.state == "staged" and nomination_list.is_read,
        "is_closed": training.is_locked or training.is_cancelled,
        "zone": ZoneInfo(training.time_zone),
        "list_name": list_name(nomination_list),
    }


def row_context(row: NominationRow, training: Training, actor: Actor, *, show_kind: str) -> dict[str, Any]:
    """Return what one row needs to be shown alone, with the counts around it."""
    nomination_list = row.nomination_list
    columns = queries.get_mapping(nomination_list).columns
    preview = Preview(Page([row], 1, 1, 1), training, columns, place_names(), actor)
    return {
        **counts_context(nomination_list, training, queries.count_rows(nomination_list), show_kind),
        "preview": preview,
        "view": preview.view(row),
    }


def list_name(nomination_list: NominationList) -> str:
    return nomination_list.filename or _("Pasted list")


def shown() -> str:
    asked = request.args.get("show", "")
    return asked if asked in {name for name, _words, _count in _TABS} else ""


def show_present(form: MappingForm, present: MappingForm) -> None:
    """Say beside each answer that differs how the list is read now, so that the form can be sent again."""
    for difference in compare.differences(form, present):
        unsaid = [str(choice.label) for choice in getattr(present[difference.name], "choices", [])[:1]]
        text = (difference.saved or unsaid or ["–"])[0]
        form[difference.name].description = _("Now stands here: “%(text)s”", text=text)
    form.seen.data = present.seen.data


def _tabs(
    nomination_list: NominationList, training: Training, counts: Counts, current: str
) -> list[tuple[Any, str, int, bool]]:
    address: dict[str, Any] = {"code": training.code, "list_reference": nomination_list.reference}
    return [
        (words, url_for("nominations.show", **address, show=name or None), getattr(counts, count), name == current)
        for name, words, count in _TABS
        if getattr(counts, count) or name in ("", current)
    ]


def _gone(nomination_list: NominationList) -> dict[str, Any]:
    """Return whom of the training the list does not name, each with the row that may be the same person."""
    rows = {one: row for one, row in nomination_list.gone if one is not None}
    people = differences.list_gone(rows.keys(), MOST_GONE + 1) if rows else []
    shown = [(registration, rows[registration.id]) for registration in people[:MOST_GONE]]
    return {"people": shown, "is_more": len(people) > MOST_GONE}


def _meanings(
    nomination_list: NominationList, mapping: ColumnMapping, places: Places, sent: MeaningForm | None
) -> list[Meaning]:
    """Return what the list writes for institutions and regions, those that are not understood first."""
    found: list[Meaning] = []
    for column in (Column.INSTITUTION, Column.REGION):
        place = mapping.columns.get(column)
        words = queries.list_meanings(nomination_list.id, place, column.value) if place is not None else []
        known = _known_places(column) if any(not code for _written, code, _rows in words) else None
        for written, code, rows in words:
            if not written.strip():
                continue
            form = None
            if known and not code:
                is_sent = sent and (sent.column.data, sent.written.data) == (column.value, written)
                form = sent if sent and is_sent else MeaningForm(None, column=column.value, written=written)
                form.meaning.choices = _nearest_first(places, column, known.resolve(written).offers)
                form.meaning.id = f"meaning-{len(found)}"
            found.append(Meaning(column, written, places.names.get(code, code), rows, form))
    return sorted(found, key=lambda meaning: (meaning.form is None, list(Column).index(meaning.column)))


def _known_places(column: Column) -> people_rules.Places:
    if column is Column.REGION:
        return people_rules.Places(people_queries.list_region_choices())
    open_, _closed = people_queries.list_choices_by_closing(clock.today())
    return people_rules.Places(open_)


def _nearest_first(places: Places, column: Column, nearest: Iterable[str]) -> list[SelectChoice]:
    near: Pairs = [(code, places.names[code]) for code in nearest]
    every = places.choices(column)
    return options([("", _("choose"))]) + options({_("Nearest"): near, _("All"): every} if near else every)
