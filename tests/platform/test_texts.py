"""Three sides of one text, what stands in for a missing one, and the three columns in which a table keeps it."""

from typing import ClassVar

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, aliased, mapped_column
from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField, TextAreaField

from portal.platform.columns import text3
from portal.platform.db import db
from portal.platform.forms import Text3Field
from portal.platform.texts import Passage, Text


class _Base(DeclarativeBase):
    pass


class Sign(_Base):
    __tablename__ = "sign"
    id: Mapped[int] = mapped_column(primary_key=True)
    title = text3("title", 300, default="")
    version: Mapped[int] = mapped_column()
    __mapper_args__: ClassVar = {"version_id_col": version}


def test_each_side_has_its_text() -> None:
    text = Text(ky="Ош шаары", ru="город Ош", en="Osh city").printed()
    assert (text.ky, text.ru, text.en) == (
        Passage("Ош шаары", "ky"),
        Passage("город Ош", "ru"),
        Passage("Osh city", "en"),
    )


def test_missing_side_is_russian_then_kyrgyz_then_english_and_says_so() -> None:
    assert Text(ky="Ош шаары", ru="город Ош").printed().en == Passage("город Ош", "ru")
    assert Text(ky="Ош шаары", en="Osh city").printed().ru == Passage("Ош шаары", "ky")
    assert Text(en="Osh city", ky="  ").passage("ky") == Passage("Osh city", "en")


def test_empty_text_is_empty_on_every_side() -> None:
    assert Text().printed().en == Passage("", "en")


def test_a_table_keeps_a_text_in_three_columns(app: Flask) -> None:
    with db.engine.begin() as connection:
        Sign.metadata.create_all(connection)
        assert [column.name for column in Sign.__table__.columns] == [
            "id",
            "title_ky",
            "title_ru",
            "title_en",
            "version",
        ]
        session = Session(connection)
        sign = Sign(title=Text(ru="Ош"))
        session.add(sign)
        session.flush()
        assert (sign.title, sign.version) == (Text(ru="Ош"), 1)
        sign.title = Text(ky="Ош", ru="Ош")
        session.flush()
        assert sign.version == 2
        sign.title = Text(ky="Ош", ru="Ош")
        session.flush()
        assert sign.version == 2, "the same text changes nothing"
        other = aliased(Sign)
        query = select(Sign.id, Sign.title).join(other, other.title.ru == Sign.title.ru).order_by(Sign.title.ky)
        assert session.execute(query).all() == [(1, Text(ky="Ош", ru="Ош"))]


class SignForm(Form):
    """Where its text stands in the form."""

    place = StringField()
    title = Text3Field("In Kyrgyz", "In Russian", "In English", kind=TextAreaField)
    purpose = Text3Field("Purpose")


def test_a_form_asks_for_a_text_in_three_fields() -> None:
    form = SignForm(MultiDict({"title_ru": "Ош", "title_en": "Osh"}))
    names = ["place", *(f"{name}_{lang}" for name in ("title", "purpose") for lang in ("ky", "ru", "en"))]
    assert [field.name for field in form] == names
    assert (form.title, form.purpose) == (Text(ru="Ош", en="Osh"), Text())
    assert [form[name].label.text for name in ("title_en", "purpose_ky")] == ["In English", "Purpose"]
