"""The command that takes an institution's own key into use."""

import sys
from pathlib import Path
from typing import Any

import click
from flask import current_app

from portal.access.policy import Operator
from portal.cli.output import Refused, command
from portal.platform import clock
from portal.platform.wording import gettext as _
from portal.seals import operations

_LARGEST = 2**20


@command("install-seal-key")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option(
    "--password-file",
    envvar="PORTAL_SEAL_PASSWORD_FILE",
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
    help="A file whose first line is the password; otherwise it is asked for.",
)
def install_seal_key(file: Path, password_file: Path | None) -> dict[str, Any]:
    """Seal certificates and acts from now on with the key of FILE (PKCS#12); older documents keep their seal."""
    with file.open("rb") as stream:
        content = stream.read(_LARGEST)
    settings = current_app.config["PORTAL_SETTINGS"]
    used = operations.install(
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
