"""Commands for a training: create, import nominations, confirm, record attendance, finalize."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from portal.access.policy import Operator
from portal.attendance import files as attendance_files
from portal.attendance.rules import CLOSED
from portal.catalog import operations as catalog
from portal.certificates import candidates
from portal.certificates import wording as certificate_wording
from portal.certificates.candidates import Candidate
from portal.cli.output import FILE, Refused, Warned, before_end, command, read, training_of
from portal.closing import operations as closing_operations
from portal.closing import wording as closing_wording
from portal.closing.operations import StillOpen
from portal.closing.rules import Mismatch
from portal.evaluation import operations as evaluation_operations
from portal.nominations import imports, reading
from portal.nominations import operations as nomination_operations
from portal.nominations.summary import changed_lines, gone_lines, problem_lines
from portal.people import files as people
from portal.platform import clock, sheets
from portal.platform.db import db, reading_session
from portal.platform.i18n import gettext as _
from portal.platform.i18n import label, text_of
from portal.registration import operations as registration_operations
from portal.registration import queries as registration_queries
from portal.trainings import files as training_files
from portal.trainings import queries as trainings
from portal.trainings.operations import ensure_open


@command("load-reference")
def load_reference() -> dict[str, Any]:
    """Add the regions, institutions, ranks, posts and donors of the packaged files that are missing."""
    actor, now = Operator(), clock.now()
    loaded = people.load_reference(actor=actor, now=now)
    donors = catalog.load_donors(actor=actor, now=now)
    evaluation_operations.load_first_form(actor=actor, now=now)
    return {**loaded, "donors": donors}


@command("create-training")
@click.argument("file", type=FILE)
def create_training(file: Path) -> dict[str, Any]:
    """Make an approved training from FILE, a JSON file such as tests/data/training.json."""
    content = read(file, training_files.MAX_BYTES)
    return {"code": training_files.create_from_file(content, actor=Operator(), now=clock.now()).code}


@command("record-attendance")
@click.argument("code")
@click.argument("file", type=FILE)
def record_attendance(code: str, file: Path) -> dict[str, Any]:
    """Record the marks of FILE, a CSV in UTF-8 with the columns registration, session, state, marked_at, mark_id.

    The columns reason and minutes may follow. The same file again changes nothing.
    """
    training = trainings.get_training(code)
    if training is None:
        raise Refused(_("There is no training %(code)s.", code=code))
    content = read(file, attendance_files.MAX_BYTES)
    recorded = attendance_files.record(training, content, actor=Operator(), now=clock.now())
    closed = next((one["problem"] for one in recorded["problems"] if one["code"] in CLOSED), "")
    return recorded | ({"error": closed, "exit_code": 1} if closed else {})


@command("finalize-training")
@click.argument("code")
def finalize_training(code: str) -> dict[str, Any]:
    """Lock the training CODE if everything in it agrees; otherwise name what does not, and whom it concerns."""
    training = training_of(code)
    mismatches: Sequence[Mismatch] = ()
    warnings: list[str] = []
    if not training.is_locked:
        now = clock.now()
        warnings = before_end(training, Warned.LOCKED_AHEAD, now)
        try:
            closing_operations.finalize(training, is_ahead=True, actor=Operator(), now=now)
        except StillOpen as refusal:
            db.session.rollback()
            mismatches = refusal.mismatches
    return {
        "state": training.state,
        "mismatches": [
            {
                "kind": mismatch.kind.value,
                "problem": closing_wording.mismatch(mismatch),
                "people": [{"registration": one.reference, "name": one.name} for one in mismatch.people],
            }
            for mismatch in mismatches
        ],
        "warnings": warnings,
        "exit_code": 1 if mismatches else 0,
    }


@command("import-nominations")
@click.argument("code")
@click.argument("file", type=FILE)
@click.option("--commit", "is_commit", is_flag=True, help="Import the good rows; without it nothing is written.")
@click.option("--take-changes", "takes", is_flag=True, help="Take over what the list says otherwise, with --commit.")
def import_nominations(code: str, file: Path, is_commit: bool, takes: bool) -> dict[str, Any]:
    """Read FILE as the nomination list of the training CODE and say what importing it does."""
    if takes and not is_commit:
        raise click.UsageError("--take-changes is of use with --commit only.")
    source = reading.open_file(read(file, sheets.MAX_BYTES), file.name)
    with reading_session():  # Nobody waits for the database while the list is read and compared.
        training = training_of(code)
        ensure_open(training)
        if source.mapping is None:
            raise reading.HeaderMissing
        draft = reading.draft(training, source, is_background=False, today=clock.now().date())
        decided = draft.decided
        assert decided is not None
        answer = {
            **decided.counts,
            "changed": changed_lines(decided),
            "gone": gone_lines(decided),
            "problems": problem_lines(source.problems, decided.verdicts, source.mapping),
        }
        planned = imports.plan(decided, {})
    if is_commit and planned.facts:
        actor, now = Operator(), clock.now()
        staged = nomination_operations.stage(training_of(code), draft, actor=actor, now=now)
        imported = imports.commit(staged, planned=planned, takes=takes, actor=actor, now=now)
        answer["registrations"] = imported.registrations
        if takes:
            answer["corrected"] = imported.corrected
    return answer


@command("confirm-registrations")
@click.argument("code")
def confirm_registrations(code: str) -> dict[str, Any]:
    """Give everyone nominated a seat in the order of nomination, or a place on the waiting list."""
    placements = registration_operations.confirm_all(training_of(code), actor=Operator(), now=clock.now())
    return {
        "confirmed": len(placements.confirmed),
        "waitlisted": len(placements.waitlisted),
        "refused": [
            {"registration": place.registration.reference, "reason": label(place.why_not)}
            for place in placements.refused
            if place.why_not is not None
        ],
    }


@command("list-registrations")
@click.argument("code")
def list_registrations(code: str) -> dict[str, Any]:
    """List everyone registered in the order of nomination, with their share of the sessions, and the sessions."""
    training = training_of(code)
    zone = ZoneInfo(training.time_zone)
    registrations = registration_queries.list_registrations(training.id)
    return {
        "registrations": [
            _row(candidate)
            for candidate in candidates.list_candidates(training, as_of=None, registrations=registrations)
        ],
        "sessions": [
            {
                "session": session.reference,
                "title": text_of(session, "title"),
                "starts_at": session.starts_at.astimezone(zone).isoformat(),
            }
            for session in training.sessions
        ],
        "warnings": before_end(training, Warned.COUNTED_AHEAD, clock.now()),
    }


def _row(candidate: Candidate) -> dict[str, Any]:
    registration, attended = candidate.registration, candidate.eligibility.attended
    is_eligible = candidate.eligibility.is_eligible
    return {
        "registration": registration.reference,
        "name": registration.person.full_name,
        "institution": registration.institution.code if registration.institution else None,
        "region": registration.region_code,
        "state": registration.state,
        "attended_share": round(attended.attended / attended.scheduled, 4) if attended.scheduled else 0.0,
        "eligible": is_eligible,
        "reason": None if is_eligible else str(certificate_wording.reason(candidate.eligibility)),
    }
