"""Every page in a real browser: readable by assistive software, no wider than the phone, silent in the console."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from tests.browser import Browser
from tests.contract import walk
from tests.journeys.live import CHROMIUM, FLAGS
from tests.world import make_world

PHONE, DESKTOP = 360, 1280
_GRAVE = ("serious", "critical")
_TOO_SMALL = """() => [...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, summary")]
    .map(control => [control, control.getBoundingClientRect()])
    .filter(([control, box]) => box.width && box.height && (box.width < 24 || box.height < 24)
        && !control.closest("label") && !document.querySelector(`label[for="${control.id}"]`))
    .map(([control]) => control.outerHTML.slice(0, 100))"""


@pytest.mark.slow
def test_every_page_is_readable_and_fits(app: Flask) -> None:
    world = make_world()
    pages = []  # Without motion, so that no color is looked at while it fades into that of the other scheme.
    for who, address in walk.list_pages(app, world):
        if walk.is_page(world.browser(app, who).send("GET", address)):
            pages.append((who, address))
    assert len(pages) > 20
    found: list[str] = []
    with served(app) as origin, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        contexts = {
            who: open_context(
                chromium.new_context(locale="ru-RU", reduced_motion="reduce"), world.browser(app, who), origin
            )
            for who in walk.READERS
        }
        for who, address in pages:
            found += [f"{address} as {who}: {fault}" for fault in faults(contexts[who].new_page(), origin + address)]
        chromium.close()
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_page_with_faults_is_found_out() -> None:
    """Fail without the checks: the control of the test above."""
    bad = "<html lang=ru><title>x</title><p style='color:%23ccc'>pale<p style='width:2000px'>wide<input size=1>"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        found = " ".join(faults(chromium.new_page(), f"data:text/html,{bad}"))
        chromium.close()
    faults_known = (
        "wide at 360",
        "color-contrast at 1280, light",
        "color-contrast at 360, dark",
        "label at 360",
        "under 24",
    )
    assert all(fault in found for fault in faults_known)


def faults(page: Page, address: str) -> Iterator[str]:
    """Open a page and yield what is wrong with it on a phone and on a desk, in light and in dark."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    for width in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": 900})
        if (actual := page.evaluate("document.documentElement.scrollWidth")) > width:
            yield f"is {actual} wide at {width}"
        for small in page.evaluate(_TOO_SMALL):
            yield f"a target under 24 px at {width}: {small}"
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            # The dark scheme changes colors alone.
            asked = {"runOnly": ["color-contrast"]} if scheme == "dark" else None
            for violation in Axe().run(page, options=asked).response["violations"]:
                if violation["impact"] in _GRAVE:
                    places = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
                    yield f"{violation['id']} at {width}, {scheme}: {places[:4]}"
    page.close()
    yield from said


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve the application of the test in a thread."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def open_context(context: BrowserContext, browser: Browser, origin: str) -> BrowserContext:
    """Give a real browser the sign-in of a test's one."""
    context.add_cookies([{"name": name, "value": value, "url": origin} for name, value in browser.given])
    return context
