"""Texts of the figures: names, definitions, and the names of categories."""

from collections.abc import Mapping
from typing import Any

from portal.platform.i18n import _l, gettext, speaking
from portal.platform.texts import LANGUAGES
from portal.reports.disclosure import Bound
from portal.reports.rules import OTHER_BODIES, STATE_BODIES, UNKNOWN

GROUPS: Mapping[str, Any] = {
    STATE_BODIES: _l("Courts, the Ombudsman and other state bodies"),
    OTHER_BODIES: _l("Non-governmental and international organizations, the bar"),
}
TERMS: Mapping[str, Any] = {
    "trainings": _l("Trainings held"),
    "people": _l("People trained"),
    "seats": _l("Seats completed"),
    "hours": _l("Person-hours"),
    "copies": _l("Manuals handed over"),
    "sex": _l("Women and men"),
    "region": _l("Region of service"),
    "institution": _l("Institution"),
    "service": _l("Service"),
    "months": _l("Month by month"),
    "knowledge": _l("Change in knowledge"),
    "evaluation": _l("Evaluation"),
}
DEFINITIONS: Mapping[str, Any] = {
    "trainings": _l(
        "Trainings that took place. A release counts those whose books are closed, in which nothing changes without a "
        "numbered correction; counts inside the portal hold the others too."
    ),
    "people": _l(
        "Unique persons who completed at least one training by its rule: enough attendance and, where asked for, the "
        "test. Whoever came to two trainings counts once."
    ),
    "seats": _l("Completed registrations. Whoever completed two trainings counts twice."),
    "hours": _l(
        "For each completed seat the hours of that training’s sessions, whether each of them was attended or not: to "
        "complete, most of them must be."
    ),
    "copies": _l(
        "Copies handed over to institutions by act at these trainings, less returned ones. Copies that participants "
        "were given are not counted here."
    ),
    "sex": _l("People trained, as their institution stated it in the list of nominations."),
    "region": _l(
        "People trained by the region that they served in at the first training that counted them. The region of "
        "the venue does not matter; Osh city and Osh oblast are two."
    ),
    "institution": _l(
        "People trained by the institution that they served in at the first training that counted them. In releases, "
        "institutions from which mostly few come stand together: courts, the Ombudsman and other state bodies; "
        "organizations and the bar."
    ),
    "service": _l("The part of the institution that people serve in, where the list of nominations names it."),
    "months": _l("Seats completed, by the month in which the training ended."),
    "knowledge": _l(
        "Mean difference between the test after and the test before, in percent of all points, of those who took "
        "both; shown from 10 people on. It is a change, not an effect: there is no group to compare with."
    ),
    "evaluation": _l(
        "Anonymous answers to “How do you rate the training as a whole?”: the share of marks 4 and 5 of 5. Where "
        "almost everybody or hardly anybody gave them, a release says “at least” or “at most”."
    ),
}


def name_of(category: str, names: Mapping[str, Mapping[str, str]], locale: str) -> str:
    """Return what a category is called: by its own name in a language, or by our words."""
    words = {"F": gettext("Women"), "M": gettext("Men"), UNKNOWN: gettext("Not stated")}
    if category in words:
        return words[category]
    institution, _slash, code = category.rpartition("/")
    if institution == code:
        return gettext("No service named")
    named = names.get(code, {})
    return named.get(locale) or named.get("ru") or named.get("en") or code


def names_of_group(group: str) -> dict[str, str]:
    names = {}
    for language in LANGUAGES:
        with speaking(language):
            names[language] = str(GROUPS[group])
    return names


def title_of(training: Mapping[str, Any], locale: str) -> str:
    """Return what a training is called, in the language or in the next one that it has."""
    titles: Mapping[str, str] = training["titles"]
    return next((titles[one] for one in (locale, "ru", "ky", "en") if titles.get(one)), "")


def share(figure: Mapping[str, Any]) -> str:
    """Return a share in percent, as it is or as what it is at least or at most."""
    percent = figure["favorable"]
    if figure.get("bound") == Bound.LEAST:
        return gettext("at least %(share)s %%", share=percent)
    if figure.get("bound") == Bound.MOST:
        return gettext("at most %(share)s %%", share=percent)
    return gettext("%(share)s %%", share=percent)


def rule(k: int) -> str:
    """Return the rule by which counts are hidden, for the foot of every table."""
    return gettext(
        "“–” is a count that is not shown: it stands for fewer than %(k)s people, or another such count could be "
        "worked out from it. Both look alike. Small groups of a list stand together as “Other”. Totals of trainings "
        "are public.",
        k=k,
    )
