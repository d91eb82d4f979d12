"""Draw the certificate's border, rosette and ram's horns (kochkor müyüz): `python docs/documents/make_artwork.py`.

All of it is ours: no emblem, no logo, nothing traced. Path data stays under 10 KB, because each path costs time in
every certificate. Units are millimetres on A4 landscape.
"""

from pathlib import Path

TARGET = Path(__file__).resolve().parents[2] / "static" / "img" / "documents"
WIDTH, HEIGHT = 297.0, 210.0
GOLD, PALE, INK = "#a8843f", "#f3ecdd", "#16324f"
EDGE = 8.0  # From the edge of the paper to the outer frame; office printers leave 4 to 5 mm white.
NEAR, FAR = 9.6, 16.0  # The two lines between which the braid runs.
TILE = 24.4  # Where a corner tile ends, measured from the edge of the paper.

# One pair of ram's horns, standing on the origin: the left one; the right one is its mirror image.
HORN = (
    "M0-1.7C0-3.2-.15-5.3-1.6-5.3C-2.55-5.3-2.9-4.6-2.9-4C-2.9-3.35-2.45-2.9-1.9-2.9"
    "C-1.45-2.9-1.1-3.2-1.1-3.65C-1.1-4-1.35-4.2-1.6-4.2"
)
MIRRORED = (
    "M0-1.7C0-3.2.15-5.3 1.6-5.3C2.55-5.3 2.9-4.6 2.9-4C2.9-3.35 2.45-2.9 1.9-2.9"
    "C1.45-2.9 1.1-3.2 1.1-3.65C1.1-4 1.35-4.2 1.6-4.2"
)
POINT = "M0-6.7L.55-6L0-5.3L-.55-6Z"


def number(value: float) -> str:
    """Return `value` with two decimals and nothing needless."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace("0.", ".", 1) if abs(value) < 1 and "." in text else text


def wave(start: tuple[float, float], length: float, halves: int, height: float, along_x: bool) -> str:
    """Return a sine-like line of `halves` half waves: one quadratic curve, then smooth repetitions of five bytes."""
    step = length / halves
    if along_x:
        first, again = f"q{number(step / 2)} {number(2 * height)} {number(step)} 0", f"t{number(step)} 0"
    else:
        first, again = f"q{number(2 * height)} {number(step / 2)} 0 {number(step)}", f"t0 {number(step)}"
    return f"M{number(start[0])} {number(start[1])}{first}{again * (halves - 1)}"


def border() -> str:
    """Return the braid of the four sides."""
    middle, inner = (NEAR + FAR) / 2, TILE
    paths = []
    for height, share in ((2.7, 1), (-2.7, 1), (1.7, 1), (-1.7, 1), (2.7, 3), (-2.7, 3)):
        for y in (middle, HEIGHT - middle):
            paths.append(wave((inner, y), WIDTH - 2 * inner, 54 // share, height, along_x=True))
        for x in (middle, WIDTH - middle):
            paths.append(wave((x, inner), HEIGHT - 2 * inner, 36 // share, height, along_x=False))
    return "".join(paths)


def rosette(x: float, y: float) -> str:
    """Return the pale rosette behind the name: one ellipse, turned and turned again."""
    turns = "".join(f'<ellipse rx="43" ry="20" transform="rotate({turn})"/>' for turn in range(0, 180, 9))
    return f'<g fill="none" stroke="{PALE}" stroke-width=".25" transform="translate({x} {y})">{turns}</g>'


def frame(inset: float) -> str:
    """Return a rectangle `inset` from the edge of the paper."""
    return f"M{inset} {inset}H{WIDTH - inset}V{HEIGHT - inset}H{inset}Z"


def notched(line: float, notch: float) -> str:
    """Return a frame that steps around the corner tiles."""
    right, bottom = WIDTH - line, HEIGHT - line
    return (
        f"M{notch} {line}H{WIDTH - notch}V{notch}H{right}V{HEIGHT - notch}H{WIDTH - notch}V{bottom}"
        f"H{notch}V{HEIGHT - notch}H{line}V{notch}H{notch}Z"
    )


def horns() -> str:
    """Return the ornament itself: four pairs of horns around a diamond, as on a shyrdak."""
    pairs = "".join(f'<path d="{HORN}{MIRRORED}" transform="rotate({turn})"/>' for turn in (0, 90, 180, 270))
    points = "".join(f'<path d="{POINT}" transform="rotate({turn})"/>' for turn in (0, 90, 180, 270))
    return (
        f'<g fill="none" stroke="{GOLD}" stroke-width=".55" stroke-linecap="round">{pairs}</g>'
        f'<g fill="{INK}">{points}<path d="M0-1.2L1.2 0L0 1.2L-1.2 0Z"/></g>'
    )


def tile() -> str:
    """Return a corner tile: the ornament in a square that ends the braid."""
    side = TILE - NEAR
    square = f"M{number(-side / 2)} {number(-side / 2)}h{number(side)}v{number(side)}h{number(-side)}z"
    return f'<defs><g id="tile"><path d="{square}" fill="#fff" stroke="{GOLD}" stroke-width=".25"/>{horns()}</g></defs>'


def page() -> str:
    """Return the whole background of a certificate."""
    near = (NEAR + TILE) / 2
    places = [(x, y) for x in (near, WIDTH - near) for y in (near, HEIGHT - near)]
    parts = [
        rosette(WIDTH / 2, 91),
        f'<path d="{border()}" fill="none" stroke="{GOLD}" stroke-width=".16"/>',
        f'<path d="{frame(EDGE)}" fill="none" stroke="{INK}" stroke-width=".8"/>',
        f'<path d="{frame(NEAR)}{notched(FAR, TILE)}" fill="none" stroke="{GOLD}" stroke-width=".25"/>',
        tile(),
        *(f'<use href="#tile" x="{number(x)}" y="{number(y)}"/>' for x, y in places),
    ]
    return "\n".join(parts)


def save(name: str, size: tuple[float, float], view: str, content: str) -> None:
    """Write one picture and say how much it weighs."""
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]:g}mm" height="{size[1]:g}mm" viewBox="{view}">\n'
        f"{content}\n</svg>\n"
    )
    (TARGET / name).write_text(picture)
    print(name, len(picture), "bytes")


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    save("certificate.svg", (WIDTH, HEIGHT), f"0 0 {WIDTH:g} {HEIGHT:g}", page())
    save("ornament.svg", (14, 14), "-7 -7 14 14", horns())
