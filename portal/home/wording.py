"""What needs an administrator, in words and with the page where it is mended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.accounts.queries import LACKS_FACTOR
from portal.accounts.rules.states import AccountState
from portal.home.queries.starts import Chores, Trouble
from portal.platform.mail import MailState
from portal.platform.wording import _l
from portal.registration.operations import imports, imports_later
from portal.trainings.rules.states import TrainingState

_ACCOUNTS, _TRAININGS = "account_directory.index", "closing.index"


@dataclass(frozen=True)
class Chore:
    """One thing to look at: how many of it, about which object, on which page; what is wrong comes first."""

    number: int
    text: Any
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""
    is_wrong: bool = True


_MAILS = {
    MailState.FAILED.value: _l("Mails that could not be sent"),
    MailState.UNCLEAR.value: _l("Mails of which nobody knows whether they left"),
}
_LISTS = {
    imports.JOB: _l("A list could not be read"),
    imports_later.COMMIT: _l("A list could not be imported"),
    imports_later.UNDO: _l("An import could not be undone"),
}


def list_chores(chores: Chores, *, is_demo: bool) -> list[Chore]:
    """Return what there is to do, what is wrong first; in the demo nobody needs a second factor."""
    invited = {"state": AccountState.INVITED.value}
    counted = [
        Chore(chores.invitations_over, _l("Invitations that ran out: invite again"), _ACCOUNTS, invited),
        Chore(
            0 if is_demo else chores.without_second_factor,
            _l("Accounts without a second factor"),
            _ACCOUNTS,
            {"state": LACKS_FACTOR},
        ),
        Chore(
            chores.to_approve,
            _l("Plans that wait for approval"),
            _TRAININGS,
            {"state": TrainingState.PENDING_APPROVAL.value},
            is_wrong=False,
        ),
        Chore(chores.drafts, _l("Plans in draft"), _TRAININGS, {"state": TrainingState.DRAFT.value}, is_wrong=False),
        Chore(chores.invited, _l("Invitations that wait for an answer"), _ACCOUNTS, invited, is_wrong=False),
    ]
    found = [*map(_of_job, chores.jobs), *map(_of_mails, chores.mails), *(one for one in counted if one.number)]
    return sorted(found, key=lambda chore: not chore.is_wrong)


def _of_job(job: Trouble) -> Chore:
    code, _slash, reference = job.about.partition("/")
    if reference:
        values = {"code": code, "list_reference": reference}
        return Chore(job.number, _LISTS.get(job.what, job.what), "nominations.show", values, code)
    if job.what.startswith("certificates."):
        return Chore(job.number, _l("Certificates could not be issued"), "certificates.index", {"code": code}, code)
    return Chore(job.number, _l("A link for a new password could not be sent"), _ACCOUNTS)


def _of_mails(mails: Trouble) -> Chore:
    kind, _space, code = mails.about.partition(" ")
    if kind == "training":
        return Chore(mails.number, _MAILS[mails.what], "mailing.index", {"code": code}, code)
    return Chore(mails.number, _MAILS[mails.what], _ACCOUNTS)
