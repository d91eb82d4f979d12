"""People and places of the demo, as its data files name them. Every person is invented."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from portal.access.permissions import Role
from portal.platform.texts import LANGUAGES, Text

FOLDER = Path(__file__).parent
_TUESDAY = 1


def read(name: str) -> Any:
    """Return what a data file says; whatever has languages for keys is a text in them."""
    content = (FOLDER / "data" / f"{name}.json").read_text("utf-8")
    return json.loads(content, object_hook=lambda fact: Text(**fact) if fact.keys() <= {*LANGUAGES} else fact)


@dataclass(frozen=True)
class DemoAccount:
    """A sign-in of the demo; `side` names the regions of a coordinator."""

    role: Role
    email: str
    name: str
    side: str = ""
    institution: str | None = None


@dataclass(frozen=True)
class DemoTraining:
    """A training of the demo. Its venue tells it from others; `weeks` from today to its first day, or today itself.

    `absent` is whose place in the list it is who misses the second day, `groups` who came: region, body, men, women.
    """

    region: str
    venue: Text
    weeks: int
    capacity: int
    absent: int | None = None
    is_tested: bool = False
    groups: tuple[tuple[str, str, int, int], ...] = ()

    def starts_on(self, today: date) -> date:
        """Return the first day: today, or the Tuesday of some week before or after."""
        if not self.weeks:
            return today
        day = today + timedelta(weeks=self.weeks)
        return day + timedelta(days=_TUESDAY - day.weekday())


def _account(fact: dict[str, Any]) -> DemoAccount:
    return DemoAccount(**fact | {"role": Role(fact["role"])})


FACTS = read("facts")
ACCOUNTS = tuple(map(_account, FACTS["accounts"]))
# Somebody who has not joined yet, and somebody who has left: the list of accounts shows every state.
INVITED, LEFT = _account(FACTS["invited"]), _account(FACTS["left"])
TRAININGS, EARLIER = (tuple(DemoTraining(**fact) for fact in FACTS[when]) for when in ("trainings", "earlier"))
OSH, ISSYK_KUL, TALAS, _BATKEN = TRAININGS
