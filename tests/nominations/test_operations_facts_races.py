"""Several editors save one person at one moment: one of them wins, the others compare. With a control."""

import pytest
from flask import Flask

from portal.config import Settings
from portal.nominations import facts
from portal.nominations import queries as nomination_queries
from portal.nominations.facts import Entry, FactsInput
from portal.platform.db import transaction
from portal.platform.errors import Conflict
from portal.registration.queries import get_registration
from tests import applications, factories
from tests.nominations.staging import BY
from tests.parallel import in_threads

HANDS = 4


@pytest.fixture
def shared(settings: Settings) -> Flask:
    """Return an application that several threads use, each with a context of its own."""
    return applications.make(settings)


def correct(app: Flask, reference: str, post: str, version: int | None) -> str:
    """Save another post on top of a version, or of the one that stands; return what came of it."""
    with app.app_context():
        try:
            with transaction():
                registration = get_registration(reference)
                assert registration is not None
                shown = {name: facts.shown(value) for name, value in nomination_queries.facts_of(registration).items()}
                language = shown.pop("language")
                written = FactsInput(Entry(**shown | {"post": post}), language, version or registration.person.version)
                facts.correct(registration, written, **BY)
        except Conflict as refusal:
            return refusal.code
        return "saved"


@pytest.mark.parametrize("is_seen", [True, False], ids=["on one version", "control"])
def test_one_of_several_editors_wins(shared: Flask, is_seen: bool) -> None:
    with shared.app_context(), transaction():
        reference = factories.make_registration().reference
    if is_seen:
        answers = in_threads(shared, correct, [(reference, f"post {number}", 1) for number in range(HANDS)])
        assert sorted(answers) == [*["record_changed"] * (HANDS - 1), "saved"]
    else:
        answers = [correct(shared, reference, f"post {number}", None) for number in range(HANDS)]
        assert answers == ["saved"] * HANDS
