"""Forms of the question bank, of answers and of paper sheets."""

from typing import Any

from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from portal.assessments.models import AssessmentQuestion
from portal.assessments.rules import LETTERS, QuestionDraft, QuestionKind, UsedIn
from portal.platform.forms import PortalForm, Text3Field, options, paragraph
from portal.platform.i18n import _l, label


def _at_most(characters: int) -> list[Any]:
    return [Optional(), Length(max=characters, message=_l("The text is too long."))]


class OptionForm(Form):
    text = Text3Field(_l("In Kyrgyz"), _l("In Russian"), _l("In English"), validators=_at_most(300))
    is_correct = BooleanField(_l("Right"))


class QuestionForm(PortalForm):
    """A question of the bank; `version` is the one that the page showed."""

    kind = RadioField(_l("How it is answered"), validators=[InputRequired(_l("Choose one of the list."))])
    used_in = RadioField(_l("Asked"), validators=[InputRequired(_l("Choose one of the list."))])
    twin = SelectField(_l("Equated with"), validators=[Optional()])
    topic = Text3Field(_l("Topic in Kyrgyz"), _l("Topic in Russian"), _l("Topic in English"), validators=_at_most(120))
    text = Text3Field(
        _l("Question in Kyrgyz"),
        _l("Question in Russian"),
        _l("Question in English"),
        kind=paragraph,
        validators=_at_most(600),
    )
    statement = RadioField(_l("The statement is"), validators=[Optional()])
    options = FieldList(FormField(OptionForm), min_entries=len(LETTERS), max_entries=len(LETTERS))
    version = HiddenField()

    def offer(self, twins: list[tuple[str, str]]) -> None:
        self.kind.choices = options([(kind.value, label(kind)) for kind in QuestionKind])
        self.used_in.choices = options([(use.value, label(use)) for use in UsedIn])
        self.statement.choices = options([("0", _l("true")), ("1", _l("false"))])
        self.twin.choices = options([("", _l("No other question")), *twins])

    def show(self, question: AssessmentQuestion) -> None:
        self.kind.data, self.used_in.data = question.kind, question.used_in
        self.twin.data = question.twin.reference if question.twin else ""
        self.version.data = str(question.version)
        for name in ("topic", "text"):
            for column, text in getattr(question, name).columns(name).items():
                self[column].data = text
        if question.kind == QuestionKind.TRUE_FALSE:
            self.statement.data = str(LETTERS.index(question.key))
            return
        for entry, option in zip(self.options, question.options, strict=False):
            entry.is_correct.data = option.is_correct
            for column, text in option.text.columns("text").items():
                entry[column].data = text

    def draft(self) -> QuestionDraft:
        options = tuple(entry.form.text for entry in self.options)
        correct = tuple(place for place, entry in enumerate(self.options) if entry.is_correct.data)
        if self.kind.data == QuestionKind.TRUE_FALSE:
            correct = (int(self.statement.data),) if self.statement.data in ("0", "1") else ()
        return QuestionDraft(
            kind=self.kind.data,
            used_in=self.used_in.data,
            topic=self.topic,
            text=self.text,
            options=options,
            correct=correct,
            twin=self.twin.data or "",
        )


class CodeForm(PortalForm):
    """What opens a test from the code that is shown in the room and a printed slip."""

    code = StringField(_l("Code shown in the room"), validators=[InputRequired(_l("Enter the code.")), Length(max=20)])
    reference = StringField(
        _l("Reference"), validators=[InputRequired(_l("Enter the reference from your slip.")), Length(max=20)]
    )
    pin = StringField(
        _l("PIN"), validators=[InputRequired(_l("Enter the digits of the PIN from your slip.")), Length(max=12)]
    )


class AnswersForm(PortalForm):
    """Answers on one's own page, for the person that the page was made for; the questions have fields of their own."""

    registration = HiddenField()


class SheetForm(PortalForm):
    """The row of letters of one paper sheet; `seen` is the revision on record that it shall replace, if any."""

    letters = StringField(_l("Answers"), validators=[InputRequired(_l("Type the answers.")), Length(max=600)])
    seen = HiddenField()
