"""Which institution or region a typed word means: any of its names, in any language, script and usual spelling."""

import re
from collections.abc import Iterable

from portal.people.rules import names
from portal.people.rules.places import place_key
from portal.platform import texts

_LEAST_LETTERS = 3
_WORD = re.compile(r"\w+")


def is_named(word: str, written: Iterable[str]) -> bool:
    """Tell whether the word begins a word of one of the names; one of one or two letters must be the whole word."""
    parts = {part for name in written for part in _words(name)}
    skeletons = {names.match_key(part) for part in parts}
    typed = _words(word)
    return any(map(parts.__contains__, typed)) or any(
        known.startswith(key)
        for keys, among in ((typed, parts), (names.match_keys(word), skeletons))
        for key in keys
        if len(key) >= _LEAST_LETTERS
        for known in among
    )


def _words(text: str) -> set[str]:
    """Return the folded words of a name, as they are written and without the ways to abbreviate."""
    return {*place_key(text).split(), *_WORD.findall(texts.fold(text))}
