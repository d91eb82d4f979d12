"""The start page, and whether the portal is alive."""

from flask import Blueprint, Response, jsonify

from portal.access.guard import public
from portal.platform.db import is_answering

bp = Blueprint("home", __name__)


@bp.get("/healthz")
@public
def healthz() -> tuple[Response, int]:
    """Answer 200 only when the database does."""
    if not is_answering():
        return jsonify(status="database unavailable"), 503
    return jsonify(status="ok"), 200
