"""The two ways to a file, in this process, and what both make of the samples."""

from typing import Any

import pytest

from tests.printing.compiled.samples import PEOPLE, order


@pytest.fixture(scope="session")
def typesetter() -> Any:
    from portal.printing.typesetter import Typesetter

    return Typesetter()


@pytest.fixture(scope="session")
def press(typesetter: Any) -> Any:
    from portal.printing.compiled_template import Press

    return Press(typesetter)


@pytest.fixture(scope="session")
def pairs(typesetter: Any, press: Any) -> list[tuple[bytes, bytes]]:
    """Return the file of each of PEOPLE as it is written and as it is set."""
    made = []
    for turn in range(len(PEOPLE)):
        written = press.render(order(turn))
        assert press.why_set == "", PEOPLE[turn]
        made.append((written, typesetter.render(order(turn))))
    return made
