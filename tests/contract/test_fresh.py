"""What hands out names or keys, or is hard to take back: a form, asked for by whoever is there, and recorded.

`MANY` and `FEW` name every answer that is a file. Whoever adds one says whether it carries the names of several people;
then it is a POST, asks for a sign-in of the last minutes, and leaves an entry in the audit log.
"""

from collections.abc import Collection
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.routing import Rule

from portal.accounts.models import AccountSession
from portal.audit.models import AuditEntry
from portal.certificates import operations as certificate_operations
from portal.certificates.queries import list_standing_numbers
from portal.platform import clock
from portal.platform.db import db
from portal.trainings.queries import get_training
from tests import factories
from tests.browser import Answer
from tests.contract import walk
from tests.world import World, make_world

pytestmark = pytest.mark.databases("sqlite")

LONG = timedelta(minutes=16)
T = "/trainings/<code>"
ASK = {"language": "en", "people": "new"}  # What the forms before some files must say.

# Files with the names of several people.
MANY = {
    "POST /audit/export",
    "POST /certificate-registers/<series>/<int:year>/<any(pdf, xlsx):ending>",
    "POST /materials/<material_reference>/custody/xlsx",
    f"POST {T}/attendance/sheets/<day>/pdf",
    f"POST {T}/certificates/<any(zip, print):kind>",
    f"POST {T}/certificates/register/<any(pdf, xlsx):ending>",
    f"POST {T}/lists/<any(institutions, participants, payments):kind>/<any(pdf, xlsx):ending>",
    f"POST {T}/nominations/<list_reference>/bad-rows",
    f"POST {T}/receipts/<material_reference>/pdf",
    f"POST {T}/receipts/scans/<receipt_scan_reference>",
    f"POST {T}/registrations/export",
    f"POST {T}/registrations/list-export",
    f"POST {T}/registrations/slips",
    f"POST {T}/report/<any(inside, outside):copy>",
}
# Files that carry no list of people, and why.
FEW = {
    "GET /calendar/feeds/<feed_token>.ics": "says what, when and where; names nobody",
    "GET /certificate-templates/<int:template_id>/specimen.pdf": "an invented person",
    "GET /hand-over-acts/<handover_reference>/act.pdf": "two officials who sign in their office; the act is theirs",
    "GET /hand-over-acts/<handover_reference>/discrepancies.pdf": "as the act",
    "GET /hand-over-acts/<handover_reference>/preview.pdf": "as the act",
    "GET /hand-over-acts/<handover_reference>/scan": "as the act",
    "GET /hand-over-acts/<handover_reference>/void-copy.pdf": "as the act",
    "GET /my/calendar.ics": "one's own days",
    "GET /my/certificate": "one's own",
    "GET /projects/<int:project_id>/logos/<int:logo_id>/picture": "a picture",
    "GET /projects/<int:project_id>/specimen.pdf": "an invented person",
    "GET /summary/releases/<int:release_number>/<part_code>/release.csv": "counts that single nobody out",
    "GET /summary/releases/<int:release_number>/<part_code>/release.json": "counts that single nobody out",
    "GET /summary/releases/<int:release_number>/<part_code>/release.xlsx": "counts that single nobody out",
    f"GET {T}/agenda/calendar.ics": "the programme, with who speaks",
    f"GET {T}/agenda/sessions/<session_reference>.ics": "the programme, with who speaks",
    f"GET {T}/agenda/versions/<int:version_number>.pdf": "the programme, with who speaks",
    f"GET {T}/certificates/<certificate_reference>/file": "one person, whose page it is taken from",
    f"GET {T}/evaluation/results.xlsx": "answers without names",
    "GET /verify/key.pem": "a public key",
    "GET /verify/keys.pem": "public keys",
    "GET /verify/root.pem": "a public certificate",
    "GET /healthz": "whether it lives",
    "GET /readyz": "whether it works",
}
# What is no file and still asks: it gives somebody a key or a right, takes one away, or is hard to take back.
ACTS = {
    "GET /accounts/new",
    "POST /account/second-factor/begin",
    "POST /account/second-factor/codes",
    "POST /account/second-factor/confirm",
    "POST /account/second-factor/remove",
    "POST /accounts",
    "POST /accounts/<account_reference>",
    "POST /accounts/<account_reference>/close",
    "POST /accounts/<account_reference>/end-sign-ins",
    "POST /accounts/<account_reference>/invite-again",
    "POST /accounts/<account_reference>/reopen",
    "POST /accounts/<account_reference>/reset-second-factor",
    "POST /summary/publish",
    f"POST {T}/certificates/<certificate_reference>/reissue",
    f"POST {T}/certificates/<certificate_reference>/revocation/<revocation_reference>/confirm",
    f"POST {T}/corrections/<registration_reference>/<any(mark, shortfall, facts, issue, reissue):slug>",
    f"POST {T}/registrations/<registration_reference>/link",
    f"POST {T}/registrations/links",
    f"POST {T}/venue-helpers",
}
_MAIL = f"{T}/mails/<any(invitation, confirmation, waitlisted, declined, reminder, moved, cancelled, evaluation, "
TEXTS = {f"{method} {_MAIL}certificate):kind>/texts" for method in ("GET", "POST")}  # They carry personal links.
FRESH = MANY | ACTS | TEXTS


@pytest.fixture
def world(app: Flask) -> World:
    """Return a world in which the files for the certificates of today are made."""
    made = make_world()
    training = get_training(made.here["code"])
    assert training is not None
    files = {"zip": factories.make_document(b"PK today").id, "print": factories.make_document(b"%PDF today").id}
    numbers = list_standing_numbers(training)
    factories.make_job(certificate_operations.JOB, training.code, state="done", result={**files, "numbers": numbers})
    db.session.commit()
    return made


def is_fresh(app: Flask, rule: Rule) -> bool:
    """Tell whether a route declares that it asks again."""
    return hasattr(app.view_functions[rule.endpoint], "keeps")


def entries() -> int:
    """Return how many entries the log has."""
    db.session.rollback()
    return db.session.scalar(select(func.count(AuditEntry.id))) or 0


def is_file(answer: Answer) -> bool:
    """Tell whether an answer is a file to keep, not a page or a part of one."""
    has_name = "attachment" in answer.headers.get("Content-Disposition", "")
    return answer.status == 200 and (has_name or answer.response.mimetype != "text/html")


def test_what_asks_again_is_what_the_table_says(app: Flask) -> None:
    declared = {walk.name_of(method, rule) for method, rule in walk.routes(app) if is_fresh(app, rule)}
    assert declared == FRESH


def test_files_with_names_are_forms(app: Flask) -> None:
    assert not [name for name in MANY if not name.startswith("POST ")]
    assert FEW.keys() <= {walk.name_of(method, rule) for method, rule in walk.routes(app)}, "Take out what is gone."


def send_all(app: Flask, world: World, names: Collection[str] | None = None) -> dict[str, tuple[bool, int]]:
    """Ask for everything, or for some, as somebody who may; return of each whether it was a file, and new entries."""
    ground, table, found = walk.Ground(app, world), walk.read_table(), {}
    for method, rule in walk.routes(app):
        name = walk.name_of(method, rule)
        if names is not None and name not in names:
            continue
        who = next((who for who in walk.READERS if table[name][who] == walk.YES), "administrator")
        browser = ground.browsers[who].again()
        before = entries()
        data = ASK | {"csrf_token": browser.csrf_token()} if method == "POST" else None
        answer = browser.send(method, world.address(rule), data=data)
        found[name] = is_file(answer), entries() - before
        if method == "POST":
            ground.restore()
    return found


def test_files_with_names_are_recorded(app: Flask, world: World) -> None:
    assert {name: told for name, told in send_all(app, world, MANY).items() if told != (True, 1)} == {}


@pytest.mark.slow
def test_every_file_says_whether_it_names_people(app: Flask, world: World) -> None:
    files = {name for name, (was_file, _entries) in send_all(app, world).items() if was_file}
    assert not files - MANY - FEW.keys(), "Say in MANY or FEW whether it carries the names of several people."


def test_whoever_signed_in_long_ago_is_asked_again_and_changes_nothing(app: Flask, world: World) -> None:
    ground = walk.Ground(app, world)
    db.session.execute(update(AccountSession).values(verified_at=clock.now() - LONG))
    db.session.commit()
    for who in ("administrator", "coordinator here"):
        ground.browsers[who].csrf_token()
    before, tried = walk.checksums(), 0
    for method, rule in walk.routes(app):
        name = walk.name_of(method, rule)
        if name not in FRESH:
            continue
        answer = walk.ask(ground.browsers["administrator"], method, world.address(rule))
        assert answer.status == 401, name
        assert answer.headers["HX-Redirect"].startswith("/sign-in/again?next=/"), name
        tried += 1
    assert tried == len(FRESH)
    after = walk.checksums()
    assert {table for table in after if after[table] != before[table]} <= {"limit_counter"}
