"""Act later for somebody who asked: with the rights that they have by then."""

from portal.access import policy
from portal.access.permissions import Permission
from portal.access.policy import Actor, Operator, Subject
from portal.accounts import queries
from portal.platform.errors import Refusal
from portal.platform.wording import _l


class RightLost(Refusal):
    """Refuse to go on for somebody whose account was closed, demoted or moved since they asked."""

    status = 403
    message = _l("Whoever asked for this may not do it any more. Nothing was done.")


def actor_of(requested_by: str, permission: Permission, subject: Subject) -> Actor:
    """Return who asked for a job, as they are now; a job outlives the request whose guard let it begin.

    :raises RightLost: if they may not do this to this object any more.
    """
    if requested_by == Operator().label:
        return Operator()
    account = queries.find_by_label(requested_by)
    if account is None or not account.is_active or not policy.may(account, permission, subject):
        raise RightLost
    return Operator(account.role, account.reach, account.label)  # Of no session: a job has many transactions.
