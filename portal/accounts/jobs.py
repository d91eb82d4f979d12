"""Send mails that visitors trigger in the background, so that pages reveal nothing."""

from typing import Any

from portal.accounts import links, operations
from portal.platform import clock, jobs, vault
from portal.platform.db import transaction


@jobs.handler(links.PASSWORD_JOB, is_short=True)
def send_password_link(_progress: jobs.Progress, *, sealed_email: str) -> dict[str, Any]:
    """Mail the link if there is such an account; the job tells nobody whether there is."""
    with transaction():
        links.send_password_link(vault.decrypt(sealed_email, links.PASSWORD_JOB), now=clock.now())
    return {}


@jobs.handler(operations.GUESSES_JOB, is_short=True)
def warn_of_guesses(_progress: jobs.Progress, *, sealed_email: str) -> dict[str, Any]:
    """Warn the owner if there is such an account; the job tells nobody whether there is."""
    with transaction():
        operations.warn_of_guesses(vault.decrypt(sealed_email, operations.GUESSES_JOB), now=clock.now())
    return {}
