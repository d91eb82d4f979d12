"""What a stranger learns of a code, a QR or a file: whether the certificate stands, never whose it is."""

from datetime import date, timedelta

import pytest

from portal.certificates import operations as certificate_operations
from portal.certificates.models import Certificate
from portal.certificates.operations import UNKNOWN
from portal.platform import tokens
from portal.verification import operations as verification_operations
from tests import factories
from tests.certificates.arranged import (
    OPERATOR,
    certificates_of,
    complete,
    make_ready,
    reserve,
    revoke_by_two,
)

pytestmark = pytest.mark.databases("sqlite", "postgresql")
DAY = timedelta(days=1)


@pytest.fixture
def held(session) -> Certificate:
    """Return a certificate that stands."""
    training = factories.make_training()
    make_ready(training, "Өмүрбекова", "Үсөн", "Жээнбековна", latin="Omurbekova Uson")
    (certificate,) = complete(training)
    certificate.code = "7K3M9QXT0HV1"
    session.commit()
    return certificate


def test_valid_certificate_tells_number_and_date(held: Certificate) -> None:
    answer = verification_operations.by_secret(code=held.code)
    assert (answer.validity.value, answer.number, answer.issued_on) == ("valid", "TIP-2026-0001", date(2026, 9, 14))
    assert (answer.changed_on, answer.is_name, answer.file) == (None, None, None)


def test_answer_says_what_the_paper_prints_whatever_is_changed_afterwards(session, held: Certificate) -> None:
    """Whoever compares the paper with the answer in five years must not find another title or organizer."""
    printed = verification_operations.by_secret(code=held.code)
    training = held.registration.training
    training.title_en, training.ends_on = "Another title", training.ends_on + DAY
    training.venue.name_en, training.project.organizers_en = "Another hall", "Another organizer"
    session.commit()
    answer = verification_operations.by_secret(code=held.code)
    assert answer == printed
    for side in ("ky", "ru", "en"):
        said = (answer.title[side], answer.dates[side], answer.place[side], answer.organizers[0][side])
        facts = held.facts
        paper = (facts["title"], facts["dates"], facts["place"], facts["organizers"][0])
        assert said == tuple(text[side]["text"] for text in paper) and all(said), side


@pytest.mark.parametrize(
    "typed",
    [
        "7K3M-9QXT-0HV1",
        "7k3m9qxt0hv1",
        " 7K3M 9QXT 0HV1 ",
        "7K3M–9QXT–OHVI",
        "7k3m.9qxt.ohvl",
        "7К3М-9QХТ-ОНV1",  # К М Х Т О Н of a Cyrillic keyboard
    ],
)
def test_code_is_read_as_people_type_it(held: Certificate, typed: str) -> None:
    assert verification_operations.by_secret(code=typed).number == held.number


@pytest.mark.parametrize("typed", ["", "-", "7K3M", "7K3M9QXT0HV", "7K3M9QXT0HV12", "7K3M9QXT0HV2", "%", "7K3M%"])
def test_wrong_code_is_unknown(held: Certificate, typed: str) -> None:
    assert verification_operations.by_secret(code=typed) == UNKNOWN


def test_token_of_the_qr_finds_it_and_any_other_does_not(held: Certificate) -> None:
    token = held.token
    assert verification_operations.by_secret(token=f" {token} ").number == held.number
    for place, letter in enumerate(token):
        changed = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        assert verification_operations.by_secret(token=changed) == UNKNOWN
    for wrong in ("", token.swapcase(), token[:-1], token + "A", held.code, held.number, tokens.random_token()):
        assert verification_operations.by_secret(token=wrong) == UNKNOWN
    assert verification_operations.by_secret(code=token) == UNKNOWN
    assert verification_operations.by_secret(code=held.number) == UNKNOWN


@pytest.mark.parametrize(
    ("typed", "is_name"),
    [
        ("", None),
        ("  ", None),
        ("Өмүрбекова Үсөн Жээнбековна", True),
        ("омурбекова усон жеенбековна", True),
        ("Uson Omurbekova", True),
        ("Өмүрбекова", False),
        ("Өмүрбекова Үсөн", True),  # The English side prints two words.
        ("Өмүрбекова Жээнбековна", False),
        ("Асанова Чолпон", False),
    ],
)
def test_name_is_told_as_match_or_no_match_only(held: Certificate, typed: str, is_name: bool | None) -> None:
    assert verification_operations.by_secret(code=held.code, name=typed).is_name is is_name


def test_name_of_an_unknown_code_is_not_judged(held: Certificate) -> None:
    assert verification_operations.by_secret(code="7K3M9QXT0HV2", name="Өмүрбекова Үсөн Жээнбековна") == UNKNOWN


def test_replaced_and_revoked_say_since_when_on_the_venues_calendar(session, held: Certificate, now) -> None:
    evening = now.replace(hour=19)  # Already the next day in Bishkek.
    new, _job = certificate_operations.reissue(held, reason="a letter", actor=OPERATOR, now=evening)
    assert verification_operations.by_secret(code=held.code).validity.value == "valid"
    assert verification_operations.by_secret(code=new.code) == UNKNOWN, "It has no file yet."
    certificate_operations.complete(new.id, b"%PDF new", actor=OPERATOR, now=evening)
    old = verification_operations.by_secret(code=held.code)
    assert (old.validity.value, old.number, old.changed_on) == ("replaced", held.number, date(2026, 9, 15))
    revoke_by_two(new, evening + DAY, reason="by mistake")
    revoked = verification_operations.by_secret(token=new.token)
    assert (revoked.validity.value, revoked.changed_on) == ("revoked", date(2026, 9, 16))
    assert verification_operations.by_secret(code=held.code).validity.value == "replaced"


def test_number_without_a_file_is_unknown(session) -> None:
    training = factories.make_training()
    make_ready(training), make_ready(training)
    first, _second = reserve(training)
    certificate_operations.fail(first, reason="too_long - x", actor=OPERATOR, now=factories.NOW)
    for certificate in certificates_of(training):
        assert verification_operations.by_secret(code=certificate.code) == UNKNOWN
        assert verification_operations.by_secret(token=certificate.token) == UNKNOWN
