"""What a row of a list or a form says of a nominee, as the directory and the seats take it."""

from collections.abc import Mapping

from portal.people.operations.persons import PersonFacts
from portal.registration.operations import seats
from portal.registration.rules.judgement import Nominee


def facts_of(nominee: Nominee, institutions: Mapping[str, int]) -> PersonFacts:
    """Return what a list or a form says about a person, with the ids of institutions by code."""
    return PersonFacts(
        family=nominee.family,
        given=nominee.given,
        patronymic=nominee.patronymic,
        sex=nominee.sex,
        birth_year=nominee.birth_year,
        phone=nominee.phone,
        email=nominee.email,
        institution_id=institutions.get(nominee.institution),
        region_code=nominee.region or None,
        post=nominee.post,
        rank=nominee.rank,
    )


def nomination(person_id: int, nominee: Nominee, facts: PersonFacts) -> seats.Nomination:
    """Return the nomination with what was written today, whatever the directory says."""
    return seats.Nomination(
        person_id,
        role=nominee.role,
        institution_id=facts.institution_id,
        region_code=facts.region_code,
        post=facts.post,
        rank=facts.rank,
    )
