"""Password rules: long, and not easy to guess. There are no rules of composition."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from portal.access.permissions import Role
from portal.accounts.rules import GUARDED_ROLES
from portal.platform.texts import N_, Labelled

LONG, SHORT = 15, 12
MAXIMUM = 200
_COMMON = Path(__file__).parent / "data" / "common-passwords.txt"
# What stands around everybody here, and so comes first to the mind of who guesses.
_PLACES = (
    "okuu",
    "окуу",
    "portal",
    "портал",
    "training",
    "certificate",
    "unodc",
    "inl",
    "osh",
    "ош",
    "bishkek",
    "бишкек",
)
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "йцукенгшщзхъфывапролджэячсмитьбю", "01234567890")
_SHORTEST_WORD = 3
_SHORTEST_COMMON = 5
_UNGUESSED = 6  # So many letters must be left when all that is common is taken away.
_OTHER = re.compile(r"[\W\d_]+")


class PasswordFault(Labelled):
    TOO_SHORT = "too_short", N_("Use at least %(least)s characters. A few words that belong to no saying do well.")
    TOO_LONG = "too_long", N_("Use at most %(most)s characters.")
    GUESSABLE = (
        "guessable",
        N_(
            "This is among the first things that anybody would try: common passwords, rows of keys, names of people, "
            "places and offices. Use other words."
        ),
    )


def minimum(role: Role) -> int:
    return LONG if role in GUARDED_ROLES else SHORT


def fault(password: str, role: Role, about: Iterable[str]) -> PasswordFault | None:
    """Return what is wrong with a password; `about` is what is known of its owner: name, address, institution."""
    if len(password) < minimum(role):
        return PasswordFault.TOO_SHORT
    if len(password) > MAXIMUM:
        return PasswordFault.TOO_LONG
    return PasswordFault.GUESSABLE if _is_guessable(password.casefold(), about) else None


def _is_guessable(password: str, about: Iterable[str]) -> bool:
    """Tell whether nothing of one's own is left once common passwords, context and runs of keys are taken away."""
    if password in common() or len(set(password)) <= _UNGUESSED - 1:
        return True
    words = {part for text in about for part in _OTHER.split(text.casefold()) if len(part) >= _SHORTEST_WORD}
    rest = password
    for word in sorted(words | set(_PLACES), key=len, reverse=True):
        rest = rest.replace(word, " ")
    rest = _without_common(rest)
    letters = _OTHER.sub("", _without_runs(rest))
    return len(letters) < _UNGUESSED or _is_repeated(letters)


def _without_common(text: str) -> str:
    """Take away common passwords that make up whole words: "password1" goes, "passwordless" stays."""
    kept = []
    for word in re.split(r"[\W_]+", text):
        stem = word.strip("0123456789")
        kept.append("" if {word, stem} & common() or _is_made_of_common(stem) else word)
    return " ".join(kept)


def _is_made_of_common(word: str) -> bool:
    """Tell whether a word is common passwords strung together: passwordpassword, iloveyouprincess."""
    if not word:
        return True
    ends = [True] + [False] * len(word)
    for end in range(1, len(word) + 1):
        ends[end] = any(
            ends[start] and word[start:end] in common() for start in range(max(0, end - 20), end - _SHORTEST_COMMON + 1)
        )
    return ends[-1]


def _without_runs(text: str) -> str:
    """Take away four and more neighbors of the alphabet or of a keyboard, forwards or backwards."""
    found = list(text)
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        for start in range(len(text) - 3):
            if text[start : start + 4] in row:
                found[start : start + 4] = "    "
    return "".join(found)


def _is_repeated(letters: str) -> bool:
    """Tell whether the letters are one short piece again and again."""
    return any(letters == (letters[:size] * len(letters))[: len(letters)] for size in range(1, _UNGUESSED))


@cache
def common() -> frozenset[str]:
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
