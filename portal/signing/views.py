"""The published seal keys, with what anybody needs to check a seal without the portal."""

from flask import Blueprint, Response, render_template

from portal.access.guard import public
from portal.signing import queries

bp = Blueprint("seals", __name__, url_prefix="/verify")
_PEM = "application/x-pem-file"
_END = "-----END CERTIFICATE-----\n"


@bp.get("/keys")
@public
def index() -> str:
    """Name the key that seals today and those that did before, and say how a seal is checked."""
    return render_template("signing/keys.html", periods=queries.list_periods())


@bp.get("/keys.pem")
@public
def certificates() -> Response:
    """Send all certificates, those above them too, each once."""
    single = [part + _END for key, _end in queries.list_periods() for part in key.certificates.split(_END)[:-1]]
    return Response("".join(dict.fromkeys(single)), mimetype=_PEM)


@bp.get("/root.pem")
@public
def root() -> Response:
    """Send the certificates at the top of all keys, today's first: trusted, they vouch for what is old too."""
    tops = [key.certificates.split(_END)[-2] + _END for key, _end in queries.list_periods()]
    return Response("".join(dict.fromkeys(tops)), mimetype=_PEM)
