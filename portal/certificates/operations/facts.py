"""Write down what a certificate prints; nothing is looked up again once it has its number."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from portal.certificates import documents
from portal.certificates.documents import Delivery, Holder, Signatory
from portal.certificates.models import Certificate
from portal.certificates.queries.candidates import PrintedNames
from portal.platform.trilingual import Trilingual
from portal.registration.models import Registration
from portal.trainings.models import Project, Training

# Where a project names nobody, the line is left for whoever signs by hand.
_UNNAMED = Signatory(
    name="",
    position=Trilingual.of(
        ky="Уюштуруучунун өкүлү", ru="Представитель организатора", en="Representative of the organizer"
    ),
)


# The fixed name of the sealed facts inside each file.
CREDENTIAL = "credential.json"


def credential(printed: dict[str, Any]) -> dict[str, Any]:
    """Return what is sealed into the file: the printed facts, nothing that is not on the page but the QR's address."""
    return {name: _plain(value) for name, value in printed.items()}


def delivery(training: Training) -> Delivery:
    """Return what all certificates of a training have in common."""
    return Delivery(
        title=_three(training, "title"),
        starts_on=training.starts_on,
        ends_on=training.ends_on,
        hours=Decimal(training.hours),
        place=_three(training.venue, "name"),
        **of_project(training.project),
    )


def of_project(project: Project | None) -> dict[str, Any]:
    """Return what a project's certificates print of it."""
    if project is None:
        return {"organizers": [], "acknowledgement": Trilingual.of(), "signatories": [_UNNAMED]}
    organizers = _three(project, "organizers")
    signatories = [
        Signatory(signatory.name_ru or signatory.name_ky or signatory.name_en, _three(signatory, "post"))
        for signatory in project.signatories
    ]
    return {
        "organizers": [organizers] if organizers.ru.text else [],
        "acknowledgement": _three(project, "acknowledgement"),
        "signatories": signatories or [_UNNAMED],
    }


def freeze(
    certificate: Certificate,
    registration: Registration,
    names: PrintedNames,
    *,
    delivered: Delivery,
    base_url: str,
    replaces: str = "",
) -> None:
    """Keep the printed facts of one person's certificate beside its number.

    The address in the QR carries the token in its fragment, so that no server ever logs it.
    """
    name = names.cyrillic.full_name if names.cyrillic else registration.person.full_name
    latin = names.latin
    holder = Holder(
        number=certificate.number,
        code=certificate.code,
        kind=certificate.kind,
        name=name,
        latin_name=" ".join(part for part in (latin.given, latin.family) if part) if latin else "",
        issued_on=certificate.issued_on,
        verify_url=f"{base_url}/verify#{certificate.token}",
        verify_address=f"{urlsplit(base_url).netloc}/verify",
        replaces=replaces,
    )
    certificate.facts = documents.certificate(delivered, holder).as_dict()


def _plain(value: Any) -> Any:
    """Return a printed value with each text of three sides as three strings."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"ky", "ru", "en"}:
        return {side: value[side]["text"] for side in value}
    return {name: _plain(one) for name, one in value.items()}


def _three(row: Any, field: str) -> Trilingual:
    return Trilingual.of(**{language: getattr(row, f"{field}_{language}") for language in ("ky", "ru", "en")})
