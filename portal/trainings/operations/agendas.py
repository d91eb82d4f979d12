"""Take over from another training what its agenda has beside the sessions."""

from zoneinfo import ZoneInfo

from portal.platform import tokens
from portal.platform.texts import Text
from portal.trainings.documents import list_blocks
from portal.trainings.models import AgendaBreak, Training
from portal.trainings.rules.agenda import Block, Frame, clock_moved, faults


def take_over(training: Training, source: Training) -> None:
    """Give a new training the breaks and working languages of another one, at the same hours of its own days.

    Rooms and facilitators are of the other place and time, and are not taken over. A break that does not fit between
    the sessions of the new training is left out.
    """
    old, new = ZoneInfo(source.time_zone), ZoneInfo(training.time_zone)
    days = (training.starts_on - source.starts_on).days
    languages = {clock_moved(one.starts_at, days, old, new): one.languages for one in source.sessions}
    for session in training.sessions:
        session.languages = list(languages.get(session.starts_at, ()))
    frame = Frame(training.starts_on, training.ends_on, new)
    for pause in source.breaks:
        starts, ends = (clock_moved(moment, days, old, new) for moment in (pause.starts_at, pause.ends_at))
        standing = [Block(one.reference, one.starts_at, one.ends_at) for one in list_blocks(training)]
        if not faults(Block("", starts, ends), standing, frame):
            training.breaks.append(
                AgendaBreak(
                    reference=tokens.random_token(),
                    kind=pause.kind,
                    starts_at=starts,
                    ends_at=ends,
                    local_date=starts.date(),
                    **Text.of(pause).columns(),
                )
            )
