"""Whether two rows speak of one person."""

from dataclasses import replace

import pytest

from portal.people.match_rules import Evidence, Identity, Likeness, compare

RUSLAN = Identity("Турдубаев", "Руслан", "Таалай уулу", phone="+996700834578", institution="MOI-IS", region="KG-B")


@pytest.mark.parametrize(
    "other",
    [
        replace(RUSLAN, family="ТУРДУБАЕВ", given="РУСЛАН"),
        replace(RUSLAN, patronymic=""),
        replace(RUSLAN, institution="GPO", region="KG-O"),
        replace(RUSLAN, family="Turdubaev", given="Ruslan", patronymic="Taalai uulu"),
        replace(RUSLAN, phone="", birth_year=None),
        replace(RUSLAN, birth_year=1980),
    ],
)
def test_same_person_under_another_spelling_or_with_less_said(other: Identity) -> None:
    assert compare(RUSLAN, other).is_same
    assert compare(other, RUSLAN).is_same


@pytest.mark.parametrize(
    "other",
    [
        Identity("Турдубаев", "Руслан", "Бекболотович", phone="+996501066124", institution="MOI-IS", region="KG-C"),
        replace(RUSLAN, patronymic="Бекболотович"),
        replace(RUSLAN, given="Эмил"),
        replace(RUSLAN, family="Турдубаева"),
        replace(RUSLAN, phone="+996555000000", institution="GPO"),
        replace(RUSLAN, phone="", institution="GPO"),
    ],
)
def test_another_person_of_the_same_name(other: Identity) -> None:
    assert not compare(RUSLAN, other).is_same


def test_email_alone_is_enough_with_the_name() -> None:
    one = Identity("Үсөнова", "Жаңыл", "Байышовна", email="Jangyl@example.org", phone="+996501833652")
    other = Identity("Усонова", "Жаныл", email="jangyl@example.org", phone="+996501000000")
    assert compare(one, other).evidence == (Evidence.EMAIL,)
    assert compare(one, other).is_same


def test_birth_year_needs_the_whole_name() -> None:
    one = Identity("Асанов", "Асан", "Асанович", birth_year=1980)
    assert compare(one, replace(one, institution="GPO")).is_same
    assert compare(one, replace(one, patronymic="")).likeness is Likeness.POSSIBLE


@pytest.mark.parametrize(
    ("change", "evidence"), [({"birth_year": 1981}, Evidence.OTHER_BIRTH_YEAR), ({"sex": "F"}, Evidence.OTHER_SEX)]
)
def test_something_against_it_leaves_the_question_to_a_human(change: dict[str, object], evidence: Evidence) -> None:
    one = replace(RUSLAN, birth_year=1980, sex="M")
    other = replace(one, **change)
    assert compare(one, other).likeness is Likeness.POSSIBLE
    assert evidence in compare(one, other).evidence
    assert compare(replace(one, phone=""), replace(other, phone="")).likeness is Likeness.DIFFERENT


def test_nothing_but_the_name_is_not_enough() -> None:
    assert compare(Identity("Асанов", "Асан"), Identity("Асанов", "Асан")).likeness is Likeness.DIFFERENT


def test_shared_phone_alone_is_not_enough() -> None:
    assert not compare(RUSLAN, Identity("Асанова", "Айнура", phone=RUSLAN.phone)).is_same
