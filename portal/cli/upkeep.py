"""Commands that look after the installation itself."""

from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from portal.access.policy import Operator
from portal.cli.output import Refused, command
from portal.platform import clock, jobs, keys
from portal.platform.db import alone, transaction
from portal.seals import operations as seals


@click.command("work")
@with_appcontext
def work() -> None:
    """Run the worker: jobs, mail and the hourly sweep, until it is stopped."""
    try:
        keys.check(current_app.config["PORTAL_SETTINGS"])
    except keys.KeysDiffer as difference:
        raise Refused(str(difference)) from difference
    with alone("prepare"):
        jobs.make_queue()
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # Flask types its proxy as what it stands for
    jobs.Worker(app).run()


@command("accept-keys", needs_keys=False)
def accept_keys() -> dict[str, Any]:
    """Take the keys that are there for those of this database, and make those that are lost; see docs/operation.md."""
    settings = current_app.config["PORTAL_SETTINGS"]
    changed = keys.differences(settings)
    with transaction():
        for difference in changed:
            keys.forget(difference.name)
    now = clock.now()
    seals.settle_keys(settings, accepted=[difference.name for difference in changed], actor=Operator(), now=now)
    return {"keys": [{"name": one.name, "was": "another" if one.present else "missing"} for one in changed]}
