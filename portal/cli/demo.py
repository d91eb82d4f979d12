"""The command that loads the demo."""

from typing import Any

from flask import current_app
from sqlalchemy import func, select

from portal.accounts.rules.demo import DEMO_PASSWORD
from portal.cli.output import command
from portal.demo import facts, operations
from portal.demo.operations import Moment
from portal.platform import clock
from portal.platform.db import db
from portal.platform.languages import text_of
from portal.registration.models import Registration


@command("seed-demo")
def seed_demo() -> dict[str, Any]:
    """Load the demo on localhost, or name it again: its trainings and sign-ins."""
    load()
    trainings = operations.list_trainings()
    query = select(Registration.training_id, func.count()).group_by(Registration.training_id)
    registrations: dict[int, int] = dict(db.session.execute(query).all())
    return {
        "trainings": [
            {
                "code": training.code,
                "title": text_of(training, "title"),
                "registrations": registrations.get(training.id, 0),
            }
            for training in trainings
        ],
        "accounts": sign_ins(),
    }


def load() -> None:
    """Load what is missing of the demo."""
    settings = current_app.config["PORTAL_SETTINGS"]
    operations.seed(
        Moment(clock.now(), clock.today(), settings.data),
        base_url=settings.base_url,
        is_local=settings.is_local,
        k=settings.smallest_count,
    )


def sign_ins() -> list[dict[str, str]]:
    """Return who can sign in to the demo, and how."""
    return [
        {"role": account.role.value, "email": account.email, "password": DEMO_PASSWORD} for account in facts.ACCOUNTS
    ]
