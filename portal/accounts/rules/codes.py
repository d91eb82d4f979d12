"""Codes of an authenticator app and codes on paper, as they are shown and typed."""

from datetime import datetime

STEP = 30  # Seconds for which an app shows one code.
DIGITS = 6
RECOVERY_CODES = 10
RECOVERY_LENGTH = 12  # Letters of 5 bits: nobody guesses one, however often the door is tried.


def steps_around(now: datetime) -> tuple[int, ...]:
    """Return the time steps whose codes are taken: the present one, and its neighbors for clocks that go wrong."""
    step = int(now.timestamp()) // STEP
    return step, step - 1, step + 1


def digits_of(typed: str) -> str:
    """Return what an app's code must be, without the space that apps show in its middle; else an empty text."""
    digits = "".join(typed.split())
    return digits if len(digits) == DIGITS and digits.isascii() and digits.isdigit() else ""


def grouped(text: str) -> str:
    """Return a code in groups of four, as it is shown and printed."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
