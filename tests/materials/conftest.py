"""What several tests of materials begin with."""

import pytest

from portal.materials.models import Material
from portal.platform.texts import Text
from tests import factories

PRINTED = 50


@pytest.fixture
def material(session: None) -> Material:
    """Return a title of which the office in Osh has fifty copies."""
    made = factories.make_material(Text("Колдонмо", "Пособие", "Manual"))
    factories.make_stock(made, PRINTED)
    return made
