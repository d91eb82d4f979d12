"""Restore a backup on a machine that has no portal: `python3 run.py restore DIR`.

Apart from the application, which would make a database and keys of its own.
"""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from portal.backups import engines, operations
from portal.backups.engines import NotPossible
from portal.backups.rules import Manifest, NotABackup
from portal.config import ROOT, Settings, UnsafeSettings
from portal.platform import folders, keys

_BEGUN = ".restoring"
_MAY_BE_THERE = ("keys", "backups", "lost+found", _BEGUN)


def restore(source: Path, settings: Settings, *, key_folder: Path | None) -> dict[str, Any]:
    """Restore a backup whose every byte is as its manifest says, and return what was restored.

    The database comes last, so that what a killed restore leaves is no portal and may be restored again.

    :raises NotABackup: if there is no manifest.
    :raises NotPossible: if a file is missing or has changed, there is a portal already, or the keys are others.
    """
    manifest = operations.read_manifest(source)
    _check(source, manifest, settings)
    _put_keys(manifest, settings, key_folder)
    (settings.data / _BEGUN).touch()
    for place in manifest.files:
        if place.startswith("documents/"):
            _copy(source / place, Path(settings.documents_url) / place.removeprefix("documents/"))
        elif place.startswith("mail/"):
            _copy(source / place, settings.data / place)
    database = source / engines.FILES[manifest.engine]
    taken, unclear = engines.put_back(settings.database_url, database, settings.data / ".part-portal.db")
    if (taken.entries, taken.head, taken.rows) != (manifest.entries, manifest.head, manifest.rows):
        raise NotPossible("The restored database is not the one that was copied. Do not use it.")
    (settings.data / _BEGUN).unlink()
    here = keys.present(settings, manifest.keys)
    return {
        "restored": source.name,
        "revision": taken.revision,
        "entries": taken.entries,
        "rows": sum(taken.rows.values()),
        "files": len(manifest.files),
        "damaged": list(manifest.damaged),
        "unclear_mails": unclear,
        "missing_keys": sorted(name for name, value in manifest.keys.items() if here.get(name) != value),
    }


def _check(source: Path, manifest: Manifest, settings: Settings) -> None:
    engine = engines.engine_of(settings.database_url)
    if engine != manifest.engine:
        raise NotPossible(f"The backup is one of {manifest.engine}; DATABASE_URL names {engine}.")
    if not (ROOT / "migrations" / "versions" / f"{manifest.revision}.py").exists():
        raise NotPossible(f"The backup is of a newer release ({manifest.revision}). Restore it with that one.")
    there = [one.name for one in settings.data.iterdir() if one.name not in _MAY_BE_THERE]
    documents = Path(settings.documents_url)
    if not (settings.data / _BEGUN).exists() and (there or (documents.is_dir() and any(documents.iterdir()))):
        named = ", ".join(sorted(there)) or documents
        raise NotPossible(f"There is a portal already in {settings.data}: {named}. Move it away first.")
    engines.check_empty(settings.database_url)
    for place, file in manifest.files.items():
        if not (source / place).is_file():
            raise NotPossible(f"The backup is not whole: {place} is missing.")
        if operations.digest_of(source / place) != file:
            raise NotPossible(f"The backup is not whole: {place} has changed since it was made.")


def _put_keys(manifest: Manifest, settings: Settings, folder: Path | None) -> None:
    """Put the keys of a copy where they belong; none of them may be another than the database knows."""
    if folder is None:
        return
    given = {path.name: path.read_bytes() for path in folder.iterdir() if path.name in manifest.keys}
    wrong = [name for name, content in given.items() if keys.check_value(name, content) != manifest.keys[name]]
    if wrong or not given:
        raise NotPossible(f"The keys in {folder} are not those of this backup: {', '.join(sorted(wrong)) or 'none'}.")
    for name, content in given.items():
        path = settings.keys / name
        if path.exists() and path.read_bytes() != content:
            raise NotPossible(f"There is another key already: {path}. Move it away first.")
        keys.write_over(path, content)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def main(words: list[str]) -> int:
    """Restore as the command line says."""
    parser = argparse.ArgumentParser("run.py restore", description="Make a portal of a backup, where there is none.")
    parser.add_argument("backup", type=Path, help="folder that run.py backup made")
    parser.add_argument("--keys", type=Path, help="folder of the keys that were copied with it")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    given = parser.parse_args(words)
    os.umask(folders.MASK)
    try:
        answer = restore(given.backup.resolve(), Settings.from_environment(), key_folder=given.keys)
    except (NotABackup, NotPossible, UnsafeSettings, OSError) as refusal:
        sys.stdout.write(json.dumps({"error": str(refusal)}) + "\n" if given.json else "")
        sys.stderr.write("" if given.json else f"Nothing was started. {refusal}\n")
        return 1
    if given.json:
        sys.stdout.write(json.dumps(answer) + "\n")
        return 0
    sys.stdout.writelines(f"{name}: {value}\n" for name, value in answer.items())
    if answer["missing_keys"]:
        sys.stdout.write("Put the keys of the old machine into PORTAL_KEYS before the first start.\n")
    sys.stdout.write("python3 run.py starts the portal.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
