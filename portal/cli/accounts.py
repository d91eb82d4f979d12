"""The command that lets the first administrator in."""

from typing import Any

import click

from portal.access.permissions import Role
from portal.access.policy import Operator
from portal.accounts.operations import links
from portal.accounts.queries import find_newest_link
from portal.accounts.rules.links import PATHS, LinkKind
from portal.accounts.rules.states import Assignment
from portal.cli.output import command
from portal.platform import clock
from portal.platform import links as addresses


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
    link = find_newest_link(account, LinkKind.INVITATION.value)
    assert link is not None
    return {
        "email": account.email,
        "link": addresses.address(PATHS[LinkKind.INVITATION], seed),
        "expires_at": link.expires_at.isoformat(timespec="seconds"),
    }
