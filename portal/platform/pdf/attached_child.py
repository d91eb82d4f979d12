"""Take one attachment out of a PDF in a process of its own: little memory, little time, whatever the bytes do.

`platform.pdf.attached` runs this file as a script: the PDF comes on standard input, the attachment goes to standard
output, nothing if there is none.
"""

import io
import resource
import sys

import pikepdf

MEMORY = 512 * 1024 * 1024
SECONDS = 5


def main() -> None:
    """Read the PDF under limits and write the attachment that the argument names."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        with pikepdf.open(io.BytesIO(sys.stdin.buffer.read())) as file:
            found = file.attachments[sys.argv[1]].get_file().read_bytes()
    except (pikepdf.PdfError, KeyError, ValueError, RuntimeError, MemoryError):
        return
    sys.stdout.buffer.write(found)


if __name__ == "__main__":
    main()
