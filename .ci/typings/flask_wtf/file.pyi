from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import Field

class FileField(Field):
    data: FileStorage | None

class MultipleFileField(Field):
    data: Any
