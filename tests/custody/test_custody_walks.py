"""Whatever is done with acts and copies, in whatever order: the chain closes at the end of every day since."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import pytest

from portal.custody import queries as custody
from portal.custody.rules import Line
from portal.handovers import deliveries
from portal.handovers import operations as handover_operations
from portal.handovers import queries as handover_queries
from portal.handovers.deliveries import PlannedDelivery, PlannedReturn
from portal.handovers.papers import Press
from portal.materials import operations as material_operations
from portal.materials.models import Handover, Material
from portal.materials.rules import HandoverState, PlannedLine
from portal.materials.serial_numbers import Numbers
from portal.platform.db import db
from portal.platform.errors import Refusal
from portal.stock import movements
from portal.stock import operations as stock
from portal.stock import serials as stock_serials
from portal.stock.models import Cause, Step
from portal.stock.rules import Act, PlannedMove, Reason
from tests import factories
from tests.handovers.test_operations_acts import ACTOR, BASE, SCAN, make_act, paper, planned, sealer

Kind = TypeVar("Kind")
BEGIN = datetime(2026, 9, 1, 6, tzinfo=UTC)
DAYS, WALKS = 12, 6


class Walk:
    """What a careless office does with one title, a few acts a day; what the portal refuses is not done."""

    def __init__(self, material: Material, seed: int) -> None:
        self.material, self.chance, self.now = material, random.Random(seed), BEGIN
        self.sealer = sealer()
        self.acts: list[Handover] = []
        self.done: set[str] = set()

    def go(self) -> None:
        """Do two to four things on each day, dated that day or a little earlier."""
        for _day in range(DAYS):
            self.now += timedelta(days=1)
            for _time in range(self.chance.choice((2, 3, 4))):
                step = self.chance.choice(STEPS)
                try:
                    with db.session.begin_nested():
                        step(self)
                    self.done.add(step.__name__)
                except Refusal:
                    db.session.expire_all()

    @property
    def day(self) -> date:
        """Return today or a day shortly before it."""
        return (self.now - timedelta(days=self.chance.choice((0, 0, 1, 3)))).date()

    def few(self) -> int:
        """Return a small number of copies."""
        return self.chance.randint(1, 9)

    def act(self, *states: HandoverState, in_parts: bool = False) -> Handover:
        """Return some act in one of these states."""
        return self._some([one for one in self.acts if one.state in states and one.in_parts >= in_parts])

    def held(self, key: str) -> Numbers:
        """Return the numbered copies at a place."""
        place = material_operations.take_by_key(key)
        return stock_serials.held(self.material).get(place.id if place else 0, Numbers())

    def print(self) -> None:
        """Hand over at once or in parts, on a day that is near or yet to come."""
        day = (self.now + timedelta(days=self.chance.choice((-2, 0, 0, 3)))).date()
        draft = make_act(self.material, self.few(), handed_on=day, in_parts=self.chance.random() < 0.6)
        self.acts.append(self._printed(draft))

    def deliver(self) -> None:
        """Let a part leave."""
        handover = self.act(HandoverState.PRINTED, in_parts=True)
        part = PlannedDelivery({self.material.id: self.few()}, self.day, "Асанов")
        deliveries.deliver(handover, part, actor=ACTOR, now=self.now)

    def void_part(self) -> None:
        """Make a part void."""
        found = [(one, part.serial) for one in self.acts for part in one.deliveries if part.voided_at is None]
        handover, serial = self._some(found)
        deliveries.void(handover, serial, reason="–", actor=ACTOR, now=self.now)

    def sign(self) -> None:
        """Sign an act."""
        handover = self.act(HandoverState.PRINTED)
        handover_operations.sign(handover, signed_on=self.now.date(), scan=SCAN, actor=ACTOR, now=self.now)

    def void(self) -> None:
        """Make an act void."""
        handover_operations.void(self.act(HandoverState.PRINTED), reason="–", actor=ACTOR, now=self.now)

    def take_back(self) -> None:
        """Take copies back, or note them as damaged or lost."""
        kind = self.chance.choice((Act.RETURN, Act.DAMAGE, Act.LOSE))
        handover, copies = self.act(HandoverState.PRINTED, HandoverState.SIGNED), self.chance.choice((1, 2))
        there = handover_queries.held_by(handover).get(self.material.id, Numbers())
        which = {self.material.id: there.lowest(copies)} if self.material.is_numbered else {}
        happened = PlannedReturn(kind, {self.material.id: copies}, self.day, "–", end="office:KG-GO", numbers=which)
        deliveries.take_back(handover, happened, actor=ACTOR, now=self.now)

    def correct(self) -> None:
        """Correct a signed act to another number of copies."""
        wrong, copies = self.act(HandoverState.SIGNED), self.few()
        new = handover_operations.draft_anew(wrong, actor=ACTOR, now=self.now)
        had = handover_queries.held_by(wrong).get(self.material.id, Numbers())
        right = had.lowest(copies) | self.held("office:KG-GO").lowest(max(copies - len(had), 0))
        line = PlannedLine(self.material.id, copies, 35_000, "KGS", numbers=str(right))
        plan = planned(self.material, lines=(line,), handed_on=self.now.date())
        material_operations.change(new, plan, version=new.version, actor=ACTOR, now=self.now)
        self.acts.append(self._printed(new))

    def move(self) -> None:
        """Write copies off in the office, or take some back from the institution past all acts."""
        act = self.chance.choice((Act.DAMAGE, Act.LOSE, Act.RETURN))
        start, end = ("institution:GPO", "office:KG-GO") if act == Act.RETURN else ("office:KG-GO", "")
        copies = self.few()
        which = self.held(start).lowest(copies)
        step = PlannedMove(act, copies, self.day, start, end, note="–", numbers=which)
        movements.carry_out([(self.material, step)], actor=ACTOR, now=self.now)

    def _some(self, found: Sequence[Kind]) -> Kind:
        if not found:
            raise Refusal
        return self.chance.choice(found)

    def _printed(self, draft: Handover) -> Handover:
        return handover_operations.hand_over(
            draft, press=Press(paper, self.sealer), base_url=BASE, actor=ACTOR, now=self.now
        )


STEPS: tuple[Callable[[Walk], None], ...] = (
    *[Walk.print] * 4, *[Walk.deliver] * 2, *[Walk.void_part] * 2, *[Walk.sign] * 2, *[Walk.void] * 2,
    *[Walk.take_back] * 3, *[Walk.correct] * 2, Walk.move,
)  # fmt: skip


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("is_numbered", [False, True], ids=["plain", "numbered"])
def test_the_chain_closes_on_every_day_of_any_walk(session: None, is_numbered: bool) -> None:
    done: set[str] = set()
    for seed in range(WALKS):
        material = factories.make_material(is_numbered=is_numbered)
        source, run = material_operations.take_source(), Numbers(((1, 60),)) if is_numbered else Numbers()
        received = Step(material, source, factories.make_office(), 60, numbers=run)
        stock.move([received], Cause(Reason.RECEIVED, BEGIN.date()), actor=ACTOR, now=BEGIN)
        walk = Walk(material, seed)
        walk.go()
        done |= walk.done
        for offset in range(-1, DAYS + 6):
            day = (BEGIN + timedelta(days=offset)).date()
            account = custody.read(material, ACTOR, day).account
            named, clash = stock_serials.checked(material, day)
            said = {line.value: account.moved(line) for line in Line}
            assert account.closes, (seed, day, said, account.papers, [(a.number, a.state) for a in walk.acts])
            if is_numbered:
                copies = {place: len(some) for place, some in named.items()}
                assert clash is None and account.numbers_agree(copies), (seed, day, clash, copies)
    assert done == {step.__name__ for step in STEPS}, "a step was refused in every walk, so nothing is shown of it"
