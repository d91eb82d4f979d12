"""What a test expects to be refused, by its code."""

from typing import Any

import pytest

from portal.platform.errors import Refusal


def raises_refusal(code: str, **more: Any) -> Any:
    """Expect the refusal of this code inside the block."""
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code, **more)
