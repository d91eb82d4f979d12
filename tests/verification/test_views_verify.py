"""The page that anybody may use: four answers, no names, one answer for every miss, and a limit."""

import io
import re
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from flask import Flask
from sqlalchemy import select

from portal.certificates import operations as certificate_operations
from portal.certificates.models import Certificate
from portal.config import Settings
from portal.handovers import operations as handover_operations
from portal.handovers.papers import Press
from portal.participants.models import ParticipantSession
from portal.platform import storage, tokens, turns
from portal.platform.limits import Limit
from portal.platform.texts import Text
from portal.signing.seal import Sealer
from portal.verification import operations as verification_operations
from tests import factories, pdfs
from tests.browser import Answer, Browser
from tests.certificates.arranged import (
    BASE_URL,
    OPERATOR,
    certificates_of,
    complete,
    issue_for_real,
    make_ready,
    revoke_by_two,
)
from tests.factories import NOW
from tests.spent import spend

CANARY = ("Кенарийкова", "Жылдыз", "Эркиновна")


@pytest.fixture
def held(session) -> Certificate:
    """Return a certificate whose holder's name must not appear anywhere."""
    training = factories.make_training(title_en="Trafficking in persons")
    make_ready(training, *CANARY, latin="Canarykova Zhyldyz", post="следователь по особо важным делам")
    (certificate,) = complete(training)
    session.commit()
    return certificate


def replace(certificate: Certificate) -> Certificate:
    new, _job = certificate_operations.reissue(certificate, reason="a letter", actor=OPERATOR, now=factories.NOW)
    certificate_operations.complete(new.id, b"%PDF new", actor=OPERATOR, now=factories.NOW)
    return new


def check(browser: Browser, code: str, **more: str):
    return browser.get("/verify").form("Check").fill(code=code, **more).submit()


def test_valid(browser: Browser, held: Certificate) -> None:
    page = check(browser, held.facts["code"])
    assert page.h1 == "Valid"
    place = held.facts["place"]["en"]["text"]
    for words in (held.number, "Trafficking in persons", "14–15 September 2026", place, "Organizers"):
        assert words in page.text, words


def test_replaced_names_no_other_number(browser: Browser, held: Certificate) -> None:
    new = replace(held)
    page = check(browser, held.code)
    assert page.h1 == "Replaced"
    assert "Replaced on" in page.text
    assert new.number not in page.html and new.code not in page.html
    assert check(browser, new.code).h1 == "Valid"


def test_revoked(browser: Browser, held: Certificate) -> None:
    revoke_by_two(held, factories.NOW, reason="Kept for the office only")
    page = check(browser, held.code)
    assert page.h1 == "Revoked"
    assert "Revoked on" in page.text
    assert "office" not in page.html


def test_unknown(browser: Browser, held: Certificate) -> None:
    page = check(browser, "7K3M-9QXT-2W5B")
    assert page.h1 == "Unknown"
    assert held.number not in page.html


def test_empty_form_asks_for_a_code(browser: Browser) -> None:
    page = browser.get("/verify").form("Check").submit(status=422)
    assert "Type the code" in page.refusal()


def test_token_of_the_qr_is_posted_by_script(browser: Browser, held: Certificate) -> None:
    page = browser.get("/verify")
    assert "data-fragment-form" in page.html
    answer = browser.post("/verify", {"token": held.token, "form_key": tokens.random_token()})
    assert answer.h1 == "Valid"
    assert browser.get(f"/verify?token={held.token}").h1 == "Check a certificate", "An address opens nothing."


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (" ".join(CANARY), "Name matches"),
        ("Zhyldyz Canarykova", "Name matches"),
        ("Асанова Чолпон", "Name does not match"),
        (CANARY[0], "Name does not match"),
    ],
)
def test_name_matches_or_not(browser: Browser, held: Certificate, typed: str, words: str) -> None:
    page = check(browser, held.code).form("Compare the name").fill(name=typed).submit()
    assert page.h1 == "Valid"
    assert any(words in notice for notice in page.notices())


def test_compared_name_is_kept_with_the_token_of_the_qr(browser: Browser, held: Certificate) -> None:
    page = browser.post("/verify", {"token": held.token, "form_key": tokens.random_token()})
    assert any("matches" in one for one in page.form("Compare the name").fill(name=" ".join(CANARY)).submit().notices())


def test_no_answer_to_a_stranger_holds_a_name(browser: Browser, held: Certificate) -> None:
    new = replace(held)
    third = replace(new)
    revoke_by_two(third, factories.NOW, reason="x")
    answers = [browser.send("GET", "/verify"), browser.send("GET", "/verify/key.pem"), browser.send("GET", "/my")]
    for certificate in (held, new, third):
        for sent in ({"code": certificate.code}, {"token": certificate.token}):
            for name in ("", "Асанова Чолпон"):
                answers.append(post(browser, {**sent, "name": name}))
    said = "".join(answer.text + str(answer.headers) for answer in answers)
    for canary in (*CANARY, "Canarykova", "Zhyldyz", "следователь", held.registration.reference):
        assert canary not in said, canary
    assert held.number in said, "The answers are those of the certificates."


def post(browser: Browser, data: dict[str, str]) -> Answer:
    return browser.send("POST", "/verify", data={"csrf_token": browser.csrf_token(), **data})


def bare(answer: Answer) -> str:
    """Return the body without what each page has afresh: the token and key of its forms."""
    return re.sub(r'"X-CSRFToken": "[^"]+"|name="(csrf_token|form_key)" value="[^"]+"', "", answer.text)


def test_every_miss_has_one_answer(browser: Browser, session, held: Certificate) -> None:
    pending = factories.make_certificate(state="pending")
    void = factories.make_certificate(state="failed")
    session.commit()
    held_code = held.code
    misses = [
        {"code": tokens.random_code(12)},
        {"code": held_code[:-1] + ("0" if held_code[-1] != "0" else "1")},
        {"code": held.number},
        {"code": "x"},
        {"code": "'; DROP TABLE certificate; --"},
        {"code": pending.code},
        {"code": void.code},
        {"token": tokens.random_token()},
        {"token": pending.token},
        {"token": "%2e%2e"},
        {"code": tokens.random_code(12), "name": " ".join(CANARY)},
    ]
    answers = [post(browser, miss) for miss in misses]
    assert {answer.status for answer in answers} == {200}
    assert len({bare(answer) for answer in answers}) == 1
    headers = [{name: value for name, value in answer.headers.items() if name != "Set-Cookie"} for answer in answers]
    assert all("Content-Length" in one for one in headers)
    assert bare(post(browser, {"code": held_code})) != bare(answers[0])


def test_walking_the_serials_finds_nothing(browser: Browser, session, held: Certificate) -> None:
    serials = [f"TIP-2026-{serial:04d}" for serial in range(1, 26)]
    assert held.number in serials
    bodies = {bare(post(browser, {"code": serial})) for serial in serials}
    assert len(bodies) == 1


def test_thirty_tries_a_minute_whoever_asks(browser: Browser, session, held: Certificate) -> None:
    assert post(browser, {"code": "7K3M9QXT2W5B"}).status == 200
    spend(Limit("verify", 30, timedelta(minutes=1), lambda: ""), "127.0.0.1")
    stranger = browser.as_stranger()
    assert post(stranger, {"code": held.code}).status == 429
    forged = {"X-Forwarded-For": "203.0.113.9"}
    data = {"csrf_token": stranger.csrf_token(), "code": held.code}
    assert stranger.send("POST", "/verify", data=data, headers=forged).status == 429
    assert browser.send("GET", "/verify").status == 200
    page = stranger.get("/verify").form("Check").fill(code=held.code).submit(status=429)
    assert page.h1 == "Too many attempts" and 0 < int(page.headers["Retry-After"]) <= 90
    assert page.links["Go back"] == "/verify"


def test_token_stands_in_no_address_and_no_log(browser: Browser, held: Certificate, caplog, capsys) -> None:
    token, code = held.token, held.code
    for sent in ({"token": token}, {"code": code}):
        answer = post(browser, sent)
        assert "Location" not in answer.headers
    logged = caplog.text + "".join(capsys.readouterr())
    assert token not in logged and code not in logged


def test_nul_is_refused_plainly(browser: Browser) -> None:
    assert post(browser, {"token": "abc\0def"}).status == 400
    assert post(browser, {"code": "7K3M", "name": "А\0"}).status == 400
    assert browser.send("GET", "/verify?x=%00").status == 400


def test_verifying_writes_nothing_but_the_count(browser: Browser, session, held: Certificate) -> None:
    answer = post(browser, {"code": held.code})
    assert not [query for query in answer.queries if query.startswith(("INSERT", "UPDATE")) and "limit" not in query]
    assert session.scalars(select(ParticipantSession.id)).all() == []


@pytest.mark.parametrize(
    ("language", "answers"),
    [
        ("ky", ["Жарактуу", "Алмаштырылган", "Жокко чыгарылган", "Табылган жок"]),
        ("ru", ["Действителен", "Заменён", "Отозван", "Не найден"]),
        ("en", ["Valid", "Replaced", "Revoked", "Unknown"]),
    ],
)
def test_answers_speak_the_visitors_language(
    browser: Browser, held: Certificate, language: str, answers: list[str]
) -> None:
    replaced, stands = held, replace(held)
    make_ready(held.registration.training, "Асанова", "Чолпон")
    revoked = complete(held.registration.training)[-1]
    revoke_by_two(revoked)
    browser.speak(language)
    codes = (stands.code, replaced.code, revoked.code, "7K3M9QXT2W5B")
    pages = [browser.post("/verify", {"code": code, "form_key": tokens.random_token()}) for code in codes]
    assert [page.h1 for page in pages] == answers
    title = held.facts["title"][language]["text"]
    assert [title in page.text for page in pages] == [True, True, True, False]


def check_file(browser: Browser, content: bytes, name: str = "certificate.pdf", status: int = 200):
    data = {"csrf_token": browser.csrf_token(), "file": (io.BytesIO(content), name)}
    answer = browser.send("POST", "/verify/file", data=data, content_type="multipart/form-data")
    assert answer.status == status
    return answer


@pytest.fixture
def file(session) -> bytes:
    """Return the real file of a certificate."""
    training = factories.make_training(title_en="Trafficking in persons")
    make_ready(training, *CANARY)
    session.commit()
    issue_for_real(training)
    (certificate,) = certificates_of(training)
    return storage.open_bytes(certificate.document)


def test_file_is_known_by_its_bytes_and_a_changed_one_by_its_seal(browser: Browser, file: bytes) -> None:
    answers = {name: check_file(browser, content).text for name, content in versions(file).items()}
    assert "<h1>Valid" in answers["as issued"] and "File unchanged" in answers["as issued"]
    assert "<h1>Changed file" in answers["a byte more"] and "TIP-2026-0001" in answers["a byte more"]
    assert "<h1>Unknown" in answers["another"] and "TIP-2026" not in answers["another"]
    assert not any(canary in answer for canary in CANARY for answer in answers.values())


def test_checked_file_is_kept_nowhere(browser: Browser, file: bytes, settings: Settings) -> None:
    def kept() -> set[Path]:
        return {one for one in settings.data.rglob("*") if one.is_file() and one.parent.name != turns.FOLDER}

    before = kept()
    for name, content in versions(file).items():
        answer = check_file(browser, content + b"%% kept-by-somebody" if name == "another" else content)
        assert not [one for one in answer.queries if one.startswith(("INSERT", "UPDATE")) and "limit" not in one], name
    assert kept() == before
    assert any(file in one.read_bytes() for one in before), "What was issued is kept."
    assert not any(b"kept-by-somebody" in one.read_bytes() for one in before)


def versions(file: bytes) -> dict[str, bytes]:
    return {"as issued": file, "a byte more": file + b"\n", "another": b"%PDF-1.7 another"}


def test_file_of_an_act_tells_its_number_and_state_and_no_name(browser: Browser, session) -> None:
    material = factories.make_material(Text("Колдонмо", "Пособие", "Manual"))
    factories.make_stock(material, 50)
    texts = ("giving_position", "receiving_position", "place", "basis", "purpose")
    filled = {f"{text}_ru": text for text in texts} | {"giving_name": CANARY[0], "receiving_name": CANARY[1]}
    act = factories.make_handover(factories.make_training(region="KG-GO"), material, 10, **filled)
    press = Press(lambda order: pdfs.with_room(b"%PDF-1.7 act", order), Sealer.current(now=NOW))
    handover_operations.hand_over(act, press=press, base_url=BASE_URL, actor=OPERATOR, now=NOW)
    content = storage.open_bytes(act.document)
    session.commit()
    stands = check_file(browser, content).text
    assert "<h1>Stands" in stands and act.number in stands and "File unchanged" in stands
    handover_operations.void(act, reason="by mistake", actor=OPERATOR, now=NOW)
    void = check_file(browser, content).text
    assert "<h1>Void" in void and "Void since" in void
    assert not any(canary in answer for canary in (*CANARY, "by mistake") for answer in (stands, void))


def test_revoked_file_says_so(browser: Browser, file: bytes, session) -> None:
    certificate = session.scalars(select(Certificate)).one()
    revoke_by_two(certificate, factories.NOW, reason="x")
    assert "<h1>Revoked" in check_file(browser, file).text


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "Choose the PDF"), (b"\x89PNG", "not a PDF"), (b"%PDF" + b"0" * 5 * 2**20, "larger than 5 MB")],
)
def test_what_is_no_certificate_file_is_refused_beside_its_field(browser: Browser, content: bytes, words: str) -> None:
    assert words in check_file(browser, content, status=422).text


def test_one_file_is_looked_into_at_a_time(browser: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification_operations, "_PATIENCE", 0.05)
    with app.app_context(), turns.turn("examining"):  # As another process of this machine does.
        busy = check_file(browser, b"%PDF-1.7 another", status=503)
        assert check_file(browser.as_stranger(), b"no PDF", status=422)
    assert busy.headers["Retry-After"] == "30"
    assert "files looked at" in busy.text
    check_file(browser, b"%PDF-1.7 another")


@pytest.mark.slow
def test_file_of_thousands_of_signatures_is_given_up_and_holds_up_nobody(browser: Browser, app: Flask) -> None:
    with pikepdf.new() as many:
        many.add_blank_page()
        signature = pikepdf.Dictionary(Type=pikepdf.Name.Sig, ByteRange=[0, 1, 2, 3], Contents=b"0")
        fields = [
            many.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Sig, T=f"s{place}", V=signature))
            for place in range(30_000)
        ]
        many.Root.AcroForm = pikepdf.Dictionary(Fields=fields, SigFlags=3)
        content = io.BytesIO()
        many.save(content, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert b"/ByteRange" in content.getvalue() and len(content.getvalue()) < 5 * 2**20
    assert check_file(browser, content.getvalue()).status == 200


def test_three_files_a_minute(browser: Browser) -> None:
    spend(Limit("verify_file", 3, timedelta(minutes=1), lambda: ""), "127.0.0.1")
    check_file(browser, b"%PDF", status=429)


def test_file_of_40_mb_is_refused_unread_and_leads_back(browser: Browser) -> None:
    answer = check_file(browser, b"%PDF" + b"0" * 40_000_000, status=413)
    assert "The file is too large" in answer.text
    assert 'href="/verify">Go back' in answer.text
