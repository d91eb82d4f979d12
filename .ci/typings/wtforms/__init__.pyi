"""What the portal uses of WTForms, whose types in typeshed are those of an older release."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, time
from typing import Any, Generic, TypeVar

from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError as ValidationError

_Form = TypeVar("_Form", bound=Form)
_Field = TypeVar("_Field", bound=Field)

class Form:
    meta: Any
    form_errors: list[Any]
    def __init__(self, formdata: Any = ..., obj: object = ..., prefix: str = ..., **values: Any) -> None: ...
    @property
    def data(self) -> dict[str, Any]: ...
    @property
    def errors(self) -> dict[str | None, Any]: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __contains__(self, name: str) -> bool: ...
    def __getitem__(self, name: str) -> Any: ...
    def __delitem__(self, name: str) -> None: ...
    def process(self, formdata: Any = ..., **values: Any) -> None: ...
    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = ...) -> bool: ...

class Label:
    field_id: str
    text: Any
    def __call__(self, text: str | None = ..., **attributes: Any) -> str: ...

class Field:
    id: str
    name: str
    short_name: str
    type: str
    label: Label
    description: Any
    data: Any
    raw_data: list[Any] | None
    object_data: Any
    errors: Sequence[Any]
    process_errors: Sequence[Any]
    validators: Sequence[Any]
    flags: Any
    widget: Any
    default: Any
    render_kw: dict[str, Any] | None
    def __init__(
        self,
        label: Any = ...,
        validators: Sequence[Any] | None = ...,
        *,
        filters: Sequence[Callable[[Any], Any]] = ...,
        description: Any = ...,
        id: str | None = ...,
        default: Any = ...,
        widget: Any = ...,
        render_kw: dict[str, Any] | None = ...,
        name: str | None = ...,
        **options: Any,
    ) -> None: ...
    def __call__(self, **attributes: Any) -> str: ...
    def process(self, formdata: Any, data: Any = ...) -> None: ...
    def process_data(self, value: Any) -> None: ...
    def process_formdata(self, valuelist: list[Any]) -> None: ...
    def pre_validate(self, form: Any) -> None: ...
    def post_validate(self, form: Any, validation_stopped: bool) -> None: ...
    def validate(self, form: Any, extra_validators: Sequence[Any] = ...) -> bool: ...
    def gettext(self, text: str) -> str: ...

class StringField(Field):
    data: str | None
    def _value(self) -> str: ...

class TextAreaField(StringField): ...
class PasswordField(StringField): ...
class EmailField(StringField): ...
class HiddenField(StringField): ...

class BooleanField(Field):
    data: bool

class IntegerField(Field):
    data: int | None
    def _value(self) -> str: ...

class DateField(Field):
    data: date | None
    def _value(self) -> str: ...

class TimeField(Field):
    data: time | None
    def _value(self) -> str: ...

class SelectField(Field):
    choices: Sequence[SelectChoice] | None
    coerce: Callable[[Any], Any]
    def __init__(
        self,
        label: Any = ...,
        validators: Sequence[Any] | None = ...,
        coerce: Callable[[Any], Any] = ...,
        choices: Sequence[SelectChoice] | None = ...,
        validate_choice: bool = ...,
        **options: Any,
    ) -> None: ...

class RadioField(SelectField): ...

class SelectMultipleField(SelectField):
    data: list[Any] | None
    option_widget: Any

class FileField(Field): ...

class FormField(Field, Generic[_Form]):
    form: _Form
    def __init__(self, form_class: type[_Form], label: Any = ..., **options: Any) -> None: ...
    def __getattr__(self, name: str) -> Any: ...
    def __getitem__(self, name: str) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...

class FieldList(Field, Generic[_Field]):
    entries: list[_Field]
    last_index: int
    def __init__(
        self,
        unbound_field: _Field,
        label: Any = ...,
        validators: Sequence[Any] | None = ...,
        *,
        min_entries: int = ...,
        max_entries: int | None = ...,
        **options: Any,
    ) -> None: ...
    def append_entry(self, data: Any = ...) -> _Field: ...
    def insert_entry(self, index: int, data: Any = ...) -> _Field: ...
    def pop_entry(self, index: int = ...) -> _Field: ...
    def __iter__(self) -> Iterator[_Field]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> _Field: ...
