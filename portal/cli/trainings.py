"""Commands that load what every installation needs and make trainings."""

from pathlib import Path
from typing import Any

import click

from portal.access.policy import Operator
from portal.catalog import operations as catalog
from portal.cli.output import command
from portal.evaluation.operations import evaluations
from portal.people.operations import reference as people
from portal.platform import clock
from portal.trainings.operations import files


@command("load-reference")
def load_reference() -> dict[str, Any]:
    """Add the regions, institutions, ranks, posts and donors of the packaged files that are missing."""
    actor, now = Operator(), clock.now()
    loaded = people.load_reference(actor=actor, now=now)
    donors = catalog.load_donors(actor=actor, now=now)
    evaluations.load_first_form(actor=actor, now=now)
    return {**vars(loaded), "donors": donors}


@command("create-training")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
def create_training(file: Path) -> dict[str, Any]:
    """Make an approved training from FILE, a JSON file such as tests/data/training.json."""
    with file.open("rb") as stream:
        content = stream.read(files.MAX_BYTES + 1)
    return {"code": files.create_from_file(content, actor=Operator(), now=clock.now()).code}
