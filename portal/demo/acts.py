"""The hand-over acts of the demo: three signed (one in parts, one by somebody else), one void, one still a draft."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from portal.access.policy import Operator
from portal.demo import materials
from portal.demo.scans import draw_scan
from portal.materials.models.handovers import Handover
from portal.materials.operations import acts, deliveries, handovers, papers, places
from portal.materials.operations.deliveries import PlannedDelivery
from portal.materials.operations.papers import Press
from portal.materials.queries import handovers as queries
from portal.materials.rules.handovers import (
    HandoverState,
    PlannedHandover,
    PlannedLine,
    PlannedParty,
    PlannedProxy,
    PlannedShare,
    ProxyKind,
)
from portal.people import queries as people
from portal.people.models import Institution
from portal.platform import scans
from portal.platform.db import db, lock, transaction
from portal.platform.sealing.sealer import Sealer
from portal.platform.texts import Text
from portal.trainings.models import Training


@dataclass(frozen=True)
class _Receiver:
    """Who receives how many copies of each title; `ends` says what became of the act."""

    institution: str
    name: str
    position: Text
    copies: tuple[int, int, int]
    ends: str = "signed"
    units: tuple[str, ...] = ()
    proxy: PlannedProxy = PlannedProxy()
    in_parts: bool = False


_HEAD = Text(ky="башкармалыктын башчысы", ru="начальник управления", en="Head of department")
_PROSECUTOR = Text(ky="башкармалыктын улук прокурору", ru="старший прокурор управления", en="Senior prosecutor")
_RECTOR = Text(ky="борбордун директору", ru="директор центра", en="Director of the centre")
_OSH = (
    _Receiver("GPO", "Мамбетов Нурлан Асанович", _PROSECUTOR, (20, 30, 30)),
    _Receiver("GPO-TC", "Садырова Жамиля Токоновна", _RECTOR, (5, 50, 5), "void"),
    _Receiver(
        "MOI-CPS",
        "Турсунов Эркин Бакирович",
        _HEAD,
        (30, 40, 40),
        units=("УВД Ошской области", "УВД города Ош"),
        proxy=PlannedProxy(
            ProxyKind.ATTORNEY.value,
            "Исаев Тилек Маратович",
            Text(ky="улук инспектор", ru="старший инспектор", en="Senior inspector"),
            "41",
        ),
    ),
    _Receiver("MOI-IS", "Абдырахманова Чынара Исаковна", _HEAD, (25, 35, 35), in_parts=True),
)
_ISSYK_KUL = (_Receiver("MOI-IS", "Джумалиев Кайрат Сапарович", _HEAD, (30, 40, 40), "draft"),)
_PLACES = {
    "KG-GO": Text(ky="Ош шаары", ru="г. Ош", en="Osh"),
    "KG-Y": Text(ky="Чолпон-Ата шаары", ru="г. Чолпон-Ата", en="Cholpon-Ata"),
}
_VOID = "Количество экземпляров указано неверно"


def hand_over(osh_id: int, *, base_url: str, now: datetime) -> None:
    """Hand over at Osh, each act with its scan in one transaction; whoever has a printed act gets no second one."""
    with transaction():
        osh = db.session.get_one(Training, osh_id)
        wanted = [] if osh.is_locked or osh.is_cancelled else _missing(osh, _OSH)
    for receiver in wanted:
        _hand_over(osh_id, receiver, base_url, now)


def draft(issyk_kul: Training, *, now: datetime) -> None:
    """Leave the act of the training that is running as a draft."""
    for receiver in _missing(issyk_kul, _ISSYK_KUL):
        _draft(issyk_kul, receiver, now)


def _missing(training: Training, receivers: tuple[_Receiver, ...]) -> list[_Receiver]:
    if len(materials.list_titles()) < len(receivers[0].copies):
        return []
    known = {act.receiving_institution.code for act in _acts(training) if act.state != HandoverState.DRAFT}
    return [receiver for receiver in receivers if receiver.institution not in known]


def _acts(training: Training) -> list[Handover]:
    return [row.handover for row in queries.list_for_training(training)]


def _hand_over(training_id: int, receiver: _Receiver, base_url: str, now: datetime) -> None:
    """Draft an act and try it, set its paper while others write, and do all the rest of it in one transaction."""
    sealer = Sealer.current(now=now)

    def act(press: Press) -> None:
        locked = lock(Handover, act_id)
        acts.hand_over(locked, press=press, base_url=base_url, actor=Operator(), now=now)

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
    office = places.take_office(training.region)
    return handovers.draft(_planned(training, receiver), office, training, actor=Operator(), now=now)


def _finish(act: Handover, receiver: _Receiver, now: datetime) -> None:
    if receiver.ends == "void":
        acts.void(act, reason=_VOID, actor=Operator(), now=now)
        return
    if act.in_parts:
        _deliver(act, now)
    scan = scans.read(draw_scan(act.number or ""))
    last = max([act.handed_on, *(one.delivered_on for one in act.deliveries)])
    acts.sign(act, signed_on=last, scan=scan, actor=Operator(), now=now)


def _deliver(act: Handover, now: datetime) -> None:
    """Deliver an act in two parts: the first title at once, the others a day later."""
    first, *others = ((item.material_id, item.quantity) for item in act.items)
    later = min(act.handed_on + timedelta(days=1), now.date())
    for copies, day in (({first[0]: first[1]}, act.handed_on), (dict(others), later)):
        part = PlannedDelivery(copies, day, "Токтосунов Бекжан Асылбекович", "доверенность № 18")
        deliveries.deliver(act, part, actor=Operator(), now=now)


def _planned(training: Training, receiver: _Receiver) -> PlannedHandover:
    titles = materials.list_titles()
    year = training.starts_on.year
    return PlannedHandover(
        giving=PlannedParty(
            _institution("UNODC").id,
            "Эрматова Сабина Кубанычовна",
            Text(ky="долбоордун координатору", ru="координатор проекта", en="Project officer"),
            Text(ky="№ 7 ишеним кат", ru="доверенность № 7", en="power of attorney No. 7"),
        ),
        receiving=PlannedParty(_institution(receiver.institution).id, receiver.name, receiver.position),
        proxy=replace(receiver.proxy, day=training.ends_on) if receiver.proxy.kind else receiver.proxy,
        in_parts=receiver.in_parts,
        handed_on=training.ends_on,
        lines=tuple(
            PlannedLine(title.id, copies, title.unit_value, title.currency)
            for title, copies in zip(titles, receiver.copies, strict=True)
        ),
        place=_PLACES[training.region_code],
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
