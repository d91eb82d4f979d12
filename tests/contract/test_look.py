"""What the pages draw exists, and what a first visit loads stays small."""

import gzip
import re

from tests.contract.test_file_length import ROOT

FIRST_LOAD = 38 * 1024
_USED = re.compile(r"""\bicon(?:_name)?\s*(?:\(|=)\s*"([\w-]+)\"""")


def test_every_shape_that_a_template_names_is_in_the_sprite() -> None:
    shapes = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text()))
    used = {
        (name, str(path.relative_to(ROOT)))
        for path in (ROOT / "templates").rglob("*.html")
        for name in _USED.findall(path.read_text())
    }
    assert len(used) > 10
    missing = {(name, path) for name, path in used if name not in shapes}
    assert not missing, f"Draw these in static/img/icons.svg or use another of {sorted(shapes)}: {missing}"


def test_style_and_script_of_a_first_visit_fit_the_budget() -> None:
    files = [path for kind in ("css", "js") for path in (ROOT / "static" / kind).glob(f"*.{kind}")]
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in files}
    assert {"portal.css", "app.js"} <= set(sizes)
    assert sum(sizes.values()) <= FIRST_LOAD, f"First load is {sum(sizes.values())} bytes: {sizes}"
