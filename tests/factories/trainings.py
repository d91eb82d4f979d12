"""Projects, courses, venues and trainings."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.catalog.models import Course, Donor, Project, Signatory, Venue
from portal.platform import tokens
from portal.platform.db import db
from portal.trainings.models import Allotment, Training, TrainingCounter, TrainingSession
from portal.trainings.operations import keep as keep_days
from tests.factories.base import NOW, add, numbers
from tests.factories.people import get_region


def get_project(code: str = "TIP") -> Project:
    """Return the project of this code, made with its donor and two signatories if it is not there."""
    project = db.session.scalars(select(Project).where(Project.code == code)).first()
    return project or make_project(code)


def get_course(code: str = "TIP-3") -> Course:
    """Return the course of this code, made if it is not there."""
    course = db.session.scalars(select(Course).where(Course.code == code)).first()
    return course or make_course(code)


def make_donor(code: str | None = None, **values: Any) -> Donor:
    """Make a donor."""
    return add(
        Donor(
            code=code or f"D{next(numbers)}", **{"name_ky": "Донор", "name_ru": "Донор", "name_en": "Donor", **values}
        )
    )


def make_project(code: str | None = None, **values: Any) -> Project:
    """Make a project with a donor and two signatories."""
    code = code or f"P{next(numbers)}"
    defaults: dict[str, Any] = {
        "title_ky": "Адам сатууга каршы",
        "title_ru": "Против торговли людьми",
        "title_en": "Against trafficking in persons",
        "certificate_series": code[:10],
        "organizers_ky": "Уюштуруучулар",
        "organizers_ru": "Организаторы",
        "organizers_en": "Organizers",
    }
    signatories = [
        Signatory(order=order, name_ky=name, name_ru=name, name_en=name, post_ky=post, post_ru=post, post_en=post)
        for order, (name, post) in enumerate((("А. Асанов", "Director"), ("B. Smith", "Head of office")), start=1)
    ]
    return add(Project(code=code, donors=[make_donor()], signatories=signatories, **{**defaults, **values}))


def make_course(code: str | None = None, **values: Any) -> Course:
    """Make a course of 24 hours."""
    defaults = {
        "title_ky": "Адам сатууну тергөө",
        "title_ru": "Расследование торговли людьми",
        "title_en": "Investigating trafficking in persons",
        "hours": 24,
    }
    return add(Course(code=code or f"C{next(numbers)}", **{**defaults, **values}))


def make_venue(region: str = "KG-GO", **values: Any) -> Venue:
    """Make a venue on Bishkek's clock."""
    return add(
        Venue(region_code=region, **{"name_ky": "Борбор", "name_ru": "Центр", "name_en": "Training centre", **values})
    )


def make_training(
    code: str | None = None, *, region: str = "KG-GO", days: int = 2, sessions: int | None = None, **values: Any
) -> Training:
    """Make an approved training with two sessions a day (or `sessions` in all, 0 for none), beginning on NOW's day."""
    starts_on: date = values.pop("starts_on", NOW.date())
    defaults: dict[str, Any] = {
        "course": values.get("course") or get_course(),
        "project": values["project"] if "project" in values else get_project(),
        "venue": values.get("venue") or _venue_in(region),
        "title_ky": "Адам сатууну тергөө: Ош",
        "title_ru": "Расследование торговли людьми: Ош",
        "title_en": "Investigating trafficking in persons: Osh",
        "ends_on": starts_on + timedelta(days=days - 1),
        "hours": 24,
        "capacity": 100,
        "minimum_attendance": 80,
        "state": "approved",
        "created_at": NOW,
    }
    training = add(
        Training(
            code=code or _next_code(region, starts_on.year),
            region_code=region,
            starts_on=starts_on,
            **{**defaults, **values},
        )
    )
    for number in range(2 * days if sessions is None else sessions):
        make_session(training, day=number // 2, starts=time(9 if number % 2 == 0 else 14))
    keep_days(training)
    return training


def make_session(
    training: Training, *, day: int = 0, starts: time = time(9), minutes: int = 180, **values: Any
) -> TrainingSession:
    """Make a session on the training's day number `day`, on the venue's clock."""
    local_date = training.starts_on + timedelta(days=day)
    starts_at = datetime.combine(local_date, starts, ZoneInfo(training.time_zone)).astimezone(UTC)
    session = TrainingSession(
        reference=tokens.random_token(),
        **{
            "title_ky": "Сабак",
            "title_ru": "Занятие",
            "title_en": "Session",
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=minutes),
            "local_date": local_date,
            **values,
        },
    )
    training.sessions.append(session)
    db.session.flush()
    return session


def make_allotment(training: Training, seats: int, **sides: Any) -> Allotment:
    """Make seats for an institution, region or role (`institution=`, `region_code=`, `role=`)."""
    allotment = Allotment(seats=seats, **sides)
    training.allotments.append(allotment)
    db.session.flush()
    return allotment


def _venue_in(region: str) -> Venue:
    return db.session.scalars(select(Venue).where(Venue.region_code == region)).first() or make_venue(region)


def _next_code(region: str, year: int) -> str:
    prefix = get_region(region).prefix
    counter = db.session.get(TrainingCounter, (prefix, year))
    if counter is None:
        counter = add(TrainingCounter(prefix=prefix, year=year, last=0))
    counter.last += 1
    return f"{prefix}-{year}-{counter.last:02d}"
