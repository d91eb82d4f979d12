"""The name check: what is confirmed is printed letter by letter, and nobody overwrites another unseen."""

import pytest
from sqlalchemy import select

from portal.audit.models import AuditDetail
from portal.certificates import candidates, names
from portal.certificates.names import NameChanged, NameParts, NameRefused, Names
from portal.people.models import PersonName
from portal.registration.models import Registration
from tests import factories
from tests.certificates.arranged import OPERATOR, attend, certificates_of, complete, make_ready, reserve
from tests.refusals import raises_refusal

pytestmark = pytest.mark.databases("sqlite", "postgresql")
NOBODY = NameParts("", "")
CHOLPON = NameParts("Асанова", "Чолпон", "Бакытовна")


def confirm(
    registration: Registration,
    cyrillic: NameParts = CHOLPON,
    latin: NameParts = NOBODY,
    *,
    version: int | None = None,
    source: str = "coordinator",
    now=factories.NOW,
) -> None:
    shown = registration.person.version if version is None else version
    names.confirm(registration, Names(cyrillic, latin, shown), source=source, actor=OPERATOR, now=now)


def printed(registration: Registration) -> candidates.PrintedNames:
    return candidates.printed_names([registration.person_id])[registration.person_id]


def facts_of(registration: Registration) -> dict:
    reserve(registration.training)
    return certificates_of(registration.training)[-1].facts


def test_confirmed_names_are_printed_letter_by_letter(session) -> None:
    somebody = attend(factories.make_training(), "Өмүрбекова", "Үсөн")
    confirm(somebody, NameParts("ӨмүрБЕКОВА", "Айжаңыл", "Жээнбек кызы"), NameParts("Ömürbekova", "D'Arcy-Ann"))
    facts = facts_of(somebody)
    assert facts["name"] == "ӨмүрБЕКОВА Айжаңыл Жээнбек кызы"
    assert facts["latin_name"] == "D'Arcy-Ann Ömürbekova"
    assert somebody.person.full_name == "Өмүрбекова Үсөн", "The directory keeps the name as the list wrote it."


def test_empty_latin_prints_the_cyrillic_alone(session) -> None:
    somebody = attend(factories.make_training())
    confirm(somebody)
    assert facts_of(somebody)["latin_name"] == ""
    assert printed(somebody).latin is None


def test_latin_can_be_taken_back(session) -> None:
    somebody = attend(factories.make_training())
    confirm(somebody, latin=NameParts("Asanova", "Cholpon"))
    confirm(somebody)
    assert printed(somebody).latin is None
    assert session.scalars(select(PersonName.family).where(PersonName.script == "latin")).all() == ["Asanova"]


def test_the_latest_confirmation_counts_and_a_known_spelling_is_not_added_again(session, now) -> None:
    somebody = attend(factories.make_training(), "Асанова", "Чолпон")
    for given in ("Чолпон", "Чолпана", "Чолпон"):
        confirm(somebody, NameParts("Асанова", given))
    assert printed(somebody).cyrillic.given == "Чолпон"
    known = session.scalars(select(PersonName.given).where(PersonName.person_id == somebody.person_id)).all()
    assert sorted(known) == ["Чолпана", "Чолпон"]


def test_two_confirmations_at_one_moment_leave_the_later_one(session, now) -> None:
    somebody = attend(factories.make_training(), "Асанова", "Чолпон")
    confirm(somebody, NameParts("Асанова", "Чолпана"))
    confirm(somebody, NameParts("Асанова", "Чолпон"))
    assert printed(somebody).cyrillic.given == "Чолпон"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("<b>", "name_character"),
        ("{{7*7}}", "name_character"),
        ("</style>", "name_character"),
        ("Чолпон\u202eнопЛоЧ", "hidden_character"),
        ("Чол\u200bпон", "hidden_character"),
        ("Чол\u0000пон", "hidden_character"),
        ("Чолпон1", "name_character"),
        ("李小龙", "name_character"),
        ("Чолпон😀", "name_character"),
        ("Аcc\u0323ан", "name_character"),
        ("Чолпо\ua641", "not_printable"),
        ("-", "name_without_letters"),
        ("Ч" * 121, "too_long"),
        ("", "required"),
        (" \u00a0 ", "required"),
    ],
)
@pytest.mark.parametrize("field", ["cyrillic_given", "latin_given"])
def test_what_is_not_a_name_is_refused_beside_its_field(session, field: str, given: str, code: str) -> None:
    somebody = attend(factories.make_training())
    parts = NameParts("Asanova", given)
    ordinary = NameParts("Асанова", "Чолпон")
    cyrillic, latin = (parts, NOBODY) if field == "cyrillic_given" else (ordinary, parts)
    with pytest.raises(NameRefused) as refusal:
        confirm(somebody, cyrillic, latin)
    if not (field == "latin_given" and code == "not_printable"):  # There it is not Latin in the first place.
        assert refusal.value.errors == {field: [code]}
    session.rollback()


@pytest.mark.parametrize(
    ("family", "given", "patronymic", "fits"),
    [
        ("Абдыкадыров-Өмүрбековский", "Үсөнбек-Мырза", "Турдумамбетович уулу", True),
        ("Абдыкадыров Өмүрбек " * 3, "Үсөнбек Мырза " * 2, "Турдумамбетович уулу", True),  # 108 letters, in two lines.
        ("Ы" * 90, "Үсөн", "", False),
        ("Ж" * 100, "Ж" * 100, "", False),
    ],
)
def test_name_that_has_no_room_on_paper_is_refused_before_it_takes_a_number(
    session, family: str, given: str, patronymic: str, fits: bool
) -> None:
    somebody = attend(factories.make_training())
    parts = NameParts(family, given, patronymic)
    if fits:
        confirm(somebody, parts, NOBODY)
        return
    with pytest.raises(NameRefused) as refusal:
        confirm(somebody, parts, NOBODY)
    assert refusal.value.errors == {"cyrillic_family": ["too_wide"]}
    session.rollback()


def test_cyrillic_letters_are_refused_on_the_english_side(session) -> None:
    somebody = attend(factories.make_training())
    with pytest.raises(NameRefused) as refusal:
        confirm(somebody, latin=NameParts("Аsanova", "Cholpon"))  # The first letter is Cyrillic.
    assert refusal.value.errors == {"latin_family": ["not_latin"]}


def test_all_faults_are_told_at_once(session) -> None:
    somebody = attend(factories.make_training())
    with pytest.raises(NameRefused) as refusal:
        confirm(somebody, NameParts("", "Чолпон<"), NameParts("Аsanova", ""))
    assert list(refusal.value.errors) == ["cyrillic_family", "cyrillic_given", "latin_family", "latin_given"]


def test_latin_needs_both_parts(session) -> None:
    somebody = attend(factories.make_training())
    with pytest.raises(NameRefused) as refusal:
        confirm(somebody, latin=NameParts("Asanova", ""))
    assert refusal.value.errors == {"latin_given": ["required"]}


def test_stale_form_is_refused_and_changes_nothing(session) -> None:
    somebody = attend(factories.make_training())
    opened = somebody.person.version
    confirm(somebody, NameParts("Асанова", "Чолпон"), version=opened)
    with pytest.raises(NameChanged):
        confirm(somebody, NameParts("Асанова", "Чолпана"), version=opened)
    assert printed(somebody).cyrillic.given == "Чолпон"


def test_same_spelling_confirmed_again_still_moves_the_version(session) -> None:
    somebody = attend(factories.make_training())
    confirm(somebody)
    before = somebody.person.version
    confirm(somebody)
    assert somebody.person.version > before


def test_rest_is_confirmed_as_written_and_the_checked_ones_stay(session) -> None:
    training = factories.make_training()
    checked = make_ready(training, "Бекова", "Айгүл")
    confirm(checked, NameParts("Бекова", "Айгуль"))
    others = [attend(training, "Үсөнов", "Өмүр"), attend(training, "Асан", "Бакыт", "")]
    number = names.confirm_as_written(
        training,
        candidates.list_candidates(training, as_of=None),
        source="coordinator",
        actor=OPERATOR,
        now=factories.NOW,
    )
    assert number == 2
    assert printed(checked).cyrillic.given == "Айгуль"
    assert [printed(one).cyrillic.full_name for one in others] == ["Үсөнов Өмүр", "Асан Бакыт"]
    again = names.confirm_as_written(
        training,
        candidates.list_candidates(training, as_of=None),
        source="coordinator",
        actor=OPERATOR,
        now=factories.NOW,
    )
    assert again == 0


def test_name_that_cannot_be_printed_stays_open_and_stops_nobody(session) -> None:
    training = factories.make_training()
    bad, good = attend(training, "Асано\ua641", "Чолпон"), attend(training, "Бекова", "Айгүл")
    number = names.confirm_as_written(
        training, candidates.list_candidates(training, as_of=None), source="operator", actor=OPERATOR, now=factories.NOW
    )
    assert number == 1
    assert not printed(bad).is_confirmed and printed(good).is_confirmed


def test_confirmation_is_recorded_with_both_spellings(session) -> None:
    somebody = attend(factories.make_training())
    confirm(somebody, NameParts("Асанова", "Чолпана"), source="participant")
    confirm(somebody, NameParts("Асанова", "Чолпон"), NameParts("Asanova", "Cholpon"), source="participant")
    detail = session.scalars(select(AuditDetail).order_by(AuditDetail.entry_id.desc())).first()
    assert detail.before == {"cyrillic": "Асанова Чолпана", "latin": ""}
    assert detail.after == {"cyrillic": "Асанова Чолпон", "latin": "Asanova Cholpon", "source": "participant"}


def confirm_own(registration: Registration, given: str) -> None:
    wanted = Names(NameParts("Асанова", given), NOBODY, registration.person.version)
    names.confirm_own(registration, wanted, actor=OPERATOR, now=factories.NOW)


def test_participant_changes_the_own_name_until_it_has_a_number(session) -> None:
    training = factories.make_training()
    somebody = make_ready(training, "Асанова", "Чолпон")
    confirm_own(somebody, "Чолпана")
    assert printed(somebody).cyrillic.given == "Чолпана"
    reserve(training)
    with raises_refusal("name_settled"):
        confirm_own(somebody, "Айгүл")
    complete(training)
    with raises_refusal("name_settled"):
        confirm_own(somebody, "Айгүл")


@pytest.mark.parametrize("state", ["withdrawn", "declined", "substituted"])
def test_who_takes_no_part_confirms_no_name(session, state: str) -> None:
    with raises_refusal("name_settled"):
        confirm_own(factories.make_registration(state=state), "Чолпон")


def test_cancelled_training_takes_no_names(session) -> None:
    training = factories.make_training(state="cancelled_by_host")
    with raises_refusal("name_settled"):
        confirm_own(factories.make_registration(training=training, state="confirmed"), "Чолпон")
