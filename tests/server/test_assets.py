"""Scripts and styles: names with hashes, caching, codings, and no way out of the folder."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from catalogue.problems import WrongUse
from server.assets import FOLDER, Assets, asset, modules

ROOT = Path(__file__).parent.parent.parent
MANIFEST: dict[str, str] = json.loads((FOLDER / "manifest.json").read_text())["names"]


@pytest.mark.parametrize("name", sorted(MANIFEST))
def test_every_file_is_kept_for_ever_under_a_name_of_its_content(client: httpx.Client, name: str) -> None:
    assert re.search(r"-[A-Z0-9]{8}\.(js|css)$", MANIFEST[name])
    answer = client.get(asset(name))
    kind = "text/css" if name.endswith("css") else "text/javascript"
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.content == (FOLDER / MANIFEST[name]).read_bytes()
    again = client.get(asset(name), headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304 and not again.content


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("zstd", None)],
)
def test_it_is_sent_in_a_coding_that_was_made_before(client: httpx.Client, accepted: str, coding: str | None) -> None:
    plain = (FOLDER / MANIFEST["main.js"]).read_bytes()
    with client.stream("GET", asset("main.js"), headers={"accept-encoding": accepted}) as answer:
        sent = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == coding and answer.headers["vary"] == "Accept-Encoding"
    ending = {"br": ".br", "gzip": ".gz", None: ""}[coding]
    assert sent == (FOLDER / f"{MANIFEST['main.js']}{ending}").read_bytes()
    if coding == "gzip":
        assert gzip.decompress(sent) == plain
    if coding is None:
        assert sent == plain


@pytest.mark.parametrize(
    "path",
    [
        "../app.py",
        "..%2Fapp.py",
        "%2e%2e/app.py",
        "/etc/passwd",
        "manifest.json",
        "",
        "x" * 300,
        "main.js",
    ],
)
def test_nothing_else_is_sent(client: httpx.Client, path: str) -> None:
    assert client.get(f"/static/{path}").status_code == 404


def test_the_licences_of_what_is_sent_are_sent_too(client: httpx.Client) -> None:
    answer = client.get("/static/licences.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8" and "immutable" not in answer.text
    assert "maplibre-gl 6.17.0 (BSD-3-Clause)" in answer.text


def test_what_is_missing_is_said_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"manifest\.json is not in server/static\): run make setup"):
        Assets.read(tmp_path)
    shutil.copytree(FOLDER, tmp_path / "static")
    (tmp_path / "static" / MANIFEST["main.css"]).unlink()
    with pytest.raises(WrongUse, match=re.escape(MANIFEST["main.css"])):
        Assets.read(tmp_path / "static")


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    subprocess.run(["scripts/build-web"], cwd=ROOT, check=True)
    made = tmp_path / "made"
    made.mkdir()
    node = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
    subprocess.run([node, ROOT / "web" / "build.mjs", made], check=True)
    files = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    assert {path.name: path.read_bytes() for path in made.iterdir()} == files


def test_nothing_that_is_made_or_locked_names_a_place() -> None:
    assert "http" not in (ROOT / "web" / "package-lock.json").read_text()
    for path in FOLDER.glob("*.js"):
        if not path.name.startswith(("library-", "map-worker-")):
            assert not re.search(r"https?://(?!www\.w3\.org|www\.opengis\.net)", path.read_text()), path.name


def test_a_page_asks_for_all_of_a_module_at_once(client: httpx.Client) -> None:
    for name in sorted(MANIFEST):
        if name.endswith(".js"):
            found = modules(name)
            assert found[0] == asset(name) and len(found) == len(set(found))
            reached, waiting = set(), [found[0]]
            while waiting:
                path = waiting.pop()
                reached.add(path)
                text = client.get(path).text
                waiting += {f"/static/{each}" for each in re.findall(r'(?:from|import)"\./([^"]+)"', text)} - reached
            assert reached == set(found), name
