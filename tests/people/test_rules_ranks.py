"""In which group a written rank is counted, however it is written."""

import json
from pathlib import Path

import pytest

from portal.people.kinds import POSTS
from portal.people.rules import KnownRank, RankGroup, rank_group

PACKAGED = json.loads((Path(__file__).parents[2] / "portal/people/data/ranks.json").read_text(encoding="utf-8"))
RANKS = [
    KnownRank((fact["title_ky"], fact["title_ru"], fact["title_en"]), RankGroup(fact["rank_group"]))
    for fact in PACKAGED
]


@pytest.mark.parametrize(
    ("written", "group"),
    [
        ("майор милиции", "senior"),
        ("МАЙОР", "senior"),
        ("милициянын майору", "senior"),
        ("милициянын полковниги", "senior"),
        ("Майор внутренней службы", "senior"),
        ("major of police", "senior"),
        ("подполк. милиции", "senior"),
        ("п/п-к", "senior"),
        ("генерал майор", "senior"),
        ("ст. лейтенант милиции", "middle"),
        ("ст.лейтенант", "middle"),
        ("мл. л-т", "middle"),
        ("милициянын улук лейтенанты", "middle"),
        ("капитан юстиции", "middle"),
        ("старший  прапорщик", "junior"),
        ("ст. с-т милиции", "junior"),
        ("советник юстиции", "prosecutors"),
        ("Мл. советник юстиции", "prosecutors"),
        ("юстициянын улук кеңешчиси", "prosecutors"),
        ("юрист 1-го класса", "prosecutors"),
        ("Юрист 3 кл.", "prosecutors"),
        ("гос. советник юстиции 2 класса", "prosecutors"),
        ("без звания", "civilian"),
        ("", None),
        ("следователь", None),
        ("юрист", None),
    ],
)
def test_written_rank_is_counted_in_its_group(written: str, group: str | None) -> None:
    assert rank_group(written, RANKS) == group


def test_every_packaged_title_is_counted_as_its_own() -> None:
    wrong = [(title, rank.group) for rank in RANKS for title in rank.titles if rank_group(title, RANKS) != rank.group]
    assert not wrong


def test_title_of_no_place_and_no_name_is_refused() -> None:
    found = POSTS.faults(POSTS.given({"place": 0}))
    assert {fault.field for fault in found} == {"code", "title_ru", "place"}
