"""The form that participants fill in, the one for typing in paper, and the one that changes the questions."""

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import Field, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, ValidationError

from portal.evaluation.models.evaluations import EvaluationQuestion
from portal.evaluation.rules import evaluations as rules
from portal.evaluation.rules.evaluations import Answer, QuestionKind
from portal.platform.forms import PortalForm
from portal.platform.languages import text_of
from portal.platform.wording import _l

# Nothing must be answered, so that no field says "optional".
_WORDS = [Length(max=rules.MAX_WORDS, message=_l("Write at most %(max)d characters."))]
_YES = frozenset({"1", "+", "y", "yes", "д", "да", "о", "ооба"})
_NO = frozenset({"0", "-", "n", "no", "н", "нет", "ж", "жок"})


class ActForm(PortalForm):
    """One act in one button."""


class MarkField(RadioField):
    """One of the numbers of a scale, or yes or no."""

    def pre_validate(self, form: Any) -> None:
        """Say what is wrong in our own words."""
        if self.data is not None and self.data not in {choice.value for choice in self.choices or ()}:
            raise ValidationError(_l("Choose one of the answers."))


class TypedMarkField(StringField):
    """A number of a scale as it is typed from paper."""

    def pre_validate(self, form: Any) -> None:
        """Take one digit of the scale."""
        if self.data and self.data not in {str(value) for value in rules.SCALE}:
            raise ValidationError(_l("Type 1, 2, 3, 4 or 5."))


class TypedYesField(StringField):
    """Yes or no as it is typed from paper, by a digit, a sign or a letter of any of the three languages."""

    def pre_validate(self, form: Any) -> None:
        """Take yes or no."""
        if self.data and self.data.casefold() not in _YES | _NO:
            raise ValidationError(_l("Type 1 for yes or 0 for no."))


class AnswerForm(PortalForm):
    """A form of one evaluation; its fields are made from the questions."""

    def answers(self, questions: Iterable[EvaluationQuestion]) -> list[Answer]:
        """Return what was answered; questions that were left out are not there."""
        given = [(question, self[name_of(question)].data) for question in questions]
        return [_answer(question, value) for question, value in given if value]


def answer_form(questions: Sequence[EvaluationQuestion], *, is_paper: bool = False) -> AnswerForm:
    """Return the form for these questions, in the language of the page."""
    make = _paper_field if is_paper else _field
    fields = {name_of(question): make(question) for question in questions}
    made: type[AnswerForm] = type("AnswerForm", (AnswerForm,), fields)
    return made()


def name_of(question: EvaluationQuestion) -> str:
    """Return the name of a question's field."""
    return f"question_{question.id}"


def _field(question: EvaluationQuestion) -> Field:
    text = text_of(question, "text")
    if question.kind == QuestionKind.OPEN:
        return TextAreaField(text, _WORDS, filters=[_cleaned])
    values = rules.SCALE if question.kind == QuestionKind.SCALE else rules.YES_NO
    words = {1: _l("Yes"), 0: _l("No")} if question.kind == QuestionKind.YES_NO else {}
    choices = [SelectChoice(str(value), words.get(value, str(value))) for value in values]
    return MarkField(text, choices=choices)


def _paper_field(question: EvaluationQuestion) -> Field:
    text = text_of(question, "text")
    if question.kind == QuestionKind.OPEN:
        return TextAreaField(text, _WORDS, filters=[_cleaned])
    kind = TypedMarkField if question.kind == QuestionKind.SCALE else TypedYesField
    return kind(text, filters=[_cleaned])


def _answer(question: EvaluationQuestion, value: str) -> Answer:
    if question.kind == QuestionKind.OPEN:
        return Answer(question.id, words=value)
    if question.kind == QuestionKind.YES_NO:
        return Answer(question.id, rating=int(value.casefold() in _YES))
    return Answer(question.id, rating=int(value))


def _cleaned(typed: str | None) -> str:
    return rules.clean_words(typed or "")
