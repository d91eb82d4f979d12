"""The command that brings an installation up to date before anything else runs in it."""

from typing import Any

import click
import flask_migrate
from flask import current_app
from sqlalchemy import exists, select

from portal.access.policy import Operator
from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.audit import operations as audit
from portal.catalog import operations as catalog
from portal.cli import demo
from portal.cli.output import command
from portal.closing.operations import books
from portal.evaluation.operations import evaluations
from portal.people.operations import reference as people
from portal.platform import clock, jobs
from portal.platform.db import alone, db
from portal.seals import operations as seals
from portal.trainings.models import Training


@command("prepare")
@click.option("--demo", "with_demo", is_flag=True, help="Load the demo into an empty database.")
def prepare(with_demo: bool) -> dict[str, Any]:
    """Create or migrate the database, add missing reference data, and name the demo's sign-ins if it has the demo."""
    with alone("prepare"):
        flask_migrate.upgrade()
        jobs.make_queue()
        actor, now = Operator(), clock.now()
        audit.begin_keying()
        books.keep_missing(actor=actor, now=now)
        people.load_reference(actor=actor, now=now)
        catalog.load_donors(actor=actor, now=now)
        evaluations.load_first_form(actor=actor, now=now)
        settings = current_app.config["PORTAL_SETTINGS"]
        seals.settle_keys(settings, actor=actor, now=now)
        is_used = db.session.scalar(select(exists(select(Account.id)) | exists(select(Training.id))))
        if with_demo and not is_used:
            click.echo("Loading the demo, at the first start only …", err=True)
        if with_demo and (accounts.list_demo_accounts() or not is_used):
            demo.load()  # All of it, or what an interrupted start left out.
        db.session.commit()  # Before another machine is let in.
    return {"accounts": demo.sign_ins() if accounts.list_demo_accounts() else []}
