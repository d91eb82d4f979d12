"""Who may open what: every route declares it, the table in docs/access.md says it, and the walk proves it."""

import re
from collections.abc import Iterator

import pytest
from flask import Blueprint, Flask
from werkzeug.routing import IntegerConverter, Rule

from portal.access import guard
from portal.access.guard import UndeclaredRoute, public
from portal.config import Settings
from tests import applications
from tests.contract import walk
from tests.platform.test_headers import EVERYWHERE
from tests.world import CANARY, CANARY_PHONE, INSIDERS, READS_NAMES, WHO, World, make_world

pytestmark = pytest.mark.databases("sqlite")

_SHARES = 8  # Into so many parts everybody is divided; each part tries an address in its turn.
# What belongs to no training: a title is handed over at all of them, numbers of a series are given at all.
SHARED = {"material_reference", "series", "year"}
_VARIABLE = r"<(any\([a-z0-9, -]+\):|date:|int:)?[a-z_]+>"
SEGMENT = re.compile(rf"([a-z0-9]+(-[a-z0-9]+)*|{_VARIABLE})(\.[a-z]{{3,4}})?")


@pytest.fixture
def ground(app: Flask) -> Iterator[walk.Ground]:
    """Return a world that every kind of visitor is signed in to."""
    world: World = make_world()
    yield walk.Ground(app, world)


def test_undeclared_route_stops_the_start(settings: Settings) -> None:
    app = applications.make(settings)
    bp = Blueprint("forgotten", __name__)
    bp.get("/forgotten", endpoint="forgotten")(lambda: "anybody reads this")
    bp.get("/open", endpoint="open")(public(lambda: "declared"))
    app.register_blueprint(bp)
    with pytest.raises(UndeclaredRoute, match=r"for: forgotten\.forgotten$"):
        guard.check_routes(app)


def test_addresses_are_kebab_case_and_typed(app: Flask) -> None:
    wrong = [
        rule.rule
        for _method, rule in walk.routes(app)
        if not all(SEGMENT.fullmatch(part) for part in rule.rule.strip("/").split("/") if part)
    ]
    assert not wrong, f"Use lower-case words with hyphens, and one named variable to a segment: {wrong}"


def test_each_address_reads_or_changes(app: Flask) -> None:
    wrong = [rule.rule for rule in app.url_map.iter_rules() if not _reads_or_changes(rule)]
    assert not wrong, f"One view reads (GET), another changes (POST): {wrong}"


def _reads_or_changes(rule: Rule) -> bool:
    return (rule.methods or set()) - {"HEAD", "OPTIONS"} in ({"GET"}, {"POST"})


# A calendar program can only read an address; what it reads there names nobody, and one button ends the address.
# The form for registering says nothing but what a training is; its address is printed on letters and stays as it is.
_BY_ADDRESS = {"/calendar/feeds/<feed_token>.ics", "/join/<token>"}


def test_nothing_opens_by_its_address_alone(app: Flask) -> None:
    public_routes = [rule for _method, rule in walk.routes(app) if app.view_functions[rule.endpoint].access is None]
    wrong = [rule.rule for rule in public_routes if rule.arguments and rule.rule not in _BY_ADDRESS]
    assert len(public_routes) > 5
    assert not wrong, f"What needs no sign-in carries its secret in the form or the fragment: {wrong}"


def test_table_names_every_route(app: Flask) -> None:
    table = walk.read_table()
    assert [head for row in table.values() for head in row if head not in WHO] == []
    names = {walk.name_of(method, rule) for method, rule in walk.routes(app)}
    lines = [line for line in walk.print_table(app) if any(f"`{name}`" in line for name in names - table.keys())]
    assert not names - table.keys(), "Add to docs/access.md, after reading every cell:\n" + "\n".join(lines)
    assert not table.keys() - names, f"Remove from docs/access.md: {sorted(table.keys() - names)}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "share" in metafunc.fixturenames:
        is_all = metafunc.config.getoption("--slow")
        metafunc.parametrize("share", [1 if is_all else _SHARES], ids=["all" if is_all else "some"])


def test_everybody_gets_what_the_table_says(ground: walk.Ground, app: Flask, share: int) -> None:
    """Everybody tries every address under --slow; otherwise each address is tried by a part of them, in turn."""
    table = walk.read_table()
    faults = []
    for turn, (method, rule) in enumerate(walk.routes(app)):
        if walk.name_of(method, rule) not in table:
            continue  # The test before this one names it.
        expected, address = table[walk.name_of(method, rule)], ground.world.address(rule)
        some = WHO[turn % share :: share]
        for who in sorted(some, key=lambda who: expected.get(who) == walk.YES):  # Refusals first: they change nothing.
            is_effect = method == "POST" and expected.get(who) == walk.YES
            browser = ground.browsers[who].again() if is_effect else ground.browsers[who]
            answer = walk.ask(browser, method, address)
            if walk.answer_of(answer) != expected.get(who):
                faults.append(f"{method} {rule.rule} answers the {who}: {walk.answer_of(answer)}, {expected.get(who)}")
            if any(answer.headers.get(name) != value for name, value in EVERYWHERE.items()):
                faults.append(f"{method} {rule.rule} lacks a protecting header")
            if who not in INSIDERS and _canaries(answer, CANARY_PHONE if who == READS_NAMES else None):
                faults.append(f"{method} {rule.rule} shows the {who} a person of Osh")
            if is_effect:
                ground.restore()
    assert not faults, "\n".join(faults)


def _canaries(answer: object, only: str | None = None) -> bool:
    shown = repr(dict(answer.headers)) + answer.body.decode(errors="replace")  # type: ignore[attr-defined]
    return any(canary in shown for canary in ([only] if only else (CANARY, CANARY.upper(), CANARY_PHONE)))


def test_canary_would_be_seen(ground: walk.Ground) -> None:
    code = ground.world.here["code"]
    answer = walk.ask(ground.browsers["coordinator here"], "GET", f"/trainings/{code}/names")
    assert answer.status == 200
    assert _canaries(answer)


def test_object_of_another_training_is_not_there(ground: walk.Ground, app: Flask) -> None:
    tried, faults = 0, []
    for method, rule in walk.routes(app):
        objects = {name for name in rule.arguments if name == "code" or name.endswith("_reference")} - SHARED
        if len(objects) < 2:
            continue
        for foreign in objects:
            for who in ("coordinator here", "administrator"):
                address = ground.world.address(rule, foreign=frozenset({foreign}))
                answer = walk.ask(ground.browsers[who], method, address)
                tried += 1
                if answer.status != 404:
                    faults.append(f"{method} {rule.rule} with a foreign <{foreign}> answers the {who} {answer.status}")
    assert tried > 0
    assert not faults, "\n".join(faults)


def test_number_that_is_none_is_not_there(ground: walk.Ground, app: Flask) -> None:
    """No database takes it, so each would answer with a fault of its own."""
    administrator, faults = ground.browsers["administrator"], []
    numbered = [
        (method, rule, name)
        for method, rule in walk.routes(app)
        for name, converter in rule._converters.items()
        if isinstance(converter, IntegerConverter)
    ]
    assert len(numbered) > 30
    for number in (2**31, 10**23):
        for method, rule, name in numbered:
            answer = walk.ask(administrator, method, ground.world.address(rule, **{name: str(number)}))
            if answer.status != 404:
                faults.append(f"{method} {rule.rule} with <{name}> {number} answers {answer.status}")
    assert not faults, "\n".join(faults)


@pytest.mark.slow
def test_reading_changes_nothing(ground: walk.Ground, app: Flask) -> None:
    faults = []
    before = walk.checksums()
    for method, rule in walk.routes(app):
        if method != "GET" or rule.rule == "/readyz":  # It proves that a row can be written by writing one.
            continue
        for who in ("administrator", "participant", "stranger"):
            for reading in ("GET", "HEAD"):
                ground.browsers[who].send(reading, ground.world.address(rule))
        after = walk.checksums()
        if after != before:
            faults.append(f"{rule.rule} changed {[name for name in after if after[name] != before[name]]}")
            before = after
    assert not faults, "\n".join(faults)


def test_changed_row_would_be_seen(ground: walk.Ground) -> None:
    before = walk.checksums()
    ground.browsers["administrator"].again().post("/sign-out", {})
    after = walk.checksums()
    assert {name for name in after if after[name] != before[name]} == {
        "account_session",
        "audit_entry",
        "audit_head",
        "audit_detail",
    }


def test_form_without_its_token_is_refused(ground: walk.Ground, app: Flask) -> None:
    before = walk.checksums()
    for method, rule in walk.routes(app):
        if method == "POST":
            answer = ground.browsers["administrator"].send("POST", ground.world.address(rule), data={})
            assert answer.status == 400, rule.rule
    after = walk.checksums()
    assert {name for name in after if after[name] != before[name]} == set()
