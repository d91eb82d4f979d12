"""Regions, institutions, persons and accounts."""

from functools import cache
from typing import Any

import pyotp
from sqlalchemy import select

from portal.access.permissions import Role
from portal.accounts.models import Account, AccountProject, SecondFactor
from portal.accounts.rules import GUARDED_ROLES
from portal.catalog.models import Project, ReferralCenter
from portal.people import name_rules
from portal.people.models import (
    MATCH_KEY,
    SORT_KEY,
    Institution,
    Person,
    PersonName,
    Post,
    Rank,
    Region,
)
from portal.platform import passwords, tokens, vault
from portal.platform.db import db
from tests.factories.base import NOW, add, letters_of, numbers

PASSWORD = "a long password for tests"
_FAMILIES = ("Асанов", "Бекова", "Өмүров", "Үсөнова", "Ибраимов", "Жээнбекова", "Кадыров", "Токтогулова", "Сыдыков")
_GIVEN = ("Азамат", "Айгүл", "Бакыт", "Гүлнара", "Данияр", "Жылдыз", "Кубат", "Меерим", "Нурлан", "Салтанат", "Эркин")


def get_region(code: str) -> Region:
    """Return a region of the packaged file."""
    return db.session.get_one(Region, code)


def get_institution(code: str = "MOI") -> Institution:
    """Return an institution of the packaged file."""
    return db.session.scalars(select(Institution).where(Institution.code == code)).one()


def get_rank(code: str = "MAJOR") -> Rank:
    """Return a rank of the packaged file."""
    return db.session.scalars(select(Rank).where(Rank.code == code)).one()


def get_post(code: str = "INVESTIGATOR") -> Post:
    """Return a post of the packaged file."""
    return db.session.scalars(select(Post).where(Post.code == code)).one()


def make_center(region: str = "KG-GO", **values: Any) -> ReferralCenter:
    """Make the entry of an invented crisis center that was checked on NOW's day."""
    defaults: dict[str, Any] = {
        "name_ru": f"Вымышленный центр {next(numbers)}",
        "phones": ["+996555000100"],
        "offers": ["shelter"],
        "accepts": ["women"],
        "languages": ["ky", "ru"],
        "checked_on": NOW.date(),
    }
    return add(ReferralCenter(region_code=region, **{**defaults, **values}))


def make_person(
    family: str | None = None, given: str | None = None, patronymic: str = "", *, latin: str = "", **values: Any
) -> Person:
    """Make a person who serves in Osh; `latin="ASANOV Azamat"` adds a confirmed Latin name."""
    number = next(numbers)
    family = family or f"{_FAMILIES[number % len(_FAMILIES)]}-{letters_of(number)}"
    given = given or _GIVEN[number % len(_GIVEN)]
    defaults: dict[str, Any] = {
        "reference": tokens.random_token(),
        "sex": "M",
        "institution": values["institution"] if "institution" in values else get_institution(),
        "region_code": "KG-GO",
        "post": "следователь",
        "created_at": NOW,
    }
    person = Person(
        family=family,
        given=given,
        patronymic=patronymic,
        search_text=name_rules.search_text(family, given, patronymic),
        match_key=name_rules.person_key(family, given)[:MATCH_KEY],
        sort_key=name_rules.sort_key(family, given, patronymic)[:SORT_KEY],
        **{**defaults, **values},
    )
    add(person)
    make_name(person, family=family, given=given, patronymic=patronymic)
    if latin:
        latin_family, _space, latin_given = latin.partition(" ")
        make_name(person, script="latin", family=latin_family, given=latin_given, source="person", confirmed_at=NOW)
    return person


def make_name(person: Person, **values: Any) -> PersonName:
    """Make a written form of a name; Cyrillic from a list and not confirmed unless said otherwise."""
    return add(PersonName(person_id=person.id, **{"script": "cyrillic", "source": "list", **values}))


def make_account(
    role: str = "coordinator", *, regions: list[str] | None = None, projects: list[Project] | None = None, **values: Any
) -> Account:
    """Make an account whose password is PASSWORD; a coordinator runs Osh unless regions are given.

    Who needs a second factor has it; `make_second_factor` gives an account one whose codes are known.
    """
    number = next(numbers)
    codes = ["KG-GO"] if regions is None and role == "coordinator" else regions or []
    account = Account(
        role_name=role,
        **{
            "reference": tokens.random_token(),
            "email": f"{role}-{number}@test.example",
            "name": f"{role} {number}",
            "password_hash": password_hash(),
            "second_factor_at": NOW if Role(role) in GUARDED_ROLES else None,
            "created_at": NOW,
            **values,
        },
    )
    account.regions = [get_region(code) for code in codes]
    account.projects = [AccountProject(project_id=project.id) for project in projects or []]
    return add(account)


def make_coordinator(name: str, *, side: str) -> Account:
    """Make the coordinator of all regions of the south or the north."""
    codes = db.session.scalars(select(Region.code).where(Region.side == side).order_by(Region.order)).all()
    return make_account("coordinator", name=name, regions=list(codes))


def make_second_factor(account: Account) -> pyotp.TOTP:
    """Give an account a second factor, and return the app that shows its codes."""
    secret = pyotp.random_base32()
    account.second_factor_at = NOW
    sealed = vault.encrypt(secret, f"second_factor {account.id}")
    add(SecondFactor(account_id=account.id, sealed_secret=sealed, created_at=NOW, confirmed_at=NOW))
    return pyotp.TOTP(secret)


@cache
def password_hash() -> str:
    """Return the hash of PASSWORD, made once: hashing takes 50 ms."""
    return passwords.hash_password(PASSWORD)
