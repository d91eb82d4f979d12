"""Write down who took the issue register along."""

from datetime import datetime

from portal.access.policy import Actor
from portal.audit import operations as audit


def note_export(subject: str, kind: str, rows: int, *, actor: Actor, now: datetime) -> None:
    """Record that a register left the portal, as paper or as spreadsheet, with how many numbers."""
    audit.record("certificates.register_exported", subject, after={"kind": kind, "rows": rows}, actor=actor, now=now)
