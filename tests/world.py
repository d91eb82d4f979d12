"""Two trainings with everything in them, one in Osh and one in the north, and one actor of every kind.

Tests that walk over all routes take the values of an address's variables from here. Whoever adds a variable to an
address names its value in `fill`, which also makes one row of every kind that a page shows.
Names, phones and posts of the people of Osh carry CANARY: they must not appear in an answer to a stranger to them.
"""

from dataclasses import dataclass

from werkzeug.routing import Map, Rule
from werkzeug.routing.converters import AnyConverter

from portal.accounts.models import Account
from portal.platform.db import db
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.factories.base import letters_of

CANARY = "Канарейкина"
CANARY_PHONE = "+996555010203"
WHO = (
    "stranger",
    "participant",
    "donor",
    "focal point",
    "vetting officer",
    "auditor",
    "coordinator here",
    "coordinator elsewhere",
    "administrator",
)
INSIDERS = ("auditor", "coordinator here", "administrator")


class UnknownVariable(AssertionError):
    """An address has a variable that the world does not know."""


@dataclass(frozen=True)
class World:
    """What the walks need: values of variables here and elsewhere, and ids of who walks."""

    here: dict[str, str]
    elsewhere: dict[str, str]
    account_ids: dict[str, int]
    participant_id: int

    def address(self, rule: Rule, *, foreign: frozenset[str] = frozenset()) -> str:
        """Return an address of the rule in Osh; the variables named `foreign` are of the north."""
        values = {}
        for name, converter in rule._converters.items():
            if isinstance(converter, AnyConverter):
                values[name] = sorted(converter.items)[0]
                continue
            if name not in self.here:
                raise UnknownVariable(f"Give <{name}> of {rule.rule} a value in tests/world.py.")
            values[name] = (self.elsewhere if name in foreign else self.here)[name]
        adapter = Map([rule.empty()]).bind("localhost")
        return adapter.build(rule.endpoint, values)

    def browser(self, app: object, who: str, language: str = "en") -> Browser:
        """Return the browser of an actor."""
        browser = Browser(app, language)  # type: ignore[arg-type]
        if who in self.account_ids:
            browser.sign_in(db.session.get_one(Account, self.account_ids[who]))
        elif who == "participant":
            browser.open_own_page(db.session.get_one(Registration, self.participant_id))
        return browser


def make_world(registrations: int = 3) -> World:
    """Make the world, with this many registrations in Osh, and commit it."""
    here, elsewhere = factories.make_training(region="KG-GO"), factories.make_training(region="KG-Y")
    values_here = fill(here, registrations)
    values_elsewhere = fill(elsewhere, 1, family="Северная", phone="+996555090807")
    accounts = {
        "donor": factories.make_account("donor", projects=[factories.get_project()]),
        "focal point": factories.make_account("focal_point", institution=factories.get_institution()),
        "vetting officer": factories.make_account("vetting_officer"),
        "auditor": factories.make_account("auditor"),
        "coordinator here": factories.make_coordinator("Аида", side="south"),
        "coordinator elsewhere": factories.make_coordinator("Бакыт", side="north"),
        "administrator": factories.make_account("administrator"),
    }
    # The participant is of Osh too, and her own name is no canary: the others' are.
    herself = factories.make_person("Асанова", "Чолпон", latin="ASANOVA Cholpon")
    participant = factories.make_registration(training=here, person=herself, state="confirmed")
    factories.make_attendance(participant)
    factories.make_certificate(participant)
    db.session.commit()
    world = World(
        here=values_here,
        elsewhere=values_elsewhere,
        account_ids={who: account.id for who, account in accounts.items()},
        participant_id=participant.id,
    )
    db.session.rollback()
    return world


def fill(training: Training, registrations: int, *, family: str = CANARY, phone: str = CANARY_PHONE) -> dict[str, str]:
    """Give a training people who were there and have their certificates; return the values of the first of each."""
    made = []
    for number in range(registrations):
        person = factories.make_person(
            f"{family}-{letters_of(number)}", post=f"следователь {family}", phone=phone, latin=f"{family} Jyldyz"
        )
        registration = factories.make_registration(training=training, person=person, state="confirmed")
        factories.make_attendance(registration)
        made.append((registration, factories.make_certificate(registration)))
    nomination_list = factories.make_nomination_list(training, rows=registrations, family=family)
    registration, certificate = made[0]
    return {
        "code": training.code,
        "session_reference": training.sessions[0].reference,
        "registration_reference": registration.reference,
        "certificate_reference": certificate.code,
        "list_reference": nomination_list.reference,
    }
