"""Import a nomination list from the command line."""

from pathlib import Path
from typing import Any

import click

from portal.access.policy import Operator
from portal.cli.output import Refused, command
from portal.platform import clock, sheets
from portal.platform.db import reading_session
from portal.registration.operations import imports, imports_commit, imports_reading
from portal.registration.operations.imports_commit import Imported, Plan
from portal.registration.operations.imports_reading import Draft, Source
from portal.registration.operations.imports_wording import changed_lines, gone_lines, problem_lines
from portal.trainings import queries as trainings
from portal.trainings.models import Training
from portal.trainings.operations.locks import expect_open


@command("import-nominations")
@click.argument("code")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--commit", "is_commit", is_flag=True, help="Import the good rows; without it nothing is written.")
@click.option("--take-changes", "takes", is_flag=True, help="Take over what the list says otherwise, with --commit.")
def import_nominations(code: str, file: Path, is_commit: bool, takes: bool) -> dict[str, Any]:
    """Read FILE as the nomination list of the training CODE and say what importing it does."""
    if takes and not is_commit:
        raise click.UsageError("--take-changes is of use with --commit only.")
    source = _open(file)
    with reading_session():  # Nobody waits for the database while the list is read and compared.
        training = _training(code)
        expect_open(training)
        if source.mapping is None:
            raise imports_reading.HeaderMissing
        draft = imports_reading.draft(training, source, is_background=False, today=clock.now().date())
        judged = draft.judged
        assert judged is not None
        answer = {
            **judged.counts,
            "changed": changed_lines(judged),
            "gone": gone_lines(judged),
            "problems": problem_lines(source.problems, judged.verdicts, source.mapping),
        }
        planned = imports_commit.plan(judged, {}, {}, takes=takes)
    if is_commit and planned.facts:
        imported = _commit(_training(code), draft, planned)
        answer["registrations"] = imported.registrations
        if takes:
            answer["corrected"] = imported.corrected
    return answer


def _training(code: str) -> Training:
    training = trainings.get_training(code)
    if training is None:
        raise Refused(f"There is no training {code}.")
    return training


def _open(file: Path) -> Source:
    with file.open("rb") as stream:
        return imports_reading.open_file(stream.read(sheets.MAX_BYTES + 1), file.name)


def _commit(training: Training, draft: Draft, planned: Plan) -> Imported:
    actor, now = Operator(), clock.now()
    nomination_list = imports.stage(training, draft, actor=actor, now=now)
    return imports_commit.commit(nomination_list, planned=planned, actor=actor, now=now)
