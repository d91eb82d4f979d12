"""Set payment rates, and export lists of people."""

from datetime import datetime
from typing import Any

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.logistics import queries
from portal.logistics.models import PaymentRates
from portal.logistics.rules import Rates
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, RecordChanged, Refusal
from portal.platform.i18n import _l
from portal.trainings.models import Training


def set_rates(training: Training, rates: Rates, *, version: int, actor: Actor, now: datetime) -> PaymentRates:
    """Say what a training pays; `version` is that of the rates that were shown, 0 of none.

    :raises RecordChanged: if another version than `version` stands.
    :raises Refusal: if a sum or a share is none.
    """
    lock(Training, training.id)
    row = queries.find_rates(training)
    if (row.version if row else 0) != version:
        raise RecordChanged
    if not rates.is_sensible:
        raise Refusal("rates_refused", _l("Rates are sums from 0 on, shares are percentages."))
    before = vars(queries.rates_of(row)) if row else {}
    if row and before == vars(rates):
        return row
    if row is None:
        row = PaymentRates(training_id=training.id, **vars(rates))
        db.session.add(row)
    changed: dict[str, Any] = {name: value for name, value in vars(rates).items() if before.get(name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    db.session.flush()
    audit.record(
        "closing.rates_set",
        f"training {training.code}",
        before={name: before[name] for name in changed if name in before},
        after=changed,
        actor=actor,
        now=now,
    )
    return row


def ensure_payable(training: Training) -> Rates:
    """Return the rates by which a training's people can be paid now.

    :raises Conflict: if attendance can still change, or nobody has said the rates.
    """
    if not training.is_locked:
        raise Conflict(
            "attendance_not_locked", _l("People are paid from locked attendance: finalize the training first.")
        )
    row = queries.find_rates(training)
    if row is None:
        raise Conflict("rates_missing", _l("Say first what a day pays."))
    return queries.rates_of(row)


def note_export(training: Training, kind: str, rows: int, *, actor: Actor, now: datetime) -> None:
    """Record who took which list along.

    :raises Conflict: if there is nobody on it.
    """
    if not rows:
        raise Conflict("nobody_on_list", _l("Nobody would stand on this list."))
    audit.record(
        "closing.list_exported",
        f"training {training.code}",
        after={"kind": kind, "rows": rows},
        actor=actor,
        now=now,
    )
