"""The command that copies everything while the portal runs."""

from pathlib import Path
from typing import Any

import click
from flask import current_app

from portal.access.policy import Operator
from portal.backups import operations
from portal.backups.engines import NotPossible
from portal.cli.output import Refused, command
from portal.platform import clock


@command("backup")
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
def backup(folder: Path | None) -> dict[str, Any]:
    """Copy database, documents and mails into FOLDER, and the keys beside it; without FOLDER where the daily ones are.

    The daily ones hold no keys. Exit 1 if a document was missing or damaged: the rest is copied all the same.
    """
    settings, now = current_app.config["PORTAL_SETTINGS"], clock.now()
    try:
        made = operations.make(settings, (folder or settings.backups).resolve(), with_keys=folder is not None, now=now)
    except NotPossible as refusal:
        raise Refused(str(refusal)) from refusal
    operations.record(made, actor=Operator(), now=clock.now())
    if folder is None and settings.backups_kept:
        operations.thin_out(settings.backups, settings.backups_kept, now)
    return {
        "backup": str(made.folder),
        "keys": str(made.keys) if made.keys else None,
        "revision": made.manifest.revision,
        "entries": made.manifest.entries,
        "files": len(made.manifest.files),
        "bytes": made.manifest.size,
        "damaged": list(made.manifest.damaged),
        "exit_code": 1 if made.manifest.damaged else 0,
    }
