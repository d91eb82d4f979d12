"""The guard loads what an address names and lets nobody past who may not."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Blueprint, Flask, g

from portal.access.guard import public, requires, seal_of_typed
from portal.access.permissions import Permission
from portal.access.policy import Scope
from portal.accounts.models import Account
from portal.config import Settings
from portal.registration.models import Registration
from tests import applications
from tests.browser import HTMX, Browser
from tests.factories import make_account, make_coordinator, make_registration

pytestmark = pytest.mark.own_app


@dataclass(frozen=True)
class Thing:
    """Something in a region and a training."""

    name: str
    scope: Scope


THINGS = {
    "osh": Thing("osh", Scope(region="KG-GO", training_id=1)),
    "osh-part": Thing("osh-part", Scope(region="KG-GO", training_id=1)),
    "osh-other": Thing("osh-other", Scope(region="KG-GO", training_id=2)),
    "naryn": Thing("naryn", Scope(region="KG-N", training_id=3)),
    "person": Thing("person", Scope(region="KG-GO")),
}


def get_thing(thing: str) -> Thing | None:
    return THINGS.get(thing)


def get_part(part: str) -> Thing | None:
    return THINGS.get(part)


@pytest.fixture
def guarded(settings: Settings) -> Any:
    """Return an application with guarded routes, its context open."""
    app = applications.make(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    bp = Blueprint("guarded", __name__)

    @bp.get("/things/<thing>/<part>/<word>")
    @requires(Permission.VIEW_TRAININGS, whole=get_thing, part=get_part)
    def both(whole: Thing, part: Thing, word: str) -> str:
        return f"{whole.name} {part.name} {word}"

    @bp.route("/things/<thing>", methods=["GET", "POST"])
    @requires(Permission.EDIT_TRAINING, whole=get_thing)
    def one(whole: Thing) -> str:
        return whole.name

    @bp.get("/mine")
    @requires(Permission.VIEW_OWN_REGISTRATION)
    def mine() -> str:
        return "mine"

    @bp.get("/everybody")
    @public
    def everybody() -> str:
        return "everybody"

    app.register_blueprint(bp)
    with app.app_context():
        yield app


@pytest.fixture
def south(guarded: Flask) -> Browser:
    return Browser(guarded).sign_in(make_coordinator("Аида", side="south"))


def test_view_receives_the_objects_and_the_rest(south: Browser) -> None:
    assert south.send("GET", "/things/osh/osh-part/word").text == "osh osh-part word"
    assert south.send("GET", "/things/osh/person/word").text == "osh person word"


@pytest.mark.parametrize(
    "path",
    ["/things/nothing", "/things/naryn", "/things/osh/nothing/w", "/things/osh/naryn/w", "/things/osh/osh-other/w"],
    ids=["not there", "not theirs", "part not there", "part not theirs", "part of another"],
)
def test_object_that_is_not_theirs_is_not_there(south: Browser, path: str) -> None:
    foreign, missing = south.send("GET", path), south.send("GET", "/things/no-such-thing")
    assert foreign.status == missing.status == 404


def test_part_of_another_training_is_not_there_for_the_administrator_too(guarded: Flask) -> None:
    admin = Browser(guarded).sign_in(make_account("administrator"))
    assert admin.send("GET", "/things/naryn/naryn/w").status == 200
    assert admin.send("GET", "/things/osh/osh-other/w").status == 404


def test_role_without_the_right_learns_nothing_about_the_object(guarded: Flask) -> None:
    auditor = Browser(guarded).sign_in(make_account("auditor"))
    assert [auditor.send("GET", f"/things/{name}").status for name in ("osh", "no-such-thing")] == [403, 403]


def test_stranger_is_sent_to_the_sign_in_page_and_back(guarded: Flask) -> None:
    answer = Browser(guarded).send("GET", "/things/osh?a=1&b=ө")
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/sign-in?next=/things/osh?a%3D1%26b%3D")


def test_stranger_learns_nothing_about_the_object(guarded: Flask) -> None:
    there, missing = (Browser(guarded).send("GET", f"/things/{name}") for name in ("osh", "abc"))
    assert there.status == missing.status
    assert there.headers["Location"].replace("osh", "abc") == missing.headers["Location"]


def test_form_of_a_stranger_is_not_repeated_after_the_sign_in(guarded: Flask) -> None:
    location = Browser(guarded).send("POST", "/things/osh", data={"name": "secret"}).headers["Location"]
    assert location == "/sign-in?next=/things/osh&lost=1"


FORM_PAGE = "/things/osh?part=2"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Referer": f"http://localhost{FORM_PAGE}"}, "/things/osh?part%3D2"),
        ({"HX-Request": "true", "HX-Current-URL": f"http://localhost{FORM_PAGE}"}, "/things/osh?part%3D2"),
        ({"Referer": f"http://evil.example{FORM_PAGE}"}, "/things/osh"),
        ({"HX-Request": "true", "HX-Current-URL": f"http://localhost@evil.example{FORM_PAGE}"}, "/things/osh"),
        ({"Referer": "nonsense"}, "/things/osh"),
    ],
)
def test_lost_sign_in_leads_back_to_the_page_of_the_form(guarded: Flask, headers: dict[str, str], expected) -> None:
    answer = Browser(guarded).send("POST", "/things/osh", headers=headers)
    location = answer.headers.get("HX-Redirect") or answer.headers["Location"]
    assert location == f"/sign-in?next={expected}&lost=1"


def test_key_of_what_is_typed_belongs_to_one_person(guarded: Flask) -> None:
    def key(account: Account | None) -> str:
        with guarded.test_request_context():
            if account is not None:
                g.actor = account
            sealed = seal_of_typed()
            g.pop("actor", None)
            return sealed

    aida, bakyt = make_coordinator("Аида", side="south"), make_coordinator("Бакыт", side="north")
    keys = [key(aida), key(bakyt), key(None)]
    assert len(set(keys)) == 3 and key(aida) == keys[0]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_part_of_a_page_never_becomes_the_sign_in_page(guarded: Flask, method: str) -> None:
    answer = Browser(guarded).send(method, "/things/osh", headers=HTMX)
    assert (answer.status, answer.text) == (401, "")
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


def test_participant_and_account_are_asked_for_apart(guarded: Flask, south: Browser) -> None:
    registration: Registration = make_registration(state="confirmed")
    participant = Browser(guarded).open_own_page(registration)
    assert participant.send("GET", "/mine").text == "mine"
    assert participant.send("GET", "/things/osh").headers["Location"].startswith("/sign-in")
    assert south.send("GET", "/mine").headers["Location"] == "/my"


def test_own_page_opens_beside_an_account(guarded: Flask) -> None:
    account: Account = make_account("administrator")
    both = Browser(guarded).sign_in(account).open_own_page(make_registration(state="confirmed"))
    assert both.send("GET", "/mine").text == "mine"
    assert both.send("GET", "/things/osh").text == "osh"


def test_public_page_asks_for_nothing(guarded: Flask) -> None:
    answer = Browser(guarded).send("GET", "/everybody")
    assert (answer.text, answer.queries) == ("everybody", [])
