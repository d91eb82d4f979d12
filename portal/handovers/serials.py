"""Which numbered copies an act brings to an institution or takes back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from portal.handovers import queries
from portal.materials import serial_numbers
from portal.materials.models import Handover
from portal.materials.serial_numbers import Numbers
from portal.stock import serials
from portal.stock.models import Cause, Step


class Exchange(NamedTuple):
    """The numbered copies of a title that come to an institution, and those that go back from it."""

    come: Numbers = Numbers()
    back: Numbers = Numbers()


def asked(handover: Handover) -> dict[int, Exchange]:
    """Return by title what the lines of a draft ask for; nothing for a title whose numbers are left open.

    A correcting act names the copies that are right: the others of the corrected acts go back.
    """
    found: dict[int, Exchange] = {}
    there = there_by(handover)
    for item in handover.items:
        if item.material.is_numbered and item.numbers:
            right, had = serial_numbers.read(item.numbers), there.get(item.material_id, Numbers())
            found[item.material_id] = Exchange(right - had, had - right)
    on_it = {item.material_id for item in handover.items}
    return found | {title: Exchange(back=had) for title, had in there.items() if title not in on_it}


def there_by(handover: Handover) -> dict[int, Numbers]:
    """Return by title the numbered copies that an institution has by the acts which this one corrects."""
    corrected = [one.id for one in queries.list_corrected(handover)]
    return {title: moved.come for title, moved in _moved(corrected).items() if moved.come}


def held_by(handover: Handover) -> dict[int, Numbers]:
    """Return by title the numbered copies that an institution has by an act and those that it corrects."""
    acts = [handover.id, *(one.id for one in queries.list_corrected(handover))]
    return {title: moved.come for title, moved in _moved(acts).items() if moved.come}


def undone(handover: Handover) -> dict[int, Exchange]:
    """Return by title what a void act takes back, and what it had taken back and brings again."""
    return {title: Exchange(come=moved.back, back=moved.come) for title, moved in _moved([handover.id]).items()}


def named(handover: Handover, steps: Sequence[Step], cause: Cause) -> list[Step]:
    """Return the steps of printing with the copies of each, and write on each line which the institution then has.

    An act in parts names none: its copies leave later.

    :raises Refusal: if numbered copies are not where they are taken from: see `take` of the stock.
    """
    taken = serials.take(steps, cause)
    steps = [replace(step, numbers=some) for step, some in zip(steps, taken, strict=True)]
    has = there_by(handover)
    for step in steps:
        before = has.get(step.material.id, Numbers())
        comes = step.to_place.institution_id is not None
        has[step.material.id] = before | step.numbers if comes else before - step.numbers
    for item in handover.items:
        item.numbers = "" if handover.in_parts else str(has.get(item.material_id, Numbers()))
    return steps


def _moved(handover_ids: Sequence[int]) -> Mapping[int, Exchange]:
    """Return by title the numbered copies that acts brought and that are there still, and those they only took back."""
    where: dict[int, Exchange] = {}
    for title, is_handed_over, some in queries.list_of_acts(handover_ids):
        come, back = where.get(title, Exchange())
        if is_handed_over:
            where[title] = Exchange(come | (some - back), back - some)
        else:
            where[title] = Exchange(come - some, back | (some - come))
    return where
