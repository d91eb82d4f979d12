"""Commands that prepare an installation: database, demo, first administrator, seal key."""

import sys
from pathlib import Path
from typing import Any

import click
import flask_migrate
from sqlalchemy import exists, func, select

from portal.access.permissions import Role
from portal.access.policy import Operator
from portal.accounts import links
from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.accounts.rules import DEMO_PASSWORD, PATHS, Assignment, LinkKind
from portal.audit import operations as audit
from portal.catalog import operations as catalog
from portal.cli.output import FILE, Refused, command
from portal.closing import operations as closing_operations
from portal.config import get_settings
from portal.demo import facts
from portal.demo import seed as demo_seed
from portal.demo.seed import Moment
from portal.evaluation import operations as evaluation_operations
from portal.people import files as people
from portal.platform import clock, queues
from portal.platform import links as addresses
from portal.platform.db import alone, db
from portal.platform.i18n import gettext as _
from portal.platform.i18n import text_of
from portal.registration.models import Registration
from portal.signing import operations as signing_operations
from portal.trainings.models import Training


@command("invite-administrator")
@click.argument("email")
@click.option("--name", default="", help="How the administrator is called; the address if left out.")
@click.option("--language", default="ru", type=click.Choice(["ky", "ru", "en"]), help="The language of the mails.")
def invite_administrator(email: str, name: str, language: str) -> dict[str, Any]:
    """Invite an administrator by mail and print the link, since a new installation has nobody yet who could."""
    now = clock.now()
    account, seed = links.invite(
        email,
        name=name or email,
        locale=language,
        reach=Assignment(Role.ADMINISTRATOR),
        actor=Operator(),
        now=now,
    )
    link = accounts.find_newest_link(account, LinkKind.INVITATION.value)
    assert link is not None
    return {
        "email": account.email,
        "link": addresses.address(PATHS[LinkKind.INVITATION], seed),
        "expires_at": link.expires_at.isoformat(timespec="seconds"),
    }


@command("seed-demo")
def seed_demo() -> dict[str, Any]:
    """Load the demo on localhost, or name it again: its trainings and sign-ins."""
    load()
    trainings = demo_seed.list_trainings()
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
    settings = get_settings()
    demo_seed.seed(
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


@command("prepare")
@click.option("--demo", "with_demo", is_flag=True, help="Load the demo into an empty database.")
def prepare(with_demo: bool) -> dict[str, Any]:
    """Create or migrate the database, add missing reference data, and name the demo's sign-ins if it has the demo."""
    with alone("prepare"):
        flask_migrate.upgrade()
        queues.make_queue()
        actor, now = Operator(), clock.now()
        audit.begin_keying()
        closing_operations.keep_missing(actor=actor, now=now)
        people.load_reference(actor=actor, now=now)
        catalog.load_donors(actor=actor, now=now)
        evaluation_operations.load_first_form(actor=actor, now=now)
        settings = get_settings()
        signing_operations.settle_keys(settings, actor=actor, now=now)
        is_used = db.session.scalar(select(exists(select(Account.id)) | exists(select(Training.id))))
        if with_demo and not is_used:
            click.echo("Loading the demo, at the first start only …", err=True)
        if with_demo and (accounts.list_demo_accounts() or not is_used):
            load()  # All of it, or what an interrupted start left out.
        db.session.commit()  # Before another machine is let in.
    return {"accounts": sign_ins() if accounts.list_demo_accounts() else []}


_LARGEST = 2**20


@command("install-seal-key")
@click.argument("file", type=FILE)
@click.option(
    "--password-file",
    envvar="PORTAL_SEAL_PASSWORD_FILE",
    type=FILE,
    help="A file whose first line is the password; otherwise it is asked for.",
)
def install_seal_key(file: Path, password_file: Path | None) -> dict[str, Any]:
    """Seal certificates and acts from now on with the key of FILE (PKCS#12); older documents keep their seal."""
    with file.open("rb") as stream:
        content = stream.read(_LARGEST)
    settings = get_settings()
    used = signing_operations.install(
        content, password=_password(password_file), folder=settings.keys, actor=Operator(), now=clock.now()
    )
    return {
        "fingerprint": used.fingerprint,
        "subject": used.subject,
        "valid_from": used.valid_from.date().isoformat(),
        "valid_until": used.valid_until.date().isoformat(),
    }


def _password(file: Path | None) -> bytes:
    """Return the password, never from the command line, where every user of the machine could read it."""
    if file is not None:
        return file.read_bytes().split(b"\n")[0].rstrip(b"\r")
    if not sys.stdin.isatty():
        raise Refused(_("Give the password in a file: --password-file."))
    return click.prompt("Password", hide_input=True, err=True, default="", show_default=False).encode()
