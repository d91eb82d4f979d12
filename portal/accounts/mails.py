"""Mails to account owners: links to set a password, and notes about changes to their account."""

from datetime import datetime
from enum import Enum
from typing import Any

from portal.accounts.models import Account
from portal.accounts.rules import PATHS, LinkKind
from portal.platform import clock, i18n, mail
from portal.platform.i18n import gettext
from portal.platform.mail import LINK, Message
from portal.platform.texts import N_


def invitation(account: Account, seed: str, expires_at: datetime) -> Message:
    """Invite somebody to the account that was made for them."""
    until = f"{expires_at.astimezone(clock.COUNTRY):%d.%m.%Y %H:%M}"
    paragraphs = (
        N_("An account was made for you in Okuu, the portal for trainings, attendance and certificates."),
        N_("Open this link and set a password:"),
        LINK,
        N_("The link works once, until %(moment)s (Bishkek time). Give it to nobody."),
        N_("If you expected no invitation, leave this mail unanswered: without a password the account does nothing."),
    )
    return _message(
        account, N_("Your account in Okuu"), paragraphs, link=(LinkKind.INVITATION, seed, expires_at), moment=until
    )


def password_link(account: Account, seed: str, expires_at: datetime) -> Message:
    """Let the owner of an address set a new password."""
    paragraphs = (
        N_("Somebody asked for a new password for your account in Okuu. If it was you, open this link:"),
        LINK,
        N_("The link works once and for ten minutes. Give it to nobody."),
        N_("If it was not you, do nothing: your password stays as it is."),
    )
    return _message(account, N_("A new password for Okuu"), paragraphs, link=(LinkKind.PASSWORD, seed, expires_at))


class Note(Enum):
    """What the owner of an account is told of it: subject and text."""

    PASSWORD_CHANGED = (
        N_("Your password for Okuu was changed"),
        N_("The password of your account was changed, and the account was signed out on other devices."),
    )
    GUESSES = (
        N_("Many failed sign-ins to your account in Okuu"),
        N_(
            "Within a day, about twenty sign-ins to your account have failed in browsers in which you never signed in. "
            "The account stays open; with further failures such browsers have to wait between their tries. If it was "
            "you, set a new password by “Forgotten password?” on the sign-in page."
        ),
    )
    SECOND_FACTOR_SET = (
        N_("Second factor set up in Okuu"),
        N_("From now on, signing in to your account asks for a code of your authenticator app."),
    )
    SECOND_FACTOR_TAKEN_AWAY = (
        N_("Second factor taken away in Okuu"),
        N_(
            "The second factor of your account was taken away. If the role needs one, the next sign-in asks to set up "
            "a new one."
        ),
    )
    RECOVERY_CODE_USED = (
        N_("A recovery code was used in Okuu"),
        N_("Somebody signed in to your account with a recovery code. Codes left: %(left)s."),
    )


def note(account: Account, what: Note, **values: Any) -> Message:
    """Tell the owner what happened to the account, and what to do if it was not them."""
    subject, text = what.value
    warning = N_("If it was not you, tell the administrator of the portal at once.")
    return _message(account, subject, (text, warning), **values)


def head_of_log(account: Account, head: str, entries: int, new: int, first_bad: int | None) -> Message:
    """Tell what the audit log ends with today, so that its end stands outside the portal too."""
    verdict = (
        N_("Every entry was read, and all of them fit.")
        if first_bad is None
        else N_(
            "Entry %(first_bad)s does not fit any more. Whoever runs the portal should see at once what verify-audit "
            "says."
        )
    )
    paragraphs = (
        N_("The audit log of Okuu has %(entries)s entries, %(new)s of them of the last 24 hours. It ends with:"),
        "%(head)s",
        verdict,
        N_(
            "Keep this mail outside the portal. If the log is ever cut or rewritten, this line shows it: under “Find a "
            "paper”, or by verify-audit --head."
        ),
    )
    subject = N_("The audit log of Okuu today")
    return _message(account, subject, paragraphs, head=head, entries=entries, new=new, first_bad=first_bad)


def _message(
    account: Account,
    subject: str,
    paragraphs: tuple[str, ...],
    *,
    link: tuple[LinkKind, str, datetime] | None = None,
    **values: Any,
) -> Message:
    with i18n.speaking(account.locale):
        greeting = gettext("Good day, %(name)s!", name=account.name)
        texts = [one if one == LINK else gettext(one, **values) for one in paragraphs]
        subject = gettext(subject)
    kind, seed, expires_at = link or (None, "", None)
    return mail.Message(
        recipient=account.email,
        subject=subject,
        text="\n\n".join([greeting, *texts]) + "\n",
        language=account.locale,
        link_path=PATHS[kind] if kind else "",
        link_seed=seed,
        kind=f"account {kind}" if kind else "account note",
        topic=account.label,
        expires_at=expires_at,
    )
