"""Uses are counted in the database: once for all processes, and whatever becomes of the request."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from flask import Blueprint, Flask, abort
from sqlalchemy import func, select

from portal.access.guard import public
from portal.config import Settings
from portal.platform import limits
from portal.platform.db import db
from portal.platform.limits import Limit, LimitCounter, limited
from tests import applications
from tests.browser import Browser
from tests.factories import NOW
from tests.parallel import in_processes, in_threads

HOUR = timedelta(hours=1)
FIVE = Limit("test", 5, timedelta(minutes=1), lambda: "")


def try_often(app: Flask, attempts: int) -> int:
    """Count uses of one bucket at one moment; return how many were within the limit."""
    with app.app_context():
        return sum(not limits.take(FIVE, "someone", NOW).wait for _ in range(attempts))


def test_forty_attempts_over_all_processes_admit_five(app: Flask, settings: Settings) -> None:
    assert sum(in_processes(settings, try_often, [(10,)] * 4)) == 5
    assert db.session.scalars(select(LimitCounter.uses)).one() == 5


def try_often_in_memory(_app: Flask, attempts: int) -> int:
    """Count as a limiter that keeps its counters in the process."""
    uses: Counter[str] = Counter()
    admitted = 0
    for _ in range(attempts):
        uses["someone"] += 1
        admitted += uses["someone"] <= FIVE.uses
    return admitted


def test_control_counters_in_memory_admit_more(app: Flask, settings: Settings) -> None:
    assert sum(in_processes(settings, try_often_in_memory, [(10,)] * 4)) == 20


def test_forty_attempts_over_all_threads_admit_five(app: Flask) -> None:
    assert sum(in_threads(app, try_often, [(5,)] * 8)) == 5


def test_names_and_values_are_counted_apart(app: Flask) -> None:
    other = Limit("other", 5, timedelta(minutes=1), lambda: "")
    counted = [limits.take(limit, value, NOW).number for limit, value in ((FIVE, "a"), (FIVE, "b"), (other, "a"))]
    assert counted == [1, 1, 1]
    assert limits.take(FIVE, "A", NOW).number == 2  # In whatever case an address is typed.


@pytest.mark.parametrize("first", [0, 29])
def test_no_stretch_as_long_as_the_window_holds_more(app: Flask, first: int) -> None:
    """Wherever it begins: try again and again for three minutes, and count what was let through."""
    start = NOW.replace(second=0) + timedelta(seconds=first)
    most, admitted = try_for_three_minutes(start)
    assert most == FIVE.uses
    assert admitted >= 2 * FIVE.uses  # Nobody who goes on trying is kept out for good.


def test_control_windows_that_are_counted_apart_hold_more(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_HALVES", 1)
    assert try_for_three_minutes(NOW.replace(second=0))[0] > FIVE.uses


def try_for_three_minutes(start: datetime) -> tuple[int, int]:
    """Return the most that a minute of them held, and how many were let through in all."""
    moments = [start + timedelta(seconds=4 * turn) for turn in range(45)]
    admitted = [moment for moment in moments if not limits.take(FIVE, "a", moment).wait]
    return max(sum(moment <= one < moment + FIVE.window for one in admitted) for moment in moments), len(admitted)


def test_refused_are_told_when_they_are_let_in_again(app: Flask) -> None:
    for _turn in range(FIVE.uses):
        limits.take(FIVE, "a", NOW)
    wait = limits.take(FIVE, "a", NOW).wait
    assert 60 <= wait <= 90
    assert limits.take(FIVE, "a", NOW + timedelta(seconds=wait - 1)).wait == 1
    assert limits.take(FIVE, "a", NOW + timedelta(seconds=wait)).wait == 0


def test_beyond_a_ceiling_one_goes_on_in_each_pause(app: Flask) -> None:
    ceiling = Limit("ceiling", 3, timedelta(days=1), lambda: "", pause=timedelta(minutes=1))
    moments = [NOW + timedelta(seconds=10 * turn) for turn in range(25)]  # Four minutes.
    admitted = [moment for moment in moments if not limits.take(ceiling, "a", moment).wait]
    assert admitted[:4] == moments[:4]
    gaps = [later - earlier for earlier, later in pairwise(admitted[3:])]
    assert gaps and min(gaps) >= timedelta(minutes=1) and max(gaps) <= timedelta(seconds=100)


def test_what_was_no_failure_is_given_back(app: Flask) -> None:
    for _turn in range(FIVE.uses):
        limits.take(FIVE, "a", NOW)
    limits.forgive(FIVE, "a")
    db.session.commit()
    assert [limits.take(FIVE, "a", NOW).wait == 0 for _turn in range(2)] == [True, False]
    limits.forgive(FIVE, "never seen")  # Nothing to give back.
    db.session.commit()
    assert limits.take(FIVE, "never seen", NOW).number == 1


def test_value_is_stored_hashed(app: Flask) -> None:
    limits.take(FIVE, "aida@example.org", NOW)
    assert "aida" not in str(db.session.execute(select(LimitCounter.__table__)).all())


def test_sweep_forgets_old_windows_only(app: Flask) -> None:
    limits.take(FIVE, "old", NOW - timedelta(days=3))
    limits.take(FIVE, "new", NOW)
    limits.sweep(NOW)
    assert db.session.scalar(select(func.count()).select_from(LimitCounter)) == 1
    db.session.rollback()
    assert limits.take(FIVE, "new", NOW).number == 2


def limited_application(settings: Settings, *, asks_for_token: bool = False) -> Flask:
    """Return an application with a route that admits five failures by address, and always refuses what is sent."""
    app = applications.make(settings)
    app.config["WTF_CSRF_ENABLED"] = asks_for_token
    bp = Blueprint("limited", __name__)

    @bp.post("/limited")
    @public
    @limited(Limit("by address", 5, HOUR, limits.client_address))
    def refuse() -> str:
        abort(422)

    @bp.post("/well")
    @public
    @limited(Limit("by address", 5, HOUR, limits.client_address))
    def do() -> str:
        limits.forgive_request()
        return "done"

    app.register_blueprint(bp)
    return app


def test_refused_requests_count_too(settings: Settings) -> None:
    browser = Browser(limited_application(settings))
    assert [browser.send("POST", "/limited").status for _ in range(7)] == [422] * 5 + [429] * 2


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_forged_address_makes_no_new_bucket(settings: Settings, name: str) -> None:
    browser = Browser(limited_application(settings))
    answers = [browser.send("POST", "/limited", headers={name: f"10.0.0.{i}"}).status for i in range(7)]
    assert answers == [422] * 5 + [429] * 2


def test_only_the_configured_proxy_names_the_visitor(settings: Settings) -> None:
    browser = Browser(limited_application(applications.changed(settings, trusted_proxies=1)))
    forged = [f"10.0.0.{i}, 203.0.113.9" for i in range(7)]
    answers = [browser.send("POST", "/limited", headers={"X-Forwarded-For": address}).status for address in forged]
    assert answers == [422] * 5 + [429] * 2
    assert browser.send("POST", "/limited", headers={"X-Forwarded-For": "203.0.113.9, 203.0.113.10"}).status == 422


@pytest.mark.parametrize(
    ("address", "neighbor", "stranger"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:3::1"),
        ("::ffff:203.0.113.9", "203.0.113.9", "::ffff:203.0.113.10"),
        ("203.0.113.9", "203.0.113.9", "203.0.113.10"),
    ],
)
def test_one_customers_addresses_are_one(settings: Settings, address: str, neighbor: str, stranger: str) -> None:
    browser = Browser(limited_application(settings))

    def post(remote: str) -> int:
        return browser.send("POST", "/limited", environ_base={"REMOTE_ADDR": remote}).status

    assert [post(address) for _turn in range(5)] == [422] * 5
    assert [post(neighbor), post(stranger)] == [429, 422]


def test_uses_that_came_to_their_end_are_not_counted(settings: Settings) -> None:
    browser = Browser(limited_application(settings))
    assert [browser.send("POST", "/well").status for _turn in range(7)] == [200] * 7
    assert [browser.send("POST", "/limited").status for _turn in range(6)] == [422] * 5 + [429]
    assert browser.send("POST", "/well").status == 429


def test_form_without_its_token_counts_for_nothing(settings: Settings) -> None:
    """Or another site's pages, opened by many, would use up what their visitors have."""
    browser = Browser(limited_application(settings, asks_for_token=True))
    assert [browser.send("POST", "/limited").status for _turn in range(7)] == [400] * 7
    token = {"csrf_token": browser.csrf_token()}
    assert [browser.send("POST", "/limited", data=token).status for _turn in range(6)] == [422] * 5 + [429]


def test_window_starts_do_not_depend_on_the_zone(app: Flask) -> None:
    moment = datetime(2026, 9, 14, 18, 30, tzinfo=UTC)
    day = Limit("day", 5, timedelta(days=1), lambda: "")
    assert [limits.take(day, "a", moment).number, limits.take(day, "a", moment.astimezone()).number] == [1, 2]
