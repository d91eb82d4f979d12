"""A training report of two to four pages, internal or public, in three languages.

The copy for outside says of people what the latest release says of this training, so that nothing can be worked out
by holding the two against each other. It has no name of a person, no comment and no reason.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from portal.closing import wording as closing_wording
from portal.closing.rules import CorrectionKind
from portal.evaluation.queries import OVERALL, QuestionResult
from portal.evaluation.rules import SCALE
from portal.materials.rules import MaterialLanguage
from portal.people import queries as people
from portal.platform import clock
from portal.platform.dates import date_range, numeric_date
from portal.platform.i18n import label, speaking, text_of
from portal.reports import disclosure, rules
from portal.reports.disclosure import is_small
from portal.reports.report_queries import ReportCounts, names_of
from portal.reports.rules import FEWEST_PAIRS, UNKNOWN, Dimension, may_show_mean
from portal.reports.states import SEXES
from portal.trainings.documents import agenda_content, agenda_days
from portal.trainings.models import Training

_WORDS: Mapping[str, Mapping[str, str]] = json.loads(
    (Path(__file__).parent / "data" / "training-report.json").read_text(encoding="utf-8")
)


def words_of(lang: str) -> dict[str, str]:
    return {name: texts[lang] for name, texts in _WORDS.items()}


TEMPLATE = "training_report.html"
INSIDE, OUTSIDE = COPIES = ("inside", "outside")
HIDDEN = "–"
_IN_ORDER = (Dimension.SEX, Dimension.INSTITUTION, Dimension.REGION)  # Of two columns the second holds the regions.
Json = dict[str, Any]


def report_facts(training: Training, read: ReportCounts, *, copy: str, k: int, today: date, lang: str) -> Json:
    """Return everything that one copy says in one language, as the template takes it."""
    is_inside, released = copy == INSIDE, read.released
    with speaking(lang):
        issues = _issues(read) if is_inside else []
        corrections = _corrections(read) if is_inside else []
    return {
        "lang": lang,
        "words": words_of(lang),
        "kind": copy,
        "is_draft": not training.is_locked,
        "training": training.code,
        "title": text_of(training, "title", lang) or text_of(training.course, "title", lang),
        "made_on": numeric_date(today),
        "facts": _facts(training, lang),
        "agenda": _agenda(training, lang, is_inside),
        "figures": _figures(read, is_inside),
        "tables": _tables(read, lang, is_inside),
        "release": {"number": released.number, "until": numeric_date(released.until)} if released else None,
        "k": released.k if released and not is_inside else k,
        "tested": dict(read.tested) | {"pairs": len(read.counts.pairs)} if is_inside else {},
        "change": _change(read, lang, is_inside),
        "evaluation": _evaluation(read, k, lang, is_inside),
        "materials": _materials(read, lang, is_inside),
        "acts": _acts(read, lang),
        "certificates": _certificates(read, k, is_inside),
        "corrected": training.corrections if is_inside else 0,
        "corrections": corrections,
        "issues": issues,
    }


def _facts(training: Training, lang: str) -> list[tuple[str, str]]:
    place = dict.fromkeys((text_of(training.venue, "name", lang), text_of(training.region, "name", lang)))
    project, hosts = training.project, [text_of(one, "name", lang) for one in training.hosts]
    donors = [text_of(one, "name", lang) for one in project.donors] if project else []
    return [
        ("course", f"{training.course.code}. {text_of(training.course, 'title', lang)}"),
        ("project", f"{project.code}. {text_of(project, 'title', lang)}" if project else ""),
        ("donors", ", ".join(donors)),
        ("hosts", ", ".join(hosts)),
        ("place", ", ".join(filter(None, place))),
        ("dates", date_range(training.starts_on, training.ends_on, lang)),
        ("hours", str(training.hours)),
    ]


def _agenda(training: Training, lang: str, is_inside: bool) -> list[Json]:
    """Return the days with their blocks; who led a session is said inside only."""
    days = agenda_days(agenda_content(training), lang)
    if not is_inside:
        for day in days:
            day["blocks"] = [block | {"facilitators": []} for block in day["blocks"]]
    return days


def _figures(read: ReportCounts, is_inside: bool) -> list[tuple[str, str]]:
    if not is_inside:
        return [("completed", str(read.completed_outside))]
    return [
        ("confirmed", str(len(read.confirmed))),
        ("attended", str(read.counts.attended)),
        ("completed", str(len(read.counts.seats))),
        ("person_hours", str((read.counts.minutes * len(read.counts.seats) + 30) // 60)),
    ]


def _tables(read: ReportCounts, lang: str, is_inside: bool) -> list[Json]:
    """Return how many were confirmed and how many completed; outside, the tables as the latest release shows them.

    There are none outside before a release has counted the training. The template words women, men and what is not
    stated.
    """
    released = None if is_inside else read.released
    if not is_inside and released is None:
        return []
    names, sides, tables = names_of(lang), (read.confirmed, read.counts.seats), []
    for dimension in _IN_ORDER:
        if released:
            table = released.tables[dimension.value]
            columns, total, other = [table["cells"]], [released.seats], table["other"]
        else:
            columns, total = [rules.tally(side, dimension) for side in sides], [len(side) for side in sides]
            other = None
        rows = [
            [names.get(name, name), *(_shown(column.get(name, 0)) for column in columns)]
            for name in _in_order(dimension, columns[0])
        ]
        if other is not None:
            rows.append(["other", str(other)])
        tables.append({"name": dimension.value, "rows": rows, "total": total})
    return tables


def _shown(count: int | None) -> str:
    return HIDDEN if count is None else str(count)


def _in_order(dimension: Dimension, counts: Mapping[str, int | None]) -> list[str]:
    if dimension == Dimension.SEX:
        first: Sequence[str] = SEXES
    else:
        first = [one.code for one in people.list_regions()] if dimension == Dimension.REGION else ()
    place = {name: number for number, name in enumerate(first)}
    named = [name for name in counts if name != UNKNOWN]
    named.sort(key=lambda name: (place.get(name, len(place)), -(counts[name] or 0), name))
    return named + [UNKNOWN] * (UNKNOWN in counts)


def _change(read: ReportCounts, lang: str, is_inside: bool) -> Json | None:
    """Return the change between the tests: inside from five pairs on, outside from ten, if it tells no other mean."""
    released = read.released
    change = read.change if is_inside else rules.change_of(released.pairs if released else ())
    if change is None:
        return None
    if not is_inside and not (released and may_show_mean(change.pairs, released.measured["pairs"], FEWEST_PAIRS)):
        return None
    shown = {name: decimal(getattr(change, name), lang) for name in ("pre", "post", "mean", "low", "high")}
    effect = decimal(change.effect, lang, 2) if change.effect is not None else HIDDEN
    return shown | {"effect": effect, "pairs": change.pairs}


def _evaluation(read: ReportCounts, k: int, lang: str, is_inside: bool) -> Json | None:
    """Return how many answered and what the scales say; nothing while it is open, or of a few.

    How many attended is said inside only: less those who completed, it may be a few.
    """
    if not read.is_evaluated or not (is_inside or _may_tell_evaluation(read, k)):
        return None
    if is_inside:
        rows = [row for one in read.results if (row := _question(one, k, lang))]
    else:
        rows = [row for one in read.results if (row := _question_outside(read, one, k, lang))]
    return {"forms": read.turnout.forms, "attended": read.counts.attended if is_inside else None, "rows": rows}


def _may_tell_evaluation(read: ReportCounts, k: int) -> bool:
    """Tell whether the forms tell of no few: neither beyond those who completed, nor less what other reports say."""
    released, forms = read.released, read.turnout.forms
    if released is None or is_small(forms - released.seats, k):
        return False
    return may_show_mean(forms, released.measured["forms"], k)


def _question(one: QuestionResult, k: int, lang: str) -> list[str] | None:
    told = one.distribution
    if told is None or told.answered < k or not told.is_shown:
        return None
    mean = sum(value * count for value, count in told.rows) / told.answered
    is_scale = told.values == SCALE
    return [
        text_of(one.question, "text", lang),
        str(told.answered),
        decimal(mean, lang) if is_scale else "",
        f"{told.percent(told.favorable)} %",
    ]


def _question_outside(read: ReportCounts, one: QuestionResult, k: int, lang: str) -> list[str] | None:
    """Return the share of the good answers by the rule of shares, and no mean: from a mean single answers come back.

    What releases say of all trainings together, a report says only where the release counts no other.
    """
    told, released = one.distribution, read.released
    if told is None or not told.is_shown or released is None:
        return None
    if one.question.topic == OVERALL and not released.is_alone:
        return None
    share = disclosure.share(told.favorable, told.answered, k)
    if share is None:
        return None
    figure = words_of(lang)[share.bound.value] % share.percent
    return [text_of(one.question, "text", lang), str(told.answered), figure]


def _materials(read: ReportCounts, lang: str, is_inside: bool) -> list[list[str]]:
    """Return what became of the copies; how many participants got, and so how many are left, is said inside only."""
    columns = ("brought", "handed_over", "given", "written_off", "left")
    with speaking(lang):
        languages = {one.value: label(one) for one in MaterialLanguage}
    return [
        [
            text_of(one.material, "title", lang),
            languages.get(one.material.language, one.material.language),
            *(str(getattr(one.copies, name)) for name in columns if is_inside or name not in ("given", "left")),
        ]
        for one in read.materials
    ]


def _acts(read: ReportCounts, lang: str) -> list[list[str]]:
    return [
        [
            f"№ {one.handover.number}",
            numeric_date(one.handover.handed_on),
            text_of(one.handover.receiving_institution, "name", lang),
            str(one.handed_over),
            one.handover.state,
        ]
        for one in read.acts
    ]


def _certificates(read: ReportCounts, k: int, is_inside: bool) -> list[tuple[str, str]]:
    if is_inside:
        return [(name, str(number)) for name, number in read.certificates.items()]
    issued = read.certificates["issued"]
    is_hidden = is_small(issued, k) or is_small(abs(issued - read.completed_outside), k)
    return [("issued", HIDDEN if is_hidden else str(issued))]


def _corrections(read: ReportCounts) -> list[list[str]]:
    return [
        [
            str(one.number),
            numeric_date(clock.country_day(one.corrected_at)),
            label(CorrectionKind(one.kind)),
            one.registration.person.full_name,
            one.reason,
        ]
        for one in read.corrections
    ]


def _issues(read: ReportCounts) -> list[Json]:
    """Return what does not agree, by number and by name."""
    return [
        {
            "what": closing_wording.mismatch(one),
            "people": str(len(one.people)),
            "names": "; ".join(person.name for person in one.people),
        }
        for one in read.mismatches
    ]


def decimal(value: float, lang: str, digits: int = 1) -> str:
    """Return a figure in the notation of the language, with a true minus."""
    text = f"{value:.{digits}f}".replace("-", "−")
    return text if lang == "en" else text.replace(".", ",")
