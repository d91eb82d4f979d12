"""Uses are counted in the database: once for all processes, and whatever becomes of the request."""

from collections import Counter
from datetime import UTC, datetime, timedelta

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

FOREVER = timedelta(days=36_500)  # A window that no test run can cross.
FIVE = Limit("test", 5, timedelta(minutes=1), lambda: "")


def try_often(app: Flask, attempts: int) -> int:
    """Count uses of one bucket at one moment; return how many were within the limit."""
    with app.app_context():
        return sum(limits.count(FIVE, "someone", NOW) <= FIVE.uses for _ in range(attempts))


def test_forty_attempts_over_all_processes_admit_five(app: Flask, settings: Settings) -> None:
    assert sum(in_processes(settings, try_often, [(10,)] * 4)) == 5
    assert db.session.scalars(select(LimitCounter.uses)).one() == 40


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


def test_windows_and_values_are_counted_apart(app: Flask) -> None:
    other = Limit("other", 5, timedelta(minutes=1), lambda: "")
    counted = [
        limits.count(FIVE, "a", NOW),
        limits.count(FIVE, "a", NOW + timedelta(seconds=59)),
        limits.count(FIVE, "a", NOW + timedelta(seconds=60)),
        limits.count(FIVE, "b", NOW),
        limits.count(other, "a", NOW),
    ]
    assert counted == [1, 2, 1, 1, 1]


def test_value_is_stored_hashed(app: Flask) -> None:
    limits.count(FIVE, "aida@example.org", NOW)
    assert "aida" not in str(db.session.execute(select(LimitCounter.__table__)).all())


def test_sweep_forgets_old_windows_only(app: Flask) -> None:
    limits.count(FIVE, "old", NOW - timedelta(days=3))
    limits.count(FIVE, "new", NOW)
    limits.sweep(NOW)
    assert db.session.scalar(select(func.count()).select_from(LimitCounter)) == 1
    db.session.rollback()
    assert limits.count(FIVE, "new", NOW) == 2


def limited_application(settings: Settings) -> Flask:
    """Return an application with a route that admits five uses by address, and always refuses what is sent."""
    app = applications.make(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    bp = Blueprint("limited", __name__)

    @bp.post("/limited")
    @public
    @limited(Limit("by address", 5, FOREVER, limits.client_address))
    def refuse() -> str:
        abort(422)

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


def test_window_starts_do_not_depend_on_the_zone(app: Flask) -> None:
    moment = datetime(2026, 9, 14, 18, 30, tzinfo=UTC)
    day = Limit("day", 5, timedelta(days=1), lambda: "")
    assert [limits.count(day, "a", moment), limits.count(day, "a", moment.astimezone())] == [1, 2]
