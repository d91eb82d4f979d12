"""Signatures are what the paper says, typed in row by row, and counted against what was given."""

from datetime import timedelta

import pytest

from portal.access.policy import Operator
from portal.custody import operations as custody_operations
from portal.custody import queries as custody_queries
from portal.custody.rules import PaperRow
from portal.materials import operations as material_operations
from portal.materials.models import Material
from portal.platform import scans
from portal.platform.db import db
from portal.stock.rules import Reason
from portal.trainings import operations as training_operations
from portal.trainings.models import Training
from tests import factories, pictures
from tests.factories import NOW
from tests.refusals import raises_refusal

ACTOR = Operator()


@pytest.fixture
def given(session: None) -> tuple[Training, Material]:
    """Return a training of three people, and a title of which they were given three copies."""
    day = NOW.date() - timedelta(days=2)
    training = factories.make_training(starts_on=day, ends_on=day + timedelta(days=1))
    factories.make_registrations(training, 3, state="confirmed")
    material = factories.make_material()
    office = factories.make_stock(material, 10)
    factories.make_movement(material, office, material_operations.take_participants(training), 3, Reason.GIVEN)
    return training, material


def enter(training: Training, material: Material, *signed: bool, copy_number: str = "") -> int:
    listed = custody_queries.list_rows(training, material)
    rows = [
        PaperRow(one.registration.reference, one.number, is_signed, copy_number)
        for one, is_signed in zip(listed, signed, strict=False)
    ]
    return custody_operations.enter(training, material, rows=rows, signed_on=training.ends_on, actor=ACTOR, now=NOW)


def count(training: Training, material: Material) -> tuple[int, int, bool]:
    received = custody_queries.get_received(training, material)
    return received.given, received.signed, received.is_even


def test_signed_is_counted_against_given(given: tuple[Training, Material]) -> None:
    assert count(*given) == (3, 0, False)
    assert enter(*given, True, True, False, copy_number="0017") == 2
    assert count(*given) == (3, 2, False)
    assert enter(*given, True, True, True) == 3
    assert count(*given) == (3, 3, True)


def test_the_same_page_typed_in_twice_is_once_and_a_slip_is_taken_back(given: tuple[Training, Material]) -> None:
    enter(*given, True, True, True)
    enter(*given, True, True, True)
    enter(*given, True, False)
    assert count(*given) == (3, 2, False)
    rows = custody_queries.list_rows(*given)
    assert [(one.number, one.page, one.signature is not None) for one in rows] == [
        (1, 1, True),
        (2, 1, False),
        (3, 1, True),
    ]


def test_what_cannot_be_is_refused(given: tuple[Training, Material]) -> None:
    training, material = given
    rows = [PaperRow(custody_queries.list_rows(training, material)[0].registration.reference, 1, True)]
    for day in (training.starts_on - timedelta(days=1), NOW.date() + timedelta(days=2)):
        with raises_refusal("day_implausible"):
            custody_operations.enter(training, material, rows=rows, signed_on=day, actor=ACTOR, now=NOW)
    stranger = factories.make_registration(state="confirmed")
    other = [PaperRow(stranger.reference, 1, True)]
    with raises_refusal("row_unknown"):
        custody_operations.enter(training, material, rows=other, signed_on=training.ends_on, actor=ACTOR, now=NOW)
    training.state = "finalized"
    db.session.flush()
    with pytest.raises(training_operations.TrainingLocked):
        enter(training, material, True)


def test_scans_stand_beside_the_rows(given: tuple[Training, Material]) -> None:
    scan = scans.read(pictures.jpeg())
    for _part in range(2):
        custody_operations.keep_scan(*given, scan=scan, actor=ACTOR, now=NOW)
    assert [one.document.filename for one in custody_queries.list_scans(*given)] == [
        f"{given[0].code}-receipts-1.jpg",
        f"{given[0].code}-receipts-2.jpg",
    ]
    assert custody_queries.get_received(*given).scans == 2
