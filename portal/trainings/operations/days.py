"""Keep the days that a training has had, so that calendars learn of those that go."""

from portal.trainings.documents import list_days
from portal.trainings.models import Training, TrainingDay


def keep(training: Training) -> None:
    """Note the days of a training as they stand, after each change of its agenda; one that has gone stays as it was."""
    known = {one.day: one for one in training.days}
    for day, (starts_at, ends_at) in list_days(training).items():
        if day in known:
            known[day].starts_at, known[day].ends_at = starts_at, ends_at
        else:
            training.days.append(TrainingDay(day=day, starts_at=starts_at, ends_at=ends_at))
