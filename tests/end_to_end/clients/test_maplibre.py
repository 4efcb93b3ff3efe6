"""MapLibre GL JS in a headless Chromium draws the tiles, as a map application on another address does."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from shapely import STRtree, box

from tests.end_to_end.clients.expected import Source
from tests.end_to_end.conftest import Town
from tests.end_to_end.place import ROOT
from tests.end_to_end.samples import NAMES

FOLDER = ROOT / "tests" / "browser"
#: WebGL computed by the processor: there is no display here.
ARGUMENTS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
SIZE: ViewportSize = {"width": 1000, "height": 800}
MILLISECONDS = 60_000


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words: Any) -> None:
        pass


@pytest.fixture(scope="module")
def application() -> Iterator[str]:
    """The address of a map application's own pages."""
    if not (FOLDER / "node_modules" / "maplibre-gl").exists():
        pytest.skip("MapLibre is not installed: scripts/install-clients needs npm")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=FOLDER)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(timeout=20)


# Not longer than this module: while Playwright runs, nothing else in its thread can run an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, application: str, town: Town) -> Iterator[Page]:
    """A page that may not complain, nor ask anyone but the application and the server."""
    page = browser.new_page(viewport=SIZE, device_scale_factor=1)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda request: said.append(f"{request.url}: {request.failure}"))
    page.on("response", lambda answer: said.append(f"{answer.url}: {answer.status}") if answer.status >= 300 else None)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    yield page
    assert (said, page.evaluate("window.failures")) == ([], [])
    # Workers are started from addresses without a host.
    assert asked - {""} == {urlsplit(application).netloc, town.client.base_url.netloc.decode()}
    page.close()


def show(page: Page, application: str, town: Town, layer: str, lon: float, lat: float, zoom: float) -> None:
    tiles = town.client.base_url.join(f"/collections/{layer}/tiles/WebMercatorQuad?f=tilejson")
    asked = {"tilejson": tiles, "layer": layer, "lon": lon, "lat": lat, "zoom": zoom}
    page.goto(f"{application}/map.html?{urlencode(asked)}")
    page.wait_for_function("window.idle", timeout=MILLISECONDS)


def drawn(page: Page) -> dict[str, dict[str, Any]]:
    """Properties by id, of every feature on the map; the same in every tile that it is in."""
    found: dict[str, dict[str, Any]] = {}
    for identifier, properties in page.evaluate("map.queryRenderedFeatures().map((f) => [f.id, f.properties])"):
        assert found.setdefault(identifier, properties) == properties
    return found


@pytest.mark.parametrize("layer", NAMES)
def test_a_map_shows_the_features_that_are_there(page: Page, application: str, town: Town, layer: str) -> None:
    source = Source.of(town, layer)
    middle = source.busiest()
    show(page, application, town, layer, middle.x, middle.y, zoom=16)
    west, south, east, north = page.evaluate("map.getBounds().toArray().flat()")
    shapes = [each.geometry for each in source.features]
    tree = STRtree(shapes)
    # What lies at the very edge is on the map or not, by the width that it is drawn with.
    margin = (east - west) / 50
    inside = tree.query(box(west, south, east, north).buffer(-margin), predicate="intersects")
    around = tree.query(box(west, south, east, north).buffer(margin), predicate="intersects")
    found = drawn(page)
    assert len(inside) > 10
    contents = [source.content(properties) for properties in found.values()]
    for number in inside:
        assert source.features[number].content in contents
    possible = [source.features[number].content for number in around]
    for content in contents:
        assert content in possible
    if source.features[0].identity is not None:
        names = {source.features[number].identity for number in inside}
        assert names <= found.keys() <= {source.features[number].identity for number in around}
    else:
        assert len(inside) <= len(found) <= len(around)


def test_a_whole_layer_is_on_one_map(page: Page, application: str, town: Town) -> None:
    source = Source.of(town, "roadworks")
    west, south, east, north = source.bounds
    show(page, application, town, "roadworks", (west + east) / 2, (south + north) / 2, zoom=13)
    shown = page.evaluate("map.getBounds().toArray().flat()")
    assert shown[0] < west and shown[1] < south and shown[2] > east and shown[3] > north
    assert drawn(page).keys() == {feature.identity for feature in source.features}


def test_the_picture_has_the_layer_s_colour(page: Page, application: str, town: Town) -> None:
    middle = Source.of(town, "noise").busiest()
    show(page, application, town, "noise", middle.x, middle.y, zoom=15)
    count = """async () => {
      const picture = await createImageBitmap(await (await fetch(await new Promise((done) => {
        map.once("render", () => done(map.getCanvas().toDataURL()));
        map.triggerRepaint();
      }))).blob());
      const canvas = new OffscreenCanvas(picture.width, picture.height);
      const context = canvas.getContext("2d");
      context.drawImage(picture, 0, 0);
      const bytes = context.getImageData(0, 0, canvas.width, canvas.height).data;
      let found = 0;
      for (let at = 0; at < bytes.length; at += 4) {
        if (bytes[at] > 180 && bytes[at + 1] < 90 && bytes[at + 2] < 70 && bytes[at + 3] > 200) found += 1;
      }
      return found / (canvas.width * canvas.height);
    }"""
    assert page.evaluate(count) > 0.05
