"""Verify a certificate: for anybody, by its code or QR."""

from datetime import timedelta

from flask import Blueprint, Response, current_app, render_template

from portal.access.guard import public
from portal.certificates.forms import VerifyForm
from portal.certificates.operations import verify
from portal.platform import seal
from portal.platform.limits import Limit, client_address, limited
from portal.platform.submissions import repeatable

bp = Blueprint("verify", __name__, url_prefix="/verify")


@bp.get("")
@public
def index() -> str:
    """Ask for the code; the script sends what a QR carries behind the #."""
    return render_template("verify/index.html", form=VerifyForm(formdata=None))


@bp.post("")
@public
@repeatable
@repeatable
@limited(Limit("verify", 30, timedelta(minutes=1), client_address))
def answer() -> tuple[str, int]:
    """Say valid, replaced, revoked or unknown, and whether a typed name is the printed one; nothing else."""
    form = VerifyForm()
    code, token = (form.code.data or "").strip(), (form.token.data or "").strip()
    if not form.validate() or not (code or token):
        return render_template("verify/index.html", form=form, is_empty=not (code or token)), 422
    found = verify.by_secret(code=code, token="" if code else token, name=form.name.data or "")
    return render_template("verify/answer.html", form=form, answer=found), 200


@bp.get("/key.pem")
@public
def key() -> Response:
    """Publish the key with which the facts inside each file are sealed, so that they can be checked without us."""
    return Response(seal.public_key(current_app.config["PORTAL_SETTINGS"].data), mimetype="application/x-pem-file")
