"""Mails to account owners: links to set a password, and notes about changes to their account."""

from datetime import datetime
from typing import Any

from portal.accounts.models import Account
from portal.accounts.rules import PATHS, LinkKind
from portal.platform import clock, i18n, mail
from portal.platform.i18n import _l, gettext
from portal.platform.mail import LINK, Message


def invitation(account: Account, seed: str, expires_at: datetime) -> Message:
    """Invite somebody to the account that was made for them."""
    until = f"{expires_at.astimezone(clock.COUNTRY):%d.%m.%Y %H:%M}"
    paragraphs = (
        _l("An account was made for you in Okuu, the portal for trainings, attendance and certificates."),
        _l("Open this link and set a password:"),
        LINK,
        _l("The link works once, until %(moment)s (Bishkek time). Give it to nobody."),
        _l("If you expected no invitation, leave this mail unanswered: without a password the account does nothing."),
    )
    return _message(
        account, _l("Your account in Okuu"), paragraphs, link=(LinkKind.INVITATION, seed, expires_at), moment=until
    )


def password_link(account: Account, seed: str, expires_at: datetime) -> Message:
    """Let the owner of an address set a new password."""
    paragraphs = (
        _l("Somebody asked for a new password for your account in Okuu. If it was you, open this link:"),
        LINK,
        _l("The link works once and for ten minutes. Give it to nobody."),
        _l("If it was not you, do nothing: your password stays as it is."),
    )
    return _message(account, _l("A new password for Okuu"), paragraphs, link=(LinkKind.PASSWORD, seed, expires_at))


def password_changed(account: Account) -> Message:
    """Tell the owner that the password is another one now."""
    return _note(
        account,
        _l("Your password for Okuu was changed"),
        _l("The password of your account was changed, and the account was signed out on other devices."),
    )


def guesses(account: Account) -> Message:
    """Tell the owner that somebody may be trying passwords."""
    return _note(
        account,
        _l("Many failed sign-ins to your account in Okuu"),
        _l(
            "Within a day, about twenty sign-ins to your account have failed in browsers in which you never signed in. "
            "The account stays open; with further failures such browsers have to wait between their tries. If it was "
            "you, set a new password by “Forgotten password?” on the sign-in page."
        ),
    )


def second_factor_set(account: Account) -> Message:
    """Tell the owner that signing in asks for a code now."""
    return _note(
        account,
        _l("Second factor set up in Okuu"),
        _l("From now on, signing in to your account asks for a code of your authenticator app."),
    )


def second_factor_taken_away(account: Account) -> Message:
    """Tell the owner that signing in asks for no code any more."""
    return _note(
        account,
        _l("Second factor taken away in Okuu"),
        _l(
            "The second factor of your account was taken away. If the role needs one, the next sign-in asks to set up "
            "a new one."
        ),
    )


def recovery_code_used(account: Account, left: int) -> Message:
    """Tell the owner that one of the codes on paper is gone."""
    return _note(
        account,
        _l("A recovery code was used in Okuu"),
        _l("Somebody signed in to your account with a recovery code. Codes left: %(left)s."),
        left=left,
    )


def head_of_log(account: Account, head: str, entries: int, new: int, first_bad: int | None) -> Message:
    """Tell what the audit log ends with today, so that its end stands outside the portal too."""
    verdict = (
        _l("Every entry was read, and all of them fit.")
        if first_bad is None
        else _l(
            "Entry %(first_bad)s does not fit any more. Whoever runs the portal should see at once what verify-audit "
            "says."
        )
    )
    paragraphs = (
        _l("The audit log of Okuu has %(entries)s entries, %(new)s of them of the last 24 hours. It ends with:"),
        "%(head)s",
        verdict,
        _l(
            "Keep this mail outside the portal. If the log is ever cut or rewritten, this line shows it: under “Find a "
            "paper”, or by verify-audit --head."
        ),
    )
    subject = _l("The audit log of Okuu today")
    return _message(account, subject, paragraphs, head=head, entries=entries, new=new, first_bad=first_bad)


def _note(account: Account, subject: object, text: object, **values: Any) -> Message:
    warning = _l("If it was not you, tell the administrator of the portal at once.")
    return _message(account, subject, (text, warning), **values)


def _message(
    account: Account,
    subject: object,
    paragraphs: tuple[object, ...],
    *,
    link: tuple[LinkKind, str, datetime] | None = None,
    **values: object,
) -> Message:
    with i18n.speaking(account.locale):
        greeting = gettext("Good day, %(name)s!", name=account.name)
        texts = [str(paragraph) for paragraph in paragraphs]
        text = "\n\n".join([greeting, *(one % values if values and one != LINK else one for one in texts)]) + "\n"
        line = str(subject)
    kind, seed, expires_at = link or (None, "", None)
    return mail.Message(
        recipient=account.email,
        subject=line,
        text=text,
        language=account.locale,
        link_path=PATHS[kind] if kind else "",
        link_seed=seed,
        kind=f"account {kind}" if kind else "account note",
        topic=account.label,
        expires_at=expires_at,
    )
