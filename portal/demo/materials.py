"""The demo's manuals, hand-over acts, signatures and invented scans."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from portal.access.policy import Operator
from portal.custody import operations as custody_operations
from portal.custody import queries as custody_queries
from portal.custody.rules import PaperRow
from portal.demo.facts import read
from portal.handovers import deliveries, papers
from portal.handovers import operations as handover_operations
from portal.handovers import queries as handover_queries
from portal.handovers.deliveries import PlannedDelivery
from portal.handovers.papers import Press
from portal.materials import operations as material_operations
from portal.materials import serial_numbers
from portal.materials.models import Handover, Material
from portal.materials.queries import find_material
from portal.materials.rules import (
    HandoverState,
    PlannedHandover,
    PlannedLine,
    PlannedMaterial,
    PlannedShare,
)
from portal.people import queries as people
from portal.people.models import Institution, Person, Region
from portal.platform import scans
from portal.platform.db import db, lock, transaction
from portal.platform.texts import Text
from portal.signing.seal import Sealer
from portal.stock import operations as stock
from portal.stock import titles as stock_titles
from portal.stock.models import Cause, Step
from portal.stock.rules import Reason
from portal.trainings.models import Training

_FACTS = read("materials")
_TITLES, _DICTIONARY = _FACTS["titles"], _FACTS["dictionary"]
_MANUAL, _EDITION = _TITLES[0]["title"], "2026"
_OWNER = "UNODC"
_RECEIVED_IN_OSH, _RECEIVED_IN_BISHKEK, _SENT_TO_KARAKOL = 400, 600, 150


def stock_up(osh: Training, *, now: datetime) -> None:
    """Receive two print runs, send a part to Karakol and bring a part to the training, unless it is there."""
    if find_material(_MANUAL, "ky", _EDITION) is not None:
        return
    owner = people.get_institution_by_code(_OWNER)
    titles = [
        stock_titles.add(
            PlannedMaterial(
                fact["title"],
                fact["language"],
                _EDITION,
                year=int(_EDITION),
                unit_value=fact["unit_value"],
                owner_institution_id=owner.id if owner else None,
            ),
            actor=Operator(),
            now=now,
        )
        for fact in _TITLES
    ]
    bishkek, south, karakol = (material_operations.take_office(_region(code)) for code in ("KG-GB", "KG-GO", "KG-Y"))
    source, hall = material_operations.take_source(), material_operations.take_training(osh)
    brought = [fact["brought"] for fact in _TITLES]
    for start, end, copies, reason, days in (
        (source, south, [_RECEIVED_IN_OSH] * len(titles), Reason.RECEIVED, 30),
        (source, bishkek, [_RECEIVED_IN_BISHKEK] * len(titles), Reason.RECEIVED, 30),
        (bishkek, karakol, [_SENT_TO_KARAKOL] * len(titles), Reason.MOVED, 12),
        (south, hall, brought, Reason.MOVED, 1),
    ):
        steps = [Step(title, start, end, many) for title, many in zip(titles, copies, strict=True)]
        stock.move(steps, Cause(reason, osh.starts_on - timedelta(days=days)), actor=Operator(), now=now)


def number_dictionary(*, now: datetime) -> None:
    """Receive three hundred numbered dictionaries and send a hundred of them on, unless they are there."""
    if find_material(_DICTIONARY, "ky-ru", _EDITION) is not None:
        return
    planned = PlannedMaterial(_DICTIONARY, "ky-ru", _EDITION, year=int(_EDITION), unit_value=12_000, is_numbered=True)
    title = stock_titles.add(planned, actor=Operator(), now=now)
    south, bishkek = (material_operations.take_office(_region(code)) for code in ("KG-GO", "KG-GB"))
    for start, end, named, reason in (
        (material_operations.take_source(), south, "1-300", Reason.RECEIVED),
        (south, bishkek, "201-300", Reason.MOVED),
    ):
        some = serial_numbers.read(named)
        step = Step(title, start, end, len(some), numbers=some)
        stock.move([step], Cause(reason, now.date() - timedelta(days=30)), actor=Operator(), now=now)


def list_titles() -> list[Material]:
    """Return the titles of the demo that are there."""
    found = [find_material(fact["title"], fact["language"], _EDITION) for fact in _TITLES]
    return [title for title in found if title is not None]


def give_to_participants(osh: Training, *, now: datetime) -> None:
    """Give everybody the manual in their language and the collection; each signs for both on the first day."""
    if any(one.given or one.signed for one in custody_queries.list_received(osh)):
        return

    def is_taken(title: Material, person: Person) -> bool:
        language = "ky" if person.language == "ky" else "ru"
        return title.language == language or title.title.ru != _MANUAL.ru

    hall, people_there = material_operations.take_training(osh), material_operations.take_participants(osh)
    for title in list_titles():
        rows = custody_queries.list_rows(osh, title)
        taking = [row for row in rows if is_taken(title, row.registration.person)]
        if taking:
            step = Step(title, hall, people_there, len(taking))
            stock.move([step], Cause(Reason.GIVEN, osh.starts_on), actor=Operator(), now=now)
            signed = [PaperRow(row.registration.reference, row.number, is_signed=True) for row in taking]
            custody_operations.enter(osh, title, rows=signed, signed_on=osh.starts_on, actor=Operator(), now=now)


def _region(code: str) -> Region:
    region = people.get_region(code)
    assert region is not None
    return region


_A4 = "595 842"
_STROKES = (
    "70 300 m 90 350 110 250 130 300 c 145 330 150 290 170 300 c 190 310 205 285 230 305 c S",
    "340 295 m 365 345 372 260 392 302 c 405 325 420 280 445 300 c 462 312 480 290 505 308 c S",
)


def draw_scan(number: str) -> bytes:
    lines = ("SIGNED COPY", f"Hand-over act No. {number}", "Invented for the demo: nobody has signed this paper.")
    texts = [
        f"BT /F1 {size} Tf 70 {height} Td ({line}) Tj ET"
        for line, size, height in zip(lines, (11, 20, 11), (770, 735, 705), strict=True)
    ]
    rules = ["0.6 w 0.4 G", *(f"70 {height} m 525 {height} l S" for height in range(400, 690, 24))]
    signatures = ["1 w 0 G 60 285 m 245 285 l S 330 285 m 520 285 l S", "1.6 w 0.1 0.2 0.6 RG", *_STROKES]
    return _document("\n".join([*texts, *rules, *signatures]).encode("ascii", "replace"))


def _document(content: bytes) -> bytes:
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 " + _A4.encode() + b"] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    written, starts = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        starts.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    size = len(objects) + 1
    return written + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(written))
    )


@dataclass(frozen=True)
class _Receiver:
    """Who receives how many copies of each title; `ends` says what became of the act."""

    institution: str
    name: str
    position: Text
    copies: tuple[int, int, int]
    ends: str = "signed"
    units: tuple[str, ...] = ()
    proxy: dict[str, Any] = field(default_factory=dict)
    in_parts: bool = False


_OSH, _ISSYK_KUL = ([_Receiver(**fact) for fact in _FACTS[name]] for name in ("osh", "issyk_kul"))
_VOID = "Количество экземпляров указано неверно"


def hand_over(osh_id: int, *, base_url: str, now: datetime) -> None:
    """Hand over at Osh, each act with its scan in one transaction; whoever has a printed act gets no second one."""
    with transaction():
        osh = db.session.get_one(Training, osh_id)
        receivers = [] if osh.is_locked or osh.is_cancelled else _missing(osh, _OSH)
    for receiver in receivers:
        _hand_over(osh_id, receiver, base_url, now)


def draft(issyk_kul: Training, *, now: datetime) -> None:
    """Leave the act of the training that is running as a draft."""
    for receiver in _missing(issyk_kul, _ISSYK_KUL):
        _draft(issyk_kul, receiver, now)


def _missing(training: Training, receivers: list[_Receiver]) -> list[_Receiver]:
    if len(list_titles()) < len(receivers[0].copies):
        return []
    known = {act.receiving_institution.code for act in _acts(training) if act.state != HandoverState.DRAFT}
    return [receiver for receiver in receivers if receiver.institution not in known]


def _acts(training: Training) -> list[Handover]:
    return [row.handover for row in handover_queries.list_for_training(training)]


def _hand_over(training_id: int, receiver: _Receiver, base_url: str, now: datetime) -> None:
    """Draft an act and try it, set its paper while others write, and do all the rest of it in one transaction."""
    sealer = Sealer.current(now=now)

    def act(press: Press) -> None:
        locked = lock(Handover, act_id)
        handover_operations.hand_over(locked, press=press, base_url=base_url, actor=Operator(), now=now)

    with transaction():
        act_id = _draft(db.session.get_one(Training, training_id), receiver, now).id
        proof = papers.tried(act, sealer)
    press = proof.set()
    with transaction():
        act(press)
        _finish(lock(Handover, act_id), receiver, now)


def _draft(training: Training, receiver: _Receiver, now: datetime) -> Handover:
    """Return the draft of a receiver, which an interrupted start may have left."""
    left = [one for one in _acts(training) if one.receiving_institution.code == receiver.institution]
    if left:
        return left[0]
    office = material_operations.take_office(training.region)
    return material_operations.draft(_planned(training, receiver), office, training, actor=Operator(), now=now)


def _finish(act: Handover, receiver: _Receiver, now: datetime) -> None:
    if receiver.ends == "void":
        handover_operations.void(act, reason=_VOID, actor=Operator(), now=now)
        return
    if act.in_parts:
        _deliver(act, now)
    scan = scans.read(draw_scan(act.number or ""))
    last = max([act.handed_on, *(one.delivered_on for one in act.deliveries)])
    handover_operations.sign(act, signed_on=last, scan=scan, actor=Operator(), now=now)


def _deliver(act: Handover, now: datetime) -> None:
    """Deliver an act in two parts: the first title at once, the others a day later."""
    first, *others = ((item.material_id, item.quantity) for item in act.items)
    later = min(act.handed_on + timedelta(days=1), now.date())
    for copies, day in (({first[0]: first[1]}, act.handed_on), (dict(others), later)):
        part = PlannedDelivery(copies, day, "Токтосунов Бекжан Асылбекович", "доверенность № 18")
        deliveries.deliver(act, part, actor=Operator(), now=now)


def _planned(training: Training, receiver: _Receiver) -> PlannedHandover:
    titles = list_titles()
    year = training.starts_on.year
    return PlannedHandover(
        giving_institution_id=_institution("UNODC").id,
        giving_name="Эрматова Сабина Кубанычовна",
        giving_position=Text(ky="долбоордун координатору", ru="координатор проекта", en="Project officer"),
        giving_authority=Text(ky="№ 7 ишеним кат", ru="доверенность № 7", en="power of attorney No. 7"),
        receiving_institution_id=_institution(receiver.institution).id,
        receiving_name=receiver.name,
        receiving_position=receiver.position,
        **{f"proxy_{name}": value for name, value in receiver.proxy.items()},
        proxy_date=training.ends_on if receiver.proxy else None,
        in_parts=receiver.in_parts,
        handed_on=training.ends_on,
        lines=tuple(
            PlannedLine(title.id, copies, title.unit_value, title.currency)
            for title, copies in zip(titles, receiver.copies, strict=True)
        ),
        place=_FACTS["places"][training.region_code],
        basis=Text(
            ky=f"Долбоордун {year}-жылга иш-чаралар планы",
            ru=f"План мероприятий проекта на {year} год",
            en=f"Activity plan of the project for {year}",
        ),
        shares=tuple(
            PlannedShare(unit, titles[1].id, receiver.copies[1] // len(receiver.units)) for unit in receiver.units
        ),
    )


def _institution(code: str) -> Institution:
    found = people.get_institution_by_code(code)
    assert found is not None
    return found
