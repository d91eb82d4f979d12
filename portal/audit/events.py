"""Which events are recorded, and how entries are chained."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

_TRAINING_PLAN = frozenset(
    {
        "title_ky",
        "title_ru",
        "title_en",
        "course",
        "project",
        "venue",
        "starts_on",
        "ends_on",
        "hours",
        "capacity",
        "minimum_attendance",
        "sessions",
        "allotments",
        "hosts",
        "objectives_ky",
        "objectives_ru",
        "objectives_en",
        "profile_ky",
        "profile_ru",
        "profile_en",
        "working_language",
        "has_interpreter",
        "is_assessment_required",
        "minimum_grade",
        "certificate_kinds",
        "people_planned",
        "nominations_due_days",
        "names_due_days",
        "comments",
        "contact_id",
    }
)
_NAMES = frozenset({"name_ky", "name_ru", "name_en"})
_TITLES = frozenset({"title_ky", "title_ru", "title_en"})
_INSTITUTION = _NAMES | {"code", "aliases", "kind", "parent", "region", "is_security_force", "valid_from"}
_SERVICE_TITLE = _TITLES | {"code", "place", "institution", "valid_from", "closed_on"}
_CENTER = (
    _NAMES
    | {"region", "phones", "offers", "accepts", "languages", "closed_on"}
    | {f"{name}_{language}" for name in ("address", "hours", "note") for language in ("ky", "ru", "en")}
)
_TEMPLATE = frozenset({"course", "project", "signatories", "logos_at"}) | {
    f"{name}_{language}"
    for name in ("completion", "attendance", "facilitator", "line", "acknowledgement", "disclaimer")
    for language in ("ky", "ru", "en")
}
_SERVICE = frozenset({"institution", "region", "post", "rank"})
_DONOR = _NAMES | {"code"}
_COURSE = _TITLES | {"code", "hours", "objectives_ky", "objectives_ru", "objectives_en"}
_VENUE = _NAMES | {
    "region",
    "address_ky",
    "address_ru",
    "address_en",
    "time_zone",
    "hall_capacity",
    "contact",
    "contact_phone",
}
_PROJECT = _TITLES | {
    "code",
    "certificate_series",
    "is_vetting_required",
    "organizers_ky",
    "organizers_ru",
    "organizers_en",
    "acknowledgement_ky",
    "acknowledgement_ru",
    "acknowledgement_en",
    "donors",
    "signatories",
}

_RIGHTS = frozenset({"name", "role", "regions", "projects", "institution"})
_AGENDA_BLOCK = frozenset(
    {
        "block",
        "kind",
        "starts_at",
        "ends_at",
        "title_ky",
        "title_ru",
        "title_en",
        "languages",
        "room",
        "facilitators",
        "moved",
    }
)

_ASSESSMENT_QUESTION = frozenset(
    {"kind", "used_in", "twin", "key", "options", "place"}
    | {f"{name}_{language}" for name in ("topic", "text") for language in ("ky", "ru", "en")}
)

_HANDOVER = frozenset({"training", "giving", "receiving", "handed_on", "from", "lines", "transfer", "corrects"})
_PLACE = _NAMES | {"key", "region"}
_MATERIAL = _TITLES | {"language", "edition", "year", "unit", "isbn", "owner", "unit_value", "currency"}
_MATERIAL |= {"is_numbered", "is_retired"}

# Details that whoever reads the log without running trainings is not shown: names of people and how to reach them.
RESTRICTED = frozenset(
    {"contact", "contact_phone", "contact_email", "cyrillic", "latin", "family", "given", "patronymic"}
)

# Every event and the keys that its detail may hold. An undeclared event or key is a fault of the code.
EVENTS: dict[str, frozenset[str]] = {
    "accounts.signed_in": frozenset(),
    "accounts.signed_out": frozenset(),
    "accounts.created": frozenset({"email", "role"}),
    "accounts.invited": frozenset({"email"}) | _RIGHTS,
    "accounts.invited_again": frozenset(),
    "accounts.invitation_revoked": frozenset(),
    "accounts.joined": frozenset(),
    "accounts.profile_changed": frozenset({"name", "locale"}),
    "accounts.password_link_sent": frozenset(),
    "accounts.guesses_told": frozenset(),
    "accounts.password_changed": frozenset({"sign_ins"}),
    "accounts.verified": frozenset(),
    "accounts.second_factor_begun": frozenset(),
    "accounts.second_factor_set": frozenset(),
    "accounts.second_factor_removed": frozenset(),
    "accounts.second_factor_reset": frozenset({"sign_ins"}),
    "accounts.recovery_codes_made": frozenset({"codes"}),
    "accounts.recovery_code_used": frozenset({"left"}),
    "accounts.changed": _RIGHTS,
    "accounts.closed": frozenset({"sign_ins"}),
    "accounts.reopened": frozenset(),
    "accounts.sign_ins_ended": frozenset({"sign_ins"}),
    "accounts.calendar_opened": frozenset(),
    "accounts.calendar_closed": frozenset(),
    "audit.detail_erased": frozenset({"reason"}),
    "audit.exported": frozenset({"rows", "subject", "actor", "event", "from", "to"}),
    "people.corrected": _SERVICE
    | {"family", "given", "patronymic", "sex", "birth_year", "contact_phone", "contact_email", "language"}
    | {"mails", "links"},
    "audit.taken_along": frozenset({"what", "rows"}),
    "people.reference_loaded": frozenset({"regions", "institutions", "ranks", "posts"}),
    "people.institution_added": _INSTITUTION,
    "people.institution_changed": _INSTITUTION,
    "people.institution_closed": frozenset({"closed_on"}),
    "people.institution_reopened": frozenset({"closed_on"}),
    "people.rank_added": _SERVICE_TITLE | {"group"},
    "people.rank_changed": _SERVICE_TITLE | {"group"},
    "people.post_added": _SERVICE_TITLE,
    "people.post_changed": _SERVICE_TITLE,
    "people.center_added": _CENTER,
    "people.center_changed": _CENTER,
    "people.center_checked": frozenset({"checked_on"}),
    "trainings.donor_added": _DONOR,
    "trainings.donor_changed": _DONOR,
    "trainings.course_added": _COURSE,
    "trainings.course_changed": _COURSE,
    "trainings.course_retired": frozenset(),
    "trainings.course_restored": frozenset(),
    "trainings.venue_added": _VENUE,
    "trainings.venue_changed": _VENUE,
    "trainings.venue_retired": frozenset(),
    "trainings.venue_restored": frozenset(),
    "trainings.project_added": _PROJECT,
    "trainings.project_changed": _PROJECT,
    "trainings.created": _TRAINING_PLAN | {"state", "copied_from"},
    "trainings.state_moved": frozenset({"state"}),
    "trainings.changed": _TRAINING_PLAN,
    "trainings.agenda_changed": _AGENDA_BLOCK,
    "trainings.agenda_published": frozenset({"number"}),
    "trainings.moved": frozenset({"starts_on", "ends_on", "venue", "reason", "told"}),
    "trainings.cancelled": frozenset({"state", "reason", "told"}),
    "registration.imported": frozenset({"filename", "sha256", "registrations", "people", "corrected"}),
    "registration.import_undone": frozenset({"filename", "sha256", "registrations", "people", "corrected"}),
    "registration.list_staged": frozenset({"list", "filename", "sha256", "rows"}),
    "registration.list_edited": frozenset({"list", "act", "row", "column", "rows"}),
    "registration.list_discarded": frozenset({"list"}),
    "registration.list_handed_in": frozenset({"filename", "sha256", "institution"}),
    "registration.list_withdrawn": frozenset({"filename", "sha256", "institution"}),
    "registration.join_link_made": frozenset(),
    "registration.join_link_ended": frozenset(),
    "registration.joined": frozenset({"registration"}),
    "registration.join_request_taken": frozenset({"filled"}),
    "registration.added": frozenset({"registration", "role", "source"}),
    "registration.confirmed": frozenset({"registrations", "waitlisted"}),
    "registration.decided": frozenset({"state", "reason"}),
    "registration.decided_many": frozenset({"state", "reason", "registrations"}),
    "registration.restated": _SERVICE,
    "registration.exported": frozenset({"kind", "rows"}),
    "registration.access_given": frozenset({"registrations", "kind"}),
    "mailing.sent": frozenset({"kind", "registrations", "mails"}),
    "mailing.texts_made": frozenset({"kind", "registrations"}),
    "mailing.reminded": frozenset(),
    "mailing.passed_on": frozenset({"kind"}),
    "mailing.switched": frozenset({"kind", "is_on"}),
    "attendance.recorded": frozenset({"marks", "sessions"}),
    "attendance.opened_ahead": frozenset({"session", "starts_at", "reason"}),
    "attendance.helper_link_made": frozenset({"helper", "name", "days"}),
    "attendance.helper_link_ended": frozenset({"helper", "name"}),
    "evaluation.assessment_question_added": _ASSESSMENT_QUESTION,
    "evaluation.assessment_question_changed": _ASSESSMENT_QUESTION,
    "evaluation.assessment_question_moved": _ASSESSMENT_QUESTION,
    "evaluation.assessment_question_retired": frozenset(),
    "evaluation.assessment_question_restored": frozenset(),
    "evaluation.assessment_question_deleted": _ASSESSMENT_QUESTION,
    "evaluation.assessment_opened": frozenset({"moment", "questions", "is_again"}),
    "evaluation.assessment_closed": frozenset({"moment", "sheets"}),
    "evaluation.assessment_answered": frozenset({"moment", "source"}),
    "evaluation.assessment_entered": frozenset({"moment", "source", "revision"}),
    "evaluation.questions_changed": frozenset({"questions"}),
    "evaluation.opened": frozenset(),
    "evaluation.paper_entered": frozenset(),
    "evaluation.closed": frozenset({"forms", "paper_forms"}),
    "materials.added": _MATERIAL,
    "materials.changed": _MATERIAL,
    "materials.retired": frozenset({"is_retired"}),
    "materials.restored": frozenset({"is_retired"}),
    "materials.act_drafted": _HANDOVER,
    "materials.act_changed": _HANDOVER,
    "materials.act_discarded": _HANDOVER,
    "materials.handed_over": frozenset({"number", "sha256", "copies"}),
    "materials.act_signed": frozenset({"signed_on", "sha256"}),
    "materials.act_voided": frozenset({"number", "reason"}),
    "materials.holders_noted": frozenset({"material", "holders", "copies"}),
    "materials.holders_forgotten": frozenset({"holders"}),
    "materials.receipts_entered": frozenset({"material", "signed", "removed"}),
    "materials.receipts_scanned": frozenset({"material", "sha256"}),
    "materials.stock_counted": frozenset({"titles", "differing"}),
    "materials.part_delivered": frozenset({"number", "part", "delivered_on", "copies"}),
    "materials.part_voided": frozenset({"number", "part", "reason"}),
    "materials.parts_ended": frozenset({"number", "missing", "sha256"}),
    "materials.letter_noted": frozenset({"number", "letter", "letter_date"}),
    "materials.place_added": _PLACE,
    "materials.place_changed": _PLACE,
    "materials.place_closed": frozenset({"closed_on"}),
    "materials.place_opened": frozenset({"closed_on"}),
    "materials.stock_moved": frozenset({"reason", "moved_on", "copies", "places", "act"}),
    "closing.books_kept": frozenset(
        {"sessions", "registrations", "decisions", "marks", "sheets", "movements", "last_movement"}
    ),
    "closing.reasons_noted": frozenset({"registrations"}),
    "closing.left_revoked": frozenset({"number", "reason"}),
    "closing.rates_set": frozenset({"day_rate", "day_share", "travel", "currency", "pays_residents", "day_minimum"}),
    "closing.list_exported": frozenset({"kind", "rows"}),
    "closing.corrected": frozenset(
        {"number", "kind", "registration", "reason", "session", "state", "minutes", "note", "sex"} | _SERVICE
    ),
    "certificates.names_confirmed": frozenset({"cyrillic", "latin", "source"}),
    "certificates.clock_accepted": frozenset({"numbers"}),
    "certificates.issued": frozenset({"number", "sha256"}),
    "certificates.failed": frozenset({"number", "reason"}),
    "certificates.reissued": frozenset({"number", "replaces", "reason"}),
    "certificates.issued_for_ceremony": frozenset({"certificates", "first", "last", "sessions"}),
    "certificates.ceremony_arranged": frozenset({"order", "seats"}),
    "certificates.handing_noted": frozenset({"state", "certificates"}),
    "certificates.voided": frozenset({"number"}),
    "certificates.register_exported": frozenset({"kind", "rows"}),
    "certificates.revocation_asked": frozenset({"number", "class", "reason"}),
    "certificates.revocation_refused": frozenset({"number", "reason"}),
    "certificates.revocation_withdrawn": frozenset({"number"}),
    "certificates.revoked": frozenset({"number", "class", "reason", "asked_by"}),
    "backups.made": frozenset({"backup", "files", "bytes", "keys"}),
    "seals.keys_accepted": frozenset({"keys"}),
    "seals.key_taken_into_use": frozenset({"fingerprint", "subject", "valid_until", "retired"}),
    "certificates.template_added": _TEMPLATE,
    "certificates.template_changed": _TEMPLATE,
    "certificates.template_removed": _TEMPLATE,
    "certificates.logo_added": frozenset({"order", "sha256", "alt_ky", "alt_ru", "alt_en"}),
    "certificates.logo_moved": frozenset({"order"}),
    "certificates.logo_removed": frozenset({"order", "sha256"}),
    "reports.report_made": frozenset({"kind", "language"}),
    "reports.released": frozenset({"until", "k", "trainings", "people", "hidden_cells", "sha256"}),
}

# What other records are compared with: these details name nobody, and are never erased.
EVIDENCE = frozenset({"audit.detail_erased", "closing.books_kept", "materials.stock_moved", "reports.released"})


@dataclass(frozen=True)
class Change:
    """One key of a detail, with what it was and what it became as lines of text."""

    key: str
    before: str
    after: str
    is_hidden: bool = False


def changes(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, hidden: Collection[str] = ()
) -> list[Change]:
    """Return what differs between two details by key; texts under a hidden key stay out."""
    was, became = before or {}, after or {}
    found = []
    for key in sorted(was.keys() | became.keys()):
        values = was.get(key), became.get(key)
        if values[0] == values[1]:
            continue
        if key in hidden and any(isinstance(value, str) for value in values):
            found.append(Change(key, "", "", is_hidden=True))
        else:
            found.append(Change(key, written(values[0]), written(values[1])))
    return found


def written(value: Any) -> str:
    """Return a recorded value as a reader meets it: lists by commas, nested facts by their keys."""
    match value:
        case None:
            return ""
        case bool():
            return "✓" if value else "✗"
        case list():
            return ", ".join(map(written, value))
        case dict():
            return "; ".join(f"{key}: {written(part)}" for key, part in value.items())
        case _:
            return str(value)
