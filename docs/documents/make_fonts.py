"""Cut the fonts of printed documents from the published files: `python docs/documents/make_fonts.py SOURCE_FOLDER`.

SOURCE_FOLDER holds the stock files named below: EB Garamond from the npm package @expo-google-fonts/eb-garamond
(0.4.3), Noto Sans SemiCondensed from Debian's fonts-noto-extra (20201225-2). Both are under the SIL Open Font
License 1.1 without a reserved font name, so that a cut file may keep its name. The licences stand beside the results.
"""

import sys
from pathlib import Path

from fontTools import subset

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from portal.printing.fonts import ALPHABET  # noqa: E402 - the folder above is found only now

TARGET = ROOT / "static" / "fonts" / "documents"
SOURCES = {
    "EBGaramond_400Regular.ttf": "serif-regular.ttf",
    "EBGaramond_400Regular_Italic.ttf": "serif-italic.ttf",
    "EBGaramond_500Medium.ttf": "serif-medium.ttf",
    "EBGaramond_600SemiBold.ttf": "serif-semibold.ttf",
    "NotoSans-SemiCondensed.ttf": "sans-regular.ttf",
    "NotoSans-SemiCondensedSemiBold.ttf": "sans-semibold.ttf",
}
FEATURES = ["ccmp", "kern", "liga", "locl", "lnum", "mark", "tnum"]


def cut(source: Path, target: Path) -> None:
    """Write the letters of ALPHABET from `source`, without hinting, to `target`."""
    options = subset.Options(
        layout_features=FEATURES, hinting=False, desubroutinize=True, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14]
    )
    options.recalc_timestamp = False
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(letter) for letter in ALPHABET])
    cutter.subset(font)
    subset.save_font(font, str(target), options)


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    for stock, name in SOURCES.items():
        cut(Path(sys.argv[1]) / stock, TARGET / name)
        print(name, (TARGET / name).stat().st_size)
