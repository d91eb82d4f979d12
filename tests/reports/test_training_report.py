"""The report of one training: inside it says what the queries say, outside it names nobody and gives nobody away."""

import re
import statistics
import subprocess
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit.models import AuditEntry
from portal.evaluation.rules import FEWEST
from portal.materials import operations as material_operations
from portal.platform.clock import today
from portal.platform.db import db
from portal.platform.texts import Text
from portal.registration.models import Registration
from portal.reports import operations as report_operations
from portal.reports import queries as report_queries
from portal.reports import report_queries as report_report_queries
from portal.reports.rules import may_show_mean
from portal.reports.training_report import decimal, report_facts
from portal.stock.rules import Reason
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser
from tests.factories import NOW
from tests.world import CANARY, make_world

pytestmark = pytest.mark.databases("sqlite")
# Three women, and two people of Batken: both must be hidden, with so many others that neither comes back.
GROUPS = "21 M KG-GO MOI, 3 F KG-O GPO, 14 M KG-J GPO, 2 M KG-B MOI"


def facts_of(training: Training, copy: str, lang: str = "en") -> dict:
    return report_facts(
        training, report_report_queries.read(training, as_of=factories.AFTER), copy=copy, k=5, today=today(), lang=lang
    )


def tables_of(facts: dict) -> dict[str, dict[str, list[str]]]:
    return {table["name"]: {row[0]: row[1:] for row in table["rows"]} for table in facts["tables"]}


def words_of(body: bytes) -> str:
    run = subprocess.run(["pdftotext", "-layout", "-", "-"], input=body, capture_output=True, check=True)
    return run.stdout.decode()


def publish_release() -> None:
    report_operations.freeze(report_operations.prepare(today(), 5), "operator", NOW)


@pytest.mark.parametrize(
    ("own", "each", "is_shown"),
    [
        (30, [30], True),
        (30, [30, 0], True),
        (30, [30, 12], True),
        (30, [30, 3], False),  # The release less this report would be the mean of three people.
        (9, [9, 30], False),
        (10, [10], True),
    ],
)
def test_mean_of_one_training_gives_no_mean_of_a_few_away(own: int, each: list[int], is_shown: bool) -> None:
    assert may_show_mean(own, each, 10) is is_shown


def test_figures_are_written_in_the_notation_of_the_language() -> None:
    assert [decimal(-1.25, lang, 2) for lang in ("ky", "ru", "en")] == ["−1,25", "−1,25", "−1.25"]


def test_inside_copy_says_what_the_queries_say(app: Flask) -> None:
    training = factories.make_finalized(GROUPS)
    absent = factories.make_registration(
        training=training, person=factories.make_person("Жоков", "Эрмек", sex="M"), state="confirmed"
    )
    factories.make_mark(absent, training.sessions[0], "absent")
    facts, counted = facts_of(training, "inside"), report_queries.get_counts(training, as_of=None)
    assert dict(facts["figures"]) == {
        "confirmed": "41",
        "attended": "40",
        "completed": str(len(counted.seats)),
        "person_hours": str((counted.minutes * len(counted.seats) + 30) // 60),
    }
    assert tables_of(facts)["sex"] == {"F": ["3", "3"], "M": ["38", "37"]}
    issue = {one["what"]: one for one in facts["issues"]}["Under the minimum attendance, without a reason"]
    assert issue["people"] == "1" and "Жоков Эрмек" in issue["names"]
    assert not facts["is_draft"]


def test_materials_are_named_in_the_language_of_the_report(app: Flask) -> None:
    training = factories.make_finalized("7 M KG-GO MOI")
    manual = factories.make_material(Text("Сөздүк", "Словарь", "Dictionary"), language="ky-ru")
    factories.make_stock(manual, 5, place=material_operations.take_training(training))
    (row,) = facts_of(training, "inside", "ru")["materials"]
    assert row == ["Словарь", "кыргызский и русский", "5", "0", "0", "0", "5"]


def test_learning_and_evaluation_are_what_one_counts_by_hand(app: Flask) -> None:
    """Of twelve people the last took one test only; of the first the second sheet counts; the declined are no one."""
    training = factories.make_finalized("7 M KG-GO MOI, 5 F KG-O GPO")
    factories.make_questions(training.course, "A A A A")
    right = [(place % 3, 2 + place % 2) for place in range(12)]
    people = db.session.scalars(select(Registration).order_by(Registration.id)).all()
    factories.make_sheet(people[0], "post", sheet_with(0))
    for place, (person, (before, after)) in enumerate(zip(people, right, strict=True)):
        factories.make_sheet(person, "pre", sheet_with(before))
        if place < 11:
            factories.make_sheet(person, "post", sheet_with(after), revision=2)
    declined = factories.make_registration(training=training, state="declined")
    for moment in ("pre", "post"):
        factories.make_sheet(declined, moment, sheet_with(4))
    factories.make_evaluation(training, 12)  # Four times the marks 3 4 5, and twelve times yes.
    facts = facts_of(training, "inside")
    pre, post = (statistics.fmean(25 * pair[moment] for pair in right[:11]) for moment in (0, 1))
    assert facts["tested"] == {"pre": 12, "post": 11, "pairs": 11}
    assert {name: facts["change"][name] for name in ("pairs", "pre", "post", "mean")} == {
        "pairs": 11,
        "pre": f"{pre:.1f}",
        "post": f"{post:.1f}",
        "mean": f"{post - pre:.1f}",
    }
    rows = facts["evaluation"]["rows"]
    assert (facts["evaluation"]["forms"], facts["evaluation"]["attended"]) == (12, 12)
    assert {tuple(row[1:]) for row in rows} == {("12", "4.0", "67 %"), ("12", "", "100 %")}
    publish_release()
    outside = facts_of(training, "outside")["evaluation"]
    assert (outside["forms"], outside["attended"], len(outside["rows"])) == (12, None, len(rows))
    assert {tuple(row[1:]) for row in outside["rows"]} == {("12", "at least 58 %")}, "Four gave no good mark, or none."


def sheet_with(right: int) -> str:
    return " ".join("A" * right + "B" * (4 - right))


def test_outside_copy_says_of_people_what_the_release_says(app: Flask) -> None:
    training = factories.make_finalized(GROUPS)
    before = facts_of(training, "outside")
    assert before["tables"] == [] and before["change"] is None and before["figures"] == [("completed", "40")]
    publish_release()
    facts = facts_of(training, "outside")
    tables = tables_of(facts)
    assert tables["sex"] == {"F": ["–"], "M": ["–"]}
    assert tables["region"]["Batken oblast"] == ["–"] and list(tables["region"].values()).count(["–"]) > 1
    # The control: inside, the hidden counts are there.
    assert tables_of(facts_of(training, "inside"))["sex"]["F"] == ["3", "3"]


def test_hidden_count_is_printed_on_no_copy_for_outside(app: Flask, browser: Browser) -> None:
    """37 men are hidden only for the sake of 3 women."""
    training = factories.make_finalized(GROUPS)
    publish_release()
    take = taker(browser.sign_in(factories.make_coordinator("Аида", side="south")), training.code)
    outside = take("outside", "en")
    assert re.search(r"Men +–", outside) and not re.search(r"Men +\d", outside)
    assert re.search(r"Men +37 +37", take("inside", "en")), "The control: inside it is there."


def test_difference_of_one_person_is_in_no_copy_for_outside(app: Flask, browser: Browser) -> None:
    """Of 41 who came 40 completed; all took a copy, and 41 answered: the 41 is inside only."""
    training = factories.make_finalized("25 M KG-GO MOI, 15 F KG-GO GPO", state="held")
    early = factories.make_registration(training=training, person=factories.make_person(sex="M"), state="confirmed")
    factories.make_mark(early, training.sessions[0], "present", minutes=training.sessions[0].minutes // 3)
    manual = factories.make_material(Text("Сөздүк", "Словарь", "Dictionary"))
    here = factories.make_stock(manual, 60, place=material_operations.take_training(training))
    factories.make_movement(manual, here, material_operations.take_participants(training), 41, Reason.GIVEN)
    factories.make_evaluation(training, 41)
    training.state = "finalized"
    publish_release()
    take = taker(browser.sign_in(factories.make_coordinator("Аида", side="south")), training.code)
    outside, inside = take("outside", "en"), take("inside", "en")
    assert not re.search(r"\b(41|19)\b", outside), outside
    assert len(re.findall(r"\b41\b", inside)) >= 3 and re.search(r"\b19\b", inside), "The control."


def test_outside_copy_stays_as_released_after_a_correction(app: Flask) -> None:
    training = factories.make_finalized("20 M KG-GO MOI, 20 F KG-O GPO")
    publish_release()
    factories.complete(training, 1, sex="F", region_code="KG-O", institution=factories.get_institution("GPO"))
    assert tables_of(facts_of(training, "outside"))["sex"] == {"F": ["20"], "M": ["20"]}
    assert tables_of(facts_of(training, "inside"))["sex"]["F"] == ["21", "21"]


@pytest.mark.parametrize("language", ["en", *(pytest.param(one, marks=pytest.mark.slow) for one in ("ky", "ru"))])
def test_no_name_of_anybody_is_printed_on_the_copy_for_outside(app: Flask, language: str) -> None:
    world = make_world(max(3, FEWEST))
    browser = world.browser(app, "coordinator here")
    take = taker(browser, world.here["code"])
    inside, outside = take("inside", language), take("outside", language)
    assert CANARY in inside, "The control is weak: the inside copy names nobody."
    assert "Эксперт" in inside, "The control is weak: the inside copy has no facilitators."
    assert CANARY not in outside and "Канар" not in outside and "Эксперт" not in outside
    if language == "en":
        assert "For publication" in outside and "fewer than 5 people" in outside
        assert "who attended" not in outside
    made = db.session.scalars(select(AuditEntry.event).where(AuditEntry.event == "reports.report_made")).all()
    assert len(made) == 2


def taker(browser: Browser, code: str) -> Callable[[str, str], str]:
    def take(copy: str, language: str) -> str:
        data = {"csrf_token": browser.csrf_token(), "language": language}
        answer = browser.send("POST", f"/trainings/{code}/report/{copy}", data=data)
        assert answer.status == 200, answer.text
        return words_of(answer.body)

    return take


def test_page_says_what_the_copies_hold_and_others_do_not_open_it(app: Flask) -> None:
    world = make_world()
    address = f"/trainings/{world.here['code']}/report"
    browser = world.browser(app, "coordinator here")
    page = browser.get(f"/trainings/{world.here['code']}/close").follow("Report")
    assert "No release counts this training yet" in page.text and "it is a draft" in page.text
    data = {"csrf_token": browser.csrf_token(), "language": "xx"}
    assert browser.send("POST", f"{address}/outside", data=data).status == 422
    for who, status in (("coordinator elsewhere", 404), ("donor", 403)):
        visitor = world.browser(app, who)
        assert visitor.send("GET", address).status == status
        data = {"csrf_token": visitor.csrf_token()}
        assert visitor.send("POST", f"{address}/outside", data=data).status == status
