"""One text in Kyrgyz, Russian and English for papers, and what stands in for a missing one; no request needed."""

from dataclasses import dataclass

SIDES = ("ky", "ru", "en")
_FALLBACK = ("ru", "ky", "en")


@dataclass(frozen=True)
class Passage:
    """A text and the language that it is really in."""

    text: str
    lang: str


@dataclass(frozen=True)
class Trilingual:
    """What stands on the Kyrgyz, the Russian and the English side of a paper."""

    ky: Passage
    ru: Passage
    en: Passage

    @classmethod
    def of(cls, *, ky: str = "", ru: str = "", en: str = "") -> "Trilingual":
        """Return the three sides; a missing text is the Russian, Kyrgyz or English one, and says that it is."""
        given = {"ky": ky.strip(), "ru": ru.strip(), "en": en.strip()}
        passages = [Passage(given[lang], lang) for side in SIDES for lang in _wanted(side, given)]
        return cls(*passages)


def _wanted(side: str, given: dict[str, str]) -> list[str]:
    """Return the one language whose text stands on `side`."""
    return [next((lang for lang in (side, *_FALLBACK) if given[lang]), side)]
