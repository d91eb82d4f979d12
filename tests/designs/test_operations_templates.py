"""Templates and logos: which one holds, what it may say, and that a change never touches what was issued."""

import io
from datetime import datetime
from typing import Any

import pytest
from PIL import Image
from sqlalchemy.orm import scoped_session

from portal.audit import queries as audit
from portal.catalog.models import Course, Project
from portal.certificates import facts
from portal.certificates import jobs as work
from portal.certificates import operations as certificate_operations
from portal.certificates import queries as certificate_queries
from portal.certificates.models import CertificateLogo, CertificateTemplate
from portal.certificates.rules import LogoPlace
from portal.designs import operations as design_operations
from portal.designs.kinds import TEMPLATES, TemplateRefused
from portal.platform import clock, storage
from portal.platform.db import db
from portal.platform.errors import RecordChanged
from portal.platform.texts import Text
from portal.printing import client
from portal.printing.orders import Order
from portal.printing.pictures import PictureRefused
from portal.records import operations as record_operations
from tests import factories, pdfs
from tests.certificates.arranged import OPERATOR, certificates_of, complete, issue_for_real, make_ready
from tests.refusals import raises_refusal

ACTING = {"actor": OPERATOR, "now": factories.NOW}
ALTS = Text(ky="Институт", ru="Институт", en="Institute")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"><circle cx="5" cy="5" r="4" fill="#123456"/></svg>'


def planned(signatories: int = 0, logos_at: LogoPlace = LogoPlace.TOP, **texts: str | Text) -> dict[str, Any]:
    own = {name: text if isinstance(text, Text) else Text(ru=text) for name, text in texts.items()}
    return {**own, "signatories": signatories, "logos_at": logos_at.value}


def make_template(
    course: Course | None = None, project: Project | None = None, what: dict[str, Any] | None = None
) -> CertificateTemplate:
    scope = {"course_id": course.id if course else None, "project_id": project.id if project else None}
    return design_operations.create({**scope, **(what or planned())}, **ACTING)


def change(template: CertificateTemplate, what: dict[str, Any], *, version: int) -> None:
    record_operations.change(TEMPLATES, template, what, version=version, **ACTING)


def png(color: str = "#16324f") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (200, 200), color).save(buffer, "PNG")
    return buffer.getvalue()


def add_logo(project: Project, content: bytes, alts: Text = ALTS) -> CertificateLogo:
    db.session.commit()
    return design_operations.add(project, design_operations.judge(content, alts), alts, **ACTING)


def printed_for(training) -> dict:
    certificate = factories.make_certificate(factories.make_registration(training=training, state="confirmed"))
    return certificate.facts


def test_most_specific_template_holds(session: scoped_session) -> None:
    training = factories.make_training()
    course, project = training.course, training.project
    other = factories.make_training(project=factories.make_project("OTHER"))
    assert certificate_queries.find_for(course, project) is None
    assert printed_for(training)["wording"]["ru"]["text"] == "о прохождении обучения"
    of_course = make_template(course=course)
    assert (
        certificate_queries.find_for(course, project)
        == of_course
        == certificate_queries.find_for(other.course, other.project)
    )
    of_project = make_template(project=project, what=planned(completion="о прохождении курса"))
    assert certificate_queries.find_for(course, project) == of_project
    assert (
        certificate_queries.find_for(other.course, other.project)
        == of_course
        == certificate_queries.find_for(course, None)
    )
    of_both = make_template(course, project, planned(completion="о самом точном"))
    assert certificate_queries.find_for(course, project) == of_both
    printed = printed_for(training)
    assert [printed["wording"][side]["text"] for side in ("ky", "ru", "en")] == [
        "окууну аяктагандыгы тууралуу",
        "о самом точном",
        "of completion",
    ]
    design_operations.remove(of_both, **ACTING)
    assert printed_for(training)["wording"]["ru"]["text"] == "о прохождении курса"


@pytest.mark.parametrize("scope", [(True, True), (True, False), (False, True)])
def test_second_template_of_one_scope_is_refused(session: scoped_session, scope: tuple[bool, bool]) -> None:
    training = factories.make_training()
    of = [one if wanted else None for one, wanted in zip((training.course, training.project), scope, strict=True)]
    make_template(*of)
    with raises_refusal("template_there"):
        make_template(*of)


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({"completion": "о" * 300}, "completion_ru"),
        ({"completion": "слово " * 18}, "completion_ru"),  # Few enough to keep, too many for its line.
        ({"line": Text(en="W" * 90)}, "line_en"),
        ({"disclaimer": "мнение " * 40}, "disclaimer_ru"),
        ({"attendance": "об участии \u202e"}, "attendance_ru"),
        ({"facilitator": Text(ky="李小龙")}, "facilitator_ky"),
        ({"acknowledgement": "😀"}, "acknowledgement_ru"),
    ],
)
def test_what_paper_cannot_show_is_refused(session: scoped_session, texts: dict, field: str) -> None:
    with pytest.raises(TemplateRefused) as refused:
        make_template(project=factories.make_project(), what=planned(**texts))
    assert [fault.field for fault in refused.value.faults] == [field]
    with pytest.raises(TemplateRefused):
        make_template()  # Neither course nor project.


def test_change_on_top_of_another_is_refused_and_each_is_recorded(session: scoped_session) -> None:
    template = make_template(project=factories.make_project("TIP"))
    change(template, planned(line="Модуль 2"), version=1)
    with pytest.raises(RecordChanged):
        change(template, planned(line="Модуль 3"), version=1)
    change(template, planned(line="Модуль 2"), version=template.version)  # Nothing to record.
    entry = audit.find_latest(f"certificate_template {template.id}", ["certificates.template_changed"])
    assert entry is not None
    assert template.version == 2


@pytest.mark.parametrize(("wanted", "lines"), [(0, 2), (1, 1), (2, 2), (3, 3)])
def test_template_says_how_many_sign(session: scoped_session, wanted: int, lines: int) -> None:
    training = factories.make_training()  # Its project names two.
    make_template(project=training.project, what=planned(signatories=wanted))
    signatories = printed_for(training)["signatories"]
    assert len(signatories) == lines
    assert [one["name"] for one in signatories][:2] == ["А. Асанов", "B. Smith"][:lines]
    if lines == 3:
        assert signatories[2]["name"] == "" and signatories[2]["position"]["en"]["text"]


# Logos


def test_row_of_logos_is_kept_in_order(session: scoped_session) -> None:
    project = factories.make_project("TIP")
    first, second, third = (add_logo(project, png(color)) for color in ("red", "lime", "blue"))
    design_operations.move(third, seen=3, **ACTING)
    assert certificate_queries.list_logos(project) == [first, third, second]
    with raises_refusal("row_changed"):  # The page showed it at its old place.
        design_operations.move(third, seen=3, **ACTING)
    design_operations.remove_logo(first, seen=1, **ACTING)
    assert [(one.id, one.order) for one in certificate_queries.list_logos(project)] == [(third.id, 1), (second.id, 2)]
    with raises_refusal("row_changed"):
        design_operations.remove_logo(second, seen=1, **ACTING)
    for _ in range(3):
        add_logo(project, SVG)
    with raises_refusal("row_full"):
        add_logo(project, SVG)
    assert [one.order for one in certificate_queries.list_logos(project)] == [1, 2, 3, 4, 5]


def test_logo_needs_words_in_each_language_and_a_picture(session: scoped_session) -> None:
    project = factories.make_project()
    with pytest.raises(TemplateRefused) as refused:
        add_logo(project, png(), Text(ru="Институт", en="x" * 200))
    assert {fault.field for fault in refused.value.faults} == {"alt_ky", "alt_en"}
    with pytest.raises(PictureRefused):
        add_logo(project, b"%PDF-1.7")
    assert certificate_queries.list_logos(project) == []


def test_logos_stand_where_the_template_puts_them(session: scoped_session) -> None:
    training = factories.make_training()
    add_logo(training.project, SVG)
    assert printed_for(training)["logos_at"] == "top"  # Without a template.
    template = make_template(project=training.project, what=planned(logos_at=LogoPlace.SIDES))
    [shown] = printed_for(training)["logos"]
    assert (shown["ratio"], shown["alt"]["en"]["text"]) == (3.0, "Institute")
    for _ in range(2):
        add_logo(training.project, png())
    assert printed_for(training)["logos_at"] == "top"  # Three have no room beside the heading.
    change(template, planned(logos_at=LogoPlace.NONE), version=template.version)
    assert printed_for(training)["logos"] == []


# What was issued


@pytest.mark.databases("sqlite")
def test_change_of_everything_leaves_what_was_issued_byte_for_byte(
    session: scoped_session, now: datetime, renderer: client.Renderer
) -> None:
    training = factories.make_training()
    make_ready(training, "Асанова", "Чолпон")
    logo = add_logo(training.project, SVG)
    text = "{{7*7}} <b>{% for a in b %}"
    template = make_template(project=training.project, what=planned(line=text, disclaimer="Мнение"))
    session.commit()
    issue_for_real(training)
    [certificate] = certificates_of(training)
    content, printed = storage.open_bytes(certificate.document), dict(certificate.facts)
    assert text in pdfs.text_of(content)  # It is data: nothing is run, nothing is swallowed.
    assert "Чолпон" in pdfs.text_of(content)

    change(template, planned(signatories=3, completion="другое"), version=template.version)
    design_operations.remove(template, **ACTING)
    design_operations.remove_logo(logo, seen=1, **ACTING)
    add_logo(training.project, png("red"))
    session.commit()

    [certificate] = certificates_of(training)
    assert (storage.open_bytes(certificate.document), certificate.facts) == (content, printed)
    # Made again from the frozen facts: the logo that was taken out is still there for it.
    order = work._order(certificate)
    session.commit()
    again = [renderer.render(order) for _ in range(2)]
    assert again[0] == again[1] and text in pdfs.text_of(again[0])
    assert [one.media_type for one in order.pictures] == ["image/svg+xml"]

    new, _job = certificate_operations.reissue(certificate, reason="late", actor=OPERATOR, now=clock.now())
    assert (new.facts["line"]["ru"]["text"], [one["ratio"] for one in new.facts["logos"]]) == ("", [1.0])


def test_facts_frozen_before_templates_still_print(renderer: client.Renderer) -> None:
    printed = pdfs.facts(kind="attendance").as_dict()
    for name in ("wording", "line", "disclaimer", "logos", "logos_at"):
        del printed[name]
    page = renderer.render(Order("certificate.html", printed, title="old", lang="ky", created_at=pdfs.ISSUED_AT))
    assert "об участии в обучении" in pdfs.text_of(page)
    assert set(facts.credential(printed)) == set(printed)


def leaves(value: Any) -> set[type]:
    if isinstance(value, dict | list):
        return {kind for one in (value.values() if isinstance(value, dict) else value) for kind in leaves(one)}
    return {type(value)}


def test_sealed_facts_say_what_is_printed_and_not_how_it_looks(session: scoped_session) -> None:
    training = factories.make_training()
    add_logo(training.project, SVG)
    make_ready(training)
    [certificate] = complete(training)
    sealed = facts.credential(certificate.facts)
    assert "logos_at" not in sealed
    assert set(sealed["logos"][0]) == {"alt", "sha256"}
    assert leaves(sealed) == {str}, "A number is written in one way by one tool and in another by the next."
    assert sealed["wording"]["en"] == "of completion"
    assert sealed["logos"][0]["alt"] == {"ky": "Институт", "ru": "Институт", "en": "Institute"}
