"""The command that records attendance from a file."""

from pathlib import Path
from typing import Any

import click

from portal.access.policy import Operator
from portal.attendance.operations import files
from portal.cli.output import Refused, command
from portal.platform import clock
from portal.platform.wording import gettext as _
from portal.trainings import queries as trainings


@command("record-attendance")
@click.argument("code")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
def record_attendance(code: str, file: Path) -> dict[str, Any]:
    """Record the marks of FILE, a CSV in UTF-8 with the columns registration, session, state, marked_at, mark_id.

    The columns reason and minutes may follow. The same file again changes nothing.
    """
    training = trainings.get_training(code)
    if training is None:
        raise Refused(_("There is no training %(code)s.", code=code))
    with file.open("rb") as stream:
        content = stream.read(files.MAX_BYTES + 1)
    recorded = files.record(training, content, actor=Operator(), now=clock.now())
    return recorded.as_dict() | ({"error": recorded.closed, "exit_code": 1} if recorded.closed else {})
