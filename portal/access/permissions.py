"""Roles and permissions, on one page that a reviewer can read.

A permission says which act; `policy.reaches` says on which objects. Both must hold.
"""

from enum import StrEnum


class Role(StrEnum):
    """What an account is for; participant and venue helper come by a token, without an account."""

    ADMINISTRATOR = "administrator"
    COORDINATOR = "coordinator"
    VETTING_OFFICER = "vetting_officer"
    FOCAL_POINT = "focal_point"
    DONOR = "donor"
    AUDITOR = "auditor"
    PARTICIPANT = "participant"
    VENUE_HELPER = "venue_helper"


class Permission(StrEnum):
    """An act that a route performs."""

    VIEW_HOME = "home.view"
    VIEW_ADMINISTRATION = "home.view_administration"
    USE_OWN_ACCOUNT = "accounts.use_own"
    SET_UP_SECOND_FACTOR = "accounts.set_up_second_factor"
    VIEW_AUDIT_LOG = "audit.view"
    EXPORT_AUDIT_LOG = "audit.export"
    VIEW_ACCOUNTS = "accounts.view"
    MANAGE_ACCOUNTS = "accounts.manage"
    VIEW_REFERENCE = "people.view_reference"  # institutions, ranks, posts
    EDIT_REFERENCE = "people.edit_reference"
    VIEW_CENTERS = "people.view_centers"
    EDIT_CENTERS = "people.edit_centers"
    CONFIRM_CENTERS = "people.confirm_centers"
    VIEW_TRAININGS = "trainings.view"
    EDIT_TRAINING = "trainings.edit"
    VIEW_VENUES = "trainings.view_venues"
    EDIT_VENUES = "trainings.edit_venues"
    VIEW_DIRECTORY = "trainings.view_directory"  # courses, projects, donors
    EDIT_DIRECTORY = "trainings.edit_directory"
    VIEW_REGISTRATIONS = "registration.view"
    IMPORT_NOMINATIONS = "registration.import"
    ADD_REGISTRATION = "registration.add"
    MANAGE_JOIN_LINK = "registration.manage_join_link"
    CONFIRM_REGISTRATION = "registration.confirm"
    CORRECT_REGISTRATION = "registration.correct"  # what is kept of a person
    EXPORT_REGISTRATIONS = "registration.export"
    VIEW_CALL = "registration.view_call"  # what a training asks of one institution
    HAND_IN_LIST = "registration.hand_in_list"
    VIEW_ATTENDANCE = "attendance.view"
    VIEW_ROSTER = "attendance.view_roster"
    RECORD_ATTENDANCE = "attendance.record"
    MARK_AHEAD = "attendance.mark_ahead"  # before a session takes marks by itself
    MANAGE_VENUE_HELPERS = "attendance.manage_venue_helpers"
    VIEW_ASSESSMENTS = "evaluation.view_assessments"
    RUN_ASSESSMENTS = "evaluation.run_assessments"
    VIEW_EVALUATION = "evaluation.view"
    RUN_EVALUATION = "evaluation.run"
    READ_COMMENTS = "evaluation.read_comments"
    VIEW_MATERIALS = "materials.view"
    EDIT_MATERIALS = "materials.edit"  # the titles
    MOVE_STOCK = "materials.move_stock"
    HAND_OVER = "materials.hand_over"  # acts and receipt lists
    CONFIRM_NAMES = "certificates.confirm_names"
    VIEW_CERTIFICATES = "certificates.view"
    ISSUE_CERTIFICATES = "certificates.issue"
    REVOKE_CERTIFICATE = "certificates.revoke"
    INVITE_PARTICIPANTS = "certificates.invite"
    VIEW_CLOSING = "closing.view"
    CLOSE_TRAINING = "closing.close"  # also the reasons, which nobody else reads
    CORRECT_TRAINING = "closing.correct"
    VIEW_MAILS = "mailing.view"
    SEND_MAILS = "mailing.send"
    VIEW_SUMMARY = "reports.view_summary"
    PUBLISH_RELEASE = "reports.publish"
    VIEW_OWN_REGISTRATION = "registration.view_own"
    WITHDRAW_OWN_REGISTRATION = "registration.withdraw_own"
    VIEW_CENTERS_AFTERWARDS = "registration.view_centers"
    CONFIRM_OWN_NAMES = "certificates.confirm_own_names"
    ANSWER_ASSESSMENT = "evaluation.answer_assessment"
    ANSWER_EVALUATION = "evaluation.answer"


# What everybody who signs in may do.
_SIGNED_IN = frozenset({Permission.VIEW_HOME, Permission.USE_OWN_ACCOUNT, Permission.SET_UP_SECOND_FACTOR})
_RUN_A_TRAINING = _SIGNED_IN | frozenset(
    {
        Permission.VIEW_ADMINISTRATION,
        Permission.VIEW_REFERENCE,
        Permission.VIEW_CENTERS,
        Permission.CONFIRM_CENTERS,
        Permission.VIEW_TRAININGS,
        Permission.EDIT_TRAINING,
        Permission.VIEW_VENUES,
        Permission.EDIT_VENUES,
        Permission.VIEW_REGISTRATIONS,
        Permission.IMPORT_NOMINATIONS,
        Permission.ADD_REGISTRATION,
        Permission.MANAGE_JOIN_LINK,
        Permission.CONFIRM_REGISTRATION,
        Permission.CORRECT_REGISTRATION,
        Permission.EXPORT_REGISTRATIONS,
        Permission.VIEW_ATTENDANCE,
        Permission.VIEW_ROSTER,
        Permission.RECORD_ATTENDANCE,
        Permission.MARK_AHEAD,
        Permission.MANAGE_VENUE_HELPERS,
        Permission.VIEW_ASSESSMENTS,
        Permission.RUN_ASSESSMENTS,
        Permission.VIEW_EVALUATION,
        Permission.RUN_EVALUATION,
        Permission.READ_COMMENTS,
        Permission.VIEW_MATERIALS,
        Permission.MOVE_STOCK,
        Permission.HAND_OVER,
        Permission.CONFIRM_NAMES,
        Permission.VIEW_CERTIFICATES,
        Permission.ISSUE_CERTIFICATES,
        Permission.REVOKE_CERTIFICATE,
        Permission.INVITE_PARTICIPANTS,
        Permission.VIEW_CLOSING,
        Permission.CLOSE_TRAINING,
        Permission.CORRECT_TRAINING,
        Permission.VIEW_MAILS,
        Permission.SEND_MAILS,
        Permission.VIEW_SUMMARY,
        Permission.PUBLISH_RELEASE,
    }
)

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: _RUN_A_TRAINING
    | {
        Permission.VIEW_AUDIT_LOG,
        Permission.EXPORT_AUDIT_LOG,
        Permission.VIEW_ACCOUNTS,
        Permission.MANAGE_ACCOUNTS,
        Permission.EDIT_REFERENCE,
        Permission.EDIT_CENTERS,
        Permission.VIEW_DIRECTORY,
        Permission.EDIT_DIRECTORY,
        Permission.EDIT_MATERIALS,
    },
    Role.COORDINATOR: _RUN_A_TRAINING,
    Role.VETTING_OFFICER: _SIGNED_IN,
    Role.FOCAL_POINT: _SIGNED_IN | {Permission.VIEW_CALL, Permission.HAND_IN_LIST},
    Role.DONOR: _SIGNED_IN | {Permission.VIEW_SUMMARY},
    Role.AUDITOR: _SIGNED_IN
    | frozenset(
        {
            Permission.VIEW_ADMINISTRATION,
            Permission.VIEW_AUDIT_LOG,
            Permission.VIEW_ACCOUNTS,
            Permission.VIEW_REFERENCE,
            Permission.VIEW_CENTERS,
            Permission.VIEW_TRAININGS,
            Permission.VIEW_VENUES,
            Permission.VIEW_DIRECTORY,
            Permission.VIEW_REGISTRATIONS,
            Permission.VIEW_ATTENDANCE,
            Permission.VIEW_ROSTER,
            Permission.VIEW_ASSESSMENTS,
            Permission.VIEW_EVALUATION,
            Permission.VIEW_MATERIALS,
            Permission.VIEW_CERTIFICATES,
            Permission.VIEW_CLOSING,
            Permission.VIEW_MAILS,
            Permission.VIEW_SUMMARY,
        }
    ),
    Role.PARTICIPANT: frozenset(
        {
            Permission.VIEW_OWN_REGISTRATION,
            Permission.CONFIRM_OWN_NAMES,
            Permission.ANSWER_ASSESSMENT,
            Permission.ANSWER_EVALUATION,
            Permission.WITHDRAW_OWN_REGISTRATION,
            Permission.VIEW_CENTERS_AFTERWARDS,
        }
    ),
    Role.VENUE_HELPER: frozenset({Permission.VIEW_ROSTER, Permission.RECORD_ATTENDANCE}),
}
