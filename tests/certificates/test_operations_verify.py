"""What a stranger learns of a code, a QR or a file: whether the certificate stands, never whose it is."""

import io
from datetime import date, timedelta
from types import SimpleNamespace

import pikepdf
import pytest
from flask import current_app

from portal.certificates.models import Certificate
from portal.certificates.operations import issue, reissue, verify
from portal.certificates.operations.facts import CREDENTIAL
from portal.certificates.operations.verify import UNKNOWN, Verification
from portal.platform import seal, storage, tokens
from tests import factories
from tests.certificates.arranged import (
    BASE_URL,
    OPERATOR,
    certificates_of,
    complete,
    issue_for_real,
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
    answer = verify.by_secret(code=held.code)
    assert (answer.validity.value, answer.number, answer.issued_on) == ("valid", "TIP-2026-0001", date(2026, 9, 14))
    assert (answer.changed_on, answer.is_name, answer.is_file_unchanged) == (None, None, None)
    assert answer.training.code == held.registration.training.code


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
    assert verify.by_secret(code=typed).number == held.number


@pytest.mark.parametrize("typed", ["", "-", "7K3M", "7K3M9QXT0HV", "7K3M9QXT0HV12", "7K3M9QXT0HV2", "%", "7K3M%"])
def test_wrong_code_is_unknown(held: Certificate, typed: str) -> None:
    assert verify.by_secret(code=typed) == UNKNOWN


def test_token_of_the_qr_finds_it_and_any_other_does_not(held: Certificate) -> None:
    token = held.token
    assert verify.by_secret(token=f" {token} ").number == held.number
    for place, letter in enumerate(token):
        changed = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        assert verify.by_secret(token=changed) == UNKNOWN
    for wrong in ("", token.swapcase(), token[:-1], token + "A", held.code, held.number, tokens.random_token()):
        assert verify.by_secret(token=wrong) == UNKNOWN
    assert verify.by_secret(code=token) == UNKNOWN
    assert verify.by_secret(code=held.number) == UNKNOWN


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
    assert verify.by_secret(code=held.code, name=typed).is_name is is_name


def test_name_of_an_unknown_code_is_not_judged(held: Certificate) -> None:
    assert verify.by_secret(code="7K3M9QXT0HV2", name="Өмүрбекова Үсөн Жээнбековна") == UNKNOWN


def test_replaced_and_revoked_say_since_when_on_the_venues_calendar(session, held: Certificate, now) -> None:
    evening = now.replace(hour=19)  # Already the next day in Bishkek.
    new, _job = reissue.reissue(held, reason="a letter", base_url=BASE_URL, actor=OPERATOR, now=evening)
    assert verify.by_secret(code=held.code).validity.value == "valid"
    assert verify.by_secret(code=new.code) == UNKNOWN, "It has no file yet."
    issue.complete(new.id, b"%PDF new", actor=OPERATOR, now=evening)
    old = verify.by_secret(code=held.code)
    assert (old.validity.value, old.number, old.changed_on) == ("replaced", held.number, date(2026, 9, 15))
    revoke_by_two(new, evening + DAY, reason="by mistake")
    revoked = verify.by_secret(token=new.token)
    assert (revoked.validity.value, revoked.changed_on) == ("revoked", date(2026, 9, 16))
    assert verify.by_secret(code=held.code).validity.value == "replaced"


def test_number_without_a_file_is_unknown(session) -> None:
    training = factories.make_training()
    make_ready(training), make_ready(training)
    first, _second = reserve(training).certificate_ids
    issue.fail(first, reason="too_long - x", actor=OPERATOR, now=factories.NOW)
    for certificate in certificates_of(training):
        assert verify.by_secret(code=certificate.code) == UNKNOWN
        assert verify.by_secret(token=certificate.token) == UNKNOWN


def by_file(content: bytes) -> Verification:
    return verify.by_file(content, data=current_app.config["PORTAL_SETTINGS"].data)


@pytest.fixture
def real(session) -> SimpleNamespace:
    """Return a certificate with a real page, and its bytes."""
    training = factories.make_training(sessions=1)
    make_ready(training, "Асанова", "Чолпон")
    issue_for_real(training)
    (certificate,) = certificates_of(training)
    return SimpleNamespace(certificate=certificate, content=storage.open_bytes(certificate.document))


def test_file_is_known_by_its_bytes(real) -> None:
    answer = by_file(real.content)
    assert (answer.validity.value, answer.number, answer.is_file_unchanged) == (
        "valid",
        real.certificate.number,
        True,
    )


def test_changed_file_is_known_by_its_sealed_facts_and_called_changed(real) -> None:
    appended = real.content + b"\n% a remark\n"
    place = real.content.index(b"%", 5) + 1  # The comment that says that the file is binary.
    touched = real.content[:place] + b"x" + real.content[place + 1 :]
    for changed in (appended, touched, saved_anew(real.content)):
        answer = by_file(changed)
        assert (answer.validity.value, answer.number, answer.is_file_unchanged) == (
            "valid",
            real.certificate.number,
            False,
        )


def test_no_changed_byte_is_called_unchanged(real) -> None:
    for place in range(0, len(real.content), max(1, len(real.content) // 12)):
        changed = real.content[:place] + bytes([real.content[place] ^ 0x20]) + real.content[place + 1 :]
        assert by_file(changed).is_file_unchanged is False


def test_forged_facts_are_not_believed(real) -> None:
    with pikepdf.open(io.BytesIO(real.content)) as file:
        sealed = file.attachments[CREDENTIAL].get_file().read_bytes()
        file.attachments[CREDENTIAL] = pikepdf.AttachedFileSpec(file, sealed.replace("Асанова".encode(), b"Bad"))
        forged = io.BytesIO()
        file.save(forged)
    assert by_file(forged.getvalue()) == Verification(UNKNOWN.validity, is_file_unchanged=False)


def test_facts_sealed_elsewhere_are_not_believed(real, tmp_path) -> None:
    with pikepdf.open(io.BytesIO(real.content)) as file:
        foreign = seal.sign(tmp_path, {"number": real.certificate.number})
        file.attachments[CREDENTIAL] = pikepdf.AttachedFileSpec(file, foreign)
        forged = io.BytesIO()
        file.save(forged)
    assert by_file(forged.getvalue()).validity.value == "unknown"


def test_revoked_file_says_so(session, real) -> None:
    revoke_by_two(real.certificate, factories.NOW + DAY, reason="by mistake")
    answer = by_file(real.content)
    assert (answer.validity.value, answer.is_file_unchanged) == ("revoked", True)


@pytest.mark.parametrize("content", [b"", b"not a PDF", b"%PDF-1.7", b"PK\x03\x04" + bytes(200), b"\x00" * 1000])
def test_what_is_no_pdf_is_unknown(session, content: bytes) -> None:
    assert by_file(content) == Verification(UNKNOWN.validity, is_file_unchanged=False)


def test_foreign_pdf_is_unknown(session) -> None:
    with pikepdf.new() as foreign:
        foreign.add_blank_page()
        plain = saved(foreign)
        foreign.attachments[CREDENTIAL] = pikepdf.AttachedFileSpec(foreign, b"[1, 2]")
        attached = saved(foreign)
    for content in (plain, attached):
        assert by_file(content) == Verification(UNKNOWN.validity, is_file_unchanged=False)


def saved_anew(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as file:
        return saved(file)


def saved(file: pikepdf.Pdf) -> bytes:
    buffer = io.BytesIO()
    file.save(buffer)
    return buffer.getvalue()
