"""Numbers have no gaps, whoever takes them at the same moment and whatever fails."""

import pytest
from flask import Flask

from portal.certificates.models import CertificateCounter
from portal.config import Settings
from portal.platform import numbers
from portal.platform.db import db, transaction
from tests import applications
from tests.parallel import in_threads

KEY = {"series": "MVD", "year": 2026}


def test_numbers_follow_each_other(app: Flask) -> None:
    assert list(numbers.take(CertificateCounter, **KEY)) == [1]
    assert list(numbers.take(CertificateCounter, count=3, **KEY)) == [2, 3, 4]
    assert list(numbers.take(CertificateCounter, series="GP", year=2026)) == [1]


def test_what_fails_takes_no_number(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        numbers.take(CertificateCounter, **KEY)
        raise ZeroDivisionError
    assert list(numbers.take(CertificateCounter, **KEY)) == [1]


def test_a_counter_that_is_held_goes_on_where_it_stood(app: Flask) -> None:
    assert numbers.held(CertificateCounter, **KEY).last == 0
    numbers.take(CertificateCounter, **KEY)
    assert numbers.held(CertificateCounter, **KEY).last == 1


def test_two_at_once_take_two_numbers(settings: Settings) -> None:
    app = applications.make(settings)

    def work(one: Flask) -> list[int]:
        with one.app_context(), transaction():
            return list(numbers.take(CertificateCounter, count=2, **KEY))

    assert sorted(in_threads(app, work, [(), ()])) == [[1, 2], [3, 4]]
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
