"""The first administrator of an installation comes in by a command."""

import json

from flask import Flask

from portal.access.permissions import Role
from portal.accounts import links
from portal.accounts.rules import LinkKind
from portal.platform import clock
from portal.platform.db import db


def run(app: Flask, *words: str) -> tuple[int, dict[str, str]]:
    """Run the command and return its exit code and answer."""
    db.session.commit()
    result = app.test_cli_runner().invoke(args=["invite-administrator", *words, "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_first_administrator_comes_in_by_the_printed_link(app: Flask) -> None:
    code, answer = run(app, "first@test.example", "--name", "Первая", "--language", "ky")
    address, _sign, secret = answer["link"].partition("#")
    assert (code, address) == (0, "http://localhost/invitation")
    account = links.find(secret, LinkKind.INVITATION, clock.now()).account
    assert (account.role, account.name, account.locale) == (Role.ADMINISTRATOR, "Первая", "ky")


def test_address_that_has_an_account_is_refused(app: Flask) -> None:
    run(app, "first@test.example")
    code, answer = run(app, "First@test.example")
    assert (code, list(answer)) == (1, ["error"])
