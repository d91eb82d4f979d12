"""Numbers under many hands: eight issuers of different trainings share one series, some of them fail half-way."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.certificates import operations as certificate_operations
from portal.certificates.models import Certificate, CertificateCounter
from portal.config import Settings
from portal.platform import clock
from portal.platform.db import db, reading, transaction
from portal.trainings import queries as trainings
from tests import factories
from tests.certificates.arranged import OPERATOR, make_eligible
from tests.parallel import DEADLINE, in_processes, make_barrier

pytestmark = pytest.mark.databases("sqlite", "postgresql")
ISSUERS, EACH, PEOPLE = 8, 3, 2


class Broken(RuntimeError):
    """What goes wrong after the numbers are taken."""


def reserve_now(code: str) -> int:
    training = trainings.get_training(code)
    return len(certificate_operations.reserve(training, actor=OPERATOR, now=clock.now()))


def issue_trainings(app: Flask, codes: list[str]) -> int:
    """Number everybody of some trainings; every other transaction is rolled back once before it is kept."""
    numbered = 0
    with app.app_context():
        for turn, code in enumerate(codes):
            if turn % 2 == 0:
                with pytest.raises(Broken), transaction():
                    reserve_now(code)
                    raise Broken
            with transaction():
                numbered += reserve_now(code)
    return numbered


def test_numbers_are_unique_and_without_gaps(app: Flask, session, settings: Settings) -> None:
    codes = [factories.make_training(sessions=1).code for _ in range(ISSUERS * EACH)]
    for code in codes:
        make_eligible(trainings.get_training(code), PEOPLE)
    session.commit()
    numbered = in_processes(settings, issue_trainings, [(codes[issuer::ISSUERS],) for issuer in range(ISSUERS)])
    assert numbered == [EACH * PEOPLE] * ISSUERS
    everybody = ISSUERS * EACH * PEOPLE
    rows = session.execute(select(Certificate.serial, Certificate.issued_at).order_by(Certificate.serial)).all()
    assert [row.serial for row in rows] == list(range(1, everybody + 1))
    assert [row.issued_at for row in rows] == sorted(row.issued_at for row in rows), "Numbers run with time."
    assert session.scalars(select(CertificateCounter.last)).all() == [everybody]


def issue_the_same(app: Flask, code: str) -> int:
    with app.app_context(), transaction():
        return reserve_now(code)


def test_one_training_is_numbered_once_by_many(app: Flask, session, settings: Settings) -> None:
    training = factories.make_training(sessions=1)
    make_eligible(training, 5)
    code = training.code
    session.commit()
    numbered = in_processes(settings, issue_the_same, [(code,)] * 6)
    assert sorted(numbered) == [0, 0, 0, 0, 0, 5]
    assert session.scalar(select(func.count()).select_from(Certificate)) == 5


def number_without_lock(app: Flask, code: str, barrier: Any) -> str:
    """Number as a counter does that is read first and written later."""
    with app.app_context():
        with reading() as connection:
            last = connection.execute(select(func.coalesce(func.max(Certificate.serial), 0))).scalar_one()
        barrier.wait(DEADLINE)
        unlocked = CertificateCounter(series="TIP", year=2026, last=last)
        certificate_operations.open_counter = lambda _training, now: (unlocked, now + timedelta(seconds=1))
        try:
            with transaction():
                reserve_now(code)
        except IntegrityError:
            return "the number was taken twice"
        finally:
            db.session.expunge_all()
    return "numbered"


def test_control_without_the_counters_lock_a_number_is_taken_twice(app: Flask, session, settings: Settings) -> None:
    codes = [factories.make_training(sessions=1).code for _ in range(3)]
    for code in codes:
        make_eligible(trainings.get_training(code), 1)
    session.commit()
    barrier = make_barrier(len(codes))
    outcome = in_processes(settings, number_without_lock, [(code, barrier) for code in codes])
    assert sorted(outcome) == ["numbered", *["the number was taken twice"] * 2]
