"""Rows for tests, by plain functions: each makes a valid row, adds it and flushes; any value can be given.

`make_training(code="OSH-2026-01", capacity=3)`, `make_registration(training=t, person=p, state="confirmed")`. What is
not given is made or found: a registration makes its training and person, a training finds its course and venue.
The rows are committed with the test's session (the browser does that before each page).
"""

from tests.factories.agenda import make_agenda_version, make_break, make_calendar_feed, make_facilitator
from tests.factories.assessments import make_assessment, make_question, make_questions, make_sheet
from tests.factories.base import AFTER, NOW
from tests.factories.evaluations import make_evaluation
from tests.factories.materials import (
    make_handover,
    make_material,
    make_movement,
    make_office,
    make_receipt,
    make_receipt_scan,
    make_stock,
)
from tests.factories.papers import (
    make_attendance,
    make_certificate,
    make_document,
    make_job,
    make_logo,
    make_mark,
    make_revocation_request,
    make_template,
    make_venue_helper,
)
from tests.factories.people import (
    PASSWORD,
    get_institution,
    get_post,
    get_rank,
    get_region,
    make_account,
    make_center,
    make_coordinator,
    make_name,
    make_person,
    make_second_factor,
    password_hash,
)
from tests.factories.registrations import (
    make_bulk_act,
    make_join_link,
    make_join_request,
    make_nomination_list,
    make_participant_link,
    make_registration,
    make_registrations,
)
from tests.factories.reports import complete, make_finalized, make_release
from tests.factories.trainings import (
    get_course,
    get_project,
    make_allotment,
    make_course,
    make_donor,
    make_project,
    make_session,
    make_training,
    make_venue,
)

__all__ = [
    "AFTER",
    "NOW",
    "PASSWORD",
    "complete",
    "get_course",
    "get_institution",
    "get_post",
    "get_project",
    "get_rank",
    "get_region",
    "make_account",
    "make_center",
    "make_agenda_version",
    "make_allotment",
    "make_assessment",
    "make_attendance",
    "make_break",
    "make_calendar_feed",
    "make_certificate",
    "make_logo",
    "make_template",
    "make_revocation_request",
    "make_coordinator",
    "make_course",
    "make_document",
    "make_donor",
    "make_evaluation",
    "make_facilitator",
    "make_finalized",
    "make_job",
    "make_mark",
    "make_material",
    "make_movement",
    "make_name",
    "make_nomination_list",
    "make_bulk_act",
    "make_handover",
    "make_join_link",
    "make_join_request",
    "make_office",
    "make_participant_link",
    "make_person",
    "make_project",
    "make_question",
    "make_questions",
    "make_receipt",
    "make_receipt_scan",
    "make_registration",
    "make_registrations",
    "make_release",
    "make_second_factor",
    "make_session",
    "make_sheet",
    "make_stock",
    "make_training",
    "make_venue",
    "make_venue_helper",
    "password_hash",
]
