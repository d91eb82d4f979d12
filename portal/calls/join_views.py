"""Registration by a public link: a form without an account, whose answer reveals nothing about others."""

from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_babel import gettext as _

from portal.access.guard import public
from portal.calls import operations, queries, rules
from portal.calls.forms import JoinForm
from portal.calls.models import JoinLink
from portal.calls.operations import JoinInput
from portal.list_reader.columns import Column
from portal.nominations.facts import Entry, EntryRefused
from portal.nominations.summary import problem_text
from portal.people import queries as people
from portal.people.rules import Sex
from portal.platform import clock, i18n
from portal.platform.errors import Refusal
from portal.platform.forms import choices_of, options
from portal.platform.limits import Limit, client_address, limited
from portal.platform.submissions import repeatable

bp = Blueprint("joining", __name__, url_prefix="/join")


def _phone() -> str | None:
    digits = "".join(filter(str.isdigit, request.form.get("phone", "")))
    return f"{digits} {client_address()}" if digits else None


# What one address sends stops that address; beyond the ceiling of a link all others wait for a moment.
_LIMITS = (
    Limit("join address", *rules.ADDRESS_TRIES, client_address),
    Limit("join phone", *rules.PHONE_TRIES, _phone),
    Limit(
        "join link",
        *rules.LINK_TRIES,
        lambda: str((request.view_args or {}).get("token", "")),
        pause=rules.LINK_PAUSE,
    ),
)
_TYPED = ("family", "given", "patronymic", "sex", "post", "rank", "phone", "email")
# Under which field of the form a problem of a column stands.
_FIELDS = {Column.INSTITUTION: "institution_code", Column.REGION: "region_code"}


@bp.get("/<token>")
@public
def show(token: str) -> Response:
    """Show the form, or say why the link takes no registration."""
    link = queries.find_link(token)
    return _not_valid() if link is None else _form_page(link, token, _offered(JoinForm()))


@bp.post("/<token>")
@public
@repeatable  # Sent twice, it has one effect and one answer; no row may keep this address.
@limited(*_LIMITS)
def join(token: str) -> Response:
    """Register whoever writes; the answer is the same for somebody who was in the training before."""
    link = queries.find_link(token)
    if link is None:
        return _not_valid()
    form = _offered(JoinForm())
    if operations.closed(link.training, clock.now()) is not None:
        return _form_page(link, token, form, status=409)
    institution = people.get_institution_by_code(rules.institution_code(form.institution_code.data or ""))
    is_whole = form.validate()
    if is_whole and (institution is None or institution.is_closed(clock.today())):
        form.institution_code.errors = [_("There is no such code. It stands in the letter to your institution.")]
        is_whole = False
    if not is_whole or institution is None:
        return _form_page(link, token, form, status=422)
    try:
        joined = operations.join(link, _read_form(form, institution.code), now=clock.now())
    except EntryRefused as refusal:
        for problem in refusal.problems:
            name = _FIELDS.get(problem.column, problem.column.value) if problem.column else "family"
            form[name].errors = [*form[name].errors, problem_text(problem, {})]
        return _form_page(link, token, form, status=refusal.status)
    except Refusal as refusal:
        return _form_page(link, token, form, refusal=refusal, status=refusal.status)
    return make_response(render_template("calls/joined.html", training=link.training, receipt=joined.receipt))


def _offered(form: JoinForm) -> JoinForm:
    form.sex.choices = options(choices_of(Sex))
    form.language.choices = options(list(i18n.NAMES.items()))
    regions = [(region.code, i18n.text_of(region, "name")) for region in people.list_regions()]
    form.region_code.choices = options([("", _("Choose your region")), *regions])
    if not form.is_submitted():
        form.language.data = i18n.current()
    return form


def _read_form(form: JoinForm, institution: str) -> JoinInput:
    typed = {name: form[name].data or "" for name in _TYPED}
    entry = Entry(**typed, institution=institution, region=form.region_code.data or "")
    latin = [" ".join((field.data or "").split()) for field in (form.latin_family, form.latin_given)]
    return JoinInput(entry, latin_family=latin[0], latin_given=latin[1], language=form.language.data or "")


def _form_page(link: JoinLink, token: str, form: JoinForm, *, status: int = 200, **context: Any) -> Response:
    page = render_template(
        "calls/join.html",
        training=link.training,
        token=token,
        form=form,
        closed=operations.closed(link.training, clock.now()),
        **context,
    )
    return make_response(page, status)


def _not_valid() -> Response:
    """Answer alike to a link that never was, was renewed, or was ended."""
    if request.method == "POST" and "HX-Request" in request.headers:
        abort(404)
    return make_response(render_template("calls/join_ended.html"), 404)
