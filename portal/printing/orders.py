"""Orders to the child process, and their format on the pipe."""

import base64
import hashlib
import json
import struct
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, BinaryIO

_LENGTHS = struct.Struct(">II")
_FACTS_PER_SECOND = 16_384  # Bytes of JSON in ASCII; a certificate has about 9,000 and takes 0.15 seconds.


class Variant(Enum):
    """What a file promises: nothing (for the printer), PDF/UA-1 (a working paper), or PDF/A-3a as well (archived).

    A sketch is no file: the shapes of the first page as JSON, for a preview.
    """

    PLAIN = "plain"
    TAGGED = "tagged"
    ARCHIVAL = "archival"
    SKETCH = "sketch"


@dataclass(frozen=True)
class Facts:
    def as_dict(self) -> dict[str, Any]:
        """Return the facts as plain JSON values, as the template and the database take them."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain


@dataclass(frozen=True)
class Picture:
    """A picture that one document shows: judged and normalised before it was kept (`printing.pictures`)."""

    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Return the hash by which a template names the picture: `picture:SHA256`."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Order:
    """One document: a template of templates/documents, its facts, and the metadata that must not come from a clock.

    `room` is how many letters are left for the signature of a seal; an archived file without one is not sealed.
    """

    template: str
    facts: dict[str, Any]
    title: str
    lang: str
    created_at: datetime
    variant: Variant = Variant.TAGGED
    attachments: tuple[tuple[str, bytes], ...] = ()
    room: int = 0
    pictures: tuple[Picture, ...] = ()

    def __post_init__(self) -> None:
        if self.created_at.tzinfo is None:
            raise ValueError("created_at needs a time zone.")

    @property
    def extra_seconds(self) -> int:
        """Return what a long document is granted beyond a page's time: a second for each two pages' worth of facts."""
        return len(json.dumps(self.facts)) // _FACTS_PER_SECOND

    def as_message(self) -> dict[str, Any]:
        return vars(self) | {
            "created_at": self.created_at.astimezone(UTC).isoformat(),
            "variant": self.variant.value,
            "attachments": [[name, base64.b64encode(data).decode()] for name, data in self.attachments],
            "pictures": [[one.media_type, base64.b64encode(one.content).decode()] for one in self.pictures],
        }

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> "Order":
        read = {
            "created_at": datetime.fromisoformat(message["created_at"]),
            "variant": Variant(message["variant"]),
            "attachments": tuple((name, base64.b64decode(data)) for name, data in message["attachments"]),
            "pictures": tuple(Picture(kind, base64.b64decode(data)) for kind, data in message["pictures"]),
        }
        return cls(**message | read)


def send(pipe: BinaryIO, message: dict[str, Any], body: bytes = b"") -> None:
    """Write one message and the bytes that belong to it."""
    head = json.dumps(message).encode()
    pipe.write(_LENGTHS.pack(len(head), len(body)) + head)
    pipe.write(body)
    pipe.flush()


def receive(pipe: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Read one message and its bytes; raises EOFError if the other side has gone away."""
    head, body = _LENGTHS.unpack(_exactly(pipe, _LENGTHS.size))
    return json.loads(_exactly(pipe, head)), _exactly(pipe, body)


def _exactly(pipe: BinaryIO, length: int) -> bytes:
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data
