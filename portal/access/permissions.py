"""Roles and permissions, on one page that a reviewer can read.

A permission says which act; `policy.reaches` says on which objects. Both must hold.
"""

from collections.abc import Set
from enum import StrEnum
from typing import Self

from portal.platform.texts import N_, Labelled


class Role(Labelled):
    """What an account is for; participant and venue helper come by a token, without an account."""

    ADMINISTRATOR = "administrator", N_("Administrator")
    COORDINATOR = "coordinator", N_("Coordinator")
    VETTING_OFFICER = "vetting_officer", N_("Vetting officer")
    FOCAL_POINT = "focal_point", N_("Focal point")
    DONOR = "donor", N_("Donor")
    AUDITOR = "auditor", N_("Auditor")
    PARTICIPANT = "participant", N_("Participant")
    VENUE_HELPER = "venue_helper", N_("Venue helper")


_ADMINISTRATOR, _AUDITOR, _DONOR = {Role.ADMINISTRATOR}, {Role.AUDITOR}, {Role.DONOR}
_FOCAL_POINT, _PARTICIPANT, _VENUE_HELPER = {Role.FOCAL_POINT}, {Role.PARTICIPANT}, {Role.VENUE_HELPER}
_STAFF = {Role.ADMINISTRATOR, Role.COORDINATOR}  # Who run trainings.
_SIGNED_IN = {*Role} - _PARTICIPANT - _VENUE_HELPER


class Permission(StrEnum):
    """An act that a route performs, and which roles may."""

    holders: frozenset[Role]

    def __new__(cls, value: str, holders: Set[Role] = frozenset()) -> Self:
        member = str.__new__(cls, value)
        member._value_, member.holders = value, frozenset(holders)
        return member

    VIEW_HOME = "home.view", _SIGNED_IN
    VIEW_ADMINISTRATION = "home.view_administration", _STAFF | _AUDITOR
    USE_OWN_ACCOUNT = "accounts.use_own", _SIGNED_IN
    SET_UP_SECOND_FACTOR = "accounts.set_up_second_factor", _SIGNED_IN
    VIEW_AUDIT_LOG = "audit.view", _ADMINISTRATOR | _AUDITOR
    EXPORT_AUDIT_LOG = "audit.export", _ADMINISTRATOR
    VIEW_ACCOUNTS = "accounts.view", _ADMINISTRATOR | _AUDITOR
    MANAGE_ACCOUNTS = "accounts.manage", _ADMINISTRATOR
    VIEW_REFERENCE = "people.view_reference", _STAFF | _AUDITOR  # institutions, ranks, posts
    EDIT_REFERENCE = "people.edit_reference", _ADMINISTRATOR
    VIEW_CENTERS = "people.view_centers", _STAFF | _AUDITOR
    EDIT_CENTERS = "people.edit_centers", _ADMINISTRATOR
    CONFIRM_CENTERS = "people.confirm_centers", _STAFF
    VIEW_TRAININGS = "trainings.view", _STAFF | _AUDITOR
    EDIT_TRAINING = "trainings.edit", _STAFF
    VIEW_VENUES = "trainings.view_venues", _STAFF | _AUDITOR
    EDIT_VENUES = "trainings.edit_venues", _STAFF
    VIEW_DIRECTORY = "trainings.view_directory", _ADMINISTRATOR | _AUDITOR  # courses, projects, donors
    EDIT_DIRECTORY = "trainings.edit_directory", _ADMINISTRATOR
    VIEW_REGISTRATIONS = "registration.view", _STAFF | _AUDITOR
    IMPORT_NOMINATIONS = "registration.import", _STAFF
    ADD_REGISTRATION = "registration.add", _STAFF
    MANAGE_JOIN_LINK = "registration.manage_join_link", _STAFF
    CONFIRM_REGISTRATION = "registration.confirm", _STAFF
    CORRECT_REGISTRATION = "registration.correct", _STAFF  # what is kept of a person
    EXPORT_REGISTRATIONS = "registration.export", _STAFF
    VIEW_CALL = "registration.view_call", _FOCAL_POINT  # what a training asks of one institution
    HAND_IN_LIST = "registration.hand_in_list", _FOCAL_POINT
    VIEW_ATTENDANCE = "attendance.view", _STAFF | _AUDITOR
    VIEW_ROSTER = "attendance.view_roster", _STAFF | _AUDITOR | _VENUE_HELPER
    RECORD_ATTENDANCE = "attendance.record", _STAFF | _VENUE_HELPER
    MARK_AHEAD = "attendance.mark_ahead", _STAFF  # before a session takes marks by itself
    MANAGE_VENUE_HELPERS = "attendance.manage_venue_helpers", _STAFF
    VIEW_ASSESSMENTS = "evaluation.view_assessments", _STAFF | _AUDITOR
    RUN_ASSESSMENTS = "evaluation.run_assessments", _STAFF
    VIEW_EVALUATION = "evaluation.view", _STAFF | _AUDITOR
    RUN_EVALUATION = "evaluation.run", _STAFF
    READ_COMMENTS = "evaluation.read_comments", _STAFF
    VIEW_MATERIALS = "materials.view", _STAFF | _AUDITOR
    EDIT_MATERIALS = "materials.edit", _ADMINISTRATOR  # the titles
    MOVE_STOCK = "materials.move_stock", _STAFF
    HAND_OVER = "materials.hand_over", _STAFF  # acts and receipt lists
    CONFIRM_NAMES = "certificates.confirm_names", _STAFF
    VIEW_CERTIFICATES = "certificates.view", _STAFF | _AUDITOR
    ISSUE_CERTIFICATES = "certificates.issue", _STAFF
    REVOKE_CERTIFICATE = "certificates.revoke", _STAFF
    INVITE_PARTICIPANTS = "certificates.invite", _STAFF
    VIEW_CLOSING = "closing.view", _STAFF | _AUDITOR
    CLOSE_TRAINING = "closing.close", _STAFF  # also the reasons, which nobody else reads
    CORRECT_TRAINING = "closing.correct", _STAFF
    VIEW_MAILS = "mailing.view", _STAFF | _AUDITOR
    SEND_MAILS = "mailing.send", _STAFF
    VIEW_SUMMARY = "reports.view_summary", _STAFF | _AUDITOR | _DONOR
    PUBLISH_RELEASE = "reports.publish", _STAFF
    VIEW_OWN_REGISTRATION = "registration.view_own", _PARTICIPANT
    WITHDRAW_OWN_REGISTRATION = "registration.withdraw_own", _PARTICIPANT
    VIEW_CENTERS_AFTERWARDS = "registration.view_centers", _PARTICIPANT
    CONFIRM_OWN_NAMES = "certificates.confirm_own_names", _PARTICIPANT
    ANSWER_ASSESSMENT = "evaluation.answer_assessment", _PARTICIPANT
    ANSWER_EVALUATION = "evaluation.answer", _PARTICIPANT


GRANTS = {role: frozenset(one for one in Permission if role in one.holders) for role in Role}
