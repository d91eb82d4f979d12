"""What a list's page shows beside its rows: counts, columns, meanings, next step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
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
from portal.nominations.queries import CHANGED, UNCHANGED, WARNING, Counts
from portal.nominations.row_views import Surroundings, surroundings, view_of
from portal.nominations.wording import COLUMNS, problem_text
from portal.people import queries as people_queries
from portal.people import rules as people_rules
from portal.people.models import Institution, Region
from portal.platform import clock, compare, paging
from portal.platform.forms import PortalForm, options
from portal.platform.i18n import _l, text_of
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
class FileColumn:
    """A column of the file: its heading, the first values, and the name of the field that says what it holds."""

    heading: str
    samples: tuple[str, ...]
    field: str | None
    holds: Any = ""


@dataclass(frozen=True)
class Meaning:
    """A word of the list for a place: as what it is understood, and in how many rows; `form` asks if it is not."""

    column: Column
    written: str
    understood: str
    rows: int
    form: MeaningForm | None = None


@dataclass(frozen=True)
class Places:
    """Regions and institutions with their names in the language of the page."""

    institutions: Mapping[str, Institution]
    regions: Mapping[str, Region]
    names: Mapping[str, str]

    def choices(self, column: Column) -> list[tuple[str, str]]:
        """Return what can be chosen for a column."""
        codes = self.institutions if column is Column.INSTITUTION else self.regions
        return [(code, self.names[code]) for code in codes]

    def offers(self, column: Column, code: str) -> bool:
        """Tell whether this code can be chosen for a column."""
        return code in (self.institutions if column is Column.INSTITUTION else self.regions)

    def word(self, code: str) -> str:
        """Return how a list would write the place, so that it is read as this place."""
        place = self.institutions.get(code) or self.regions.get(code)
        return place.name.ru if place else code


def get_places() -> Places:
    """Return the regions and the institutions that may be chosen; names also of those that are closed."""
    every, today = people_queries.list_institutions(), clock.today()
    institutions = {place.code: place for place in every if not place.is_closed(today)}
    regions = {place.code: place for place in people_queries.list_regions()}
    names = {place.code: text_of(place, "name") for group in (every, regions.values()) for place in group}
    return Places(institutions, regions, names)


def page_of(nomination_list: NominationList, training: Training, actor: Actor, **context: Any) -> dict[str, Any]:
    """Return everything that the page of a list needs."""
    places, counts = get_places(), queries.count_rows(nomination_list)
    meaning_form = context.pop("meaning_form", None)
    mapping = queries.get_mapping(nomination_list)
    show_kind = shown()
    page = queries.list_page(nomination_list.id, show_kind, paging.asked())
    around = surroundings(page, training, mapping.columns, places.names, actor)
    job = imports.find_job(nomination_list)
    is_at_work = job is not None and not job.is_over
    is_open = nomination_list.state == "staged" and nomination_list.is_read and not is_at_work
    meanings = _meanings(nomination_list, mapping, places, meaning_form) if is_open else []
    is_asked = any(meaning.form is meaning_form for meaning in meanings)
    return {
        **standing(nomination_list, training, counts, show_kind),
        "is_open": is_open,
        "is_at_work": is_at_work,
        "around": around,
        "page": page,
        "came_from": f"{show_kind},{page.number}",
        "rows": [view_of(row, around) for row in page.items],
        "gone": _gone(nomination_list),
        "file_problems": file_problems(nomination_list),
        "same_file": _same_file(nomination_list, actor),
        "meanings": meanings,
        "meaning_form": meaning_form if is_asked else None,
        "refusal": meaning_form.meaning.errors[0] if meaning_form and not is_asked else None,
        "job": job,
        "who": accounts.names_of([nomination_list.created_by]),
        **(_mapping_context(nomination_list, mapping, places, context.pop("mapping_form", None)) if is_open else {}),
        **context,
    }


def standing(nomination_list: NominationList, training: Training, counts: Counts, show_kind: str) -> dict[str, Any]:
    """Return the counts and what follows from them; it changes with every row that is mended."""
    return {
        "training": training,
        "nomination_list": nomination_list,
        "counts": counts,
        "tabs": _tabs(nomination_list, training, counts, show_kind),
        "act": act_form(nomination_list),
        "is_open": nomination_list.state == "staged" and nomination_list.is_read,
        "is_closed": training.is_locked or training.is_cancelled,
        "zone": ZoneInfo(training.time_zone),
        "list_name": list_name(nomination_list),
    }


def row_context(row: NominationRow, training: Training, actor: Actor, *, show_kind: str) -> dict[str, Any]:
    """Return what one row needs to be shown alone, with the counts around it."""
    nomination_list = row.nomination_list
    page = Page([row], 1, 1, 1)
    mapping = queries.get_mapping(nomination_list)
    around: Surroundings = surroundings(page, training, mapping.columns, get_places().names, actor)
    return {
        **standing(nomination_list, training, queries.count_rows(nomination_list), show_kind),
        "around": around,
        "view": view_of(row, around),
    }


def act_form(nomination_list: NominationList) -> ActForm:
    """Return the form of one act on the list as it is now."""
    return ActForm(formdata=None, version=nomination_list.version)


def list_name(nomination_list: NominationList) -> str:
    """Return what a list is called: its file, or that it was pasted."""
    return nomination_list.filename or _("Pasted list")


def shown() -> str:
    """Return which rows the page shows: those asked for, or all."""
    asked = request.args.get("show", "")
    return asked if asked in {name for name, _words, _count in _TABS} else ""


def make_mapping_form(nomination_list: NominationList, places: Places, *, is_sent: bool = False) -> MappingForm:
    """Return the form that says what the columns hold, as it stands or as it was sent."""
    mapping = queries.get_mapping(nomination_list)
    held = {place: column.value for column, place in mapping.columns.items()}
    holds = [("", _("not read")), *((column.value, words) for column, words in COLUMNS.items())]
    asked = _asked_places(nomination_list, mapping)
    made = mapping_form(
        asked,
        holds,
        _institutions_meant(nomination_list, places),
        [("", _("not said")), *places.choices(Column.REGION)],
    )
    present = {
        "seen": operations.layout_version(nomination_list),
        "header_row": nomination_list.header_row,
        "institution": nomination_list.institution.code if nomination_list.institution else "",
        "region": nomination_list.region_code or "",
        **{column_field(place): held.get(place, "") for place in asked},
    }
    return made(**present) if is_sent else made(None, **present)


def _institutions_meant(nomination_list: NominationList, places: Places) -> list[tuple[str, str]]:
    """Return what a row may mean that names no institution; a list that was handed in speaks of its sender."""
    sender = nomination_list.sender
    if sender is not None:
        return [(sender.code, places.names[sender.code])]
    return [("", _("every row must name one")), *places.choices(Column.INSTITUTION)]


def tell_present(form: MappingForm, present: MappingForm) -> None:
    """Say beside each answer that differs how the list is read now, so that the form can be sent again."""
    for difference in compare.differences(form, present):
        unsaid = [str(choice.label) for choice in getattr(present[difference.name], "choices", [])[:1]]
        text = (difference.saved or unsaid or ["–"])[0]
        form[difference.name].description = _("Now stands here: “%(text)s”", text=text)
    form.seen.data = present.seen.data


def file_problems(nomination_list: NominationList) -> list[str]:
    """Return in words what is to be said about the file as a whole."""
    return [problem_text(Problem.from_dict(stored), {}) for stored in nomination_list.problems]


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


def _same_file(nomination_list: NominationList, actor: Actor) -> list[NominationList]:
    """Return earlier imports of the same content, as far as the actor may know of them."""
    if nomination_list.state != "staged":
        return []
    return [other for other in queries.list_same_file(nomination_list) if policy.reaches(actor, other.scope)]


def _mapping_context(
    nomination_list: NominationList, mapping: ColumnMapping, places: Places, form: PortalForm | None
) -> dict[str, Any]:
    form = form or make_mapping_form(nomination_list, places)
    samples = queries.list_samples(nomination_list.id, nomination_list.header_row, _SAMPLED_ROWS)
    width = _width(nomination_list, mapping, samples)
    withheld = _withheld(nomination_list)
    file_columns = [
        FileColumn(
            mapping.headers[place] if place < len(mapping.headers) else "",
            _distinct(row.cells[place] for row in samples if place < len(row.cells)),
            None if place in withheld else column_field(place),
        )
        for place in range(width)
    ]
    return {
        "mapping_form": form,
        "file_columns": [column for column in file_columns if column.heading or column.samples],
        "is_mapped": bool(nomination_list.mapping),
        "unread": [
            column.heading for column in file_columns if column.field and not form[column.field].data and column.heading
        ],
    }


def _asked_places(nomination_list: NominationList, mapping: ColumnMapping) -> list[int]:
    samples = queries.list_samples(nomination_list.id, nomination_list.header_row, _SAMPLED_ROWS)
    return sorted(set(range(_width(nomination_list, mapping, samples))) - _withheld(nomination_list))


def _width(nomination_list: NominationList, mapping: ColumnMapping, samples: Iterable[NominationRow]) -> int:
    used = max(nomination_list.mapping.values(), default=-1) + 1
    return max(len(mapping.headers), used, *(len(row.cells) for row in samples), 0)


def _withheld(nomination_list: NominationList) -> set[int]:
    stored = [Problem.from_dict(problem) for problem in nomination_list.problems]
    return {place for each in stored if each.code is ListFault.COLUMNS_NOT_KEPT for place in each.args["places"]}


def _distinct(cells: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cell.strip() for cell in cells if cell.strip()))[:_SAMPLES]


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
            form = None
            if known and not code and written.strip():
                form = _meaning_form(column, written, sent)
                form.meaning.choices = _nearest_first(places, column, known.resolve(written).offers)
                form.meaning.id = f"meaning-{len(found)}"
            if written.strip():
                found.append(Meaning(column, written, places.names.get(code, code), rows, form))
    return sorted(found, key=lambda meaning: (meaning.form is None, list(Column).index(meaning.column)))


def _known_places(column: Column) -> people_rules.Places:
    if column is Column.REGION:
        return people_rules.Places(people_queries.list_region_choices())
    open_, _closed = people_queries.list_choices_by_closing(clock.today())
    return people_rules.Places(open_)


def _meaning_form(column: Column, written: str, sent: MeaningForm | None) -> MeaningForm:
    """Return the form that asks for a word, or the very one that was refused."""
    if sent and (sent.column.data, sent.written.data) == (column.value, written):
        return sent
    return MeaningForm(None, column=column.value, written=written)


def _nearest_first(places: Places, column: Column, nearest: Iterable[str]) -> list[SelectChoice]:
    first, near = options([("", _("choose"))]), [(code, places.names[code]) for code in nearest]
    if not near:
        return first + options(places.choices(column))
    return first + options({_("Nearest"): near, _("All"): places.choices(column)})
