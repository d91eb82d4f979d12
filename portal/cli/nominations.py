"""Import a nomination list from the command line."""

from pathlib import Path
from typing import Any

import click

from portal.access.policy import Operator
from portal.cli.output import Refused, command
from portal.platform import clock, sheets
from portal.registration.operations import imports, imports_commit, imports_reading
from portal.registration.operations.imports_reading import Source
from portal.registration.operations.imports_wording import problem_lines
from portal.trainings import queries as trainings
from portal.trainings.models import Training


@command("import-nominations")
@click.argument("code")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--commit", "is_commit", is_flag=True, help="Import the good rows; without it nothing is written.")
def import_nominations(code: str, file: Path, is_commit: bool) -> dict[str, Any]:
    """Read FILE as the nomination list of the training CODE and say what importing it does."""
    training = trainings.get_training(code)
    if training is None:
        raise Refused(f"There is no training {code}.")
    source = _open(file)
    if source.mapping is None:
        raise imports_reading.HeaderMissing
    imports.expect_open(training)
    now = clock.now()
    judged = imports_reading.judge(source.rows, source.mapping, training, today=now.date())
    answer = {**judged.counts, "problems": problem_lines(source.problems, judged.verdicts, source.mapping)}
    if is_commit and judged.counts["new"] + judged.counts["known"]:
        answer["registrations"] = _commit(training, source)
    return answer


def _open(file: Path) -> Source:
    with file.open("rb") as stream:
        return imports_reading.open_file(stream.read(sheets.MAX_BYTES + 1), file.name)


def _commit(training: Training, source: Source) -> int:
    actor, now = Operator(), clock.now()
    nomination_list = imports.stage(training, source, is_background=False, actor=actor, now=now)
    return imports_commit.commit(nomination_list, actor=actor, now=now).registrations
