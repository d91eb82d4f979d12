"""Commands that look after the installation itself."""

from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from portal.audit import queries as audit
from portal.cli.output import command
from portal.platform import jobs


@click.command("work")
@with_appcontext
def work() -> None:
    """Run the worker: jobs, mail and the hourly sweep, until it is stopped."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    jobs.consumer(app).run()


@command("verify-audit")
def verify_audit() -> dict[str, Any]:
    """Read the whole audit chain and name the first entry that does not fit."""
    check = audit.check_chain()
    return {
        "entries": check.entries,
        "intact": check.first_bad is None,
        "first_bad": check.first_bad,
        "exit_code": 0 if check.first_bad is None else 1,
    }
