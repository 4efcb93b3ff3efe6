"""Every page, read by a parser that forgives nothing: headings, languages, its own address, nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import html5rdf
import httpx
import pytest
import yaml
from sqlalchemy import Engine, make_url

from catalogue.language import LANGUAGES
from server.app import create_app
from tests.releases import Publisher, layer
from tests.server.conftest import FIELDS, serving, works, write_home, write_layer

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"><path d="M0 0h30v10z"/></svg>'
#: What somebody may write, or paste, into a title.
HOSTILE = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'`&amp;</title></h1>{{ 7 * 7 }}{% raw %}",
    "long": "a" * 10_000,
    "words": "ett ord " * 1_250,
    "rtl": "\u202eمرحبا بالعالم\u202c שלום",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈 zalgo h̷͈̀ę̴̛ \u0000"[:-1] + "\u2028\u2029\u00ad",
}
PAGES = [
    "/", "/collections", "/collections?q=works", "/unpublished", "/unpublished/later", "/conformance", "/openapi",
    "/tileMatrixSets", "/tileMatrixSets/WebMercatorQuad", "/dcat", "/dcat/quality", "/dcat/datasets/works",
    "/collections/works", "/collections/works/schema", "/collections/works/queryables", "/collections/works/sortables",
    "/collections/works/tiles", "/collections/works/tiles/WebMercatorQuad", "/collections/works/downloads",
    "/collections/works/items", "/collections/works/items?limit=2&lanes=1", "/collections/works/items/v9",
    "/collections/works/timeline", "/collections/works/releases", "/collections/works/releases/1", "/developers",
]  # fmt: skip
WRONG = {
    "/nowhere": 404, "/collections/work": 404, "/collections/later": 404, "/collections/works/items/none": 404,
    "/collections?theme=x": 400, "/collections/works/items?lanez=1": 400, "/collections/works/items?release=9": 404,
}  # fmt: skip
HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = write_home(tmp_path_factory.mktemp("pages"), "works")
    path = home / "config/publishers/exempelby.yml"
    look = {"look": {"logo": "x.svg", "colour": "#8a1c5c"}}
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | look))
    (home / "config/publishers/x.svg").write_text(LOGO)
    write_layer(home, "later", status="planned", expected="2027-03-01")
    for name, text in HOSTILE.items():
        texts = {"sv": text, "en": text}
        values = {"from": "NAME", "type": "text", "title": texts, "description": texts}
        write_layer(home, name, title=texts, description=texts, fields={"name": values}, keywords={"sv": [text]})
        write_layer(home, f"later_{name}", status="withheld", ground=texts, title=texts, description=texts)
    return home


@pytest.fixture(scope="module")
def client(home: Path, database_url: str, engine: Engine) -> Iterator[httpx.Client]:
    made = Publisher(engine)
    made.publish(layer("works", FIELDS, time={"start": "start", "end": "stop"}), works())
    for name in HOSTILE:
        made.publish(layer(name, FIELDS, time={"start": "start", "end": "stop"}), works())
    with serving(create_app(home, database_url)) as client:
        yield client


def parsed(page: httpx.Response) -> ElementTree.Element:
    """The page as a tree; fails where it is not well-formed HTML (WHATWG, parse errors)."""
    parser = html5rdf.HTMLParser(strict=True, namespaceHTMLElements=False)
    document: ElementTree.Element = parser.parse(page.text)
    return document


def seen(element: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """The element and all in it, but what is hidden until a script shows it."""
    if element.get("hidden") is None:
        yield element
        for each in element:
            yield from seen(each)


def checked(page: httpx.Response) -> ElementTree.Element:
    """What holds for each page, whatever it shows."""
    root = parsed(page)
    assert root.get("lang") == page.headers["content-language"]
    assert " object at 0x" not in page.text and "Undefined" not in page.text
    title, description = root.findtext("head/title"), root.find("head/meta[@name='description']")
    assert title and title.strip() and description is not None
    headings = [element for element in seen(root) if re.fullmatch("h[1-6]", str(element.tag))]
    levels = [int(heading.tag[1]) for heading in headings]
    assert levels.count(1) == 1 and all(text.strip() for text in map("".join, (each.itertext() for each in headings)))
    main = root.find(".//main")
    assert main is not None and main.find(".//h1") is not None and len(root.findall(".//main")) == 1
    inside = [int(element.tag[1]) for element in seen(main) if re.fullmatch("h[1-6]", str(element.tag))]
    assert inside[0] == 1 and all(after <= before + 1 for before, after in zip(inside, inside[1:], strict=False))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        assert not [name for name in element.attrib if name.startswith("on") or name == "style"], element.attrib
        for name in ("src", "action", "data", "poster", "srcset"):
            assert urlsplit(element.get(name, "")).netloc in ("", "geo.example"), element.attrib
        assert not (element.get("href") or "").lower().startswith(("javascript:", "data:")), element.attrib
        if element.tag == "link" and element.get("rel") in ("stylesheet", "icon", "preload"):
            assert urlsplit(element.get("href", "")).netloc == "geo.example"
        if element.tag == "img":
            assert element.get("alt") is not None
        if element.tag == "script" and element.get("type") not in ("application/json", "application/ld+json"):
            assert element.get("src") and not (element.text or "").strip()
    assert root.find(".//style") is None
    return root


@pytest.mark.parametrize("path", PAGES)
def test_every_page(client: httpx.Client, path: str) -> None:
    found: dict[str, dict[str | None, str | None]] = {}
    for language in LANGUAGES:
        page = client.get(path, params=None, headers=HTML | {"accept-language": language})
        assert page.status_code == 200 and page.headers["content-language"] == language
        root = checked(page)
        own = f"http://geo.example{path}"
        assert root.find("head/link[@rel='canonical']").get("href") == own  # type: ignore[union-attr]
        alternates = {each.get("hreflang"): each.get("href") for each in root.findall("head/link[@hreflang]")}
        assert alternates.keys() == {*LANGUAGES, "x-default"} and alternates["x-default"] == own
        found[language] = alternates
    assert found["sv"] == found["en"]
    for language in LANGUAGES:
        # Each leads to the page in its language, which says the same of all of them and is its own address.
        address = str(found["sv"][language])
        page = client.get(address.removeprefix("http://geo.example"), headers=HTML)
        root = parsed(page)
        assert page.headers["content-language"] == language == root.get("lang")
        assert root.find("head/link[@rel='canonical']").get("href") == address  # type: ignore[union-attr]
        assert {e.get("hreflang"): e.get("href") for e in root.findall("head/link[@hreflang]")} == found["sv"]
    robots = root.find("head/meta[@name='robots']")
    assert (robots is not None) == ("?" in path)


@pytest.mark.parametrize("path", PAGES)
def test_what_a_page_loads_is_there(client: httpx.Client, path: str) -> None:
    page = client.get(path, headers=HTML)
    for element in parsed(page).iter():
        loads = element.get("src") or (
            element.get("href") if element.tag == "link" and element.get("rel") in ("stylesheet", "icon") else None
        )
        if loads:
            assert client.get(urljoin("/", loads).removeprefix("http://geo.example")).status_code == 200, loads


def test_the_language_switch_keeps_what_was_asked(client: httpx.Client) -> None:
    path = "/collections?q=v%C3%A4g%20%26%20mer&theme=TRAN&lang=sv"
    root = parsed(client.get(path, headers=HTML))
    switch = root.find(".//a[@lang='en']")
    assert switch is not None and switch.get("hreflang") == "en"
    asked = httpx.URL(urljoin(f"http://geo.example{path}", switch.get("href", ""))).params
    assert dict(asked) == {"q": "väg & mer", "theme": "TRAN", "lang": "en"}


@pytest.mark.parametrize("name", [*HOSTILE, *(f"later_{name}" for name in HOSTILE)])
def test_hostile_titles(client: httpx.Client, name: str) -> None:
    folder = "unpublished" if name.startswith("later") else "collections"
    text = HOSTILE[name.removeprefix("later_")]
    paths = [f"/{folder}/{name}"]
    if folder == "collections":
        paths += [f"{paths[0]}/{each}" for each in ("schema", "queryables", "tiles", "downloads", "items", "items/v9")]
    for path in ["/", "/collections", "/unpublished", *paths]:
        page = client.get(path, headers=HTML)
        assert page.status_code == 200, path
        checked(page)
        assert "<script>alert" not in page.text and "<img src=x" not in page.text and "49" not in _around(page.text)
    shown = "".join(parsed(client.get(paths[0], headers=HTML)).find(".//h1").itertext())  # type: ignore[union-attr]
    assert shown.split()[0][:100] == text.split()[0][:100]


def _around(page: str) -> str:
    """What became of a template in a title, were it one."""
    found = re.search(r"&lt;/h1&gt;(.{0,12})", page)
    return found.group(1) if found else ""


@pytest.mark.parametrize(("path", "status"), WRONG.items())
def test_errors_are_pages_that_help(client: httpx.Client, path: str, status: int) -> None:
    page = client.get(path, headers=HTML | {"accept-language": "en"})
    assert page.status_code == status and page.headers["cache-control"] == "no-store"
    root = checked(page)
    assert root.find("head/link[@rel='canonical']") is None
    links = {element.get("href") for element in root.findall(".//main//a")}
    assert {"http://geo.example/", "http://geo.example/collections"} <= links
    assert root.find(".//main//form[@action='http://geo.example/collections']") is not None
    told = client.get(path, headers={"accept-language": "en"}).json()
    assert told.keys() == {"code", "description"} and told["description"] in "".join(root.itertext())


def test_errors_say_where_to_go(client: httpx.Client) -> None:
    def links(path: str) -> dict[str | None, str]:
        root = parsed(client.get(path, headers=HTML | {"accept-language": "en"}))
        return {element.get("href"): "".join(element.itertext()) for element in root.findall(".//main//a")}

    assert links("/collections/work")["http://geo.example/collections/works"] == "Did you mean “Layer works”?"
    assert "http://geo.example/collections/works" in links("/collections/Layer%20Works")
    assert "http://geo.example/unpublished/later" in links("/collections/later")
    kept = "http://geo.example/collections/works/items?limit=1"
    assert links("/collections/works/items?lanez=1&limit=1")[kept] == "The same without “lanez”"


def test_the_sitemap(client: httpx.Client) -> None:
    answer = client.get("/sitemap.xml")
    assert answer.headers["content-type"] == "application/xml"
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    urls = ElementTree.fromstring(answer.content).findall(f"{space}url")
    listed = {str(url.findtext(f"{space}loc")): url for url in urls}
    assert len(listed) == len(urls) <= 50_000
    assert {f"http://geo.example/unpublished/later?lang={language}" for language in LANGUAGES} <= listed.keys()
    assert listed["http://geo.example/collections/works?lang=sv"].findtext(f"{space}lastmod")
    for address, url in listed.items():
        alternates = {
            each.get("hreflang"): each.get("href") for each in url.findall("{http://www.w3.org/1999/xhtml}link")
        }
        assert alternates.keys() == {*LANGUAGES, "x-default"} and address in alternates.values()
        assert all(href in listed for code, href in alternates.items() if code != "x-default")
        if "later_" not in address:
            answer = client.get(address.removeprefix("http://geo.example"), headers=HTML)
            assert answer.status_code == 200, address
    label = client.get("/sitemap.xml").headers["etag"]
    assert client.get("/sitemap.xml", headers={"if-none-match": label}).status_code == 304
    robots = client.get("/robots.txt")
    assert robots.headers["content-type"].startswith("text/plain")
    assert "Sitemap: http://geo.example/sitemap.xml\n" in robots.text
    assert client.get("/sitemap.xml?x=1").status_code == 400


def test_pages_without_a_database(tmp_path: Path, database_url: str) -> None:
    nowhere = make_url(database_url).set(database="nowhere").render_as_string(hide_password=False)
    with serving(create_app(write_home(tmp_path, "works"), nowhere)) as client:
        page = client.get("/", headers=HTML | {"accept-language": "en"})
        assert page.status_code == 503 and page.headers["retry-after"] == "2"
        root = checked(page)
        assert "Try again in 2 seconds." in "".join(root.itertext())
        links = root.findall("head/link")
        loaded = [each.get("href", "") for each in links if each.get("rel") in ("stylesheet", "icon")]
        assert len(loaded) == 3
        for address in loaded:
            assert client.get(address.removeprefix("http://geo.example")).status_code == 200, address
        assert client.get("/sitemap.xml").status_code == 503
