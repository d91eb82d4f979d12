"""What whoever has a copy of SQLite's log can do with it: see the database as it was after each commit."""

import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path

_HEADER, _FRAME_HEADER = 32, 24


def replay(database: Path, log: Path, folder: Path) -> Iterator[sqlite3.Connection]:
    """Return the database after each commit of its log; https://sqlite.org/fileformat2.html#the_write_ahead_log."""
    content, frames = bytearray(database.read_bytes()), log.read_bytes()
    page_size = struct.unpack(">I", frames[8:12])[0]
    salts = frames[16:24]
    place = folder / "replayed.db"
    for start in range(_HEADER, len(frames), _FRAME_HEADER + page_size):
        header = frames[start : start + _FRAME_HEADER]
        page, size_after_commit = struct.unpack(">II", header[:8])
        if header[8:16] != salts:
            return  # What follows is of an earlier turn of the log.
        end = page * page_size
        content.extend(b"\0" * (end - len(content)))
        content[end - page_size : end] = frames[start + _FRAME_HEADER : start + _FRAME_HEADER + page_size]
        if size_after_commit:
            state = content[: size_after_commit * page_size]
            state[18:20] = b"\1\1"  # Without a log of its own.
            place.write_bytes(state)
            connection = sqlite3.connect(place)
            yield connection
            connection.close()
