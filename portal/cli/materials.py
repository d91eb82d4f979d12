"""Commands that receive stock and hand it over."""

from pathlib import Path
from typing import Any

import click
from flask import current_app

from portal.access.policy import Operator
from portal.cli.exports import export
from portal.cli.output import Refused, command
from portal.materials.operations import acts, handover_files, receiving
from portal.materials.queries import stock
from portal.materials.rules.stock import MAIN_OFFICE
from portal.people import queries as people
from portal.platform import clock, pdf
from portal.platform.languages import text_of
from portal.platform.sealing.sealer import Sealer
from portal.trainings import queries as trainings
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


@command("hand-over")
@click.argument("code")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
def hand_over(code: str, file: Path) -> dict[str, Any]:
    """Hand over at the training CODE what FILE names, and print the act; its number and file are what counts."""
    training = trainings.get_training(code)
    if training is None:
        raise Refused(f"There is no training {code}.")
    with file.open("rb") as stream:
        content = stream.read(files.MAX_BYTES + 1)
    settings = current_app.config["PORTAL_SETTINGS"]
    try:
        with pdf.renderer() as renderer:
            renderer.start()
            sealer = Sealer.current(now=clock.now())
            handover = handover_files.draft_from_file(training, content, actor=Operator(), now=clock.now())
            acts.hand_over(
                handover,
                printer=renderer.render_order,
                sealer=sealer,
                base_url=settings.base_url,
                actor=Operator(),
                now=clock.now(),
            )
    except (pdf.PdfUnavailable, pdf.RenderFailed) as failure:
        raise Refused(str(failure)) from failure
    folder = Path(settings.data) / "exports" / training.code
    return {
        "number": handover.number,
        "file": export(folder, handover.document),
        "balances": balances([item.material for item in handover.items]),
    }


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
