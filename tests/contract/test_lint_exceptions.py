"""An exception from a lint rule says why."""

import re

from tests.contract.test_file_length import ROOT, our_files

# The rule's code, then a reason of at least two words.
_NOQA = re.compile(r"#\s*noqa\b(?P<rest>.*)")
_REASONED = re.compile(r":\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*\s+(-+\s+|#\s*)?\w+\W+\w+")


def test_every_noqa_gives_its_reason() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in our_files()
        if path.suffix == ".py"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if (found := _NOQA.search(line)) and not _REASONED.match(found["rest"])
    ]
    assert not bare, f"Write the reason behind the rule's code: {bare}"
