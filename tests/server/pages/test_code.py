"""Ready-made code runs as it stands on the page, with the filter of the page in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from catalogue.download import Download
from server.pages.code import examples
from tests.releases import layer
from tests.server.pages.conftest import HOSTILE, by_id, page, works

#: The system's own Python: QGIS's modules are built for it.
PYTHON = Path("/usr/bin/python3")
FILTERS: list[dict[str, str]] = [{}, {"impact": "closed"}, {"street": HOSTILE["html"]}, {"bbox": "17.0,59,17.0105,60"}]
MEETINGS = "/collections/meetings/items"


def code(client: httpx.Client, path: str, name: str, **parameters: str) -> str:
    """An example, as it is copied."""
    return str(by_id(page(client, path, **parameters), f"code-{name}").text_content())


def expected(client: httpx.Client, path: str, **parameters: str) -> list[str]:
    """The ids of what the filter leaves."""
    answer = client.get(path, params={**parameters, "limit": "1000"}, headers={"accept": "application/geo+json"})
    return [each["id"] for each in answer.json()["features"]]


def run(*words: str, folder: Path, **environment: str) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120, env=os.environ | environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("chosen", FILTERS)
def test_curl(client: httpx.Client, tmp_path: Path, chosen: dict[str, str]) -> None:
    text = code(client, "/collections/works/items", "curl", **chosen)
    run("bash", "-euc", text, folder=tmp_path)
    found = json.loads((tmp_path / "works.geojson").read_text("utf-8"))
    ids = expected(client, "/collections/works/items", **chosen)
    assert [each["id"] for each in found["features"]] == ids and ids
    assert (tmp_path / "works.gpkg").read_bytes()[:15] == b"SQLite format 3"


@pytest.mark.parametrize("chosen", FILTERS)
def test_python_with_geopandas(client: httpx.Client, tmp_path: Path, chosen: dict[str, str]) -> None:
    text = code(client, "/collections/works/items", "python", **chosen)
    told = "\nprint(list(layer.index), layer.crs.to_string(), len(layer), sep='|')"
    ids, crs, count = run(sys.executable, "-c", text + told, folder=tmp_path).splitlines()[-1].split("|")
    wanted = expected(client, "/collections/works/items", **chosen)
    assert (ids, crs, count) == (str(wanted), "OGC:CRS84", str(len(wanted)))


def test_python_that_finds_nothing_is_an_empty_layer(client: httpx.Client, tmp_path: Path) -> None:
    text = code(client, "/collections/works/items", "python", street="Ingenstans")
    assert run(sys.executable, "-c", text + "\nprint(len(layer))", folder=tmp_path).splitlines()[-1] == "0"


def test_pages_are_followed(client: httpx.Client, tmp_path: Path) -> None:
    text = code(client, "/collections/works/items", "python").replace("limit=1000", "limit=7")
    assert run(sys.executable, "-c", text + "\nprint(len(layer))", folder=tmp_path).splitlines()[-1] == "31"


def test_python_with_pandas(client: httpx.Client, tmp_path: Path) -> None:
    text = code(client, MEETINGS, "python", body="Nämnd 2")
    told = "\nprint(table.to_json(orient='records'))"
    (row,) = json.loads(run(sys.executable, "-c", text + told, folder=tmp_path).splitlines()[-1])
    assert (row["id"], row["body"]) == ("M2", "Nämnd 2")


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not on this machine")
@pytest.mark.parametrize(
    "path", ["/collections/works/items", "/collections/alone/items", "/collections/works", MEETINGS]
)
def test_javascript_can_be_read(client: httpx.Client, tmp_path: Path, path: str) -> None:
    chosen = {"street": HOSTILE["html"]} if path == "/collections/works/items" else {}
    (tmp_path / "code.mjs").write_text(code(client, path, "javascript", **chosen), "utf-8")
    run("node", "--check", "code.mjs", folder=tmp_path)


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not on this machine")
def test_javascript_of_tables_runs(client: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "code.mjs").write_text(code(client, MEETINGS, "javascript"), "utf-8")
    assert "Nämnd 2" in run("node", "code.mjs", folder=tmp_path)


def test_the_map_asks_for_tiles_that_there_are(client: httpx.Client) -> None:
    text = code(client, "/collections/works/items", "javascript", impact="closed", bbox="17,59,18,60")
    address = text.split('tiles: ["')[1].split('"')[0]
    assert dict(parse_qsl(urlsplit(address).query)) == {"impact": "closed"}
    tile = address.replace("{z}", "10").replace("{y}", "300").replace("{x}", "560")
    answer = client.get(tile, headers={"accept": "*/*"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not on this machine")
@pytest.mark.parametrize("path", ["/collections/works/items", MEETINGS])
def test_r_can_be_read(client: httpx.Client, tmp_path: Path, path: str) -> None:
    (tmp_path / "code.R").write_text(code(client, path, "r"), "utf-8")
    run("Rscript", "-e", 'invisible(parse("code.R", encoding = "UTF-8"))', folder=tmp_path)


def qgis(folder: Path, text: str) -> str:
    """Run in the Python that QGIS was built for, without a screen."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    own |= {"QT_QPA_PLATFORM": "offscreen", "HOME": str(folder)}
    done = subprocess.run([PYTHON, "-c", text], cwd=folder, capture_output=True, text=True, timeout=120, env=own)
    if "No module named 'qgis'" in done.stderr:
        pytest.skip("QGIS is not on this machine")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not PYTHON.exists(), reason="QGIS is not on this machine")
def test_qgis_reads_whole_and_filtered_layers(client: httpx.Client, tmp_path: Path) -> None:
    begin = "from qgis.core import QgsApplication\napplication = QgsApplication([], False)\napplication.initQgis()\n"
    end = (
        "\nprint([(each.isValid(), each.name(), len(list(each.getFeatures()))) for each in (whole, filtered)])"
        "\nimport os\nos._exit(0)"
    )
    text = code(client, "/collections/works/items", "qgis", impact="closed")
    found = qgis(tmp_path, begin + text + end.replace("\nimport os", "\nimport os, sys\nsys.stdout.flush()"))
    closed = sum(each["properties"]["impact"] == "closed" for each in works(2))
    assert found.splitlines()[-1] == str([(True, "Vägarbeten", 31), (True, "Vägarbeten", closed)])


#: QGIS' own dialog imports the file that it is given, and says which connections it has then.
_IMPORT = """
import os, sys
from qgis.core import QgsApplication, QgsSettings
from qgis.gui import QgsManageConnectionsDialog
from qgis.PyQt.QtWidgets import QDialogButtonBox, QListWidget
application = QgsApplication([], True, os.getcwd())
application.initQgis()
dialog = QgsManageConnectionsDialog(None, QgsManageConnectionsDialog.Import, QgsManageConnectionsDialog.WFS, "qgis.xml")
dialog.findChild(QListWidget).selectAll()
dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.Ok).click()
settings = QgsSettings()
keys = [key for key in sorted(settings.allKeys()) if "connections-wfs" in key and key.endswith(("/url", "/version"))]
print([str(settings.value(key)) for key in keys])
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.skipif(not PYTHON.exists(), reason="QGIS is not on this machine")
def test_qgis_imports_the_connection_file(client: httpx.Client, tmp_path: Path) -> None:
    answer = client.get("/collections/works/qgis.xml")
    assert answer.headers["content-type"].startswith("application/xml")
    assert answer.headers["content-disposition"] == 'attachment; filename="works-qgis.xml"'
    (tmp_path / "qgis.xml").write_bytes(answer.content)
    assert qgis(tmp_path, _IMPORT).splitlines()[-1] == str([str(client.base_url).rstrip("/"), "OGC_API_FEATURES"])


def test_a_connection_file_of_no_layer_is_an_error(client: httpx.Client) -> None:
    assert client.get("/collections/nothing/qgis.xml").status_code == 404
    assert client.get("/collections/works/qgis.xml?x=1").status_code == 400


def test_titles_cannot_leave_their_strings() -> None:
    named: Any = layer("works", title={"sv": f"{HOSTILE['html']}<id>\n\\ {HOSTILE['arabic']}"})
    release: Any = type("R", (), {"layer": "works", "definition": named, "extent": None})
    file = Download("works", 1, "gpkg", "GeoPackage", "x", "f", 1, "0", None)  # type: ignore[arg-type]
    made = {each.id: each.text for each in examples("http://a.example", named, release, [file], {}, '"); x("', "sv")}
    namespace: dict[str, Any] = {}
    line = next(each for each in made["qgis"].splitlines() if each.startswith("filtered"))
    exec(line.replace("QgsVectorLayer", "list").replace("list(", "((").replace('"ogr")', '"ogr"))'), namespace)
    assert namespace["filtered"][1] == "".join(sign for sign in named.title["sv"] if sign not in "\u202e\u202c")
    assert r'attribution: "\"); x(\""' in made["javascript"]
