"""Invented histories: trainings, who came to them, what was corrected later, and the releases between."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from portal.reports import publishing
from portal.reports.rules import UNKNOWN, Issue, Part, Seat, TrainingFacts

REGIONS = ("KG-GO", "KG-J", "KG-O", "KG-B", "KG-GB")
BODIES = ("MOI", "GPO", "CUS", "BOR", "NGO", "COU")
SERVICES = ("IS", "CPS")
FIRST_DAY = date(2026, 9, 1)


@dataclass(frozen=True)
class World:
    """What happened: the releases in their order, and the facts that stood behind each of them."""

    facts: Sequence[Sequence[TrainingFacts]]
    parts: Sequence[Part]
    corrections: int


def make_world(seed: int, *, corrects: bool = True, age: Callable[[Part], Part] | None = None) -> World:
    """Return an invented history; the same seed makes the same one. `age` is what the first release becomes."""
    random = Random(seed)
    people: dict[int, Seat] = {}
    facts: list[TrainingFacts] = []
    seen: list[list[TrainingFacts]] = []
    parts: list[Part] = []
    corrections = 0
    for number in range(1, random.randint(3, 5) + 1):
        for _ in range(random.randint(0 if facts else 1, 2)):
            facts.append(_training(random, len(facts), people))
        if corrects and number > 1 and random.random() < 0.7:
            place = random.randrange(len(facts))
            facts[place] = _corrected(random, facts[place], people)
            corrections += 1
        issue = Issue(number, FIRST_DAY + timedelta(days=90 * number), 5, REGIONS)
        earlier = [age(parts[0]), *parts[1:]] if age and parts else parts
        parts.append(publishing.make_part("TIP", list(facts), issue, earlier))
        seen.append(list(facts))
    return World(seen, parts, corrections)


def _training(random: Random, number: int, people: dict[int, Seat]) -> TrainingFacts:
    bodies = random.sample(BODIES, random.randint(1, len(BODIES)))
    repeats = random.choice((0, 0, 0.1, 0.2))
    seats: dict[int, Seat] = {}
    for _ in range(random.randint(4, 40)):
        again = [one for one in people if one not in seats] if random.random() < repeats else []
        one = people[random.choice(again)] if again else _person(random, len(people), bodies)
        seats[one.person_id] = people.setdefault(one.person_id, one)
    day = FIRST_DAY + timedelta(days=7 * number)
    return _measured(
        random, TrainingFacts(number + 1, f"T{number + 1}", "TIP", {}, REGIONS[0], day, day, tuple(seats.values()))
    )


def _measured(random: Random, one: TrainingFacts) -> TrainingFacts:
    """Return a training with what is measured of it: some came and did not complete, some answered."""
    completed = len(one.seats)
    attended = completed + random.choice((0, 0, 1, 2, 7))
    forms = random.randint(0, attended)
    return replace(
        one,
        attended=attended,
        minutes=720,
        pairs=tuple((random.randint(0, 10) * 5.0, random.randint(5, 20) * 5.0) for _ in range(completed // 2)),
        forms=forms,
        rated=forms,
        favorable=random.randint(forms // 2, forms),
        copies=random.choice((0, completed, attended)),
    )


def _person(random: Random, number: int, bodies: Sequence[str]) -> Seat:
    body = bodies[min(int(random.expovariate(1.2)), len(bodies) - 1)]
    service = f"{body}-{random.choice(SERVICES)}" if random.random() < 0.5 else body
    region = REGIONS[min(int(random.expovariate(0.8)), len(REGIONS) - 1)]
    sex = UNKNOWN if random.random() < 0.05 else "F" if random.random() < 0.25 else "M"
    return Seat(number, sex, region, body, service)


def _somebody(random: Random, seats: Sequence[Seat]) -> int | None:
    """Return the place of somebody, as often as not of the only one of a kind: there corrections tell most."""
    many = Counter(it for one in seats for it in (one.institution, one.region, one.sex))
    alone = [place for place, one in enumerate(seats) if 1 in (many[one.institution], many[one.region], many[one.sex])]
    if alone and random.random() < 0.5:
        return random.choice(alone)
    return random.randrange(len(seats)) if seats else None


def _corrected(random: Random, one: TrainingFacts, people: dict[int, Seat]) -> TrainingFacts:
    """Return a training after a correction of one or a few of its people, in one of the ways that there are."""
    seats = list(one.seats)
    for _ in range(random.choice((1, 1, 1, 2, 6, 14))):
        way = random.choice(("leaves", "comes", "institution", "institution", "region", "sex"))
        place = _somebody(random, seats)
        if way == "comes" or place is None:
            seats.append(people.setdefault(len(people), _person(random, len(people), BODIES)))
        elif way == "leaves":
            del seats[place]
        else:
            body = random.choice(BODIES)
            changed = {
                "institution": {"institution": body, "service": body},
                "region": {"region": random.choice(REGIONS)},
                "sex": {"sex": random.choice("FM")},
            }[way]
            seats[place] = replace(seats[place], **changed)
    return replace(one, seats=tuple(seats))
