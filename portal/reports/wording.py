"""The words of the counts: what each is called and what it means, and the names of what people are counted by."""

from collections.abc import Mapping
from typing import Any

from portal.platform.wording import _l, gettext
from portal.reports.rules.counting import UNKNOWN

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
    "hours": _l("Minutes that confirmed participants were in the room, session by session, divided by 60."),
    "copies": _l(
        "Copies handed over to institutions by act or given to participants at these trainings, less returned ones."
    ),
    "sex": _l("People trained, as their institution stated it in the list of nominations."),
    "region": _l(
        "People trained by the region that they served in at the first training that they completed. The region of "
        "the venue does not matter; Osh city and Osh oblast are two."
    ),
    "institution": _l(
        "People trained by the institution that they served in at the first training that they completed."
    ),
    "service": _l("The part of the institution that people serve in, where the list of nominations names it."),
    "months": _l("Seats completed, by the month in which the training ended."),
    "knowledge": _l(
        "Mean difference between the test after and the test before, in percent of all points, of those who took "
        "both; shown from 10 people on. It is a change, not an effect: there is no group to compare with."
    ),
    "evaluation": _l(
        "Anonymous answers to “How do you rate the training as a whole?”: the share of marks 4 and 5 of 5."
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


def rule(k: int) -> str:
    """Return the rule by which counts are hidden, for the foot of every table."""
    return gettext(
        "“–” is a count that is not shown: it stands for fewer than %(k)s people, or another such count could be "
        "worked out from it. Both look alike. Small groups of a list stand together as “Other”. Totals of trainings "
        "are public.",
        k=k,
    )
