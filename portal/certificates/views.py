"""Issue, view and reissue a training's certificates."""

from functools import partial
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request, url_for
from wtforms.validators import DataRequired, Length

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.audit import operations as audit
from portal.certificates import bundle, candidates, facts, operations, queries, wording
from portal.certificates.models import Certificate
from portal.certificates.queries import get_certificate
from portal.completion import queries as completion_queries
from portal.platform import clock, jobs, paging
from portal.platform.answers import act, see_other
from portal.platform.db import db
from portal.platform.downloads import send
from portal.platform.errors import Refusal
from portal.platform.forms import PortalForm, paragraph
from portal.platform.i18n import _l
from portal.platform.jobs import Job
from portal.platform.storage import Document
from portal.platform.submissions import repeatable
from portal.trainings.models import Training
from portal.trainings.queries import get_training


class ReissueForm(PortalForm):
    reason = paragraph(_l("Reason"), validators=[DataRequired(_l("Say why it is issued anew.")), Length(max=300)])


bp = Blueprint("certificates", __name__, url_prefix="/trainings/<code>/certificates")


@bp.get("")
@requires(Permission.VIEW_CERTIFICATES, training=get_training)
def index(training: Training) -> str:
    return _page(training)


@bp.post("/issue")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training)
def issue_all(training: Training) -> Response:
    return act(
        lambda: operations.request(training, actor=actor(), now=clock.now()),
        then=lambda _job: _to_index(training),
        again=partial(_page, training),
    )


@bp.post("/renew")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training)
def renew(training: Training) -> Response:
    operations.request_files(training, actor=actor(), now=clock.now())
    return _to_index(training)


@bp.get("/progress")
@requires(Permission.VIEW_CERTIFICATES, training=get_training)
def progress(training: Training) -> Response | str:
    """Send the progress of the newest run; when it is over, send the browser to the whole page once."""
    job = _newest_run(training)
    if job is None:
        abort(404)
    if job.is_over:
        return Response(headers={"HX-Redirect": url_for("certificates.index", code=training.code)})
    return render_template("certificates/_progress.html", training=training, job=job)


@bp.post("/<any(zip, print):kind>")
@requires(Permission.VIEW_CERTIFICATES, training=get_training)
@fresh()
@repeatable
def download(training: Training, kind: str) -> Response:
    """Send all standing certificates, as files or as pages for the printer; never an outdated bundle."""
    made, _numbers = bundle.find_of_today(training)
    document = db.session.get(Document, made.zip if kind == "zip" else made.print) if made else None
    if document is None:
        return _to_index(training)
    assert made is not None
    rows = len(made.numbers)
    audit.note_taken(f"certificates, {kind}", f"training {training.code}", rows, actor=actor(), now=clock.now())
    return send(document)


@bp.get("/<certificate_reference>")
@requires(Permission.VIEW_CERTIFICATES, training=get_training, certificate=get_certificate)
def show(training: Training, certificate: Certificate) -> str:
    return _one(training, certificate, ReissueForm(formdata=None))


@bp.get("/<certificate_reference>/file")
@requires(Permission.VIEW_CERTIFICATES, training=get_training, certificate=get_certificate)
def file(training: Training, certificate: Certificate) -> Response:
    """Download one certificate: one name, which the page before shows as well."""
    if certificate.document is None:
        abort(404)
    return send(certificate.document)


@bp.post("/<certificate_reference>/reissue")
@requires(Permission.ISSUE_CERTIFICATES, training=get_training, certificate=get_certificate)
@fresh()
def reissue(training: Training, certificate: Certificate) -> Response | tuple[str, int]:
    form = ReissueForm()
    if not form.validate():
        return _one(training, certificate, form), 422
    return act(
        lambda: operations.reissue(certificate, reason=form.reason.data or "", actor=actor(), now=clock.now()),
        then=lambda _new: _to_index(training),
        again=partial(_one, training, certificate, form),
    )


def _to_index(training: Training) -> Response:
    return see_other(url_for("certificates.index", code=training.code))


def _newest_run(training: Training) -> Job | None:
    runs = [job for name in (operations.JOB, operations.RENEW) if (job := jobs.find_latest(name, training.code))]
    return max(runs, key=lambda job: (not job.is_over, job.id), default=None)


def _page(training: Training, refusal: Refusal | None = None) -> str:
    show_kind = request.args.get("show", "all")
    now = clock.now()
    page, summary = candidates.page_of_candidates(training, show=show_kind, number=paging.asked(), as_of=now)
    made, numbers = bundle.find_of_today(training)
    return render_template(
        "certificates/index.html",
        training=training,
        page=page,
        show=show_kind,
        summary=summary,
        job=_newest_run(training),
        bundle=made,
        is_bundle_due=bool(numbers) and made is None,
        reason=wording.reason,
        void_reason=wording.void_reason,
        unregistered=completion_queries.list_unregistered(training),
        form=PortalForm(),
        refusal=refusal,
        ends_at=None if training.has_ended(now) or training.is_locked else training.ends_at,
        zone=ZoneInfo(training.time_zone),
    )


def _one(
    training: Training,
    certificate: Certificate,
    reissue_form: ReissueForm,
    refusal: Refusal | None = None,
) -> str:
    now = clock.now()
    candidate = candidates.list_candidates(training, as_of=now, registrations=[certificate.registration])[0]
    return render_template(
        "certificates/show.html",
        training=training,
        certificate=certificate,
        changed_on=operations.judge(certificate).changed_on,
        prints=facts.prints(certificate),
        will_print=facts.lines_of(candidate.names, certificate.registration),
        eligibility=candidate.eligibility,
        unsettled=candidates.find_unsettled(certificate, as_of=now),
        reason=wording.reason,
        history=queries.list_history(certificate.registration),
        void_reason=wording.void_reason,
        reissue_form=reissue_form,
        revoke_class=wording.revoke_class,
        asked=queries.find_open(certificate),
        refusal=refusal,
    )
