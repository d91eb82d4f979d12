"""What a coordinator takes away: all standing certificates as one ZIP, and all pages as one file for the printer."""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime

from portal.certificates.models import Certificate
from portal.platform import storage
from portal.trainings.models import Training

_EPOCH = (1980, 1, 1, 0, 0, 0)  # A ZIP without a clock: the same files give the same bytes.


def keep(training: Training, certificates: Sequence[Certificate], printed: bytes, *, now: datetime) -> dict[str, int]:
    """Store ZIP and print file; return the ids of their documents."""
    archive = storage.put(
        _zip(certificates),
        kind="certificates_zip",
        filename=f"{training.code}-certificates.zip",
        media_type="application/zip",
        now=now,
    )
    print_file = storage.put(
        printed,
        kind="certificates_print",
        filename=f"{training.code}-certificates-print.pdf",
        media_type="application/pdf",
        now=now,
    )
    return {"zip": archive.id, "print": print_file.id}


def _zip(certificates: Sequence[Certificate]) -> bytes:
    """Pack the files as they are: PDFs do not get smaller."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for certificate in certificates:
            assert certificate.document is not None
            entry = zipfile.ZipInfo(certificate.document.filename, _EPOCH)
            archive.writestr(entry, storage.open_bytes(certificate.document))
    return buffer.getvalue()
