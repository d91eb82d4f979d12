"""Fields and checks of donors, projects, courses, venues and crisis centers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wtforms import FieldList, Form, FormField

from portal.access import policy
from portal.access.policy import Actor, Scope
from portal.catalog import queries, rules
from portal.catalog.models import Course, Donor, Project, ReferralCenter, Signatory, Venue
from portal.catalog.rules import PlannedSignatory
from portal.people import queries as people
from portal.people.kinds import offered_regions
from portal.platform.db import is_referenced
from portal.platform.errors import Refusal
from portal.platform.forms import BoxesField, Pairs, lines, options, paragraph
from portal.platform.i18n import _l, text_of
from portal.platform.texts import LANGUAGES, Text
from portal.records import printed
from portal.records.fields import (
    CODE,
    NAME,
    TITLE,
    Asking,
    Boxes,
    Day,
    Field,
    Flag,
    Kind,
    Line,
    Lines,
    Phone,
    Reference,
    Text3,
    Values,
    Whole,
    filled_rows,
)
from portal.records.refusals import PlanRefused
from portal.records.rules import MAX_LONG, MAX_NAME, MAX_TITLE, RecordFault, RecordFaultCode, line_faults

ADDRESS = (_l("Address in Kyrgyz"), _l("Address in Russian"), _l("Address in English"))
POST = (_l("Post in Kyrgyz"), _l("Post in Russian"), _l("Post in English"))
OBJECTIVES = (_l("Objectives in Kyrgyz"), _l("Objectives in Russian"), _l("Objectives in English"))
ORGANIZERS = (_l("Organizers in Kyrgyz"), _l("Organizers in Russian"), _l("Organizers in English"))
ACKNOWLEDGEMENT = (_l("Acknowledgement in Kyrgyz"), _l("Acknowledgement in Russian"), _l("Acknowledgement in English"))
HOURS = (_l("Hours in Kyrgyz"), _l("Hours in Russian"), _l("Hours in English"))
NOTE = (_l("Note in Kyrgyz"), _l("Note in Russian"), _l("Note in English"))


class OutOfReach(Refusal):
    message = _l("You do not run trainings in this region.")


class VenueElsewhere(Refusal):
    message = _l("The venue is in another region.")


@dataclass(frozen=True)
class Donors(Field):
    _: KW_ONLY
    empty: Any = ()

    def inputs(self) -> dict[str, Any]:
        return {self.name: BoxesField(self.label, choices=[])}

    def offer(self, form: Any, asking: Asking) -> None:
        form[self.name].choices = options([(str(donor.id), text_of(donor, "name")) for donor in queries.list_donors()])

    def filled(self, record: Any) -> dict[str, Any]:
        return {self.name: [str(donor.id) for donor in record.donors]}

    def typed(self, form: Any) -> list[Donor]:
        return [donor for donor in queries.list_donors() if str(donor.id) in (form[self.name].data or ())]

    def write(self, record: Any, value: Sequence[Donor]) -> None:
        record.donors = sorted(value, key=lambda donor: donor.code)

    def recorded(self, record: Any) -> dict[str, Any]:
        return {self.name: [donor.code for donor in record.donors]}

    def shown(self, record: Any) -> str:
        return ", ".join(text_of(donor, "name") for donor in record.donors)


@dataclass(frozen=True)
class Signatories(Field):
    """Who signs: up to three, each with one spelling of the name for all languages; a place left empty closes up."""

    row: ClassVar[Any] = _l("Signatory %(number)s")
    who: ClassVar[Line] = Line("name", _l("Name as printed"), rules.MAX_SIGNATORY)
    post: ClassVar[Text3] = Text3(
        "post", _l("Post"), POST, MAX_NAME, needed=RecordFaultCode.POST_MISSING, prints=printed.POST
    )

    _: KW_ONLY
    empty: Any = ()

    def inputs(self) -> dict[str, Any]:
        part = type("SignatoryForm", (Form,), self.who.inputs() | self.post.inputs())
        most = rules.MOST_SIGNATORIES
        return {self.name: FieldList(FormField(part), label=self.label, min_entries=most, max_entries=most)}

    def filled(self, record: Any) -> dict[str, Any]:
        return {self.name: [{"name": one.name, **one.posts.columns("post")} for one in self.of(record)]}

    def typed(self, form: Any) -> tuple[PlannedSignatory, ...]:
        rows = [row.form for row in filled_rows(form[self.name])]
        return tuple(PlannedSignatory(self.who.typed(row), self.post.typed(row)) for row in rows)

    def faults(self, value: Sequence[PlannedSignatory]) -> Iterator[RecordFault]:
        for place, one in enumerate(value):
            for fault in (*self.who.faults(one.name), *self.post.faults(one.posts)):
                yield replace(fault, place=place)

    def unprinted(self, value: Sequence[PlannedSignatory]) -> Iterator[RecordFault]:
        for place, one in enumerate(value):
            yield from printed.line_faults(one.name, "name", printed.SIGNATORY, place)
            yield from printed.faults(one.posts, "post", printed.POST, place)

    def of(self, record: Any) -> tuple[PlannedSignatory, ...]:
        return tuple(PlannedSignatory(one.name.passage("ru").text, self.post.of(one)) for one in record.signatories)

    def write(self, record: Any, value: Sequence[PlannedSignatory]) -> None:
        standing = {one.order: one for one in record.signatories}
        record.signatories = [standing.get(order) or Signatory(order=order) for order in range(1, len(value) + 1)]
        for signatory, planned in zip(record.signatories, value, strict=True):
            signatory.name = Text(*[planned.name] * len(LANGUAGES))
            self.post.write(signatory, planned.posts)

    def recorded(self, record: Any) -> dict[str, Any]:
        return {self.name: [[one.name.ru, *one.post] for one in record.signatories]}

    def facts(self, record: Any) -> list[tuple[Any, ...]]:
        signing = zip(record.signatories, self.of(record), strict=True)
        return [(str(self.row) % {"number": row.order}, one.posts, one.name) for row, one in signing]


class Phones(Lines):
    """The phones of a crisis center, the first to call first; short numbers of hotlines too."""

    def typed(self, form: Any) -> tuple[str, ...]:
        return rules.phones_of(form[self.name].data or "")

    def faults(self, value: Sequence[str]) -> Iterator[RecordFault]:
        for phone in value:
            yield from line_faults(phone, self.name, 40)
        if not value:
            yield RecordFault(RecordFaultCode.PHONE_MISSING, self.name)
        elif not all(map(rules.callable_phone, value)) or len(value) > rules.MOST_PHONES:
            yield RecordFault(RecordFaultCode.PHONE_UNREADABLE, self.name)

    def write(self, record: Any, value: Sequence[str]) -> None:
        super().write(record, list(map(rules.callable_phone, value)))


def regions_within_reach(asking: Asking) -> Pairs:
    return [(region.code, text_of(region, "name")) for region in people.list_regions_of(asking.actor)]


def ensure_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = _l("“%(value)s” is no time zone. Asia/Bishkek is one.")
        raise Refusal("unknown_time_zone", message, value=name[:40]) from None


def _ensure_within_reach(values: Values, venue: Venue | None, actor: Actor) -> None:
    if venue is None and not policy.reaches(actor, Scope(region=values["region_code"])):
        raise OutOfReach


def _ensure_known_clock(values: Values, _venue: Venue | None, _actor: Actor) -> None:
    ensure_time_zone(values["time_zone"])


def _ensure_no_namesake(values: Values, venue: Venue | None, _actor: Actor) -> None:
    region_code = venue.region_code if venue else values["region_code"]
    known = queries.find_venue(values["name"], region_code, but=venue)
    if known is not None:
        message = _l("There is a venue “%(name)s” in this region already.")
        raise Refusal("venue_known", message, name=known.name.passage("ru").text)


def _ensure_same_clock(values: Values, venue: Venue | None, _actor: Actor) -> None:
    if venue and values["time_zone"] != venue.time_zone and is_referenced(venue.id, "training.venue_id"):
        message = _l("Trainings are planned on this venue's clock, so it stays. Make a new venue instead.")
        raise Refusal("clock_in_use", message)


DONORS = Kind(
    Donor,
    [CODE, Text3("name", _l("Its name"), NAME, MAX_NAME, needed=RecordFaultCode.NAME_MISSING)],
    added="trainings.donor_added",
    changed="trainings.donor_changed",
    refused=PlanRefused,
)
COURSES = Kind(
    Course,
    [
        CODE,
        Text3("title", _l("Title"), TITLE, MAX_TITLE, needed=RecordFaultCode.TITLE_MISSING, prints=printed.TITLE),
        Whole(
            "hours", _l("Hours on the certificate"), rules.MAX_HOURS, RecordFaultCode.HOURS_IMPLAUSIBLE, is_needed=True
        ),
        Text3("objectives", _l("Objectives"), OBJECTIVES, MAX_LONG, control=lines),
    ],
    added="trainings.course_added",
    changed="trainings.course_changed",
    retired="trainings.course_retired",
    restored="trainings.course_restored",
    refused=PlanRefused,
)
PROJECTS = Kind(
    Project,
    [
        CODE,
        Text3("title", _l("Title"), TITLE, MAX_TITLE, needed=RecordFaultCode.TITLE_MISSING),
        Donors("donors", _l("Donors")),
        Line(
            "certificate_series",
            _l("Series of the certificates' numbers"),
            fits=re.compile(r"[A-Z][A-Z0-9]{0,9}"),
            unfit=RecordFaultCode.SERIES_UNFIT,
            empty="C",
        ),
        Flag("is_vetting_required", _l("Participants need vetting")),
        Text3(
            "organizers", _l("Organizers"), ORGANIZERS, rules.MAX_LINES, control=paragraph, prints=printed.ORGANIZERS
        ),
        Text3(
            "acknowledgement",
            _l("Acknowledgement"),
            ACKNOWLEDGEMENT,
            rules.MAX_LINES,
            control=paragraph,
            prints=printed.ACKNOWLEDGEMENT,
        ),
        Signatories("signatories", _l("Signatories")),
    ],
    added="trainings.project_added",
    changed="trainings.project_changed",
    refused=PlanRefused,
)
VENUES = Kind(
    Venue,
    [
        Reference(
            "region_code",
            _l("Region"),
            "region",
            regions_within_reach,
            people.get_region,
            needed=_l("Choose the region."),
            is_fixed=True,
        ),
        Text3("name", _l("Its name"), NAME, rules.MAX_VENUE, needed=RecordFaultCode.NAME_MISSING, prints=printed.VENUE),
        Text3("address", _l("Address"), ADDRESS, 300),
        Whole("hall_capacity", _l("Places in the hall"), rules.MOST_IN_A_HALL, RecordFaultCode.HALL_IMPLAUSIBLE),
        Line("contact", _l("Whom to call"), 200),
        Phone("contact_phone", _l("Phone")),
        Line("time_zone", _l("Time zone"), empty="Asia/Bishkek"),
    ],
    added="trainings.venue_added",
    changed="trainings.venue_changed",
    retired="trainings.venue_retired",
    restored="trainings.venue_restored",
    checks=[_ensure_within_reach, _ensure_known_clock, _ensure_no_namesake, _ensure_same_clock],
    refused=PlanRefused,
)
CENTERS = Kind(
    ReferralCenter,
    [
        Text3("name", _l("Its name"), NAME, MAX_NAME, needed=RecordFaultCode.NAME_MISSING),
        Reference(
            "region_code",
            _l("Region"),
            "region",
            offered_regions,
            people.get_region,
            needed=_l("Choose the region."),
        ),
        Text3("address", _l("Address"), ADDRESS, 300),
        Phones("phones", _l("Phones")),
        Text3("hours", _l("Hours"), HOURS, 200),
        Boxes("offers", _l("What it offers"), rules.Offer, needed=RecordFaultCode.OFFERS_MISSING),
        Boxes("accepts", _l("Whom it takes in"), rules.Guest),
        Boxes("languages", _l("Languages spoken"), rules.Tongue),
        Text3("note", _l("Note"), NOTE, 500),
        Day("closed_on", _l("Closed from")),
    ],
    added="people.center_added",
    changed="people.center_changed",
)
