"""The command that brings an installation up to date before anything else runs in it."""

from typing import Any

import flask_migrate
from sqlalchemy import exists, select

from portal.access.policy import Operator
from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.cli.output import command
from portal.people import operations as people
from portal.platform import clock
from portal.platform.db import db
from portal.trainings.models import Training
from portal.trainings.operations import directory


@command("prepare")
def prepare() -> dict[str, Any]:
    """Create or migrate the database and add the reference data that is missing; tell what it holds."""
    flask_migrate.upgrade()
    actor, now = Operator(), clock.now()
    people.load_reference(actor=actor, now=now)
    directory.load_donors(actor=actor, now=now)
    is_used = select(exists(select(Account.id)) | exists(select(Training.id)))
    return {"is_empty": not db.session.scalar(is_used), "is_demo": bool(accounts.list_demo_accounts())}
