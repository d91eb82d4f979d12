"""Collect what a certificate prints; once it has its number, nothing is looked up again."""

from decimal import Decimal
from typing import Any

from portal.catalog.models import Project
from portal.certificates import documents, queries
from portal.certificates.candidates import PrintedNames
from portal.certificates.documents import Delivery, Holder, Logo, Signatory
from portal.certificates.models import Certificate, CertificateTemplate
from portal.certificates.rules import LogoPlace
from portal.platform import links, storage
from portal.platform.texts import Text
from portal.printing.orders import Picture
from portal.registration.models import Registration
from portal.trainings.models import Training

# Where a project names nobody, the line is left for whoever signs by hand.
_UNNAMED = Signatory(
    name="",
    position=Text(
        ky="Уюштуруучунун өкүлү", ru="Представитель организатора", en="Representative of the organizer"
    ).printed(),
)


# How the page looks, which says nothing. Without it all that is signed is text, which every tool writes alike.
_LAYOUT = frozenset({"logos_at", "ratio"})
# The fixed name of the sealed facts inside each file.
CREDENTIAL = "credential.json"


def credential(printed: dict[str, Any]) -> dict[str, Any]:
    """Return what is sealed into the file: the printed facts, nothing that is not on the page but the QR's address."""
    return dict(_plain(printed))


def delivery(training: Training) -> Delivery:
    """Return what all certificates of a training have in common."""
    return Delivery(
        title=training.title.printed(),
        starts_on=training.starts_on,
        ends_on=training.ends_on,
        hours=Decimal(training.hours),
        place=training.venue.name.printed(),
        **of_project(training.project, queries.find_for(training.course, training.project)),
    )


def of_project(project: Project | None, template: CertificateTemplate | None = None) -> dict[str, Any]:
    """Return what certificates print of a project, as a template lays it out; without one, all that there is."""
    template = template or CertificateTemplate(
        signatories=0,
        logos_at=LogoPlace.TOP.value,
        **dict.fromkeys((*documents.WORDINGS, "line", "acknowledgement", "disclaimer"), Text()),
    )
    organizers = project.organizers.printed() if project else Text().printed()
    acknowledged = project.acknowledgement if project else Text()
    named = [
        Signatory(one.name.passage("ru").text, one.post.printed()) for one in (project.signatories if project else ())
    ]
    wanted = template.signatories or max(len(named), 1)
    logos = [] if template.logos_at == LogoPlace.NONE else queries.list_logos(project)
    return {
        "organizers": [organizers] if organizers.ru.text else [],
        "acknowledgement": (template.acknowledgement or acknowledged).printed(),
        "signatories": [*named, *[_UNNAMED] * wanted][:wanted],
        "wordings": {kind: documents.worded(kind, getattr(template, kind)) for kind in documents.WORDINGS},
        "line": template.line.printed(),
        "disclaimer": template.disclaimer.printed(),
        "logos": [Logo(one.document.sha256, one.width / 1000, one.alt.printed()) for one in logos],
        "logos_at": template.logos_at,
    }


def pictures_of(*printed: dict[str, Any]) -> tuple[Picture, ...]:
    """Return the pictures that these printed facts show, from the files that are kept for ever."""
    hashes = {logo["sha256"] for facts in printed for logo in facts.get("logos", ())}
    files = queries.list_pictures(hashes) if hashes else []
    return tuple(Picture(one.media_type, storage.open_bytes(one)) for one in files)


def freeze(
    certificate: Certificate,
    registration: Registration,
    names: PrintedNames,
    *,
    delivered: Delivery,
    replaces: str = "",
) -> None:
    """Keep the printed facts of one person's certificate beside its number.

    The address in the QR carries the token in its fragment, so that no server ever logs it.
    """
    name, latin_name = lines_of(names, registration)
    holder = Holder(
        number=certificate.number,
        code=certificate.code,
        kind=certificate.kind,
        name=name,
        latin_name=latin_name,
        issued_on=certificate.issued_on,
        verify_url=links.address(f"/verify#{certificate.token}"),
        verify_address=links.address("/verify").partition("://")[2],
        replaces=replaces,
    )
    certificate.facts = documents.certificate(delivered, holder).as_dict()


def lines_of(names: PrintedNames, registration: Registration) -> tuple[str, str]:
    """Return the two lines of a name as a certificate prints them; the Latin one may be empty."""
    latin = names.latin
    cyrillic = names.cyrillic.full_name if names.cyrillic else registration.person.full_name
    return cyrillic, " ".join(part for part in (latin.given, latin.family) if part) if latin else ""


def prints(certificate: Certificate) -> tuple[str, str]:
    """Return the two lines of the name that a certificate prints."""
    return certificate.facts["name"], certificate.facts["latin_name"]


def _plain(value: Any) -> Any:
    """Return what is said by a printed value, each text of three sides as three strings."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"ky", "ru", "en"}:
        return {side: value[side]["text"] for side in value}
    return {name: _plain(one) for name, one in value.items() if name not in _LAYOUT}
