"""The form that changes the questions of an evaluation: rows that come, go and move; checks of shape only."""

from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any

from wtforms import FieldList, Form, FormField, HiddenField, IntegerField, StringField
from wtforms.widgets import HiddenInput

from portal.evaluation.rules.evaluations import LANGUAGES, MAX_QUESTIONS, Fault, Question, QuestionKind
from portal.platform import texts, tokens
from portal.platform.forms import PortalForm, Text3Field
from portal.platform.wording import _l


def _text(label: Any) -> StringField:
    return StringField(label, filters=[lambda typed: texts.clean(typed or "")])


class QuestionEntry(Form):
    """One question; the names of the ends count for a scale only."""

    topic = HiddenField()
    kind = HiddenField()
    text = Text3Field(_l("Question in Kyrgyz"), _l("Question in Russian"), _l("Question in English"), kind=_text)
    low = Text3Field(
        _l("What 1 means, in Kyrgyz"), _l("What 1 means, in Russian"), _l("What 1 means, in English"), kind=_text
    )
    high = Text3Field(
        _l("What 5 means, in Kyrgyz"), _l("What 5 means, in Russian"), _l("What 5 means, in English"), kind=_text
    )

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
        """Show questions as they stand."""
        self.form_id.data = form_id
        while len(self.questions):
            self.questions.pop_entry()
        for one in questions:
            self.questions.append_entry({"topic": one.topic, "kind": one.kind.value, **one.texts})

    def asked(self) -> list[Question]:
        """Return the questions that were written."""
        return [entry.form.asked() for entry in self.questions]

    def show(self, faults: Iterable[Fault], wording: Callable[[Fault], Any]) -> list[tuple[str, Any]]:
        """Put the words of each fault beside its field; return them with the ids of their fields."""
        shown = []
        for fault in faults:
            words, field_id = wording(fault), ""
            if fault.place is not None:
                field = self.questions[fault.place][fault.column]
                field.errors = [*field.errors, words]
                field_id = field.id
            shown.append((field_id, words))
        return shown
