"""Publish releases from the command line."""

from datetime import datetime
from typing import Any

import click
from flask import current_app

from portal.access.policy import Operator
from portal.cli.output import command
from portal.platform import clock
from portal.reports.operations import publish


@command("publish-release")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Count trainings that ended by this day; else by today."
)
def publish_release(until: datetime | None) -> dict[str, Any]:
    """Publish the counts of all finalized trainings as the next release."""
    k = current_app.config["PORTAL_SETTINGS"].smallest_count
    day = until.date() if until else clock.today()
    release = publish.publish(day, k, actor=Operator(), now=clock.now())
    return {
        "release": release.number,
        "tables": release.tables,
        "hidden_cells": release.hidden_cells,
        "sha256": release.sha256,
    }
