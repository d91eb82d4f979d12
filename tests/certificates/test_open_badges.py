"""An Open Badges 3.0 credential follows from `credential.json` alone, as the table in `docs/documents.md` says.

The portal offers no such export yet. This keeps the sealed facts in a shape from which one can be made later, also for
what is issued today: whoever has the file needs neither the database nor us.
"""

import io
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pikepdf

from portal.certificates import facts
from portal.platform import storage
from portal.trainings.models import Training
from tests import factories
from tests.certificates.arranged import certificates_of, issue_for_real, make_ready

TYPES = {"completion": "CertificateOfCompletion", "attendance": "Certificate", "facilitator": "Certificate"}
# What the specification's class tables demand (AchievementCredential, Profile, AchievementSubject, IdentityObject,
# Achievement): a credential that lacks one of these is refused.
DEMANDED = {
    (): {"@context", "id", "type", "name", "issuer", "validFrom", "credentialSubject"},
    ("issuer",): {"id", "type"},
    ("credentialSubject",): {"type", "identifier", "achievement"},
    ("credentialSubject", "identifier", 0): {"type", "hashed", "identityHash", "identityType"},
    ("credentialSubject", "achievement"): {"id", "type", "name", "description", "criteria"},
    ("credentialSubject", "achievement", "criteria"): {"narrative"},
}


def open_badge(printed: dict[str, Any], lang: str = "en") -> dict[str, Any]:
    """Return the credential without its proof, which is made with the key that signs the facts."""
    site = urlsplit(printed["verify_url"])
    home = f"{site.scheme}://{site.netloc}"
    issued = datetime.strptime(printed["issued_on"], "%d.%m.%Y")  # noqa: DTZ007 - a day without an hour
    said = ", ".join((printed["wording"][lang], printed["dates"][lang], printed["place"][lang]))
    return {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "id": printed["verify_url"],
        "name": f"{printed['title'][lang]}, № {printed['number']}",
        "issuer": {
            "id": home,
            "type": ["Profile"],
            "name": "; ".join(one[lang] for one in printed["organizers"]),
            "url": f"{home}/verify",
        },
        "validFrom": f"{issued:%Y-%m-%d}T00:00:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {"type": "IdentityObject", "hashed": False, "identityType": "name", "identityHash": name}
                for name in (printed["name"], printed["latin_name"])
                if name
            ],
            "licenseNumber": printed["number"],
            "achievement": {
                "id": f"{home}/verify#{printed['kind']}",
                "type": ["Achievement"],
                "achievementType": TYPES[printed["kind"]],
                "name": printed["title"][lang],
                "description": printed["line"][lang] or said,
                "criteria": {"narrative": said},
            },
        },
    }


def test_issued_file_holds_what_an_open_badge_needs(session) -> None:
    training: Training = factories.make_training(title_en="Trafficking in persons")
    make_ready(training, "Өмүрбекова", "Үсөн", "Жээнбековна", latin="Omurbekova Uson")
    issue_for_real(training)
    (certificate,) = certificates_of(training)
    with pikepdf.open(io.BytesIO(storage.open_bytes(certificate.document))) as document:
        printed = json.loads(document.attachments[facts.CREDENTIAL].get_file().read_bytes())["facts"]
    for lang in ("ky", "ru", "en"):
        badge = open_badge(printed, lang)
        for place, names in DEMANDED.items():
            part: Any = badge
            for step in place:
                part = part[step]
            assert names <= part.keys(), place
            assert all(part[name] or part[name] is False for name in names), place
    assert badge["id"] == f"http://localhost/verify#{certificate.token}"
    assert badge["validFrom"] == f"{certificate.issued_on:%Y-%m-%d}T00:00:00Z"
    assert [one["identityHash"] for one in badge["credentialSubject"]["identifier"]] == [
        "Өмүрбекова Үсөн Жээнбековна",
        "Uson Omurbekova",
    ]
    assert badge["credentialSubject"]["achievement"]["name"] == "Trafficking in persons"
