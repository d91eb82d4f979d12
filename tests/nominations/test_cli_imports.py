"""import-nominations, as scripts call it."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.nominations import queries as nomination_queries
from tests import factories
from tests.nominations import staging
from tests.nominations.lists import DATA
from tests.nominations.staging import FILES, line
from tests.registration.test_cli import run

KEYS = ["rows", "new", "known", "duplicates", "bad", "registrations", "changed", "gone", "problems"]
NUMBERS = KEYS[:6]
COUNTS = {"osh": [61, 59, 0, 2, 0, 59], "issyk-kul": [68, 68, 0, 0, 0, 68], "talas": [26, 18, 5, 0, 3, 23]}
PROBLEMS = {"osh": [48, 55], "issyk-kul": [None], "talas": [25, 26, 26, 26, 27, 27, 27, 28, 28]}


def bring(app: Flask, code: str, name: str, *options: str) -> dict[str, Any]:
    return run(app, "import-nominations", code, str(DATA / FILES[name]), *options)


def test_lists_are_answered_as_their_truth_says_with_and_without_commit(app: Flask) -> None:
    """Talas comes after Issyk-Kul: five of its people are known from there."""
    for name in ("osh", "issyk-kul", "talas"):
        code = factories.make_training().code
        before = staging.stock()
        dry = bring(app, code, name)
        assert staging.stock() == before, "Without --commit nothing is written."
        assert list(dry) == KEYS and [dry[key] for key in NUMBERS] == COUNTS[name]
        assert (dry["changed"], dry["gone"]) == ([], []), "Nobody is in the training yet."
        assert [problem["row"] for problem in dry["problems"]] == PROBLEMS[name]
        assert all(list(problem) == ["row", "column", "value", "problem"] for problem in dry["problems"])
        assert bring(app, code, name, "--commit") == dry
        assert staging.stock()["Registration"] == before["Registration"] + COUNTS[name][-1]


def test_repeated_commit_registers_nobody_twice(app: Flask) -> None:
    training = factories.make_training()
    bring(app, training.code, "osh", "--commit")
    again = bring(app, training.code, "osh", "--commit")
    assert [again[key] for key in NUMBERS] == [61, 0, 59, 2, 0, 0]
    assert (again["changed"], again["gone"]) == ([], []), "The same list says the same."
    assert len(staging.registered(training)) == 59
    assert [each.list.state for each in nomination_queries.list_imports(training.id)] == ["committed", "committed"]


def test_list_of_bad_rows_only_writes_nothing(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(staging.csv(line("Асанов", 1)))
    code = factories.make_training().code
    answer = run(app, "import-nominations", code, str(path), "--commit")
    assert (answer["bad"], answer["registrations"]) == (1, 0)
    assert staging.stock()["NominationList"] == 0


@pytest.mark.parametrize(
    ("content", "state", "words"),
    [
        (b"%PDF-1.7", "approved", "This is a PDF"),
        (b"", "approved", "The file is empty"),
        ("Асанов Азамат;ГКНБ".encode(), "approved", "No row of the list says what its columns hold"),
        (staging.csv(line("Асанов Азамат", 1)), "finalized", "finalized"),
    ],
)
def test_what_cannot_be_imported_is_refused(app: Flask, tmp_path: Path, content: bytes, state: str, words: str) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(content)
    code = factories.make_training(state=state).code
    assert words in run(app, "import-nominations", code, str(path), "--commit", exit_code=1)["error"]
    assert staging.stock()["NominationList"] == 0


def test_unknown_training_is_refused(app: Flask) -> None:
    answer = run(app, "import-nominations", "OSH-2099-99", str(DATA / FILES["osh"]), exit_code=1)
    assert answer == {"error": "There is no training OSH-2099-99."}


def write(path: Path, *rows: tuple[str, ...]) -> str:
    path.write_bytes(staging.csv(*rows))
    return str(path)


def test_second_list_names_what_is_different_and_takes_it_over_only_if_told(app: Flask, tmp_path: Path) -> None:
    training = factories.make_training()
    first = write(tmp_path / "1.csv", line("Асанов Азамат", 1), line("Сатаров Эрлан", 2))
    run(app, "import-nominations", training.code, first, "--commit")
    there, missing = staging.registered(training)
    second = write(tmp_path / "2.csv", line("Асанов Азамат", 1, post="прокурор", sex="ж"), line("Өмүров Усон", 3))
    changed = [
        {
            "row": 2,
            "registration": there.reference,
            "name": "Асанов Азамат",
            "fields": {"sex": ["M", "F"], "post": ["следователь", "прокурор"]},
        }
    ]
    gone = [{"registration": missing.reference, "name": "Сатаров Эрлан", "row": None}]
    for options in ((), ("--commit",)):
        answer = run(app, "import-nominations", training.code, second, *options)
        assert (answer["changed"], answer["gone"], answer["registrations"]) == (changed, gone, 1)
        assert "corrected" not in answer
        assert staging.registered(training)[0].post == "следователь"
    taken = run(app, "import-nominations", training.code, second, "--commit", "--take-changes")
    assert (taken["changed"], taken["corrected"], taken["registrations"]) == (changed, 1, 0)
    assert staging.registered(training)[0].post == "прокурор"
    again = run(app, "import-nominations", training.code, second)
    assert (again["changed"], again["gone"]) == ([], gone)


def test_changes_are_not_taken_over_without_an_import(app: Flask) -> None:
    code = factories.make_training().code
    options = (code, str(DATA / FILES["osh"]), "--take-changes")
    answer = app.test_cli_runner().invoke(args=["import-nominations", *options, "--json"])
    assert answer.exit_code == 2
