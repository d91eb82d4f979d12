"""Guard every route: each declares who may use it, and the portal does not start if one does not."""

import hmac
import inspect
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from flask import Flask, Response, abort, current_app, g, request, session, url_for
from flask_login import current_user
from werkzeug.exceptions import Unauthorized

from portal.access import policy
from portal.access.permissions import GRANTS, Permission, Role
from portal.access.policy import Actor, Subject
from portal.platform import cookies, i18n, security_events
from portal.platform.answers import see_other
from portal.platform.security_events import Kind

View = Callable[..., Any]
Loader = Callable[..., Subject | None]

ActorLoader = Callable[[], Actor | None]
Detour = Callable[[Permission, Collection[str] | None], str | None]

# Who acts on the pages that need no account: the application sets the loaders of participants and venue helpers.
_LOADERS = "actor_loaders"
HELPER_COOKIE = "helper"
# Where an account must go before anything else: to a second factor, or to prove anew that its owner is there.
_DETOUR = "account_detour"


class UndeclaredRoute(RuntimeError):
    """Stop a start in which some route says nothing about who may use it."""


def public(view: View) -> View:
    """Declare that anybody may use this route."""
    vars(view)["access"] = None
    return view


def fresh(*keeps: str) -> Callable[[View], View]:
    """Declare, below `requires`, that the owner of the account must have proved lately to be there.

    `keeps` names the fields of the form that the page can show again from its address: what was chosen is not lost
    when the owner comes back. They stand in an address, so that they may name nobody.
    """

    def declare(view: View) -> View:
        vars(view)["keeps"] = keeps
        return view

    return declare


def requires(permission: Permission, **loaders: Loader) -> Callable[[View], View]:
    """Declare the permission of a route and load its objects.

    Each keyword names an argument of the view; its loader takes the address's values by name. What is not there,
    not within the actor's reach, or not of the same training as the others answers 404.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(**values: Any) -> Any:
            actor = _actor_for(permission, keeps=getattr(view, "keeps", None))
            if isinstance(actor, Response):
                return actor
            if not policy.holds(actor, permission):
                security_events.note(Kind.ACT_REFUSED, actor.label)
                abort(403)
            g.actor = actor
            return view(**_load(actor, loaders, values))

        vars(guarded)["access"] = permission
        return guarded

    return declare


def actor() -> Actor:
    """Return who acts in this request: whom the guard let through, else the account or the participant.

    :raises Unauthorized: if nobody is signed in.
    """
    who = _present()
    if who is None:
        raise Unauthorized
    return who


def can(permission: Permission | str, subject: Subject | None = None) -> bool:
    """Tell a template whether the actor of this request may do this."""
    who = _present()
    return who is not None and policy.may(who, Permission(permission), subject)


def init_app(app: Flask, participant_loader: ActorLoader, helper_loader: ActorLoader, detour: Detour) -> None:
    """Offer `can` to templates, remember who comes without an account and where an account must go first."""
    app.extensions[_LOADERS] = {"participant": participant_loader, "venue_helper": helper_loader}
    app.extensions[_DETOUR] = detour
    app.jinja_env.globals.update(can=can, Permission=Permission, seal_of_typed=seal_of_typed)


def check_routes(app: Flask) -> None:
    """Stop the start with `UndeclaredRoute`, naming every route without @requires or @public."""
    declared = {endpoint for endpoint, view in app.view_functions.items() if hasattr(view, "access")}
    open_routes = app.view_functions.keys() - declared - {"static"}
    if open_routes:
        raise UndeclaredRoute(f"Declare @requires or @public for: {', '.join(sorted(open_routes))}")


def unauthorized() -> Response:
    """Send a stranger to the sign-in page, which leads back to the page that they were on."""
    is_lost = request.method != "GET" or None
    return _lead(url_for("accounts.sign_in", next=i18n.page_before(), lost=is_lost and 1))


def seal_of_typed() -> str:
    """Return the key that seals what is typed on a page until it is sent: of who acts, else of this browser's visit."""
    who = g.actor.label if "actor" in g else f"visit {session.get('csrf_token', '')}"
    secret = current_app.config["SECRET_KEY"]
    return hmac.digest(secret.encode(), f"typed {who}".encode(), "sha256").hex()


def participant() -> Actor | None:
    """Return the participant whose own page is open in this browser, if any."""
    return _loaded("participant")


def venue_helper() -> Actor | None:
    """Return the venue helper whose link was opened in this browser and still holds, if any."""
    return _loaded("venue_helper")


def _loaded(who: str) -> Actor | None:
    if who not in g:
        setattr(g, who, current_app.extensions[_LOADERS][who]())
    found: Actor | None = g.get(who)
    return found


def _present() -> Actor | None:
    known: Actor | None = g.get("actor")
    return known or (current_user if current_user.is_authenticated else participant())


def _actor_for(permission: Permission, *, keeps: Collection[str] | None) -> Actor | Response:
    if permission in GRANTS[Role.PARTICIPANT]:
        return participant() or _lead(url_for("my.index"))
    if not current_user.is_authenticated:
        # Whoever has an account acts as that account, also where a helper's link was opened in the same browser.
        if permission in GRANTS[Role.VENUE_HELPER] and cookies.read(HELPER_COOKIE):
            return venue_helper() or _lead(url_for("helper_page.index"))  # It says why a cookie opens nothing.
        return unauthorized()
    detour: Detour = current_app.extensions[_DETOUR]
    address = detour(permission, keeps)
    return current_user if address is None else _lead(address)


def _lead(address: str) -> Response:
    """Lead to another page; an htmx request by header, so that the page never lands in a fragment."""
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": address})
    return see_other(address)


def _load(actor: Actor, loaders: dict[str, Loader], values: dict[str, Any]) -> dict[str, Any]:
    used: set[str] = set()
    loaded: dict[str, Any] = {}
    trainings: set[int] = set()
    for name, loader in loaders.items():
        parameters = [parameter for parameter in inspect.signature(loader).parameters if parameter in values]
        used.update(parameters)
        subject = loader(**{parameter: values[parameter] for parameter in parameters})
        if subject is None or not policy.reaches(actor, subject.scope):
            security_events.note(Kind.OBJECT_REFUSED, actor.label)
            abort(404)
        if subject.scope.training_id is not None:
            trainings.add(subject.scope.training_id)
        loaded[name] = subject
    if len(trainings) > 1:
        security_events.note(Kind.OBJECT_REFUSED, actor.label)
        abort(404)
    return {name: value for name, value in values.items() if name not in used} | loaded
