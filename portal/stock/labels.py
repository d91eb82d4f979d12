"""Texts of the materials pages: names of places, causes, units and acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.materials.models import Material, StockPlace
from portal.materials.rules import MaterialLanguage, PlaceKind
from portal.platform.i18n import _l, gettext, label, ngettext, text_of
from portal.stock import queries
from portal.stock.models import StockMovement
from portal.stock.queries import Spot
from portal.stock.rules import Act, Reason

_PLACES: Mapping[PlaceKind, Any] = {
    PlaceKind.SOURCE: _l("Print run"),
    PlaceKind.OFFICE: _l("Office, %(name)s"),
    PlaceKind.VENUE: "%(name)s",
    PlaceKind.TRAINING: _l("Training %(name)s"),
    PlaceKind.INSTITUTION: "%(name)s",
    PlaceKind.PARTICIPANTS: _l("Participants of %(name)s"),
    PlaceKind.DAMAGED: _l("Damaged, %(name)s"),
    PlaceKind.LOST: _l("Lost, %(name)s"),
}


@dataclass(frozen=True)
class ActWords:
    """What the page of an act or a sheet says: its heading, what it is for, its button and its places."""

    title: Any
    about: Any
    button: Any
    start: Any = ""
    end: Any = ""


ACTS: Mapping[Act, ActWords] = {
    Act.RECEIVE: ActWords(
        _l("Receive a print run"),
        _l("Copies come from the printer, or from whoever gives them, to an office, a venue or a training."),
        _l("Receive"),
        end=_l("Where they are now"),
    ),
    Act.MOVE: ActWords(
        _l("Move copies"),
        _l("From one place of yours to another one, or to the office of any region."),
        _l("Move"),
        start=_l("From"),
        end=_l("To"),
    ),
    Act.GIVE: ActWords(
        _l("Give to participants"),
        _l("The participants of one training, together. Who signs for a copy stands on the receipt list."),
        _l("Give"),
        start=_l("From"),
        end=_l("Training"),
    ),
    Act.RETURN: ActWords(
        _l("Take copies back"),
        _l("From an institution or from the participants of a training, back into stock."),
        _l("Take back"),
        start=_l("Who returns them"),
        end=_l("Where they are now"),
    ),
    Act.DAMAGE: ActWords(
        _l("Write off damaged copies"),
        _l("They are there, but cannot be given to anybody any more."),
        _l("Write off"),
        start=_l("Where they are"),
    ),
    Act.LOSE: ActWords(
        _l("Write off lost copies"),
        _l("They are not where they should be. If they turn up, the next stocktake brings them back."),
        _l("Write off"),
        start=_l("Where they should be"),
    ),
}


SHEETS: Mapping[str, ActWords] = {
    "bring": ActWords(
        _l("Bring copies to the training"),
        _l("How many copies of each title travel to the training."),
        _l("Bring"),
    ),
    "give": ActWords(
        _l("Give to participants"),
        _l("How many copies of each title the participants got, together. They sign for them on the receipt list."),
        _l("Give"),
    ),
    "return": ActWords(
        _l("Take back what is left"),
        _l("How many copies of each title go back to the office of the region."),
        _l("Take back"),
    ),
}


def place_name(place: StockPlace | Spot) -> str:
    spot = place if isinstance(place, Spot) else queries.spot_of(place)
    if spot.has_own_name:
        return str(text_of(spot.named, "name"))
    name = getattr(spot.named, "code", "") if spot.kind in _BY_CODE else text_of(spot.named, "name")
    return str(_PLACES[spot.kind]) % {"name": name}


def choice(spot: Spot) -> str:
    """Return a place with what helps to choose it: the copies that it holds, or the title of the training."""
    words = spot.named.code if spot.kind == PlaceKind.PARTICIPANTS else place_name(spot)
    if spot.copies is not None:
        return f"{words} – {copies(spot.copies)}"
    return f"{words} – {text_of(spot.named, 'title')}" if spot.kind in _BY_CODE else words


def note_of(movement: StockMovement) -> str:
    """Return the note of a movement; the number of its act stands beside it and is left out."""
    if movement.handover is None or not movement.handover.number:
        return movement.note
    act, _part, delivery = movement.note.partition(" / ")
    if act != f"№ {movement.handover.number}":
        return movement.note
    return gettext("delivery %(number)s", number=delivery) if delivery else ""


def reason(movement: StockMovement) -> str:
    return label(Reason(movement.reason))


def language(material: Material) -> str:
    return label(MaterialLanguage(material.language))


def copies(number: int) -> str:
    return ngettext("%(num)s copy", "%(num)s copies", number)


def about(material: Material) -> str:
    """Return what tells two titles of the same name apart: language, edition and year."""
    edition = gettext("edition %(edition)s", edition=material.edition) if material.edition else ""
    year = str(material.year) if material.year and str(material.year) != material.edition else ""
    return ", ".join(part for part in (language(material), edition, year) if part)


_BY_CODE = (PlaceKind.TRAINING, PlaceKind.PARTICIPANTS)
