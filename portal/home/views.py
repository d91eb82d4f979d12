"""The start page, and whether the portal is alive."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.access.guard import public
from portal.platform.db import db

bp = Blueprint("home", __name__)


@bp.get("/healthz")
@public
def healthz() -> tuple[Response, int]:
    """Answer 200 only when the database does."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return jsonify(status="database unavailable"), 503
    return jsonify(status="ok"), 200
