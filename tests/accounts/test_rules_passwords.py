"""Passwords: length by role, nothing that anybody would try first, and no other demand."""

import pytest

from portal.access.permissions import Role
from portal.accounts.passwords import PasswordFault, common, fault

ABOUT = ("Аида Өмүрова", "aida.omurova@mvd.example", "Ministry of Interior")


def judge(password: str, role: Role = Role.COORDINATOR) -> PasswordFault | None:
    return fault(password, role, ABOUT)


@pytest.mark.parametrize(
    ("role", "least"),
    [(Role.COORDINATOR, 15), (Role.ADMINISTRATOR, 15), (Role.DONOR, 12), (Role.FOCAL_POINT, 12), (Role.AUDITOR, 15)],
)
def test_length_by_role(role: Role, least: int) -> None:
    long = "корова на льду пасётся"
    assert judge(long[: least - 1], role) is PasswordFault.TOO_SHORT
    assert judge(long[:least], role) is None


@pytest.mark.parametrize(
    "password",
    [
        "корова на льду пасётся",
        "galoshes under the table",  # The context word "osh" inside another word does no harm.
        "correct horse battery staple",
        "aaaa bbbb koshka cccc zhyldyz",
        "x" * 10 + "kumys-tuwa-beshbarmak" * 4,
        "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 is fine, too! ¯\\_(ツ)_/¯",
        "okuu.portal und mein Gartenzaun",
    ],
)
def test_anything_long_and_of_ones_own_is_taken(password: str) -> None:
    assert judge(password) is None


@pytest.mark.parametrize(
    "password",
    [
        "password1234567",
        "PasswordPassword",
        "passwordpassword123",
        "iloveyou-princess-2026",
        "qwertyuiopasdfgh",
        "йцукенгшщзхъфыва",
        "123456789012345",
        "abcdefghijklmnop",
        "zyxwvutsrqponmlk",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "unodc-osh-2026-11-24",
        "Okuu Portal 2026 !!",
        "aida.omurova 2026",
        "Аида Өмүрова 1985",
        "omurova@mvd.example",
        "ministry-interior-1",
        "               ",
    ],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    assert judge(password) is PasswordFault.GUESSABLE


def test_more_than_64_characters_are_taken_and_more_than_200_are_not() -> None:
    piece = "корова на льду пасётся "
    assert judge((piece * 9)[:200]) is None
    assert judge((piece * 9)[:201]) is PasswordFault.TOO_LONG


def test_list_is_there() -> None:
    assert len(common()) >= 3000
    assert {"123456", "password", "qwerty"} <= common()


def test_judging_takes_no_time() -> None:
    """A slow rule would be a way to keep the server busy."""
    assert judge("password" * 25) is PasswordFault.GUESSABLE
    assert judge("Ж" * 50_000) is PasswordFault.TOO_LONG
