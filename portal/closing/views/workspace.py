"""What every page of a training shows above its own content: where the training stands."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import current_app, url_for

from portal.closing import wording
from portal.closing.queries import trainings as queries
from portal.closing.rules.steps import Step
from portal.platform import clock
from portal.platform.dates import clock_in, date_range
from portal.platform.languages import current, text_of
from portal.trainings.models import Training
from portal.trainings.rules.states import TrainingState, phase


def workspace_of(training: Training) -> dict[str, Any]:
    """Return the head of a training's pages: its names, dates and place, and the steps of its life."""
    return {
        "code": training.code,
        "title": text_of(training, "title"),
        "url": url_for("closing.show", code=training.code),
        "dates": date_range(training.starts_on, training.ends_on, current()),
        "place": text_of(training.venue, "name"),
        "region": text_of(training.region, "name"),
        "state": shown_state(training),
        "steps": workspace_steps(training),
    }


def workspace_steps(training: Training) -> list[dict[str, Any]]:
    """Return the steps in words, each with the address where it is done."""
    steps = queries.list_steps(training, clock.now())
    return [
        {
            "key": step.key.value,
            "label": wording.label(step),
            "url": step_url(step, training),
            "state": step.state.value,
            "note": wording.note(step),
            "step": step,
        }
        for step in steps
    ]


def step_url(step: Step, training: Training) -> str | None:
    """Return the address where a step is done, or None while its part is not built."""
    endpoint = wording.ENDPOINTS[step.key]
    return url_for(endpoint, code=training.code) if endpoint in current_app.view_functions else None


def shown_state(training: Training) -> str:
    """Return the state that a page shows: an approved training is upcoming, running or over."""
    if training.state != TrainingState.APPROVED:
        return training.state
    return phase(training.starts_on, training.ends_on, clock.today(training.time_zone)).value


def clock_of(training: Training) -> Callable[[datetime], str]:
    """Return the function that shows a moment on the venue's clock."""
    return clock_in(training.time_zone)
