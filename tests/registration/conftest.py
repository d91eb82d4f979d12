"""What the pages of this package ask of higher floors."""

import pytest
from flask import Flask

from portal.trainings.models import Training


@pytest.fixture
def workspace(app: Flask) -> None:
    """Give the layout of a training its head while the closing package is not there."""

    def workspace_of(training: Training) -> dict[str, object]:
        return {"code": training.code, "title": training.title_en, "url": "/", "state": training.state, "steps": []}

    app.jinja_env.globals.setdefault("workspace_of", workspace_of)
