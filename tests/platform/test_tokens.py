"""References cannot be guessed, and codes survive being read aloud and typed again."""

import string

import pytest

from portal.platform import tokens

MANY = 5_000


def test_tokens_have_128_bits_and_fit_into_addresses() -> None:
    found = {tokens.random_token() for _ in range(MANY)}
    assert len(found) == MANY
    assert {len(token) for token in found} == {22}
    assert set("".join(found)) <= set(string.ascii_letters + string.digits + "-_")


def test_codes_use_every_letter_of_the_alphabet_and_no_other() -> None:
    found = [tokens.random_code(12) for _ in range(MANY)]
    assert len(set(found)) == MANY
    assert {len(code) for code in found} == {12}
    assert set("".join(found)) == set(tokens.ALPHABET)
    assert not set("ILOU") & set(tokens.ALPHABET)


def test_pins_are_eight_digits_and_may_begin_with_zero() -> None:
    found = [tokens.random_pin() for _ in range(MANY)]
    assert all(len(pin) == 8 and pin.isdigit() and pin.isascii() for pin in found)
    assert any(pin.startswith("0") for pin in found)
    assert len(set(found)) > MANY * 0.99


@pytest.mark.parametrize(
    "typed",
    [
        "7K3M-Q9TX-01VA",
        "7k3m q9tx 01va",
        " 7K3MQ9TX01VA ",
        "7K3M–Q9TX–O1VA",
        "7k3m.q9tx.oiva",
        "7K3MQ9TXOLVA",
        "7К3М-Q9ТХ-О1VА",
    ],
)
def test_typed_code_is_read_as_printed(typed: str) -> None:
    assert tokens.normalize_code(typed) == "7K3MQ9TX01VA"


@pytest.mark.parametrize("typed", ["", "7K3M", "7K3MQ9TX01VA0", "7Ж3MQ9TX01VA", "７K3MQ9TX01VA"])
def test_other_code_is_not_read_as_printed(typed: str) -> None:
    assert tokens.normalize_code(typed) != "7K3MQ9TX01VA"


def test_hash_of_a_token_does_not_hold_it() -> None:
    token = tokens.random_token()
    assert tokens.hash_token(token) == tokens.hash_token(token)
    assert len(tokens.hash_token(token)) == 64
    assert token not in tokens.hash_token(token)
