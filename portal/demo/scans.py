"""Draw what stands for the scan of a signed act: a page that says that it is invented, with two strokes of a pen."""

_A4 = "595 842"
_STROKES = (
    "70 300 m 90 350 110 250 130 300 c 145 330 150 290 170 300 c 190 310 205 285 230 305 c S",
    "340 295 m 365 345 372 260 392 302 c 405 325 420 280 445 300 c 462 312 480 290 505 308 c S",
)


def draw_scan(number: str) -> bytes:
    """Return a PDF of one page."""
    lines = ("SIGNED COPY", f"Hand-over act No. {number}", "Invented for the demo: nobody has signed this paper.")
    texts = [
        f"BT /F1 {size} Tf 70 {height} Td ({line}) Tj ET"
        for line, size, height in zip(lines, (11, 20, 11), (770, 735, 705), strict=True)
    ]
    rules = ["0.6 w 0.4 G", *(f"70 {height} m 525 {height} l S" for height in range(400, 690, 24))]
    signatures = ["1 w 0 G 60 285 m 245 285 l S 330 285 m 520 285 l S", "1.6 w 0.1 0.2 0.6 RG", *_STROKES]
    return _document("\n".join([*texts, *rules, *signatures]).encode("ascii", "replace"))


def _document(content: bytes) -> bytes:
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 " + _A4.encode() + b"] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    written, starts = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        starts.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    size = len(objects) + 1
    return written + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(written))
    )
