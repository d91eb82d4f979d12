"""What is sealed opens here, in its place, and nowhere else."""

import base64
import string
from pathlib import Path

import pytest
from flask import Flask

from portal.config import Settings
from portal.platform import vault
from portal.platform.vault import DecryptionFailed
from tests import applications

pytestmark = pytest.mark.databases("sqlite")


def test_sealed_text_opens_in_its_place_only(app: Flask) -> None:
    sealed = vault.encrypt("the secret of Aida", "second_factor.secret 1")
    assert "secret" not in sealed
    assert vault.decrypt(sealed, "second_factor.secret 1") == "the secret of Aida"
    for elsewhere in ("second_factor.secret 2", ""):
        with pytest.raises(DecryptionFailed):
            vault.decrypt(sealed, elsewhere)


def test_no_two_seals_are_alike(app: Flask) -> None:
    assert len({vault.encrypt("same", "place") for _turn in range(20)}) == 20


@pytest.mark.parametrize("forged", ["", "x", "0" * 60, "AAAA" * 20, "ыыыы"])
def test_what_was_not_sealed_here_does_not_open(app: Flask, forged: str) -> None:
    with pytest.raises(DecryptionFailed):
        vault.decrypt(forged, "place")


def test_changed_letter_is_noticed(app: Flask) -> None:
    sealed = vault.encrypt("text", "place")
    for place in range(len(sealed)):
        for letter in set("ABCDPQ") - {sealed[place]}:
            with pytest.raises(DecryptionFailed):
                vault.decrypt(sealed[:place] + letter + sealed[place + 1 :], "place")


def test_bits_that_decoding_ignores_are_noticed(app: Flask) -> None:
    letters = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    sealed = vault.encrypt("text", "place")
    last = letters.index(sealed[-2])
    twin = f"{sealed[:-2]}{letters[last + 1]}="
    assert base64.urlsafe_b64decode(twin) == base64.urlsafe_b64decode(sealed)  # Control: only the bits can tell.
    with pytest.raises(DecryptionFailed):
        vault.decrypt(twin, "place")


def test_another_installation_opens_nothing(app: Flask, settings: Settings) -> None:
    sealed = vault.encrypt("text", "place")
    other = applications.make(applications.changed(settings, data=settings.data.parent / "another"))
    with other.app_context(), pytest.raises(DecryptionFailed):
        vault.decrypt(sealed, "place")


def test_key_is_for_its_owner_only(app: Flask, settings: Settings) -> None:
    vault.encrypt("text", "place")
    assert (settings.keys / "vault.aes256").stat().st_mode & 0o077 == 0


def test_draw_is_the_same_again_here_and_another_one_elsewhere(app: Flask, tmp_path: Path) -> None:
    drawn = {text: vault.draw(text) for text in ("sex F", "sex M")}
    assert drawn == {text: vault.draw(text) for text in drawn} and len(set(drawn.values())) == 2
    with applications.make(applications.settings(tmp_path / "elsewhere", "sqlite://")).app_context():
        assert vault.draw("sex F") != drawn["sex F"]
