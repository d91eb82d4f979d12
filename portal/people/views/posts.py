"""The pages of posts."""

from flask import Blueprint, Response
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.people import queries
from portal.people.forms.directory import PostForm
from portal.people.models import Post
from portal.people.operations import titles
from portal.people.views import titles as pages
from portal.platform import clock
from portal.records import pages as records
from portal.records.pages import Kind, Saving

bp = Blueprint("posts", __name__, url_prefix="/posts")
KIND = Kind(
    "posts",
    "post_id",
    Permission.EDIT_REFERENCE,
    fields="people/fields/titles.html",
    events=("people.post_added", "people.post_changed"),
)


@bp.get("")
@requires(Permission.VIEW_REFERENCE)
def index() -> Response:
    """List the posts."""
    page = queries.page_of_titles(Post, **records.asked())
    heads = [_("Institution"), _("Place in the list")]
    return records.index(KIND, page, pages.lines(KIND, list(page.items)), heads)


@bp.get("/new")
@requires(Permission.EDIT_REFERENCE)
def new() -> Response:
    """Show the empty form."""
    return records.form_page(KIND, pages.offered(PostForm(formdata=None)))


@bp.post("")
@requires(Permission.EDIT_REFERENCE)
def create() -> Response:
    """Make a post."""
    form = pages.offered(PostForm())

    def act() -> Post:
        return titles.create(Post, form.planned(form.code.data or ""), actor=actor(), now=clock.now())

    return records.save(Saving(KIND, form, act))


@bp.get("/<int:post_id>")
@requires(Permission.VIEW_REFERENCE, post=queries.get_post)
def show(post: Post) -> str:
    """Show a post."""
    return pages.page(KIND, post)


@bp.get("/<int:post_id>/edit")
@requires(Permission.EDIT_REFERENCE, post=queries.get_post)
def edit(post: Post) -> Response:
    """Show the post in the form."""
    return records.form_page(KIND, _form_of(post), post)


@bp.post("/<int:post_id>/edit")
@requires(Permission.EDIT_REFERENCE, post=queries.get_post)
def update(post: Post) -> Response:
    """Save the changed post."""
    form = pages.offered(PostForm(), post)
    del form.code

    def act() -> Post:
        planned, version = form.planned(post.code), form.version.data or 0
        titles.change(post, planned, version=version, actor=actor(), now=clock.now())
        return post

    return records.save(Saving(KIND, form, act, post, lambda: _form_of(post)))


def _form_of(post: Post) -> PostForm:
    form = PostForm(formdata=None, **pages.values_of(post))
    del form.code
    pages.offered(form, post)
    return form
