"""Passwords are hashed slowly with a salt, and no password fits where there is none."""

import pytest

from portal.platform import passwords
from tests.factories import PASSWORD, password_hash


def test_right_password_fits() -> None:
    assert passwords.is_password(password_hash(), PASSWORD)


@pytest.mark.parametrize(
    "typed", ["", PASSWORD + " ", PASSWORD.upper(), password_hash()], ids=["nothing", "more", "upper", "hash"]
)
def test_wrong_password_does_not_fit(typed: str) -> None:
    assert not passwords.is_password(password_hash(), typed)


@pytest.mark.parametrize("stored", [None, "", "plain", "$argon2id$broken"])
@pytest.mark.parametrize("typed", ["", "plain", "nobody has this password"])
def test_nothing_fits_where_no_hash_is_stored(stored: str | None, typed: str) -> None:
    assert not passwords.is_password(stored, typed)


def test_equal_passwords_have_different_hashes() -> None:
    assert password_hash() != passwords.hash_password(PASSWORD)


def test_hash_says_how_it_was_made() -> None:
    assert password_hash().startswith("$argon2id$v=19$m=47104,t=1,p=1$")


def test_long_password_counts_to_its_last_letter() -> None:
    stored = passwords.hash_password("ө" * 199 + "1")
    assert passwords.is_password(stored, "ө" * 199 + "1")
    assert not passwords.is_password(stored, "ө" * 199 + "2")
