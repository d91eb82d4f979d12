"""Where commands put the files that they name."""

from pathlib import Path

from portal.platform import storage
from portal.platform.storage import Document


def export(folder: Path, document: Document | None) -> str | None:
    """Write a stored file into the folder unless it is there already; return its absolute path."""
    if document is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / document.filename
    content = storage.open_bytes(document)
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)
    return str(path.resolve())
