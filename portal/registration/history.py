"""A person's corrections in words: before, after, by whom and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.accounts import queries as accounts
from portal.audit import queries as audit
from portal.audit.events import written
from portal.people import queries as people
from portal.people.rules import Sex
from portal.platform.i18n import NAMES, _l, gettext, label, text_of
from portal.registration.models import Registration
from portal.registration.rules import IN_THE_LOG, OF_PERSON, OF_PERSON_SAID, OF_TRAINING, OF_TRAINING_SAID

MOST = 50
FACTS: Mapping[str, Any] = {
    "family": _l("Family name"),
    "given": _l("Given name"),
    "patronymic": _l("Patronymic"),
    "sex": _l("Sex"),
    "birth_year": _l("Year of birth"),
    "institution": _l("Institution"),
    "post": _l("Post"),
    "rank": _l("Rank"),
    "region": _l("Region"),
    "phone": _l("Phone"),
    "email": _l("E-mail"),
    "language": _l("Language of the mails"),
}


@dataclass(frozen=True)
class Line:
    """One fact that was corrected; `is_erased` where nobody can say any more what it was."""

    at: datetime
    by: str
    fact: str = ""
    before: str = ""
    after: str = ""
    is_erased: bool = False


def lines_of(registration: Registration) -> list[Line]:
    """Return what was corrected of somebody, the newest first: of the person, and of this training."""
    subjects = (f"registration {registration.reference}", f"person {registration.person.reference}")
    rows = audit.list_about(subjects, (OF_TRAINING_SAID, OF_PERSON_SAID), MOST)
    names = accounts.names_of({entry.actor for entry, _detail in rows}) | {"operator": gettext("Command line")}
    places = {one.code: text_of(one, "name") for one in people.list_places()} if rows else {}
    of_training = {(entry.at, entry.actor) for entry, _detail in rows if entry.event == OF_TRAINING_SAID}
    lines = []
    for entry, detail in rows:
        by = names.get(entry.actor, entry.actor)
        if detail is None:
            lines.append(Line(entry.at, by, is_erased=True))
            continue
        # What a training's correction has told the person as well stands in the line of the training.
        is_told = entry.event == OF_PERSON_SAID and (entry.at, entry.actor) in of_training
        names_of_facts = OF_PERSON if is_told else (*OF_PERSON, *OF_TRAINING)
        for name in names_of_facts:
            key = IN_THE_LOG.get(name, name)
            was, becomes = (detail.before or {}), (detail.after or {})
            if key in was or key in becomes:
                before, after = (_words(name, side.get(key), places) for side in (was, becomes))
                is_known_now = name in OF_TRAINING and entry.event == OF_PERSON_SAID
                fact = gettext("%(fact)s, as known now", fact=FACTS[name]) if is_known_now else str(FACTS[name])
                lines.append(Line(entry.at, by, fact, before, after))
    return lines


def _words(name: str, value: str | None, places: Mapping[str, str]) -> str:
    match name:
        case "institution" | "region":
            return places.get(value or "", value or "")
        case "sex":
            return label(Sex(value)) if value else ""
        case "language":
            return NAMES.get(value or "", "")
        case _:
            return written(value)
