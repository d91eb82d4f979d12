"""What donors read, what they never see, and what those who run trainings see instead."""

import csv
import gzip
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.materials import operations as material_operations
from portal.platform import sheets
from portal.platform.db import db
from portal.platform.texts import Text
from portal.reports import operations as report_operations
from portal.stock.rules import Reason
from tests import factories
from tests.browser import Browser
from tests.contract import readings
from tests.factories import NOW

FILES = ("", "/trainings", "/release.csv", "/release.json", "/release.xlsx")


def everything_of(browser: Browser, address: str) -> dict[str, str]:
    """Return all that can be read of a part of a release, files unpacked."""
    found = {}
    for ending in FILES:
        body = browser.download(address + ending).body
        if ending == "/release.xlsx":
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                body = b"\n".join(archive.read(name) for name in archive.namelist())
        found[ending] = body.decode()
    return found


def holds(said: dict[str, str], number: int) -> set[str]:
    """Return where a number stands, in whatever form."""
    return {ending for ending, words in said.items() if re.search(rf"(?<![\w.#-]){number}(?![\w.])", words)}


def test_donor_reads_the_latest_release_with_its_definitions(browser: Browser, dana: Account) -> None:
    factories.make_release(women=12, men=30)
    page = browser.sign_in(dana).get("/summary")
    assert "Release 1, counts up to 2 September 2026" in page.text
    assert "<dd>42</dd>" in page.html
    assert "Unique persons who completed at least one training by its rule" in page.text
    assert len(page.queries) <= 8
    assert len(page.html) < 60 * 1024
    assert readings.style_and_script() + len(gzip.compress(page.html.encode())) < 60 * 1024
    assert page.row("Osh city", "Region of service")["People"] == "21"


def test_donor_of_another_project_is_told_nothing(browser: Browser, dana: Account) -> None:
    factories.make_release(factories.make_project("OTHER"))
    factories.make_release()
    browser.sign_in(dana)
    for ending in FILES:
        assert browser.send("GET", f"/summary/releases/1/OTHER{ending}").status == 404
        assert browser.send("GET", f"/summary/releases/1/all{ending}").status == 404
        assert browser.send("GET", f"/summary/releases/2/TIP{ending}").status == 200
    listed = browser.get("/summary/releases").text
    assert "Release 2" in listed and "Release 1" not in listed


def test_hidden_count_is_in_no_output(browser: Browser, dana: Account) -> None:
    """197 men are hidden only for the sake of 4 women: the number stands in no page, file, picture or title."""
    factories.make_release(women=4, men=197)
    said = everything_of(browser.sign_in(dana), "/summary/releases/1/TIP")
    assert holds(said, 201) == set(FILES), "The total is public."
    assert holds(said, 197) == set()
    assert 'class="chart shares"' not in said[""]
    page = browser.get("/summary")
    assert page.row("Women", "Women and men")["People"] == page.row("Men", "Women and men")["People"] == "–"


def test_project_of_four_people_shows_their_total_and_nothing_else(browser: Browser, dana: Account) -> None:
    factories.make_release(women=1, men=3)
    page = browser.sign_in(dana).get("/summary")
    assert page.html.count("<dd>4</dd>") == 3, "People, seats, and an hour for each."
    counts = [row["People"] for table in ("Women and men", "Region of service") for row in page.rows(table)]
    assert set(counts) == {"–"}, counts


def test_control_shown_count_is_in_every_output(browser: Browser, dana: Account) -> None:
    factories.make_release(women=40, men=197)
    said = everything_of(browser.sign_in(dana), "/summary/releases/1/TIP")
    assert holds(said, 197) == set(FILES)
    assert 'class="chart shares"' in said[""]


def test_who_came_and_did_not_complete_is_in_no_output(browser: Browser, dana: Account) -> None:
    """Of 41 who came 40 completed; all took a manual, and 41 answered."""
    training = factories.make_finalized("25 M KG-GO MOI, 15 F KG-GO GPO", state="held")
    early = factories.make_registration(training=training, person=factories.make_person(sex="M"), state="confirmed")
    factories.make_mark(early, training.sessions[0], "present", minutes=training.sessions[0].minutes // 3)
    manual = factories.make_material(Text("Сөздүк", "Словарь", "Dictionary"))
    here = factories.make_stock(manual, 60, place=material_operations.take_training(training))
    factories.make_movement(manual, here, material_operations.take_participants(training), 41, Reason.GIVEN)
    factories.make_evaluation(training, 41)
    training.state = "finalized"
    draft = report_operations.prepare(NOW.date() + timedelta(days=30), 5)
    report_operations.publish(draft, actor=Operator(), now=NOW)
    said = everything_of(browser.sign_in(dana), "/summary/releases/1/TIP")
    assert holds(said, 41) == set()
    assert holds(said, 40) == set(FILES), "The control: how many completed is public."


def test_share_that_singles_one_out_is_in_no_output(browser: Browser, dana: Account) -> None:
    """Of 25 forms 24 are good: 96 percent would be one person who gave a bad mark."""
    factories.make_release(rated=25, favorable=24)
    said = everything_of(browser.sign_in(dana), "/summary/releases/1/TIP")
    assert holds(said, 96) == set()
    assert "at least 80 %" in said[""] and "at least 80 %" in said["/release.csv"]
    assert "at least 80 %" in said["/release.xlsx"] and '"bound":"least"' in said["/release.json"]


def test_files_hold_the_same_tables_as_page_and_text(browser: Browser, dana: Account) -> None:
    """What is not stated and the institutions of each training stand in the workbook and the table too."""
    training = factories.make_finalized("20 M KG-GO MOI, 9 F KG-GO GPO")
    for registration in factories.complete(training, 7, region_code="KG-GO", institution=factories.get_institution()):
        registration.person.sex = None
    report_operations.publish(report_operations.prepare(NOW.date() + timedelta(days=30), 5), actor=Operator(), now=NOW)
    address = "/summary/releases/1/TIP"
    text = json.loads(browser.sign_in(dana).download(f"{address}/release.json").body)
    (one,) = text["trainings"]
    counted = {name: table["cells"] for name, table in one["tables"].items()}
    assert (counted["sex"]["?"], counted["institution"]) == (7, {"GPO": 9, "MOI": 27})
    _counts, sheet, _definitions = sheets.read(browser.download(f"{address}/release.xlsx").body)
    row = dict(zip(sheet.rows[-2], sheet.rows[-1], strict=True))
    assert (row["Not stated"], row["General Prosecutor's Office"]) == ("7", "9")
    assert row["Women"] == "9" and row["Osh city"] == "36"
    table = browser.download(f"{address}/release.csv").body.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(table), delimiter=";"))
    of_training = {tuple(line[:2]): line[2] for line in lines if line[0].startswith(training.code)}
    assert of_training[f"{training.code}: Women and men", "Not stated"] == "7"
    assert of_training[f"{training.code}: Institution", "General Prosecutor's Office"] == "9"
    assert sum(count != "0" for count in of_training.values()) == 1 + 3 + 1 + 2


def test_workbook_has_definitions_and_its_day(browser: Browser, dana: Account) -> None:
    factories.make_release(women=4, men=50)
    answer = browser.sign_in(dana).download("/summary/releases/1/TIP/release.xlsx")
    assert "release-1-TIP-2026-09-02.xlsx" in answer.headers["Content-Disposition"]
    counts, trainings, definitions = sheets.read(answer.body)
    assert ["Women and men", "Women", "–"] in counts.rows
    assert trainings.rows[-1][:5] == ["OSH-2026-90", "Investigation", "2026-09-02", "2026-09-02", "54"]
    words = {row[0]: row[1] for row in definitions.rows if len(row) > 1}
    assert words["As of"] == "Counts up to 2026-09-02"
    assert words["Person-hours"].startswith("For each completed seat")
    assert "fewer than 5 people" in words["Hidden counts"]


def test_text_that_was_edited_by_hand_is_called_out(browser: Browser, dana: Account, session) -> None:
    factories.make_release()
    session.execute(text("DROP TRIGGER release_part_no_update"))
    session.execute(text("UPDATE release_part SET content = replace(content, '42', '43')"))
    page = browser.sign_in(dana).get("/summary")
    assert "no longer has the hash" in page.text


def test_live_counts_are_of_own_regions_and_marked_on_every_picture(browser: Browser, aida: Account) -> None:
    factories.make_finalized("6 M KG-GO MOI, 2 F KG-O GPO")
    factories.make_finalized("3 M KG-Y MOI", region="KG-Y")
    page = browser.sign_in(aida).get("/summary")
    assert "internal, not published" in page.title
    assert page.text.count("Internal, not published") == 1
    assert page.html.count('data-mark="internal, not published"') == page.html.count('<section class="panel') == 6
    assert page.row("Women", "Women and men")["People"] == "2"
    assert page.row("Issyk-Kul oblast", "Region of service")["People"] == "0"
    assert browser.send("GET", "/summary/publish").status == 404
    assert browser.get("/summary/releases").status == 200


def test_administrator_looks_confirms_and_is_told_when_nothing_changed(
    browser: Browser, admin: Account, run_jobs
) -> None:
    factories.make_finalized("9 M KG-GO MOI, 7 F KG-O GPO")
    held = factories.make_training(state="held", sessions=1)
    held_code = held.code
    day = (NOW + timedelta(days=20)).date().isoformat()
    page = browser.sign_in(admin).get(f"/summary/publish?until={day}")
    assert "1 training, 16 people, 0 hidden cells" in page.text
    assert "1 training is left out" in page.text and held_code in page.text
    twice, late = (browser.get(f"/summary/publish?until={day}") for _look in range(2))
    assert "Counting release 1" in page.form("Publish release 1").submit().text
    assert "Counting release 1" in twice.form("Publish release 1").submit().text, "Of two at once one is published."
    assert browser.get("/summary/publish").url.endswith("/progress")
    run_jobs()
    over = browser.part("/summary/publish/progress")
    assert over.headers["HX-Redirect"] == "/summary/releases/1/all"
    assert "Release 1 is published. Donors see it now." in browser.get("/summary/publish/progress").html
    assert "Release 1 was published meanwhile" in late.form("Publish release 1").submit(status=409).text
    assert "Nothing has changed since release 1" in browser.get(f"/summary/publish?until={day}").text
    assert "has not come yet" in browser.get("/summary/publish?until=2099-01-01", status=422).text


def test_correction_that_waits_is_said_and_its_training_named(browser: Browser, admin: Account) -> None:
    first = factories.make_finalized("20 M KG-GO MOI, 15 F KG-O GPO")
    report_operations.publish(report_operations.prepare(NOW.date() + timedelta(days=20), 5), actor=Operator(), now=NOW)
    factories.complete(first, 1, sex="F", region_code="KG-O", institution=factories.get_institution("GPO"))
    factories.make_finalized("30 M KG-GO MOI, 30 F KG-J GPO", starts_on=NOW.date() + timedelta(days=9))
    page = browser.sign_in(admin).get(f"/summary/publish?until={(NOW + timedelta(days=20)).date().isoformat()}")
    assert "A correction of fewer than 5 people waits" in page.text and first.code in page.text
    assert "95 people" in page.text, "The one who came more is not counted yet."


def test_command_publishes_what_the_interface_says(app: Flask, session) -> None:
    factories.make_finalized("9 M KG-GO MOI, 7 F KG-O GPO")
    session.commit()
    runner = app.test_cli_runner()
    done = runner.invoke(args=["publish-release", "--until", "2026-12-31", "--json"])
    answer = json.loads(done.output)
    assert (answer["release"], answer["hidden_cells"], len(answer["sha256"])) == (1, 0, 64)
    again = runner.invoke(args=["publish-release", "--until", "2026-12-31", "--json"])
    assert again.exit_code == 1
    assert "Nothing has changed since release 1" in json.loads(again.output)["error"]
    db.session.rollback()


@pytest.mark.parametrize("bad", ["yesterday", "2026-13-01"])
def test_command_refuses_what_is_no_day(app: Flask, bad: str) -> None:
    assert app.test_cli_runner().invoke(args=["publish-release", "--until", bad]).exit_code == 2


def test_chart_of_the_change_draws_its_interval(app: Flask) -> None:
    source = '{% from "components/charts.html" import before_and_after %}{{ before_and_after(40, 60, "x", 15, 45) }}'
    with app.test_request_context():
        drawn = app.jinja_env.from_string(source).render()
    whiskers = re.search(r'class="interval" d="M([\d.]+) 42v10M([\d.]+) 42v10', drawn)
    assert whiskers, drawn
    assert [float(whiskers[1]), float(whiskers[2])] == [262, 394]  # 55 and 85 on the scale.
