"""Two trainings with everything in them, one in Osh and one in the north, and one actor of every kind.

Tests that walk over all routes take the values of an address's variables from here. Whoever adds a variable to an
address names its value in `fill`, which also makes one row of every kind that a page shows.
Names, phones and posts of the people of Osh carry CANARY: they must not appear in an answer to a stranger to them.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from werkzeug.routing import Map, Rule
from werkzeug.routing.converters import AnyConverter

from portal.accounts.models import Account
from portal.attendance.models import VenueHelper
from portal.certificates import operations as certificate_operations
from portal.evaluation.rules import FEWEST
from portal.materials import operations as material_operations
from portal.nominations import operations as nomination_operations
from portal.people.models import Person, PersonName
from portal.platform.db import Base, db
from portal.platform.tokens import random_code
from portal.registration.models import Registration
from portal.stock.rules import Reason
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.factories.base import letters_of

CANARY = "Канарейкина"
CANARY_PHONE = "+996555010203"
WHO = (
    "stranger",
    "participant",
    "venue helper",
    "donor",
    "focal point",
    "vetting officer",
    "auditor",
    "coordinator here",
    "coordinator elsewhere",
    "administrator",
)
INSIDERS = ("auditor", "coordinator here", "administrator")
READS_NAMES = "venue helper"  # On the rosters of their days; no phone of anybody.


class UnknownVariable(AssertionError):
    """An address has a variable that the world does not know."""


@dataclass(frozen=True)
class World:
    """What the walks need: values of variables here and elsewhere, and ids of who walks."""

    here: dict[str, str]
    elsewhere: dict[str, str]
    account_ids: dict[str, int]
    participant_id: int
    helper_id: int

    def address(self, rule: Rule, *, foreign: frozenset[str] = frozenset(), **others: str) -> str:
        """Return an address of the rule in Osh; the variables named `foreign` are of the north, `others` as given."""
        values = {}
        for name, converter in rule._converters.items():
            if isinstance(converter, AnyConverter):
                values[name] = sorted(converter.items)[0]
                continue
            if name not in self.here:
                raise UnknownVariable(f"Give <{name}> of {rule.rule} a value in tests/world.py.")
            values[name] = ((self.elsewhere if name in foreign else self.here) | others)[name]
        adapter = Map([rule.empty()]).bind("localhost")
        return adapter.build(rule.endpoint, values)

    def browser(self, app: object, who: str, language: str = "en") -> Browser:
        """Return the browser of an actor."""
        browser = Browser(app, language)  # type: ignore[arg-type]
        if who in self.account_ids:
            browser.sign_in(db.session.get_one(Account, self.account_ids[who]))
        elif who == "participant":
            browser.open_own_page(db.session.get_one(Registration, self.participant_id))
        elif who == "venue helper":
            browser.open_helper_page(db.session.get_one(VenueHelper, self.helper_id))
        return browser


def make_world(registrations: int = 3) -> World:
    """Make the world, with this many registrations in Osh, and commit it."""
    here = factories.make_training(region="KG-GO")
    elsewhere = factories.make_training(region="KG-Y", course=factories.make_course())
    values_here = fill(here, registrations)
    values_elsewhere = fill(elsewhere, 1, family="Северная", phone="+996555090807")
    # The focal point's institution is asked for people of its own; those who are there are another one's.
    factories.make_allotment(here, 5, institution=factories.get_institution("GPO"))
    accounts = {
        "donor": factories.make_account("donor", projects=[factories.get_project()]),
        "focal point": factories.make_account("focal_point", institution=factories.get_institution("GPO")),
        "vetting officer": factories.make_account("vetting_officer"),
        "auditor": factories.make_account("auditor"),
        "coordinator here": factories.make_coordinator("Аида", side="south"),
        "coordinator elsewhere": factories.make_coordinator("Бакыт", side="north"),
        "administrator": factories.make_account("administrator"),
    }
    values_here["feed_token"] = factories.make_calendar_feed(accounts["coordinator here"])
    values_elsewhere["feed_token"] = factories.make_calendar_feed(accounts["coordinator elsewhere"])
    # The participant is of Osh too, and her own name is no canary: the others' are.
    herself = factories.make_person("Асанова", "Чолпон", latin="ASANOVA Cholpon")
    participant = factories.make_registration(training=here, person=herself, state="confirmed")
    factories.make_attendance(participant)
    factories.make_certificate(participant)
    account = factories.make_account("donor", projects=[factories.get_project()])
    helper = factories.make_venue_helper(here)
    factories.make_assessment(here, "post")  # Open, and hers to answer.
    release = factories.make_release(here.project)
    values_here |= {"release_number": str(release.number), "part_code": here.project.code}
    db.session.commit()
    world = World(
        here=values_here | {"account_reference": account.reference},
        elsewhere=values_elsewhere,
        account_ids={who: account.id for who, account in accounts.items()},
        participant_id=participant.id,
        helper_id=helper.id,
    )
    db.session.rollback()
    return world


def fill(training: Training, registrations: int, *, family: str = CANARY, phone: str = CANARY_PHONE) -> dict[str, str]:
    """Give a training people who were there and have their certificates; return the values of the first of each."""
    made = []
    questions = factories.make_questions(training.course)
    for number in range(min(registrations, 3)):
        person = factories.make_person(
            f"{family}-{letters_of(number)}", post=f"следователь {family}", phone=phone, latin=f"{family} Jyldyz"
        )
        registration = factories.make_registration(training=training, person=person, state="confirmed")
        factories.make_attendance(registration)
        factories.make_sheet(registration)
        made.append((registration, factories.make_certificate(registration)))
    multiply(made[-1][0], registrations - len(made))
    factories.make_evaluation(training, max(registrations, FEWEST))
    nomination_list = factories.make_nomination_list(training, rows=registrations, family=family)
    bundles = {"zip": factories.make_document(b"PK").id, "print": factories.make_document().id}
    numbers = [certificate.number for _registration, certificate in made]
    factories.make_job(certificate_operations.JOB, training.code, state="done", result={**bundles, "numbers": numbers})
    factories.make_job(certificate_operations.JOB, training.code, state="running")
    factories.make_job(nomination_operations.JOB, nomination_list.reference, state="running")
    registration, certificate = made[0]
    pause = factories.make_break(training)
    factories.make_facilitator(training.sessions[0], factories.make_person("Ведущий", "Эксперт"))
    factories.make_agenda_version(training)
    material = factories.make_material()
    office = factories.make_stock(material, place=factories.make_office(training.region_code))
    factories.make_movement(material, office, material_operations.take_training(training), 30, Reason.MOVED)
    factories.make_movement(material, office, material_operations.take_participants(training), 2, Reason.GIVEN)
    handover = factories.make_handover(training, material)
    factories.make_receipt(registration, material)
    scan = factories.make_receipt_scan(training, material)
    return {
        "code": training.code,
        "material_reference": material.reference,
        "handover_reference": handover.reference,
        "serial": "1",
        "place_id": str(office.id),
        "receipt_scan_reference": scan.reference,
        "break_reference": pause.reference,
        "paper_number": f"{training.code}-S1",
        "version_number": "1",
        "session_reference": training.sessions[0].reference,
        "registration_reference": registration.reference,
        "certificate_reference": certificate.number,
        "series": certificate.series,
        "year": str(certificate.year),
        "revocation_reference": factories.make_revocation_request(certificate).reference,
        "list_reference": nomination_list.reference,
        "question_reference": questions[0].reference,
        "row_number": "2",
        "token": factories.make_join_link(training),
        "bulk_reference": factories.make_bulk_act(registration).reference,
        "helper_reference": factories.make_venue_helper(training).reference,
        "request_id": str(factories.make_join_request(registration).id),
        "day": training.starts_on.isoformat(),
        "course_id": str(training.course_id),
        "project_id": str(training.project_id),
        "template_id": str(factories.make_template(course=training.course, project=training.project).id),
        "logo_id": str(factories.make_logo(training.project).id),
        "donor_id": str(training.project.donors[0].id),
        "venue_id": str(training.venue_id),
        "institution_id": str(factories.get_institution("OMB").id),
        "rank_id": str(factories.get_rank().id),
        "post_id": str(factories.get_post().id),
        "center_id": str(factories.make_center(training.region_code).id),
    }


def multiply(pattern: Registration, times: int) -> None:
    """Add further people like one that is there, with all that hangs on them, in few statements."""
    db.session.flush()
    persons = _copies("person", Person.id == pattern.person_id, times)
    _copies("person_name", PersonName.person_id == pattern.person_id, times, person_id=persons)
    registrations = _copies("registration", Registration.id == pattern.id, times, person_id=persons)
    for table in ("registration_decision", "attendance_mark", "certificate", "assessment_sheet"):
        of_pattern = Base.metadata.tables[table].c.registration_id == pattern.id
        _copies(table, of_pattern, times, registration_id=registrations)


def _copies(table_name: str, of_pattern: ColumnElement[bool], times: int, **owners: list[int]) -> list[int]:
    """Copy the rows of a pattern for each owner; return the id of the first copy for each."""
    table = Base.metadata.tables[table_name]
    rows = [dict(row._mapping) for row in db.session.execute(table.select().where(of_pattern))]
    first_id = (db.session.scalar(select(func.max(table.c.id))) or 0) + 1
    copies = []
    for number in range(times):
        for place, row in enumerate(rows):
            owned = {column: ids[number] for column, ids in owners.items()}
            copies.append(row | owned | {"id": first_id + number * len(rows) + place} | _unique(row, number))
    if copies:
        db.session.execute(table.insert(), copies)
    return [first_id + number * len(rows) for number in range(times)]


def _unique(row: dict[str, object], number: int) -> dict[str, object]:
    """Return other values for the columns that may not repeat."""
    made = {"reference": 10, "code": 12, "token": 22, "mark_id": 22, "number": 20}
    values: dict[str, object] = {name: random_code(length) for name, length in made.items() if name in row}
    if "serial" in row:
        values["serial"] = 1000 + number
    if "sort_key" in row:
        values["sort_key"] = f"{row['sort_key']}{number:04d}"
    if "order" in row:
        values["order"] = 1000 + number
    return values
