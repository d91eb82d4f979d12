"""Forms for the blocks of an agenda."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import BooleanField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from portal.platform.forms import (
    CLOCK,
    DAY,
    BoxesField,
    ChoiceField,
    ClockField,
    DayField,
    NumberField,
    Pairs,
    PortalForm,
    Text3Field,
    options,
    text,
)
from portal.platform.i18n import NAMES, _l
from portal.trainings.agenda_rules import BreakKind, Saving, WantedBreak, WantedSession
from portal.trainings.documents import AgendaBlock
from portal.trainings.models import AgendaBreak


class OfferedField(BoxesField):
    def pre_validate(self, form: Any) -> None:
        """Drop what is not offered: somebody may have been merged or moved out of reach meanwhile."""
        offered = {str(choice.value) for choice in self.choices or []}
        self.data = [value for value in self.data or [] if value in offered]


class BlockForm(PortalForm):
    version = NumberField(None, [InputRequired(_l("Open the form again."))], widget=HiddenInput())
    local_date = DayField(_l("Day"), [InputRequired(DAY)])
    starts_at = ClockField(_l("Begins"), [InputRequired(CLOCK)])
    ends_at = ClockField(_l("Ends"), [InputRequired(CLOCK)])
    is_pushing = BooleanField(_l("Later blocks of this day move along"))
    title = Text3Field(_l("Title in Kyrgyz"), _l("Title in Russian"), _l("Title in English"))
    is_sure = BooleanField(_l("Move it although people are marked"))

    @property
    def saving(self) -> Saving:
        return Saving(self.version.data or 0, bool(self.is_pushing.data), bool(self.is_sure.data))

    def times(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the typed begin and end on the venue's clock."""
        day, begins, ends = self.local_date.data, self.starts_at.data, self.ends_at.data
        assert day is not None
        assert begins is not None
        assert ends is not None
        return datetime.combine(day, begins, zone), datetime.combine(day, ends, zone)


class SessionBlockForm(BlockForm):
    """A session: also who leads it, in which languages and where."""

    facilitators = OfferedField(_l("Facilitators"), choices=[])
    languages = OfferedField(_l("Working languages"), choices=options(list(NAMES.items())))
    room = text(_l("Room or group"))
    people = text(_l("Find somebody by name"))

    def offer(self, facilitators: Pairs) -> None:
        self.facilitators.choices = options(facilitators)

    def chosen(self) -> frozenset[int]:
        return frozenset(int(value) for value in self.facilitators.data or [] if value.isdecimal())

    def wanted(self, zone: ZoneInfo) -> WantedSession:
        languages, room = tuple(self.languages.data or []), self.room.data or ""
        return WantedSession(self.title, *self.times(zone), languages, room, self.chosen())


class BreakBlockForm(BlockForm):
    kind = ChoiceField(_l("What it is"), choices=options([(kind.value, _l(kind.label)) for kind in BreakKind]))

    def wanted(self, zone: ZoneInfo) -> WantedBreak:
        return WantedBreak(BreakKind(self.kind.data), self.title, *self.times(zone))


def values_of(block: AgendaBlock, zone: ZoneInfo) -> dict[str, Any]:
    begins, ends = block.starts_at.astimezone(zone), block.ends_at.astimezone(zone)
    values = {
        "local_date": begins.date(),
        "starts_at": begins.time(),
        "ends_at": ends.time(),
        **block.title.columns(),
    }
    if isinstance(block, AgendaBreak):
        return values | {"kind": block.kind}
    facilitators = [str(one.person_id) for one in block.facilitators]
    return values | {"languages": list(block.languages), "room": block.room, "facilitators": facilitators}
