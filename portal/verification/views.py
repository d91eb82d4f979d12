"""Verify a certificate, for anybody, by code or QR code."""

from datetime import timedelta

from flask import Blueprint, Response, current_app, render_template
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, StringField
from wtforms.validators import Length, Optional

from portal.access.guard import public
from portal.platform.db import reads_first
from portal.platform.i18n import _l
from portal.platform.limits import Limit, client_address, limited
from portal.platform.submissions import repeatable
from portal.signing import credential
from portal.verification import operations
from portal.verification.operations import ActVerification

bp = Blueprint("verify", __name__, url_prefix="/verify")
_LARGEST_FILE = 5 * 2**20


class VerifyForm(FlaskForm):
    """A typed code or a scanned token, and the name on the paper; it changes nothing, so it may be sent again."""

    code = StringField(_l("Code"), [Length(max=40)])
    name = StringField(_l("Full name on the certificate"), [Optional(), Length(max=300)])
    token = HiddenField(validators=[Length(max=40)])


class VerifyFileForm(FlaskForm):
    """The PDF of a certificate; it is judged and not kept, so it may be sent again."""

    file = FileField(_l("PDF file of the certificate"))


@bp.get("")
@public
def index() -> str:
    """Ask for the code; the script sends what a QR carries behind the #."""
    return _page(VerifyForm(formdata=None))


@bp.post("")
@public
@repeatable
@limited(Limit("verify", 30, timedelta(minutes=1), client_address))
def answer() -> tuple[str, int]:
    """Say valid, replaced, revoked or unknown, and whether a typed name is the printed one; nothing else."""
    form = VerifyForm()
    code, token = (form.code.data or "").strip(), (form.token.data or "").strip()
    if not form.validate() or not (code or token):
        return _page(form, is_empty=not (code or token)), 422
    found = operations.by_secret(code=code, token="" if code else token, name=form.name.data or "")
    return render_template("verification/answer.html", form=form, answer=found), 200


@bp.post("/file")
@reads_first
@public
@repeatable
@limited(Limit("verify_file", 3, timedelta(minutes=1), client_address))
def answer_file() -> tuple[str, int]:
    """Judge a PDF by its bytes, its seal and the facts signed in it; nothing of it is kept."""
    form = VerifyFileForm()
    content = form.file.data.read(_LARGEST_FILE + 1) if form.file.data else b""
    refusal = _refusal(content)
    if not form.validate() or refusal:
        form.file.errors = [*form.file.errors, *refusal]
        return _page(VerifyForm(formdata=None), form), 422
    found = operations.by_file(content, folder=current_app.config["PORTAL_SETTINGS"].keys)
    if isinstance(found, ActVerification):
        return render_template("verification/act.html", answer=found), 200
    return render_template("verification/answer.html", form=VerifyForm(formdata=None), answer=found), 200


def _page(form: VerifyForm, file_form: VerifyFileForm | None = None, *, is_empty: bool = False) -> str:
    file_form = file_form or VerifyFileForm(formdata=None)
    return render_template("verification/index.html", form=form, file_form=file_form, is_empty=is_empty)


def _refusal(content: bytes) -> list[str]:
    if not content:
        return [_("Choose the PDF file that you were sent or downloaded.")]
    if len(content) > _LARGEST_FILE:
        return [_("The file is larger than %(limit)s MB; a certificate is far smaller.", limit=_LARGEST_FILE // 2**20)]
    if not content.startswith(b"%PDF"):
        return [_("This is not a PDF. A photo or scan shows a code: type that instead.")]
    return []


@bp.get("/key.pem")
@public
def key() -> Response:
    """Publish the key with which the facts inside each file are sealed, so that they can be checked without us."""
    return Response(
        credential.public_key(current_app.config["PORTAL_SETTINGS"].keys), mimetype="application/x-pem-file"
    )
