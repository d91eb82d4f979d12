"""All valid certificates of a training as one ZIP, and as one file for the printer."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.certificates import operations, queries
from portal.certificates.models import Certificate
from portal.platform import jobs, storage
from portal.trainings.models import Training

_EPOCH = (1980, 1, 1, 0, 0, 0)  # A ZIP without a clock: the same files give the same bytes.


@dataclass(frozen=True)
class Bundle:
    """The ids of the two documents, and the numbers of the certificates that are in them."""

    zip: int
    print: int
    numbers: list[str]


def find(code: str) -> Bundle | None:
    """Return the newest bundle of a training; whether it is of today is seen by its numbers."""
    runs = [jobs.find_latest(name, code, state="done") for name in (operations.JOB, operations.RENEW)]
    made = [job for job in runs if job is not None and job.result and "zip" in job.result]
    if not made:
        return None
    result = max(made, key=lambda job: job.id).result or {}
    return Bundle(zip=result["zip"], print=result["print"], numbers=result["numbers"])


def find_of_today(training: Training) -> tuple[Bundle | None, list[str]]:
    """Return the newest bundle if it holds what stands now, and the numbers of what does."""
    made, numbers = find(training.code), queries.list_standing_numbers(training)
    return made if made is not None and made.numbers == numbers else None, numbers


def keep(code: str, certificates: Sequence[Certificate], printed: bytes, *, now: datetime) -> Bundle:
    """Store ZIP and print file of a training's certificates."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:  # PDFs do not get smaller.
        for certificate in certificates:
            assert certificate.document is not None
            entry = zipfile.ZipInfo(certificate.document.filename, _EPOCH)
            archive.writestr(entry, storage.open_bytes(certificate.document))
    zip_file = storage.put_once(
        packed.getvalue(),
        kind="certificates_zip",
        filename=f"{code}-certificates.zip",
        media_type="application/zip",
        now=now,
    )
    print_file = storage.put_once(
        printed,
        kind="certificates_print",
        filename=f"{code}-certificates-print.pdf",
        media_type="application/pdf",
        now=now,
    )
    return Bundle(zip_file.id, print_file.id, [certificate.number for certificate in certificates])
