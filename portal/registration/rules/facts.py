"""What is kept of somebody who takes part: some of it as at the time of the training, the rest of the person."""

from collections.abc import Mapping
from typing import Any

NAME = ("family", "given", "patronymic")
# As at the time of the training: kept on the registration, and on the person as what is known now.
OF_TRAINING = ("institution", "region", "post", "rank")
# Kept on the person alone, whatever the training.
OF_PERSON = (*NAME, "sex", "birth_year", "phone", "email", "language")
# How somebody is reached: no paper and no count holds it, so that it changes also after the lock.
CONTACTS = ("phone", "email", "language")

OF_TRAINING_SAID, OF_PERSON_SAID = "registration.restated", "people.corrected"
# How the log calls the facts that it keeps from whoever does not run trainings.
IN_THE_LOG = {"phone": "contact_phone", "email": "contact_email"}

Facts = Mapping[str, Any]


def differing(present: Facts, said: Facts) -> dict[str, list[Any]]:
    """Return the facts that are said to be otherwise than they are, each with what it is and what it shall be."""
    return {name: [present[name], value] for name, value in said.items() if present[name] != value}


def undone(present: Facts, changes: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return what takes changes back: the values before, of the facts that nobody has changed since."""
    return {name: before for name, (before, after) in changes.items() if present[name] == after}


def split(said: Facts, *, is_outdated: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what of these facts is to be kept of the training, and what of the person.

    What holds at the time of a training holds of the person now, unless a later training knows better.
    """
    here = {name: said[name] for name in OF_TRAINING if name in said}
    person = {name: said[name] for name in OF_PERSON if name in said}
    return here, person if is_outdated else person | here
