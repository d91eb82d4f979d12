"""What the owner of a mailbox does: read the newest mail and take the secret out of its link."""

from sqlalchemy import select

from portal.platform import links
from portal.platform.db import db
from portal.platform.mail import OutboxMail


def newest(recipient: str) -> OutboxMail:
    """Return the mail that was queued last for an address."""
    query = select(OutboxMail).where(OutboxMail.recipient == recipient).order_by(OutboxMail.id.desc())
    mail = db.session.scalars(query.limit(1)).first()
    assert mail is not None, f"There is no mail for {recipient}."
    return mail


def secret(recipient: str) -> str:
    """Return the secret of the link in the newest mail that has one."""
    query = select(OutboxMail.link_seed).where(OutboxMail.recipient == recipient, OutboxMail.link_seed != "")
    seed = db.session.scalars(query.order_by(OutboxMail.id.desc()).limit(1)).first()
    assert seed, f"There is no mail with a link for {recipient}."
    return links.secret_of(seed)
