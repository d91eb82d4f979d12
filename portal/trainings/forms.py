"""Forms of a training's plan, and for copying a training."""

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from wtforms import BooleanField, FieldList, Form, FormField, HiddenField
from wtforms.validators import InputRequired, NumberRange, Optional

from portal.accounts.models import Account
from portal.platform.errors import FieldError, Refusal, wording
from portal.platform.forms import (
    CLOCK,
    DAY,
    WHOLE,
    BoxesField,
    ChoiceField,
    ClockField,
    DayField,
    NumberField,
    Pairs,
    PortalForm,
    Text3Field,
    add_error,
    lines,
    options,
    text,
)
from portal.platform.i18n import _l
from portal.platform.texts import Text
from portal.records.refusals import PlanRefused
from portal.records.rules import letter_faults
from portal.trainings.rules import (
    CERTIFICATES,
    MAX_SEATS,
    MAX_SESSIONS,
    NAMES_DUE_DAYS,
    NOMINATIONS_DUE_DAYS,
    PLAIN_DETAILS,
    USUAL_CERTIFICATES,
    Details,
    Plan,
    PlannedAllotment,
    PlannedSession,
    hours_of,
    propose_sessions,
)


class CopyForm(PortalForm):
    title = Text3Field(_l("Title in Kyrgyz"), _l("Title in Russian"), _l("Title in English"))
    starts_on = DayField(_l("First day"), [InputRequired(DAY)])
    region_code = ChoiceField(_l("Region"), [InputRequired(_l("Choose the region."))], choices=[])
    venue_id = ChoiceField(_l("Venue"), choices=[])
    venue_name = Text3Field(_l("Name in Kyrgyz"), _l("Name in Russian"), _l("Name in English"))

    def offer(self, regions: Pairs, venues: Pairs) -> None:
        self.region_code.choices = options(regions)
        self.venue_id.choices = options([("", _l("A new place")), *venues])

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid: bool = super().validate(extra_validators)
        return is_venue_given(self) and is_valid


_MAX_ALLOTMENTS = 50
_MAX_CODE = 20
_ROLES = (
    ("", _l("participants and alternates")),
    ("participant", _l("participants")),
    ("alternate", _l("alternates")),
)
_LANGUAGES = (
    ("", _l("not decided")),
    ("ky", _l("Kyrgyz")),
    ("ru", _l("Russian")),
    ("ky-ru", _l("Kyrgyz and Russian")),
    ("en", _l("English")),
)
_CERTIFICATES = (
    ("completion", _l("of completion: attended enough, and passed the test where it is asked for")),
    ("attendance", _l("of attendance: attended enough, for whoever gets none of completion")),
    ("facilitator", _l("for facilitators: led a session in which people are marked")),
)
_USUAL = {
    "nominations_due_days": NOMINATIONS_DUE_DAYS,
    "names_due_days": NAMES_DUE_DAYS,
    "working_language": "",
    "comments": "",
}
_ROW_LABELS = {"sessions": _l("Session %(number)s"), "allotments": _l("Kept seats %(number)s")}


class SessionForm(Form):
    """One session: its day and times on the venue's clock, its title."""

    reference = HiddenField()
    local_date = DayField(_l("Day"), [InputRequired(DAY)])
    starts_at = ClockField(_l("Begins"), [InputRequired(CLOCK)])
    ends_at = ClockField(_l("Ends"), [InputRequired(CLOCK)])
    title = Text3Field(_l("Title in Kyrgyz"), _l("Title in Russian"), _l("Title in English"))

    def planned(self, zone: ZoneInfo) -> PlannedSession:
        day = _a(self.local_date)
        begins, ends = datetime.combine(day, _a(self.starts_at), zone), datetime.combine(day, _a(self.ends_at), zone)
        return PlannedSession(self.title, begins, ends, self.reference.data or "")


class AllotmentForm(Form):
    """Seats for a group; sides that are left open match everyone."""

    institution_id = ChoiceField(_l("Institution"), choices=[])
    region_code = ChoiceField(_l("Region"), choices=[])
    role = ChoiceField(_l("Role"), choices=[])
    seats = NumberField(_l("Seats"), [InputRequired(WHOLE), NumberRange(max=MAX_SEATS, message=WHOLE)])

    def planned(self) -> PlannedAllotment:
        institution = int(self.institution_id.data) if self.institution_id.data else None
        return PlannedAllotment(_a(self.seats), institution, self.region_code.data or None, self.role.data or None)


class PlanForm(PortalForm):
    """What can be changed about a training as long as it lives."""

    row_labels: ClassVar = _ROW_LABELS
    focus: str = ""

    title = Text3Field(_l("Title in Kyrgyz"), _l("Title in Russian"), _l("Title in English"))
    hours = NumberField(_l("Hours on the certificate"), [Optional()])
    venue_id = ChoiceField(_l("Venue"), choices=[])
    venue_name = Text3Field(_l("Name in Kyrgyz"), _l("Name in Russian"), _l("Name in English"))
    starts_on = DayField(_l("First day"), [InputRequired(DAY)])
    ends_on = DayField(_l("Last day"), [InputRequired(DAY)])
    sessions = FieldList(FormField(SessionForm), max_entries=MAX_SESSIONS)
    capacity = NumberField(_l("Seats"), [InputRequired(WHOLE)])
    minimum_attendance = NumberField(_l("Minimum attendance"), [InputRequired(WHOLE)])
    allotments = FieldList(FormField(AllotmentForm), max_entries=_MAX_ALLOTMENTS)
    objectives = Text3Field(
        _l("Objectives in Kyrgyz"), _l("Objectives in Russian"), _l("Objectives in English"), kind=lines
    )
    profile = Text3Field(_l("Profile in Kyrgyz"), _l("Profile in Russian"), _l("Profile in English"), kind=lines)
    hosts = BoxesField(_l("Hosts"), choices=[])
    working_language = ChoiceField(_l("Working language"), choices=options(_LANGUAGES))
    has_interpreter = BooleanField(_l("With an interpreter"))
    is_assessment_required = BooleanField(_l("Certificates need the test after the training"))
    minimum_grade = NumberField(_l("Minimum grade"), [Optional()])
    certificate_kinds = BoxesField(
        _l("Certificates that are issued"), choices=options(_CERTIFICATES), default=list(USUAL_CERTIFICATES)
    )
    people_planned = NumberField(_l("Planned number of participants"), [Optional()])
    nominations_due_days = NumberField(_l("Lists of nominees are due"), [Optional()])
    names_due_days = NumberField(_l("The list of names is final"), [Optional()])
    contact_id = ChoiceField(_l("Contact"), choices=[])
    comments = lines(_l("Comments"))

    def offer(self, *, institutions: Pairs, regions: Pairs, venues: Pairs, contacts: Pairs) -> None:
        self.venue_id.choices = options([("", _l("A new place")), *venues])
        self.hosts.choices = options(institutions)
        self.contact_id.choices = options([("", _l("whoever sends the mail")), *contacts])
        for entry in self.allotments:
            entry.institution_id.choices = options([("", _l("any institution")), *institutions])
            entry.region_code.choices = options([("", _l("any region")), *regions])
            entry.role.choices = options(_ROLES)

    def act(self, name: str, time_zone: str) -> None:
        """Do what a button other than "save" asks for: add, remove or propose rows; nothing is saved.

        `focus` names the control at which the work goes on.
        """
        verb, _dash, number = name.rpartition("-")
        if name == "add-session" and len(self.sessions) < MAX_SESSIONS:
            last_day = self.sessions[-1].local_date.data if len(self.sessions) else self.starts_on.data
            self.sessions.append_entry({"local_date": last_day})
            self.focus = self.sessions[-1].local_date.id
        elif name == "add-seats" and len(self.allotments) < _MAX_ALLOTMENTS:
            self.allotments.append_entry()
            self.focus = self.allotments[-1].institution_id.id
        elif name == "propose":
            self.propose(time_zone)
            self.focus = self.sessions[0].local_date.id if len(self.sessions) else self.starts_on.id
        elif verb == "remove-session":
            _remove(self.sessions, number)
            self.focus = "add-session"
        elif verb == "remove-seats":
            _remove(self.allotments, number)
            self.focus = "add-seats"

    def propose(self, time_zone: str) -> None:
        """Add two sessions for each day that has none."""
        if self.starts_on.data and self.ends_on.data:
            taken = {entry.local_date.data for entry in self.sessions}
            for session in propose_sessions(self.starts_on.data, self.ends_on.data, time_zone):
                if session.starts_at.date() not in taken and len(self.sessions) < MAX_SESSIONS:
                    self.sessions.append_entry(session_values(session, ZoneInfo(time_zone)))

    def plan(self, time_zone: str, *, hours: int | None = None, titles: Text | None = None) -> Plan:
        """Return the typed plan; hours and title fall back on those of the course."""
        zone = ZoneInfo(time_zone)
        sessions = tuple(entry.form.planned(zone) for entry in self.sessions)
        return Plan(
            titles=self.title or titles or Text(),
            starts_on=_a(self.starts_on),
            ends_on=_a(self.ends_on),
            hours=self.hours.data if self.hours.data is not None else hours or hours_of(sessions),
            capacity=_a(self.capacity),
            minimum_attendance=_a(self.minimum_attendance),
            time_zone=time_zone,
            sessions=sessions,
            allotments=tuple(entry.form.planned() for entry in self.allotments),
            details=self.details(),
        )

    def details(self) -> Details:
        """Return what was typed beyond days and seats; deadlines that are left open are the usual ones."""
        plain = {name: self[name].data for name in PLAIN_DETAILS}
        plain |= {name: usual for name, usual in _USUAL.items() if plain[name] is None}
        return Details(
            objectives=self.objectives,
            profile=self.profile,
            host_ids=tuple(int(id_) for id_ in self.hosts.data or ()),
            certificate_kinds=tuple(kind for kind in CERTIFICATES if kind in (self.certificate_kinds.data or ())),
            **plain | {"contact_id": int(self.contact_id.data) if self.contact_id.data else None},
        )


class NewTrainingForm(PlanForm):
    course_id = ChoiceField(_l("Course"), choices=[])
    course_code = text(_l("Code of the new course"))
    project_id = ChoiceField(_l("Project"), choices=[])
    region_code = ChoiceField(_l("Region"), [InputRequired(_l("Choose the region."))], choices=[])

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for the code of a new course and the name of a new venue."""
        is_valid: bool = super().validate(extra_validators)
        if not self.course_id.data and not self.course_code.data:
            add_error(self.course_code, _l("Choose a course, or give the new one a code."))
            is_valid = False
        if letter_faults(self.course_code.data or "", _MAX_CODE):
            add_error(self.course_code, _l("Give a code of at most 20 visible characters."))
            is_valid = False
        return is_venue_given(self) and is_valid


def contact(account: Account) -> tuple[str, str]:
    return str(account.id), f"{account.name}, {account.email}"


def beside(form: PortalForm, refusal: Refusal) -> Refusal | None:
    """Say each fault of a plan beside its field; return any other refusal, and one that has a fault without a field."""
    if not isinstance(refusal, PlanRefused):
        return refusal
    is_said = [_say(form, fault) for fault in refusal.faults]
    return None if all(is_said) else refusal


def _say(form: PortalForm, fault: FieldError) -> bool:
    owner: Any = form
    if fault.place is not None:
        group = "allotments" if fault.field in ("seats", "institution_id") else "sessions"
        owner = form[group][fault.place].form if group in form else ()
    if fault.field not in owner:
        return False
    add_error(owner[fault.field], wording(fault))
    return True


def is_venue_given(form: PlanForm | CopyForm) -> bool:
    """Ask for a venue or the name of a new one."""
    if form.venue_id.data or form.venue_name:
        return True
    add_error(form["venue_name_ru"], _l("Choose a venue, or name the new one in at least one language."))
    return False


def session_values(session: PlannedSession, zone: ZoneInfo) -> dict[str, Any]:
    begins, ends = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
    return {
        "reference": session.reference,
        "local_date": begins.date(),
        "starts_at": begins.time().replace(second=0, microsecond=0),
        "ends_at": ends.time().replace(second=0, microsecond=0),
        **session.titles.columns(),
    }


def details_values(details: Details) -> dict[str, Any]:
    return {
        **details.objectives.columns("objectives"),
        **details.profile.columns("profile"),
        "hosts": [str(id_) for id_ in details.host_ids],
        "certificate_kinds": list(details.certificate_kinds),
        **{name: getattr(details, name) for name in PLAIN_DETAILS},
        "contact_id": str(details.contact_id or ""),
    }


def _a(field: Any) -> Any:
    """Return the value of a field that has been validated."""
    assert field.data is not None
    return field.data


def _remove(rows: "FieldList[Any]", number: str) -> None:
    """Take a row out; the others are numbered anew and keep what was typed in them."""
    if number.isdecimal() and int(number) < len(rows):
        rows.pop_entry(int(number))
