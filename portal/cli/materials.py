"""Commands that receive stock."""

from pathlib import Path
from typing import Any

import click

from portal.access.policy import Operator
from portal.cli.output import Refused, command
from portal.materials.operations import receiving
from portal.materials.queries import stock
from portal.materials.rules.stock import MAIN_OFFICE
from portal.people import queries as people
from portal.platform import clock
from portal.platform.languages import text_of
from portal.trainings.operations import files


@command("receive-stock")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--region", default=MAIN_OFFICE, show_default=True, help="The region whose office receives the copies.")
def receive_stock(file: Path, region: str) -> dict[str, Any]:
    """Receive the copies that FILE names, a JSON file such as tests/data/handover.json; balance is what is in stock."""
    office = people.get_region(region.upper())
    if office is None:
        raise Refused(f"There is no region {region}. Regions: {', '.join(one.code for one in people.list_regions())}.")
    with file.open("rb") as stream:
        content = stream.read(files.MAX_BYTES + 1)
    received = receiving.receive_file(content, office, actor=Operator(), now=clock.now())
    return {"items": balances(received)}


def balances(materials: list[Any]) -> list[dict[str, Any]]:
    """Return what a command prints of titles: how many copies are in stock, wherever."""
    held = stock.in_stock([material.id for material in materials])
    return [
        {
            "title": text_of(material, "title"),
            "language": material.language,
            "edition": material.edition,
            "balance": held[material.id],
        }
        for material in materials
    ]
