"""A finalized training stays as it is, whatever is sent to any of its addresses; an open one is the control."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from portal.people.models import Person
from portal.platform.db import db
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests import factories
from tests.contract import walk
from tests.world import World, make_world

pytestmark = pytest.mark.databases("sqlite")

BLOCK = {"local_date": "{day}", "starts_at": "20:00", "ends_at": "20:30", "title_en": "Evening", "version": "{version}"}
NAMES = {"cyrillic_family": "Новая", "cyrillic_given": "Айгүл", "version": "{person_version}"}
DECIDED = {"state": "withdrawn", "cause": "work", "version": "{registration_version}"}
SIGNED = {"rows-0-registration": "{registration}", "rows-0-row": "1", "rows-0-is_signed": "1"}
_KINDS = "invitation, confirmation, waitlisted, declined, reminder, moved, cancelled, evaluation, certificate"
REVOCATION = "certificates/<certificate_reference>/revocation"
MAIL = f"mails/<any({_KINDS}):kind>"

# What is sent to each address, so that it changes an open training. The values in braces are the world's.
FORMS: dict[str, dict[str, str]] = {
    "agenda/breaks": BLOCK | {"kind": "lunch"},
    "agenda/breaks/<break_reference>": BLOCK | {"kind": "lunch"},
    "agenda/breaks/<break_reference>/move": {"version": "{version}", "direction": "up"},
    "agenda/breaks/<break_reference>/remove": {"version": "{version}"},
    "agenda/publish": {"version": "{version}"},
    "agenda/sessions": BLOCK,
    "agenda/sessions/<session_reference>": BLOCK | {"is_sure": "1"},
    "agenda/sessions/<session_reference>/move": {"version": "{version}", "direction": "down", "is_sure": "1"},
    "agenda/sessions/<session_reference>/remove": {"version": "{version}"},
    "assessments/<any(pre, post):moment>/close": {},
    "assessments/<any(pre, post):moment>/entry/<registration_reference>": {"letters": "A", "seen": "0"},
    "assessments/<any(pre, post):moment>/open": {},
    "attendance/<session_reference>/<registration_reference>": {"state": "absent", "seen": "{mark}"},
    "attendance/<session_reference>/all-present": {},
    "attendance/<session_reference>/undo-all-present": {"batch": "none"},
    "attendance/<session_reference>/open-ahead": {"reason": "moved to another hour"},
    "close": {},
    "close/reasons": {},
    "certificates/<certificate_reference>/revocation/leave": {"left": "stays so"},
    "cancel": {"version": "{version}", "reason": "floods", "end": "cancelled_by_host"},
    "certificates/<certificate_reference>/reissue": {"reason": "a letter"},
    "certificates/issue": {},
    "certificates/ceremony/issue": {"seen": ""},
    "certificates/hand-over/<certificate_reference>/void": {"seen": "0"},
    "evaluation/close": {},
    "evaluation/open": {},
    "evaluation/paper": {},
    "move": {"version": "{version}", "reason": "floods", "starts_on": "2026-10-05", "venue_id": "{venue}"},
    "names/<registration_reference>": NAMES,
    "names/confirm-as-written": {},
    "nominations": {"pasted": "ФИО\tТелефон\nАсанов Азамат\t0555111222"},
    "nominations/<list_reference>/changes": {"shown": "2:post"},
    "nominations/<list_reference>/import": {},
    "nominations/<list_reference>/mapping": {"header_row": "1", "column_0": "full_name", "institution": "GPO"},
    "nominations/<list_reference>/meaning": {"column": "region", "written": "?", "meaning": "KG-GO"},
    "nominations/<list_reference>/rows/<int:row_number>": {"full_name": "Бекова Айгүл"},
    "nominations/<list_reference>/undo": {},
    "hand-over-acts": {},
    "receipts/<material_reference>": {"signed_on": "{day}", "page": "1"} | SIGNED,
    "receipts/<material_reference>/scans": {},
    "registrations/<registration_reference>/confirm": {},
    "registrations/<registration_reference>/decide": DECIDED,
    "registrations/<registration_reference>/requests/<int:request_id>/take-over": {},
    "registrations/bulk": {
        "act": "declined",
        "registration": "{registration}:{registration_version}",
        "cause": "administrative",
    },
    "registrations/confirm-all": {},
    "registrations/invitation-link": {},
    "registrations/invitation-link/end": {},
    "registrations/new": {"family": "Жаңы", "given": "Киши", "role": "participant", "institution": "MOI", "sex": "m"},
    "venue-helpers": {"name": "Бермет", "days": "{day}"},
    "state": {"state": "held"},
    "edit": {"version": "{version}"},
}
# These change nothing of what was finalized.
LEFT_OPEN = {
    "materials/<any(bring, give, return):act>": "brings copies and takes them back; giving is refused by the stock",
    "venue-helpers/<helper_reference>/end": "takes away a link",
    "corrections/<registration_reference>/<any(mark, shortfall, facts, issue, reissue):slug>": "is the way",
    "attendance/sheets/<day>/pdf": "is noted in the log",
    "certificates/<any(zip, print):kind>": "is noted in the log",
    "nominations/<list_reference>/bad-rows": "is noted in the log",
    "receipts/<material_reference>/pdf": "is noted in the log",
    "receipts/scans/<receipt_scan_reference>": "is noted in the log",
    "certificates/renew": "makes files of what stands",
    "certificates/ceremony/order": "sorts papers that stand",
    "certificates/hand-over/<certificate_reference>": "says who collects a paper, also after the lock",
    "certificates/hand-over/rest": "says who collects a paper, also after the lock",
    "certificates/hand-over/undo-rest": "says who collects a paper, also after the lock",
    "certificates/register/<any(pdf, xlsx):ending>": "is noted in the log",
    REVOCATION: "asks for a correction",
    f"{REVOCATION}/<revocation_reference>/confirm": "is a correction",
    f"{REVOCATION}/<revocation_reference>/refuse": "answers who asked",
    f"{REVOCATION}/<revocation_reference>/withdraw": "takes back what was asked",
    "lists/<any(institutions, participants, payments):kind>/<any(pdf, xlsx):ending>": "is noted in the log",
    "lists/rates": "pays for what was attended, after the lock",
    "report/<any(inside, outside):copy>": "is noted in the log",
    "copy": "makes another training",
    "nominations/<list_reference>/discard": "lets a list go that was never imported",
    "registrations/<registration_reference>/edit": "sets right how somebody is reached, and refuses the rest",
    "registrations/<registration_reference>/link": "opens a participant's own page",
    "registrations/links": "opens the participants' own pages",
    "registrations/slips": "opens the participants' own pages",
    "registrations/export": "is noted in the log",
    "registrations/list-export": "is noted in the log",
    "evaluation/questions": "is of the course",
    "assessments/questions": "is of the course",
    "assessments/questions/<question_reference>": "is of the course",
    "assessments/questions/<question_reference>/delete": "is of the course",
    "assessments/questions/<question_reference>/move": "is of the course",
    "assessments/questions/<question_reference>/restore": "is of the course",
    "assessments/questions/<question_reference>/retire": "is of the course",
    "mails/evaluation/remind": "tells people",
    f"{MAIL}/<registration_reference>/pass-on": "tells people",
    f"{MAIL}/send": "tells people",
    f"{MAIL}/switch": "tells people",
    f"{MAIL}/texts": "tells people",
}
OWN: dict[str, dict[str, str]] = {
    "/my/names": NAMES,
    "/my/withdrawal": {},
    "/my/evaluation": {},
    "/my/assessments/<any(pre, post):moment>": {"registration": "{registration}", "act": "as-it-is"},
}
_OF_TRAINING = "/trainings/<code>/"


def rules_of(app: Flask) -> dict[str, Rule]:
    """Return the POST routes of a training by what stands behind its address."""
    found = (rule for method, rule in walk.routes(app) if method == "POST")
    names = {rule.rule.removeprefix(_OF_TRAINING): rule for rule in found}
    return {name: rule for name, rule in names.items() if name in OWN or rule.rule.startswith(_OF_TRAINING)}


def filled(form: dict[str, str], world: World) -> dict[str, Any]:
    """Return a form with the values of the world."""
    training = db.session.scalars(select(Training).where(Training.code == world.here["code"])).one()
    reference = world.here["registration_reference"]
    registration = db.session.scalars(select(Registration).where(Registration.reference == reference)).one()
    person = db.session.get_one(Person, registration.person_id)
    values = {
        "version": training.version,
        "day": training.starts_on.isoformat(),
        "venue": training.venue_id,
        "registration": reference,
        "registration_version": registration.version,
        "person_version": person.version,
        "mark": "",
    }
    db.session.rollback()
    return {name: text.format(**values) for name, text in form.items()}


def arranged() -> World:
    """Return a world whose registration has a seat and nothing else yet; beside it somebody waits for one."""
    world = make_world()
    training = db.session.scalars(select(Training).where(Training.code == world.here["code"])).one()
    fresh = factories.make_registration(training=training, state="confirmed")
    factories.make_registration(training=training)
    request_id = str(factories.make_join_request(fresh).id)
    db.session.commit()
    here = world.here | {"registration_reference": fresh.reference, "request_id": request_id}
    world = replace(world, here=here, participant_id=fresh.id)
    db.session.rollback()
    return world


def test_every_address_of_a_training_is_looked_at(app: Flask) -> None:
    known, found = FORMS.keys() | LEFT_OPEN.keys() | OWN.keys(), rules_of(app).keys()
    new, gone = sorted(found - known), sorted(known - found)
    assert not new, f"Add what is sent there to FORMS, or say in LEFT_OPEN why it stays open: {new}"
    assert not gone, f"Take out: {gone}"


@pytest.mark.slow
def test_finalized_training_does_not_change(app: Flask) -> None:
    ground, routes = walk.Ground(app, arranged()), rules_of(app)
    changes_open = changed(ground, routes)
    assert len(changes_open) >= 25, f"The control is weak: only {sorted(changes_open)} change an open training."
    training = db.session.scalars(select(Training).where(Training.code == ground.world.here["code"])).one()
    training.state = "finalized"
    db.session.commit()
    ground = walk.Ground(app, ground.world)
    assert changed(ground, routes) == {}


def changed(ground: walk.Ground, routes: dict[str, Rule]) -> dict[str, set[str]]:
    """Send every form; return by address which tables it changed."""
    found, before = {}, walk.checksums()
    for name, form in (FORMS | OWN).items():
        who = "participant" if name in OWN else "coordinator here"
        browser = ground.browsers[who].again()
        data = filled(form, ground.world) | {"csrf_token": browser.csrf_token()}
        browser.send("POST", ground.world.address(routes[name]), data=data)
        after = walk.checksums()
        if tables := {table for table in before if after[table] != before[table]}:
            found[name] = tables
            ground.restore()
    return found
