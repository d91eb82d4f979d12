"""What a stranger learns of a file: whether it was issued here and is unchanged, and never more than that."""

import io
import random
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest
from flask import current_app

from portal.certificates import jobs
from portal.certificates import operations as certificate_operations
from portal.certificates.facts import CREDENTIAL
from portal.certificates.operations import UNKNOWN
from portal.certificates.rules import FileVerdict
from portal.handovers import operations as handover_operations
from portal.handovers import papers
from portal.handovers.papers import Press
from portal.materials.models import Handover, Material
from portal.platform import storage
from portal.platform.db import db, reading_session
from portal.platform.texts import Text
from portal.printing import client, orders
from portal.signing import credential, keys
from portal.signing import operations as signing_operations
from portal.signing.seal import Sealer
from portal.verification import operations as verification_operations
from tests import factories, pdfs, pkcs12
from tests.certificates.arranged import BASE_URL, OPERATOR, certificates_of, make_ready, reserve, revoke_by_two

pytestmark = pytest.mark.databases("sqlite")
DAY = timedelta(days=1)
FOREIGN = replace(UNKNOWN, file=FileVerdict.FOREIGN)


def by_file(content: bytes) -> Any:
    db.session.commit()
    with reading_session():
        return verification_operations.by_file(content, folder=current_app.config["PORTAL_SETTINGS"].keys)


def verdict(content: bytes) -> tuple[str, str, str]:
    answer = by_file(content)
    return answer.file.value, answer.validity.value, answer.number


@pytest.fixture
def real(session, renderer: client.Renderer) -> SimpleNamespace:
    """Return a certificate with a real page, and its bytes."""
    training, sealer = factories.make_training(sessions=1), Sealer.current(now=factories.NOW)
    make_ready(training, "Асанова", "Чолпон")
    reserve(training)
    (certificate,) = certificates_of(training)
    order = sealer.order(jobs._order(certificate))
    session.commit()
    content = sealer.seal(renderer.render(order))
    certificate_operations.complete(
        certificate.id, content, sealed_by=sealer.fingerprint, actor=OPERATOR, now=factories.NOW
    )
    return SimpleNamespace(certificate=certificate, number=certificate.number, content=content)


def test_file_is_judged_by_its_bytes_its_seal_and_its_facts(real) -> None:
    content, number = real.content, real.number
    assert verdict(content) == ("unchanged", "valid", number)
    assert verdict(content + b"\n% a remark\n") == ("extended", "valid", number)
    assert verdict(updated(content)) == ("extended", "valid", number)
    assert verdict(flipped(content, content.index(b"%", 5) + 1)) == ("changed", "valid", number)
    assert verdict(saved_anew(content)) == ("changed", "valid", number)
    revoke_by_two(real.certificate, factories.NOW + DAY, reason="by mistake")
    assert verdict(content) == ("unchanged", "revoked", number)
    assert verdict(flipped(content, len(content) // 2))[:2] == ("changed", "revoked")


@pytest.mark.slow
def test_no_changed_bit_is_called_unchanged(real) -> None:
    dice, content = random.Random(7), real.content
    places = dice.sample(range(len(content)), 40)
    verdicts = [verdict(flipped(content, place)) for place in places]
    named = verdicts.count(("changed", "valid", real.number))
    assert named + verdicts.count(("foreign", "unknown", "")) == len(places), "Unknown where it cannot be read."
    assert named > 30


def test_seal_or_facts_taken_along_make_no_file_ours(real, tmp_path) -> None:
    with pikepdf.open(io.BytesIO(real.content)) as file:
        sealed = file.attachments[CREDENTIAL].get_file().read_bytes()
    forged = sealed.replace("Асанова".encode(), "Исанова".encode())
    elsewhere = credential.sign(tmp_path, {"number": real.number})
    assert by_file(without_seal(with_facts(real.content, elsewhere))) == FOREIGN
    other = with_facts(real.content, forged)
    with pikepdf.open(io.BytesIO(other)) as file, pikepdf.open(io.BytesIO(real.content)) as whole:
        seals_of = [bytes(one.Root.AcroForm.Fields[0].V.Contents) for one in (file, whole)]
    assert seals_of[0] == seals_of[1], "The signature came along."
    assert verdict(other) == ("changed", "valid", real.number), "Known by its seal, and not to be relied on."
    assert by_file(without_seal(other)) == FOREIGN


def test_seal_without_an_entry_in_the_register_is_told_and_not_trusted(app, session, renderer) -> None:
    sealer = Sealer.current(now=factories.NOW)
    facts = pdfs.facts()
    order = orders.Order("certificate.html", facts.as_dict(), "x", "ky", factories.NOW, orders.Variant.ARCHIVAL)
    sealed = sealer.seal(renderer.render(sealer.order(order)))
    assert by_file(sealed) == replace(UNKNOWN, file=FileVerdict.UNLISTED)
    attached = ((CREDENTIAL, sealer.facts({"number": "TIP-2026-9999"})),)
    unsealed = renderer.render(replace(order, attachments=attached))
    assert by_file(unsealed).file is FileVerdict.UNLISTED
    folder = current_app.config["PORTAL_SETTINGS"].keys
    other = keys.SealKey(pkcs12.rsa_key(), pkcs12.certificate(pkcs12.rsa_key(), now=factories.NOW), ())
    keys.replace(folder, other, now=factories.NOW)
    assert by_file(sealed) == FOREIGN, "A key that was exchanged by hand before it was announced is nobody's."


def test_file_keeps_its_seal_when_the_key_is_replaced(real, session) -> None:
    folder = current_app.config["PORTAL_SETTINGS"].keys
    first = keys.present(folder)
    content, password = pkcs12.made(now=factories.NOW)
    signing_operations.install(content, password=password, folder=folder, actor=OPERATOR, now=factories.NOW)
    assert real.certificate.document.sealed_by == first.fingerprint != keys.present(folder).fingerprint
    assert verdict(real.content) == ("unchanged", "valid", real.number)
    assert verdict(real.content + b"\n") == ("extended", "valid", real.number)


def hand_over(material: Material, **values: Any) -> Handover:
    texts = ("giving_position", "receiving_position", "place", "basis", "purpose")
    filled = {f"{text}_ru": text for text in texts} | {"giving_name": "Айгүл", "receiving_name": "Үсөн"} | values
    draft = factories.make_handover(factories.make_training(region="KG-GO"), material, 10, **filled)

    def act(press: Press) -> None:
        handover_operations.hand_over(draft, press=press, base_url=BASE_URL, actor=OPERATOR, now=factories.NOW)

    proof = papers.tried(act, Sealer.current(now=factories.NOW))
    db.session.commit()
    act(proof.set())
    db.session.commit()
    return draft


def test_file_of_a_hand_over_act_tells_number_day_and_state_alone(session, renderer) -> None:
    material = factories.make_material(Text("Колдонмо", "Пособие", "Manual"))
    factories.make_stock(material, 50)
    act = hand_over(material)
    content = storage.open_bytes(act.document)
    answer = by_file(content)
    assert vars(answer) == {
        "file": FileVerdict.UNCHANGED,
        "number": act.number,
        "handed_on": factories.NOW.date(),
        "state": "stands",
        "changed_on": None,
    }
    assert by_file(content + b"\n").file is FileVerdict.EXTENDED
    changed = by_file(flipped(content, len(content) // 3))
    assert (changed.file, changed.number) == (FileVerdict.CHANGED, act.number)
    later = hand_over(material, corrects_id=act.id)
    assert by_file(content).state == "corrected"
    handover_operations.void(later, reason="by mistake", actor=OPERATOR, now=factories.NOW)
    assert by_file(content).state == "stands"
    void = by_file(storage.open_bytes(later.document))
    assert (void.state, void.changed_on) == ("void", factories.NOW.date())


def test_what_is_no_file_of_ours_is_foreign(session) -> None:
    with pikepdf.new() as blank:
        blank.add_blank_page()
        plain = saved(blank)
    for content in (b"", b"not a PDF", b"%PDF-1.7 /ByteRange", plain, with_facts(plain, b"[1, 2]")):
        assert by_file(content) == FOREIGN


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def updated(content: bytes) -> bytes:
    """Return the file with a later edition of one object appended, as editors of PDF do it."""
    with pikepdf.open(io.BytesIO(content)) as file:
        number, size = file.trailer.Info.objgen[0], len(file.objects) + 1
        root = file.Root.objgen[0]
    at, before = len(content), content.rindex(b"startxref") + len(b"startxref")
    body = b"%d 0 obj\n<</Title (Somebody else)>>\nendobj\n" % number
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, at)
    tail = b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
    previous = int(content[before:].split()[0])
    return content + body + table + tail % (size, root, number, previous, at + len(body))


def with_facts(content: bytes, facts: bytes) -> bytes:
    """Return the page saved anew with other facts attached."""
    with pikepdf.open(io.BytesIO(content)) as file:
        file.attachments[CREDENTIAL] = pikepdf.AttachedFileSpec(file, facts)
        return saved(file)


def without_seal(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as file:
        del file.Root.AcroForm, file.pages[0].Annots
        return saved(file)


def saved_anew(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as file:
        return saved(file)


def saved(file: pikepdf.Pdf) -> bytes:
    buffer = io.BytesIO()
    file.save(buffer)
    return buffer.getvalue()
