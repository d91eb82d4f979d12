"""The commands of the audit log: whether it and what it vouches for still stand, and erasing what an entry tells."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from portal.access.policy import Operator
from portal.audit import operations, queries
from portal.audit.queries import Fault
from portal.cli.output import command
from portal.closing.queries import books
from portal.materials.queries import stock
from portal.platform import clock, storage, witness
from portal.platform.db import db
from portal.platform.storage import Document
from portal.reports.queries import releases

# What keeps a file and tells the log its hash.
_FILED = (
    "certificates.issued",
    "certificates.logo_added",
    "materials.act_signed",
    "materials.handed_over",
    "materials.parts_ended",
    "materials.receipts_scanned",
)


@command("verify-audit", needs_keys=False)
@click.option("--head", default="", help="What a paper prints of the log, such as “1234 9f86d081884c”.")
def verify_audit(head: str) -> dict[str, Any]:
    """Check the audit chain, and what its entries vouch for: books, movements of copies, releases and every file."""
    try:
        if witness.is_lost():
            return _cannot("The key of the log, audit.key, is not among the keys: without it nothing can be checked.")
        answer = _verdict()
    except SQLAlchemyError as error:
        db.session.rollback()
        return _cannot(f"The database cannot be read: {type(error).__name__}.")
    if head:
        found = queries.find_head(head)
        answer["head"] = {"entry": found.id, "at": found.at.isoformat()} if found else None
        answer["intact"] = answer["intact"] and found is not None
    return answer | {"exit_code": 0 if answer["intact"] else 1}


@command("erase-audit-detail")
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why; it stands in the log.")
def erase_audit_detail(number: int, reason: str) -> dict[str, Any]:
    """Erase what entry NUMBER of the log says of before and after; the entry itself stays."""
    operations.erase_detail(number, reason, actor=Operator(), now=clock.now())
    return {"erased": number}


def _cannot(reason: str) -> dict[str, Any]:
    return {"entries": None, "intact": False, "first_bad": None, "error": reason, "exit_code": 1}


def _verdict() -> dict[str, Any]:
    """Return what was looked at, how much of it, and what does not fit; the chain's own fault has no other beside it.

    An entry that cannot be trusted vouches for nothing.
    """
    known = witness.find()
    check = queries.check_chain()
    answer = {
        "entries": check.entries,
        "intact": False,
        "first_bad": check.first_bad,
        "erased": check.erased,
        "keyed_after": known.begun.entries if known else None,
        "unchecked": known.begun.entries if known and known.is_second else 0,
    }
    if check.first_bad is not None:
        return answer | {"faults": [asdict(Fault(check.first_bad, "audit log", "does not fit"))]}
    looks = {
        "books": books.list_faults,
        "movements": stock.list_faults,
        "releases": releases.list_faults,
        "files": _list_file_faults,
    }
    found = {name: look() for name, look in looks.items()}
    faults = [fault for _number, some in found.values() for fault in some]
    numbers = [fault.entry for fault in faults if fault.entry is not None]
    return (
        answer
        | {name: number for name, (number, _faults) in found.items()}
        | {"intact": not faults, "first_bad": min(numbers, default=None), "faults": [asdict(one) for one in faults]}
    )


def _list_file_faults() -> tuple[int, list[Fault]]:
    """Return how many files were read, and what is wrong with them and with what the log says of them."""
    told = {one.after["sha256"]: one for one in queries.list_told(_FILED) if "sha256" in one.after}
    documents = list(db.session.scalars(select(Document).order_by(Document.id)))
    there = {document.sha256 for document in documents}
    faults = [Fault(one.entry, one.subject, "its file is not kept") for sha, one in told.items() if sha not in there]
    return len(documents), faults + list(_list_damaged(documents, told))


def _list_damaged(documents: Iterable[Document], told: dict[str, queries.Told]) -> Iterable[Fault]:
    for document in documents:
        problem = storage.find_damage(document)
        if problem:
            one = told.get(document.sha256)
            yield Fault(one.entry if one else None, f"document {document.id}, {document.filename}", problem)
