"""Numbers run with time: a clock that is behind takes none, and one that was ahead has a way out."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from portal.certificates import operations as certificate_operations
from portal.certificates.models import CertificateCounter
from tests import factories
from tests.certificates.arranged import OPERATOR, certificates_of, make_ready
from tests.refusals import raises_refusal

MINUTE = timedelta(minutes=1)


def reserve(training, now):
    return certificate_operations.reserve(training, actor=OPERATOR, now=now)


def test_clock_that_is_behind_is_refused(session, now: datetime) -> None:
    training = factories.make_training(starts_on=date(2025, 6, 2))
    make_ready(training)
    reserve(training, now)
    session.commit()
    make_ready(training)
    session.commit()
    for earlier in (now - 2 * MINUTE, now - timedelta(days=400)):
        with raises_refusal("clock_behind"):
            reserve(training, earlier)
        session.rollback()
        with raises_refusal("clock_behind"):
            certificate_operations.request(training, actor=OPERATOR, now=earlier)
        session.rollback()
    assert session.scalars(select(CertificateCounter.last)).all() == [1]


def test_certificates_of_the_future_stop_no_others_once_an_operator_says_that_the_clock_is_right(
    session, now: datetime
) -> None:
    training = factories.make_training(starts_on=date(2025, 6, 2))
    make_ready(training)
    reserve(training, now)
    make_ready(training)
    reserve(training, now + timedelta(days=400))
    make_ready(training)
    session.commit()
    with raises_refusal("clock_behind"):
        reserve(training, now + MINUTE)
    session.rollback()
    [misdated] = certificate_operations.accept_clock(actor=OPERATOR, now=now + MINUTE)
    assert misdated.issued_at > now + MINUTE
    assert reserve(training, now + MINUTE)
    session.commit()
    assert certificate_operations.accept_clock(actor=OPERATOR, now=now + MINUTE) == []
    make_ready(training)
    session.commit()
    with raises_refusal("clock_behind"):  # From here on the order of numbers is that of time again.
        reserve(training, now - MINUTE)


def test_wait_for_the_lock_does_not_look_like_a_clock_that_is_behind(session, now: datetime) -> None:
    first, second = factories.make_training(), factories.make_training()
    make_ready(first), make_ready(second)
    reserve(first, now + timedelta(seconds=20))
    reserve(second, now)
    assert certificates_of(second)[0].issued_at == now + timedelta(seconds=20)
