"""Forms of an evaluation: for participants, for typing in paper, and for its questions."""

from collections.abc import Callable, Collection, Iterable, Sequence
from types import SimpleNamespace
from typing import Any

from wtforms import Field, FieldList, Form, FormField, HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, ValidationError
from wtforms.widgets import HiddenInput

from portal.evaluation import rules
from portal.evaluation.models import EvaluationQuestion
from portal.evaluation.rules import MAX_QUESTIONS, Answer, Question, QuestionKind
from portal.platform import tokens
from portal.platform.errors import wording
from portal.platform.forms import PortalForm, Text3Field
from portal.platform.i18n import _l, text_of
from portal.platform.texts import LANGUAGES
from portal.records.rules import RecordFault

# Nothing must be answered, so that no field says "optional".
_WORDS = [Length(max=rules.MAX_WORDS, message=_l("Write at most %(max)d characters."))]
_YES = frozenset({"1", "+", "y", "yes", "д", "да", "о", "ооба"})
_NO = frozenset({"0", "-", "n", "no", "н", "нет", "ж", "жок"})


def _one_of(accepted: Collection[str], words: Any) -> Callable[[Any, Any], None]:
    """Return the check of an answer that may be left out."""

    def check(_form: Any, field: Any) -> None:
        if field.data is not None and field.data.casefold() not in accepted:
            raise ValidationError(words)

    return check


class AnswerForm(PortalForm):
    """A form of one evaluation; its fields are made from the questions."""

    def answers(self, questions: Iterable[EvaluationQuestion]) -> list[Answer]:
        """Return what was answered; questions that were left out are not there."""
        given = [(question, self[name_of(question)].data) for question in questions]
        return [_answer(question, value) for question, value in given if value]


def answer_form(questions: Sequence[EvaluationQuestion], *, is_paper: bool = False) -> AnswerForm:
    """Return the form for these questions, in the language of the page."""
    fields = {name_of(question): _field(question, is_paper=is_paper) for question in questions}
    made: type[AnswerForm] = type("AnswerForm", (AnswerForm,), fields)
    return made()


def name_of(question: EvaluationQuestion) -> str:
    return f"question_{question.id}"


def _field(question: EvaluationQuestion, *, is_paper: bool) -> Field:
    text = text_of(question, "text")
    if question.kind == QuestionKind.OPEN:
        return TextAreaField(text, _WORDS, filters=[_cleaned])
    is_scale = question.kind == QuestionKind.SCALE
    values = rules.SCALE if is_scale else rules.YES_NO
    if is_paper:
        accepted, words = _YES | _NO, _l("Type 1 for yes or 0 for no.")
        if is_scale:
            accepted, words = frozenset(map(str, values)), _l("Type 1, 2, 3, 4 or 5.")
        return StringField(text, filters=[_cleaned], validators=[_one_of(accepted | {""}, words)])
    names = {} if is_scale else {1: _l("Yes"), 0: _l("No")}
    choices = [SelectChoice(str(value), names.get(value, str(value))) for value in values]
    check = _one_of([choice.value for choice in choices], _l("Choose one of the answers."))
    return RadioField(text, choices=choices, validate_choice=False, validators=[check])


def _answer(question: EvaluationQuestion, value: str) -> Answer:
    if question.kind == QuestionKind.OPEN:
        return Answer(question.id, words=value)
    if question.kind == QuestionKind.YES_NO:
        return Answer(question.id, rating=int(value.casefold() in _YES))
    return Answer(question.id, rating=int(value))


def _cleaned(typed: str | None) -> str:
    return rules.clean_words(typed or "")


class QuestionEntry(Form):
    """One question; the names of the ends count for a scale only."""

    topic = HiddenField()
    kind = HiddenField()
    text = Text3Field(_l("Question in Kyrgyz"), _l("Question in Russian"), _l("Question in English"))
    low = Text3Field(_l("What 1 means, in Kyrgyz"), _l("What 1 means, in Russian"), _l("What 1 means, in English"))
    high = Text3Field(_l("What 5 means, in Kyrgyz"), _l("What 5 means, in Russian"), _l("What 5 means, in English"))

    def title(self) -> SimpleNamespace:
        """Return the wording, to show it in the language of the page."""
        return SimpleNamespace(**{f"text_{language}": self[f"text_{language}"].data for language in LANGUAGES})

    def asked(self) -> Question:
        """Return the question that was written; one of an unknown kind is answered in words."""
        kind = QuestionKind(self.kind.data) if self.kind.data in set(QuestionKind) else QuestionKind.OPEN
        sides = ("text", "low", "high") if kind == QuestionKind.SCALE else ("text",)
        columns = [f"{side}_{language}" for side in sides for language in LANGUAGES]
        topic = (self.topic.data or "")[:22] or tokens.random_token()
        return Question(topic, kind, {column: self[column].data or "" for column in columns})


class QuestionsForm(PortalForm):
    """All questions in their order; `form_id` is the version that the page showed."""

    form_id = IntegerField(widget=HiddenInput())
    questions = FieldList(FormField(QuestionEntry))
    focus: str = ""

    def act(self, name: str) -> None:
        """Do what a button other than "save" asks for: add, remove or move a question; nothing is saved."""
        verb, _dash, number = name.rpartition("-")
        place = int(number) if number.isdecimal() else -1
        if verb == "add" and number in set(QuestionKind) and len(self.questions) < MAX_QUESTIONS:
            self.questions.append_entry({"topic": tokens.random_token(), "kind": number})
            self.focus = self.questions[-1].text_ky.id
        elif verb == "remove" and 0 <= place < len(self.questions):
            self.questions.pop_entry(place)
        elif verb in ("up", "down") and 0 <= place < len(self.questions):
            there = min(max(place + (1 if verb == "down" else -1), 0), len(self.questions) - 1)
            self.questions.insert_entry(there, self.questions.pop_entry(place).data)
            self.focus = f"{verb}-{there}"

    def fill(self, questions: Sequence[Question], form_id: int) -> None:
        self.form_id.data = form_id
        while len(self.questions):
            self.questions.pop_entry()
        for one in questions:
            self.questions.append_entry({"topic": one.topic, "kind": one.kind.value, **one.texts})

    def asked(self) -> list[Question]:
        return [entry.form.asked() for entry in self.questions]

    def show(self, faults: Iterable[RecordFault]) -> list[tuple[str, str]]:
        """Put the words of each fault beside its field; return them with the ids of their fields."""
        shown = []
        for fault in faults:
            words, field_id = wording(fault), ""
            if fault.place is not None:
                field = self.questions[fault.place][fault.field]
                field.errors = [*field.errors, words]
                field_id = field.id
            shown.append((field_id, words))
        return shown
