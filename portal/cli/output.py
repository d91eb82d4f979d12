"""How every command answers: readable lines, or one JSON object with --json; 0 done, 1 refused, 2 wrong use."""

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
import structlog
from flask import current_app
from flask.cli import with_appcontext

from portal.platform import keys
from portal.platform.db import db
from portal.platform.errors import Refusal
from portal.platform.storage import told_of_full_disk

Work = Callable[..., dict[str, Any]]
log = structlog.get_logger(__name__)


class Refused(click.ClickException):
    """End a command with its reason and exit 1."""

    exit_code = 1


def command(name: str, *, needs_keys: bool = True) -> Callable[[Work], click.Command]:
    """Make a function that returns its answer into a command; it commits what the function wrote, or nothing.

    One that `needs_keys` is refused where the keys are not those that the database was used with.
    """

    def make(work: Work) -> click.Command:
        @click.command(name, help=work.__doc__)
        @click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
        @with_appcontext
        @wraps(work)
        def run(as_json: bool, **arguments: Any) -> None:
            try:
                if needs_keys:
                    keys.check(current_app.config["PORTAL_SETTINGS"])
                answer = work(**arguments)
                db.session.commit()
            except (Refusal, Refused, keys.KeysDiffer) as refusal:
                db.session.rollback()
                message = refusal.message if isinstance(refusal, Refused) else str(refusal)
                _refuse({"error": message}, as_json)
            except (click.ClickException, click.Abort):
                raise
            except Exception as error:
                db.session.rollback()
                if (full := told_of_full_disk(error)) is not None:
                    _refuse({"error": str(full)}, as_json)
                if not as_json:
                    raise
                log.exception("command_failed", command=name)
                _refuse({"error": f"{type(error).__name__}; the lines on stderr say where."}, as_json)
            exit_code = answer.pop("exit_code", 0)
            click.echo(json.dumps(answer, ensure_ascii=False, default=str) if as_json else _readable(answer))
            sys.exit(exit_code)

        return run

    return make


def _refuse(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        click.echo(answer["error"], err=True)
    sys.exit(1)


def _readable(answer: dict[str, Any]) -> str:
    lines = []
    for name, value in answer.items():
        if isinstance(value, list):
            lines.append(f"{name}: {len(value)}")
            lines.extend("  " + (_row(row) if isinstance(row, dict) else str(row)) for row in value)
        else:
            lines.append(f"{name}: {value}")
    return "\n".join(lines)


def _row(row: dict[str, Any]) -> str:
    return "  ".join(f"{name}={value}" for name, value in row.items())
