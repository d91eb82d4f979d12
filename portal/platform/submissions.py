"""Submitting a form twice has one effect: key, effect and answer share one transaction."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, abort, current_app, g, request
from sqlalchemy import String, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from portal.platform import clock, i18n, tokens
from portal.platform import db as database
from portal.platform.answers import see_other
from portal.platform.columns import UTCDateTime
from portal.platform.db import Base, db, short_transaction

View = Callable[..., Any]

FIELD = "form_key"


class FormSubmission(Base):
    """A form that was accepted, with the address that its sender was led to."""

    __tablename__ = "form_submission"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[str] = mapped_column(String(64))
    location: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


def repeatable(view: View) -> View:
    """Declare that a form may be sent twice without harm, so that no key is kept.

    A route that checks a password needs it: the key's row takes the write lock, and a hash takes 50 ms.
    """
    vars(view)["is_repeatable"] = True
    return view


def init_app(app: Flask) -> None:
    """Watch every form that carries a key; give templates a fresh one."""
    app.before_request(_recognize)
    app.jinja_env.globals["new_form_key"] = tokens.random_token


def start_writing() -> Response | None:
    """Begin the writing part of a route that reads first; a form that has come before is answered as it was then."""
    database.start_writing()
    return _note(request.form.get(FIELD))


def remember(response: Response) -> Response:
    """Keep the answer of a form that had an effect; runs before the commit."""
    key = g.get("form_key")
    if key is None or response.status_code >= 400:
        return response
    db.session.execute(
        FormSubmission.__table__.update().where(FormSubmission.key == key).values(location=response.location)
    )
    return response


def sweep(now: datetime) -> None:
    """Forget keys after three days; nobody sends a form again later than that."""
    with short_transaction() as connection:
        connection.execute(delete(FormSubmission).where(FormSubmission.created_at < now - timedelta(days=3)))


def _recognize() -> Response | None:
    if request.method != "POST" or request.endpoint is None:
        return None
    view = current_app.view_functions[request.endpoint]
    is_for_later = hasattr(view, "is_repeatable") or hasattr(view, "reads_first")
    return None if is_for_later else _note(request.form.get(FIELD))


def _note(sent: str | None) -> Response | None:
    if not sent:
        return None
    key, content = tokens.hash_token(f"{request.path}\0{sent}"), _content()
    try:
        with db.session.begin_nested():
            db.session.execute(
                insert(FormSubmission).values(key=key, content=content, location=None, created_at=clock.now())
            )
    except IntegrityError:
        return _replay(key, content)
    g.form_key = key
    return None


def _replay(key: str, content: str) -> Response:
    """Answer as the first time; the same key with other content is no repetition.

    Where the first answer led nowhere, it was a part of a page: the page is shown anew and has the effect in it.
    """
    known = db.session.execute(select(FormSubmission).where(FormSubmission.key == key)).scalar_one_or_none()
    if known is None or known.content != content:
        abort(422)
    if known.location is None and "HX-Request" in request.headers:
        return Response(headers={"HX-Refresh": "true"})
    return see_other(known.location or i18n.page_before())


def _content() -> str:
    digest = hashlib.sha256()
    for name, value in sorted(request.form.items(multi=True)):
        if name != "csrf_token":
            digest.update(f"{name}\0{value}\0".encode())
    for name, file in sorted(request.files.items(multi=True)):
        digest.update(f"{name}\0".encode())
        while block := file.stream.read(1 << 20):
            digest.update(block)
        file.stream.seek(0)
    return digest.hexdigest()
