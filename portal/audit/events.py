"""Which events are recorded: what each is called, and what its detail may hold."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from portal.platform.texts import LANGUAGES, N_


class Event:
    """What the log calls an act, and the keys that its detail may hold; "title_*" is one key for each language."""

    def __init__(self, label: str, keys: str = "") -> None:
        self.label = label
        self.keys = frozenset(
            key.replace("*", language) for key in keys.split() for language in (LANGUAGES if "*" in key else ("",))
        )


_TRAINING = (
    "title_* course project venue starts_on ends_on hours capacity minimum_attendance sessions allotments hosts "
    "objectives_* profile_* working_language has_interpreter is_assessment_required minimum_grade certificate_kinds "
    "people_planned nominations_due_days names_due_days comments contact_id"
)
_INSTITUTION = "name_* code aliases kind parent region is_security_force valid_from"
_SERVICE_TITLE = "title_* code place institution valid_from closed_on"
_CENTER = "name_* region phones offers accepts languages closed_on address_* hours_* note_*"
_DONOR = "name_* code"
_COURSE = "title_* code hours objectives_*"
_VENUE = "name_* region address_* time_zone hall_capacity contact contact_phone"
_PROJECT = "title_* code certificate_series is_vetting_required organizers_* acknowledgement_* donors signatories"
_SERVICE = "institution region post rank"
_RIGHTS = "name role regions projects institution"
_AGENDA_BLOCK = "block kind starts_at ends_at title_* languages room facilitators moved"
_QUESTION = "kind used_in twin key options place topic_* text_*"
_HANDOVER = "training giving receiving handed_on from lines transfer corrects"
_PLACE = "name_* key region"
_MATERIAL = "title_* language edition year unit isbn owner unit_value currency is_numbered is_retired"
_TEMPLATE = (
    "course project signatories logos_at completion_* attendance_* facilitator_* line_* acknowledgement_* disclaimer_*"
)

# Details that whoever reads the log without running trainings is not shown: names of people and how to reach them.
RESTRICTED = frozenset(
    {"contact", "contact_phone", "contact_email", "cyrillic", "latin", "family", "given", "patronymic"}
)

# An undeclared event or key is a fault of the code.
EVENTS = {
    "accounts.signed_in": Event(N_("Signed in")),
    "accounts.signed_out": Event(N_("Signed out")),
    "accounts.created": Event(N_("Account made"), "email role"),
    "accounts.invited": Event(N_("Invited"), f"email {_RIGHTS}"),
    "accounts.invited_again": Event(N_("Invited again")),
    "accounts.invitation_revoked": Event(N_("Invitation taken back")),
    "accounts.joined": Event(N_("Invitation accepted")),
    "accounts.profile_changed": Event(N_("Own profile changed"), "name locale"),
    "accounts.password_link_sent": Event(N_("Link for a new password sent")),
    "accounts.guesses_told": Event(N_("Owner told of failed sign-ins")),
    "accounts.password_changed": Event(N_("Password changed"), "sign_ins"),
    "accounts.verified": Event(N_("Identity confirmed again")),
    "accounts.second_factor_begun": Event(N_("Second factor begun")),
    "accounts.second_factor_set": Event(N_("Second factor set up")),
    "accounts.second_factor_removed": Event(N_("Second factor removed")),
    "accounts.second_factor_reset": Event(N_("Second factor reset"), "sign_ins"),
    "accounts.recovery_codes_made": Event(N_("Recovery codes made"), "codes"),
    "accounts.recovery_code_used": Event(N_("Recovery code used"), "left"),
    "accounts.changed": Event(N_("Role or reach changed"), _RIGHTS),
    "accounts.closed": Event(N_("Account closed"), "sign_ins"),
    "accounts.reopened": Event(N_("Account opened again")),
    "accounts.sign_ins_ended": Event(N_("Signed out elsewhere"), "sign_ins"),
    "accounts.calendar_opened": Event(N_("Calendar address made")),
    "accounts.calendar_closed": Event(N_("Calendar address ended")),
    "audit.detail_erased": Event(N_("Details of an entry erased"), "reason"),
    "audit.exported": Event(N_("Audit log exported"), "rows subject actor event from to"),
    "people.corrected": Event(
        N_("Person corrected"),
        f"{_SERVICE} family given patronymic sex birth_year contact_phone contact_email language mails links",
    ),
    "audit.taken_along": Event(N_("File with names taken along"), "what rows"),
    "people.reference_loaded": Event(N_("Reference lists loaded"), "regions institutions ranks posts"),
    "people.institution_added": Event(N_("Institution added"), _INSTITUTION),
    "people.institution_changed": Event(N_("Institution changed"), _INSTITUTION),
    "people.institution_closed": Event(N_("Institution closed"), "closed_on"),
    "people.institution_reopened": Event(N_("Institution opened again"), "closed_on"),
    "people.rank_added": Event(N_("Rank added"), f"{_SERVICE_TITLE} group"),
    "people.rank_changed": Event(N_("Rank changed"), f"{_SERVICE_TITLE} group"),
    "people.post_added": Event(N_("Post added"), _SERVICE_TITLE),
    "people.post_changed": Event(N_("Post changed"), _SERVICE_TITLE),
    "people.center_added": Event(N_("Crisis centre added"), _CENTER),
    "people.center_changed": Event(N_("Crisis centre changed"), _CENTER),
    "people.center_checked": Event(N_("Crisis centre checked"), "checked_on"),
    "trainings.donor_added": Event(N_("Donor added"), _DONOR),
    "trainings.donor_changed": Event(N_("Donor changed"), _DONOR),
    "trainings.course_added": Event(N_("Course added"), _COURSE),
    "trainings.course_changed": Event(N_("Course changed"), _COURSE),
    "trainings.course_retired": Event(N_("Course retired")),
    "trainings.course_restored": Event(N_("Course restored")),
    "trainings.venue_added": Event(N_("Venue added"), _VENUE),
    "trainings.venue_changed": Event(N_("Venue changed"), _VENUE),
    "trainings.venue_retired": Event(N_("Venue retired")),
    "trainings.venue_restored": Event(N_("Venue restored")),
    "trainings.project_added": Event(N_("Project added"), _PROJECT),
    "trainings.project_changed": Event(N_("Project changed"), _PROJECT),
    "trainings.created": Event(N_("Training planned"), f"{_TRAINING} state copied_from"),
    "trainings.state_moved": Event(N_("Training's state changed"), "state"),
    "trainings.changed": Event(N_("Training's plan changed"), _TRAINING),
    "trainings.agenda_changed": Event(N_("Agenda changed"), _AGENDA_BLOCK),
    "trainings.agenda_published": Event(N_("Agenda published"), "number"),
    "trainings.moved": Event(N_("Training moved"), "starts_on ends_on venue reason told"),
    "trainings.cancelled": Event(N_("Training cancelled"), "state reason told"),
    "registration.imported": Event(N_("List imported"), "filename sha256 registrations people corrected"),
    "registration.import_undone": Event(N_("Import undone"), "filename sha256 registrations people corrected"),
    "registration.list_staged": Event(N_("List of people read in"), "list filename sha256 rows"),
    "registration.list_edited": Event(N_("List read in changed before the import"), "list act row column rows"),
    "registration.list_discarded": Event(N_("List read in discarded"), "list"),
    "registration.list_handed_in": Event(N_("List handed in by an institution"), "filename sha256 institution"),
    "registration.list_withdrawn": Event(N_("List taken back by its institution"), "filename sha256 institution"),
    "registration.join_link_made": Event(N_("Registration link made")),
    "registration.join_link_ended": Event(N_("Registration link ended")),
    "registration.joined": Event(N_("Registered by link"), "registration"),
    "registration.join_request_taken": Event(N_("Registration request taken over"), "filled"),
    "registration.added": Event(N_("Participant added by hand"), "registration role source"),
    "registration.confirmed": Event(N_("Participants confirmed"), "registrations waitlisted"),
    "registration.decided": Event(N_("Registration decided"), "state reason"),
    "registration.decided_many": Event(N_("Several registrations decided"), "state reason registrations"),
    "registration.restated": Event(N_("Facts of a participant set right"), _SERVICE),
    "registration.exported": Event(N_("List of participants exported"), "kind rows"),
    "registration.access_given": Event(N_("Personal links or PINs given"), "registrations kind"),
    "mailing.sent": Event(N_("Mails sent"), "kind registrations mails"),
    "mailing.texts_made": Event(N_("Texts made for passing on"), "kind registrations"),
    "mailing.reminded": Event(N_("Reminded to evaluate")),
    "mailing.passed_on": Event(N_("Text passed on by hand"), "kind"),
    "mailing.switched": Event(N_("Mail switched on or off"), "kind is_on"),
    "attendance.recorded": Event(N_("Attendance recorded"), "marks sessions"),
    "attendance.opened_ahead": Event(N_("Session opened for marks ahead of its hour"), "session starts_at reason"),
    "attendance.helper_link_made": Event(N_("Link for a venue helper made"), "helper name days"),
    "attendance.helper_link_ended": Event(N_("Link of a venue helper ended"), "helper name"),
    "evaluation.assessment_question_added": Event(N_("Test question added"), _QUESTION),
    "evaluation.assessment_question_changed": Event(N_("Test question changed"), _QUESTION),
    "evaluation.assessment_question_moved": Event(N_("Test question moved"), _QUESTION),
    "evaluation.assessment_question_retired": Event(N_("Test question retired")),
    "evaluation.assessment_question_restored": Event(N_("Test question restored")),
    "evaluation.assessment_question_deleted": Event(N_("Test question deleted"), _QUESTION),
    "evaluation.assessment_opened": Event(N_("Test opened"), "moment questions is_again"),
    "evaluation.assessment_closed": Event(N_("Test closed"), "moment sheets"),
    "evaluation.assessment_answered": Event(N_("Test answered"), "moment source"),
    "evaluation.assessment_entered": Event(N_("Test entered from paper"), "moment source revision"),
    "evaluation.questions_changed": Event(N_("Evaluation questions changed"), "questions"),
    "evaluation.opened": Event(N_("Evaluation opened")),
    "evaluation.paper_entered": Event(N_("Paper evaluation entered")),
    "evaluation.closed": Event(N_("Evaluation closed"), "forms paper_forms"),
    "materials.added": Event(N_("Title added"), _MATERIAL),
    "materials.changed": Event(N_("Title changed"), _MATERIAL),
    "materials.retired": Event(N_("Title retired"), "is_retired"),
    "materials.restored": Event(N_("Title put back on the list"), "is_retired"),
    "materials.act_drafted": Event(N_("Hand-over act drafted"), _HANDOVER),
    "materials.act_changed": Event(N_("Draft of a hand-over act changed"), _HANDOVER),
    "materials.act_discarded": Event(N_("Draft of a hand-over act thrown away"), _HANDOVER),
    "materials.handed_over": Event(N_("Copies handed over, act printed"), "number sha256 copies"),
    "materials.act_signed": Event(N_("Signed hand-over act kept"), "signed_on sha256"),
    "materials.act_voided": Event(N_("Hand-over act made void"), "number reason"),
    "materials.holders_noted": Event(N_("List of end holders kept"), "material holders copies"),
    "materials.holders_forgotten": Event(N_("Names of end holders erased"), "holders"),
    "materials.receipts_entered": Event(N_("Signatures of a receipt list entered"), "material signed removed"),
    "materials.receipts_scanned": Event(N_("Scan of a receipt list kept"), "material sha256"),
    "materials.stock_counted": Event(N_("Stock counted"), "titles differing"),
    "materials.part_delivered": Event(N_("Part of an act delivered"), "number part delivered_on copies"),
    "materials.part_voided": Event(N_("Part of an act made void"), "number part reason"),
    "materials.parts_ended": Event(N_("Act ended with fewer copies than planned"), "number missing sha256"),
    "materials.letter_noted": Event(N_("Letter that confirms a signature noted"), "number letter letter_date"),
    "materials.place_added": Event(N_("Place of stock added"), _PLACE),
    "materials.place_changed": Event(N_("Place of stock changed"), _PLACE),
    "materials.place_closed": Event(N_("Place of stock closed"), "closed_on"),
    "materials.place_opened": Event(N_("Place of stock opened again"), "closed_on"),
    "materials.stock_moved": Event(N_("Stock moved"), "reason moved_on copies places act"),
    "closing.books_kept": Event(
        N_("Hashes of a finalized training kept"),
        "sessions registrations decisions marks sheets movements last_movement",
    ),
    "closing.reasons_noted": Event(N_("Reasons for missing noted"), "registrations"),
    "closing.left_revoked": Event(N_("Person who completed left without a certificate"), "number reason"),
    "closing.rates_set": Event(
        N_("Rates of payment set"), "day_rate day_share travel currency pays_residents day_minimum"
    ),
    "closing.list_exported": Event(N_("List of people taken along"), "kind rows"),
    "closing.corrected": Event(
        N_("Finalized training corrected"), f"number kind registration reason session state minutes note sex {_SERVICE}"
    ),
    "certificates.names_confirmed": Event(N_("Names confirmed"), "cyrillic latin source"),
    "certificates.clock_accepted": Event(N_("Clock taken for right, certificates dated after it named"), "numbers"),
    "certificates.issued": Event(N_("Certificate issued"), "number sha256"),
    "certificates.failed": Event(N_("Certificate could not be made"), "number reason"),
    "certificates.reissued": Event(N_("Certificate reissued"), "number replaces reason"),
    "certificates.issued_for_ceremony": Event(
        N_("Certificates issued for the ceremony"), "certificates first last sessions"
    ),
    "certificates.ceremony_arranged": Event(N_("Order of the papers set"), "order seats"),
    "certificates.handing_noted": Event(N_("Certificates noted as handed over or not"), "state certificates"),
    "certificates.voided": Event(N_("Certificate made void"), "number"),
    "certificates.register_exported": Event(N_("Issue register taken along"), "kind rows"),
    "certificates.revocation_asked": Event(N_("Revocation asked for"), "number class reason"),
    "certificates.revocation_refused": Event(N_("Revocation refused"), "number reason"),
    "certificates.revocation_withdrawn": Event(N_("Request to revoke taken back"), "number"),
    "certificates.revoked": Event(N_("Certificate revoked"), "number class reason asked_by"),
    "backups.made": Event(N_("Backup made"), "backup files bytes keys"),
    "seals.keys_accepted": Event(N_("Keys accepted in place of those used before"), "keys"),
    "seals.key_taken_into_use": Event(
        N_("Key that seals documents taken into use"), "fingerprint subject valid_until retired"
    ),
    "certificates.template_added": Event(N_("Certificate template added"), _TEMPLATE),
    "certificates.template_changed": Event(N_("Certificate template changed"), _TEMPLATE),
    "certificates.template_removed": Event(N_("Certificate template removed"), _TEMPLATE),
    "certificates.logo_added": Event(N_("Logo added"), "order sha256 alt_*"),
    "certificates.logo_moved": Event(N_("Logo moved"), "order"),
    "certificates.logo_removed": Event(N_("Logo taken out"), "order sha256"),
    "reports.report_made": Event(N_("Training report made"), "kind language"),
    "reports.released": Event(N_("Release published"), "until k trainings people hidden_cells sha256"),
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
