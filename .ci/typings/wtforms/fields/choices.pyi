from typing import Any

class SelectChoice:
    value: Any
    label: Any
    render_kw: dict[str, Any] | None
    optgroup: Any
    def __init__(
        self, value: Any, label: Any = ..., render_kw: dict[str, Any] | None = ..., optgroup: Any = ...
    ) -> None: ...
