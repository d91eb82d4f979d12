"""Create a training from the file for `create-training`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from portal.access.policy import Actor
from portal.accounts import queries as accounts
from portal.catalog import operations as catalog
from portal.catalog import queries as catalog_queries
from portal.catalog.models import Course, Project, Venue
from portal.catalog.rules import (
    MAX_HOURS,
    MAX_LINES,
    MAX_SIGNATORY,
    MAX_VENUE,
    MOST_SIGNATORIES,
    NewVenue,
    PlannedSignatory,
)
from portal.people import queries as people
from portal.people import rules as people_rules
from portal.people.models import Region
from portal.platform import texts
from portal.platform.errors import Refusal
from portal.platform.i18n import _l
from portal.platform.texts import LANGUAGES, Text
from portal.records.rules import MAX_CODE, MAX_NAME, MAX_TITLE, letter_faults, text_faults
from portal.trainings import operations
from portal.trainings.models import Training
from portal.trainings.rules import (
    NAMES_DUE_DAYS,
    NOMINATIONS_DUE_DAYS,
    USUAL_CERTIFICATES,
    Details,
    Plan,
    PlannedAllotment,
    PlannedSession,
    hours_of,
)

MAX_BYTES = 1024 * 1024
_ROLES = ("participant", "alternate", "facilitator", "guest")
T = TypeVar("T", str, int)
_CYRILLIC_OF_KYRGYZ = frozenset("ңөүҢӨҮ")


class UnreadableFile(Refusal):
    message = _l("The file cannot be read: %(reason)s.")


class UnknownRegion(Refusal):
    """Refuse a region that is not in the list; the nearest are offered, none is taken."""

    message = _l("%(place)s: there is no region “%(value)s”. Nearest: %(offers)s.")


class UnknownInstitution(Refusal):
    message = _l("%(place)s: there is no institution “%(value)s”. Nearest: %(offers)s.")


@dataclass(frozen=True)
class Entry:
    """A JSON object with the path that leads to it; reads its values and says where one is wrong."""

    values: Mapping[str, Any]
    path: str = ""

    def where(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def wrong(self, name: str, reason: Any) -> Refusal:
        return Refusal("wrong_value", _l("%(place)s: %(reason)s"), place=self.where(name), reason=str(reason))

    def text(self, name: str, default: str | None = None, limit: int = 300) -> str:
        cleaned = texts.clean(self._given(name, str, _l("must be a text."), default))
        if letter_faults(cleaned, limit):
            raise self.wrong(name, _l("is too long or holds an invisible character."))
        return cleaned

    def _given(self, name: str, kind: type[T], reason: Any, default: T | None) -> T:
        value = self.values.get(name, default)
        if value is None:
            raise self.wrong(name, _l("is missing."))
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.wrong(name, reason)
        return value

    def code(self, name: str) -> str:
        """Return a short code that is not empty."""
        code = self.text(name, limit=MAX_CODE)
        if not code:
            raise self.wrong(name, _l("is missing."))
        return code

    def number(self, name: str, default: int | None = None) -> int:
        return max(-1, min(self._given(name, int, _l("must be a whole number."), default), 1_000_000_000))

    def open_number(self, name: str) -> int | None:
        """Return a whole number, or None if it is not given."""
        return None if self.values.get(name) is None else self.number(name)

    def flag(self, name: str) -> bool:
        """Return true or false; false if it is not given."""
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, _l("must be true or false."))
        return value

    def day(self, name: str) -> date:
        """Return a date such as 2027-03-09."""
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            raise self.wrong(name, _l("must be a date such as 2027-03-09.")) from None

    def moment(self, name: str, zone: ZoneInfo) -> datetime:
        """Return a moment; one without an offset is read on the venue's clock."""
        try:
            moment = datetime.fromisoformat(self.text(name))
            moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
            moment.astimezone(zone)
        except (ValueError, OverflowError):
            raise self.wrong(name, _l("must be a time such as 2027-03-09T09:30:00+06:00.")) from None
        return moment

    def long_text(self, name: str) -> str:
        """Return a text of several lines; empty if it is not given."""
        value = self.values.get(name, "")
        if not isinstance(value, str):
            raise self.wrong(name, _l("must be a text."))
        return texts.clean_lines(value)

    def long_titles(self, name: str) -> Text:
        """Return a text of several lines in the languages that are given."""
        return Text(**{language: self.long_text(f"{name}_{language}") for language in LANGUAGES})

    def titles(self, name: str = "title", limit: int = MAX_TITLE) -> Text:
        """Return a text in the languages that are given."""
        return Text(**{language: self.text(f"{name}_{language}", "", limit) for language in LANGUAGES})

    def entry(self, name: str) -> "Entry":
        """Return an object inside this one."""
        value = self.values.get(name)
        if not isinstance(value, dict):
            raise self.wrong(name, _l("is missing or is no object."))
        return Entry(value, self.where(name))

    def entries(self, name: str, most: int | None = None) -> list["Entry"]:
        """Return a list of objects; empty if it is not given."""
        value = self.values.get(name, [])
        if most is not None and isinstance(value, list) and len(value) > most:
            raise self.wrong(name, str(_l("must be at most %(most)s objects.")) % {"most": most})
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(name, _l("must be a list of objects."))
        return [Entry(item, f"{self.where(name)}[{place}]") for place, item in enumerate(value, start=1)]

    def codes(self, name: str) -> list[str]:
        """Return a list of codes; empty if it is not given."""
        value = self.values.get(name, [])
        if not isinstance(value, list):
            raise self.wrong(name, _l("must be a list of codes."))
        numbered = Entry({str(place): item for place, item in enumerate(value, start=1)}, self.where(name))
        return [numbered.code(place) for place in numbered.values]


def create_from_file(content: bytes, *, actor: Actor, now: datetime) -> Training:
    """Make an approved training from a JSON file; its course, project and venue are made if they are not there.

    :raises Refusal: naming the place of the first thing that is wrong, or everything against the plan.
    """
    document = read_document(content)
    region = _region(document)
    venue = _venue(document, region)
    plan = _plan(document, venue)
    project = _project(document)
    place = operations.Place(_course(document, plan), project, region, venue)
    return operations.create(plan, place, actor=actor, now=now)


def read_document(content: bytes) -> Entry:
    """Return the object that the file holds.

    :raises UnreadableFile: if it is too large, no UTF-8 text or no JSON object.
    """
    document = read_json(content)
    if not isinstance(document, dict):
        raise UnreadableFile(reason=_l("it holds no JSON object"))
    return Entry(document)


def read_json(content: bytes) -> Any:
    """Return what the file holds.

    :raises UnreadableFile: if it is too large, no UTF-8 text or no JSON.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableFile(reason=_l("it is larger than 1 MB"))
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableFile(reason=_l("its text is not UTF-8")) from None
    except json.JSONDecodeError as error:
        reason = str(_l("no JSON at line %(line)s, column %(column)s"))
        raise UnreadableFile(reason=reason % {"line": error.lineno, "column": error.colno}) from None
    except (ValueError, RecursionError):
        raise UnreadableFile(reason=_l("it is no JSON that can be read")) from None


def _region(document: Entry) -> Region:
    code = _resolve(document, "region", people.list_region_choices(), UnknownRegion)
    region = people.get_region(code)
    assert region is not None
    return region


def _venue(document: Entry, region: Region) -> Venue:
    if isinstance(document.values.get("venue"), dict):
        titles = document.entry("venue").titles("name")
    else:
        titles = in_its_language(document.text("venue", limit=MAX_VENUE))
    if not titles or any(text_faults(titles, "name", limit=MAX_VENUE)):
        raise document.wrong("venue", _l("must be a name of at most 200 characters."))
    planned = NewVenue(titles, document.text("time_zone", "Asia/Bishkek"))
    return catalog.take_venue(planned, region)


def in_its_language(name: str) -> Text:
    """Return a text that was given once, in the language that its letters say."""
    if _CYRILLIC_OF_KYRGYZ & set(name):
        return Text(ky=name)
    is_cyrillic = any(texts.script(letter) == "cyrillic" for letter in name)
    return Text(ru=name) if is_cyrillic else Text(en=name)


def _plan(document: Entry, venue: Venue) -> Plan:
    zone = ZoneInfo(venue.time_zone)
    sessions = tuple(
        PlannedSession(entry.titles(), entry.moment("starts_at", zone), entry.moment("ends_at", zone))
        for entry in document.entries("sessions")
    )
    course = document.entry("course")
    known = catalog_queries.get_course_by_code(course.code("code"))
    hours = document.number("hours", course.number("hours", known.hours if known else hours_of(sessions)))
    return Plan(
        titles=document.titles() or course.titles() or (known.title if known else Text()),
        starts_on=document.day("starts_on"),
        ends_on=document.day("ends_on"),
        hours=hours,
        capacity=document.number("capacity"),
        minimum_attendance=document.number("minimum_attendance", 80),
        time_zone=venue.time_zone,
        sessions=sessions,
        allotments=_allotments(document),
        details=_details(document),
    )


def _details(document: Entry) -> Details:
    institutions = {institution.code: institution.id for institution in people.list_institutions()}
    codes = Entry({code: code for code in document.codes("hosts")}, "hosts")
    choices = people.list_institution_choices() if codes.values else []
    return Details(
        objectives=document.long_titles("objectives"),
        profile=document.long_titles("profile"),
        host_ids=tuple(institutions[_resolve(codes, code, choices, UnknownInstitution)] for code in codes.values),
        working_language=document.text("working_language", ""),
        has_interpreter=document.flag("interpreter"),
        is_assessment_required=document.flag("assessment_required"),
        minimum_grade=document.open_number("minimum_grade"),
        certificate_kinds=tuple(document.codes("certificates")) or USUAL_CERTIFICATES,
        people_planned=document.open_number("people_planned"),
        nominations_due_days=document.number("nominations_due_days", NOMINATIONS_DUE_DAYS),
        names_due_days=document.number("names_due_days", NAMES_DUE_DAYS),
        comments=document.long_text("comments"),
        contact_id=_contact(document),
    )


def _contact(document: Entry) -> int | None:
    email = document.text("contact", "")
    account = accounts.get_by_email(email) if email else None
    if email and account is None:
        raise document.wrong("contact", _l("must be the address of an account."))
    return account.id if account else None


def _allotments(document: Entry) -> tuple[PlannedAllotment, ...]:
    institutions = {institution.code: institution.id for institution in people.list_institutions()}
    planned = []
    for entry in document.entries("allotments"):
        institution = region = role = None
        if entry.values.get("institution") is not None:
            choices = people.list_institution_choices()
            institution = institutions[_resolve(entry, "institution", choices, UnknownInstitution)]
        if entry.values.get("region") is not None:
            region = _resolve(entry, "region", people.list_region_choices(), UnknownRegion)
        if entry.values.get("role") is not None:
            role = entry.text("role")
            if role not in _ROLES:
                raise entry.wrong("role", _l("must be one of: %(roles)s") % {"roles": ", ".join(_ROLES)})
        planned.append(PlannedAllotment(entry.number("seats"), institution, region, role))
    return tuple(planned)


def _project(document: Entry) -> Project | None:
    if document.values.get("project") is None:
        return None
    entry = document.entry("project")
    values = {
        "code": entry.code("code"),
        "title": entry.titles(),
        "certificate_series": entry.text("certificate_series", "C", MAX_CODE),
        "is_vetting_required": entry.flag("vetting_required"),
        "organizers": entry.titles("organizers", MAX_LINES),
        "acknowledgement": entry.titles("acknowledgement", MAX_LINES),
        "signatories": [
            PlannedSignatory(one.text("name", "", MAX_SIGNATORY), one.titles("post", MAX_NAME))
            for one in entry.entries("signatories", MOST_SIGNATORIES)
        ],
        "donors": catalog.take_donors(entry.codes("donors")),
    }
    return catalog.take_project(values)


def _course(document: Entry, plan: Plan) -> Course:
    entry = document.entry("course")
    hours = entry.number("hours", plan.hours)
    if not 1 <= hours <= MAX_HOURS:
        raise entry.wrong("hours", _l("must be a number from 1 to 1000."))
    return catalog.take_course(entry.code("code"), entry.titles() or plan.titles, hours)


def _resolve(entry: Entry, name: str, choices: list[people_rules.Choice], unknown: type[Refusal]) -> str:
    value = entry.text(name)
    found = people_rules.resolve(value, choices)
    if found.code is None:
        offers = ", ".join(found.offers) or ", ".join(choice.code for choice in choices[:9])
        raise unknown(place=entry.where(name), value=value, offers=offers)
    return found.code
