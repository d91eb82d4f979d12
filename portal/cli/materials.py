"""Commands that receive stock and hand it over."""

from pathlib import Path
from typing import Any

import click
from flask import current_app

from portal.access.policy import Operator
from portal.cli.exports import export
from portal.cli.output import Refused, command
from portal.materials.models.handovers import Handover
from portal.materials.operations import acts, handover_files, papers, receiving
from portal.materials.operations import handovers as drafts
from portal.materials.operations.papers import Press
from portal.materials.queries import stock
from portal.materials.rules.stock import MAIN_OFFICE
from portal.people import queries as people
from portal.platform import clock, pdf
from portal.platform.db import lock, transaction
from portal.platform.languages import text_of
from portal.platform.sealing.sealer import Sealer
from portal.trainings import queries as trainings
from portal.trainings.models import Training
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
        handover = _print(training, content, settings.base_url)
    except (pdf.PdfUnavailable, pdf.RenderFailed) as failure:
        raise Refused(str(failure)) from failure
    folder = Path(settings.data) / "exports" / training.code
    return {
        "number": handover.number,
        "file": export(folder, handover.document),
        "balances": balances([item.material for item in handover.items]),
    }


def _print(training: Training, content: bytes, base_url: str) -> Handover:
    """Draft the act and try it, set its paper while others write, do it; a draft that cannot be printed goes again."""
    actor, now = Operator(), clock.now()
    sealer = Sealer.current(now=now)

    def act(press: Press) -> None:
        acts.hand_over(lock(Handover, handover_id), press=press, base_url=base_url, actor=actor, now=now)

    with transaction():
        handover_id = handover_files.draft_from_file(training, content, actor=actor, now=now).id
        proof = papers.tried(act, sealer)
    try:
        press = proof.set()
        with transaction():
            act(press)
    except Exception:
        with transaction():
            drafts.discard(lock(Handover, handover_id), actor=actor, now=now)
        raise
    return lock(Handover, handover_id)


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
