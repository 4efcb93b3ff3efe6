"""Reports as programs send them, and who may send: JSON, other origins, limits, proxies, a database that is away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import jsonschema
import pytest
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from server.app import create_app
from tests.releases import Publisher, layer
from tests.server.conftest import FIELDS, eventually, serving, works, write_layer
from tests.server.faults.conftest import FAULTS, GOOD, HTML, Page, kept, old_token, settings

LIMITED = {"per_sender_hour": 5, "per_sender_day": 20, "per_layer_hour": 60, "per_hour": 200}


@pytest.fixture
def limited(home: Path, database_url: str, publisher: Publisher, tmp_path: Path) -> Iterator[tuple[httpx.Client, Path]]:
    """A server with the usual limits, and its home."""
    shutil.copytree(home, tmp_path / "home")
    settings(tmp_path / "home", **LIMITED)
    with serving(create_app(tmp_path / "home", database_url)) as client:
        yield client, tmp_path / "home"


def post(client: httpx.Client, headers: dict[str, str] | None = None, **changes: object) -> httpx.Response:
    return client.post(FAULTS, json=GOOD | changes, headers=headers)


def test_the_description_is_what_is_done(client: httpx.Client, engine: Engine) -> None:
    described = client.get(FAULTS, params={"feature": "v9", "lang": "en"}).json()
    assert described["feature"]["id"] == "v9" and described["release"] == 1
    assert {each["value"] for each in described["kinds"]} == {"position", "value", "missing", "gone", "other"}
    assert [each["value"] for each in described["fields"]] == list(FIELDS)
    schema = described["send"]["schema"]
    jsonschema.Draft202012Validator.check_schema(schema)
    sent = GOOD | {"release": 1, "email": "a@exempelby.example"}
    jsonschema.validate(sent, schema)
    answer = client.post(described["send"]["href"].removeprefix("http://geo.example"), json=sent)
    assert answer.status_code == 201 and answer.headers["cache-control"] == "no-store"
    assert answer.json()["received"] == kept(engine)[0]["number"]
    assert client.get(answer.json()["links"][0]["href"].removeprefix("http://geo.example")).status_code == 200
    for wrong in ({"kind": "x"}, {"text": ""}, {"text": "x" * 2001}, {"email": "x"}, {"field": "x"}, {"more": "x"}):
        assert not jsonschema.Draft202012Validator(schema).is_valid(sent | wrong)
        assert client.post(FAULTS, json=sent | wrong).status_code == 400, wrong
    of_layer = client.get(FAULTS).json()
    assert "feature" not in of_layer and {each["value"] for each in of_layer["kinds"]} == {"missing", "other"}


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "no JSON"), (b"{", "no JSON"), (b"[]", "no JSON object"), (b"null", "no JSON object"),
        (b'{"text": 1}', "type"), (b'{"text": ["a"]}', "type"), (b'{"release": true}', "type"),
        (b'{"release": 1.5}', "type"), (b'{"token": "x"}', "no “token”"), (b'{"sender": "x"}', "no “sender”"),
        (b'{"text": "\xff"}', "no JSON"), (b'{"text": NaN}', "no JSON"), (b"[" * 30_000, "no JSON"),
        (b"{}", "kind: Choose what is wrong.; text: Write what is wrong."),
    ],
)  # fmt: skip
def test_bodies_that_are_no_reports(client: httpx.Client, engine: Engine, body: bytes, word: str) -> None:
    answer = client.post(FAULTS, content=body, headers={"content-type": "application/json", "accept-language": "en"})
    assert answer.status_code == 400, answer.text
    assert word in answer.json()["description"] and kept(engine) == []


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b'{"kind": "other", "text": "x"}', {"content-type": "text/plain"}, 415),
        (b'{"kind": "other", "text": "x"}', {}, 415),
        (b"kind=other&text=x", {"content-type": "multipart/form-data; boundary=x"}, 415),
        (b"x", {"content-type": "application/json", "content-encoding": "gzip"}, 415),
        (b"kind=other&text=%ff", {"content-type": "application/x-www-form-urlencoded"}, 400),
        (b"kind=other&kind=gone", {"content-type": "application/x-www-form-urlencoded"}, 400),
        (b"a=1&" * 30, {"content-type": "application/x-www-form-urlencoded"}, 400),
        (b'{"kind": "other", "text": "x"}', {"content-type": "APPLICATION/JSON; charset=utf-8"}, 201),
    ],
)
def test_media_types(
    client: httpx.Client, engine: Engine, content: bytes, headers: dict[str, str], status: int
) -> None:
    assert client.post(FAULTS, content=content, headers=headers).status_code == status
    assert len(kept(engine)) == (status == 201)


def test_what_it_is_answered_in_does_not_depend_on_accept(client: httpx.Client, engine: Engine) -> None:
    for accept in ("text/html", "image/png", "*/*"):
        headers = {"accept": accept}
        assert post(client, headers, text=accept).status_code == 201
        assert post(client, headers, text="").headers["content-type"] == "application/json"
        form = client.post(FAULTS, data=GOOD | {"token": old_token(engine), "text": ""}, headers=headers)
        assert form.status_code == 400 and form.headers["content-type"].startswith("text/html")
    assert client.get(FAULTS, headers={"accept": "image/png"}).status_code == 406


def test_methods_are_told_as_they_are(client: httpx.Client) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        answer = client.request(method, FAULTS)
        assert answer.status_code == 405 and answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert client.head(FAULTS).status_code == 200
    for path in ("/collections/works", "/collections/works/items", f"{FAULTS}/", f"{FAULTS}/1", "/faults"):
        answer = client.post(path, json=GOOD)
        assert answer.status_code == 405 and answer.headers["allow"] == "GET, HEAD, OPTIONS", path
    options = client.options(FAULTS)
    assert options.status_code == 204 and options.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert "POST" not in options.headers["access-control-allow-methods"]
    preflight = {"origin": "https://other.example", "access-control-request-method": "POST"}
    assert client.options(FAULTS, headers=preflight).status_code == 403
    assert client.options("/collections/works/items", headers=preflight).status_code == 204
    assert client.options(FAULTS, headers=preflight | {"access-control-request-method": "GET"}).status_code == 204


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://other.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://geo.example.other.example"}, 403),
        ({"origin": "http://geo.example:8080"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"origin": "http://geo.example", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://geo.example", "sec-fetch-site": "same-origin"}, 303),
        ({"origin": "https://geo.example"}, 303),
        ({}, 303),
    ],
)
def test_other_sites_cannot_make_a_browser_send(
    client: httpx.Client, engine: Engine, headers: dict[str, str], status: int
) -> None:
    form = client.post(FAULTS, data=GOOD | {"token": old_token(engine)}, headers=HTML | headers)
    assert form.status_code == status
    assert post(client, headers, text="Och så").status_code == (201 if status == 303 else 403)
    assert len(kept(engine)) == (2 if status == 303 else 0)


def test_limits_hold_and_say_when_to_come_again(limited: tuple[httpx.Client, Path], engine: Engine) -> None:
    client, _home = limited
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: post(client, {"accept-language": "sv"}, text=f"Fel {n}"), range(16)))
    assert sorted(each.status_code for each in answers) == [201] * 5 + [429] * 11
    assert len(kept(engine)) == 5
    for each in answers:
        if each.status_code == 429:
            assert 3500 < int(each.headers["retry-after"]) <= 3600 and each.json()["code"] == "TooManyRequests"
            assert "60 minuter" in each.json()["description"] and "gis@exempelby.example" in each.json()["description"]
    page = client.post(FAULTS, data=GOOD | {"token": old_token(engine), "text": "En till"}, headers=HTML)
    assert page.status_code == 429 and int(page.headers["retry-after"]) > 3500
    assert Page(page.text).sent["text"] == "En till" and "summary" in Page(page.text).ids


def test_an_address_is_believed_of_as_many_proxies_as_there_are(
    limited: tuple[httpx.Client, Path], engine: Engine
) -> None:
    client, home = limited
    for number in range(7):
        answer = post(client, {"x-forwarded-for": f"192.0.2.{number}"}, text=f"Fel {number}")
        assert answer.status_code == (201 if number < 5 else 429), number
    settings(home, **LIMITED, proxies=1)
    served = client.get("/collections").headers["etag"]

    def forwarded(written: str, said: str) -> int:
        return post(client, {"x-forwarded-for": written}, text=said).status_code

    eventually(lambda: client.get("/collections").headers["etag"] != served, seconds=10)
    for number in range(6):
        assert forwarded(f"203.0.113.{number}, 192.0.2.77", f"A {number}") == (201 if number < 5 else 429)
    for number in range(6):
        assert forwarded(f"2001:db8:1:2::{number}", f"B {number}") == (201 if number < 5 else 429)
    assert forwarded("2001:db8:1:3::1", "C") == 201
    assert forwarded("nonsense", "D") == 429
    assert forwarded("::ffff:192.0.2.77", "E") == 429
    assert forwarded("192.0.2.77:4711", "F") == 429
    assert len({each["sender"] for each in kept(engine)}) == 4


def test_it_can_be_switched_off(limited: tuple[httpx.Client, Path], engine: Engine, publisher: Publisher) -> None:
    client, home = limited
    settings(home, not_for=["works"])
    eventually(lambda: client.get(FAULTS).status_code == 404, seconds=10)
    assert "gis@exempelby.example" in client.get(FAULTS).json()["description"]
    assert post(client).status_code == 404
    assert client.get("/openapi").status_code == 200
    settings(home, open=False)
    eventually(lambda: client.get("/collections/works").status_code == 200, seconds=10)
    assert post(client).status_code == 404 and kept(engine) == []


def test_a_release_that_came_meanwhile_loses_nobodys_words(
    limited: tuple[httpx.Client, Path], engine: Engine, publisher: Publisher
) -> None:
    client, home = limited
    write_layer(home, "moving")
    publisher.publish(layer("moving", FIELDS), works())
    path = "/collections/moving/faults"
    eventually(lambda: client.get(path).status_code == 200, seconds=10)
    publisher.publish(layer("moving", FIELDS), works()[:9])
    sent = {"feature": "v9", "kind": "gone", "text": "Grävt klart", "release": 1}
    assert client.post(path, json=sent).status_code == 201
    assert client.post(path, json=sent | {"release": 2}).status_code == 404
    assert kept(engine)[0]["release"] == 1
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE kartlagd.release SET state = 'retired', generation = NULL WHERE layer = 'moving' AND number = 1"
            )
        )
        connection.execute(text("UPDATE kartlagd.catalogue SET revision = revision + 1"))
    gone = client.post(path, json=sent | {"text": "Igen"}, headers={"accept-language": "en"})
    assert gone.status_code == 410 and "not in the layer any more" in gone.json()["description"]
    assert client.post(path, json=sent | {"feature": "v8", "text": "Kvar"}).status_code == 201


def test_where_nothing_can_be_written_a_page_says_so_and_whom_to_turn_to(
    home: Path, database_url: str, engine: Engine, publisher: Publisher
) -> None:
    with engine.begin() as connection:
        connection.execute(text("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA faults FROM kartlagd_server"))
    try:
        with serving(create_app(home, database_url)) as client:
            for answer in (client.get(FAULTS, headers=HTML), client.get(FAULTS), post(client)):
                assert answer.status_code == 503 and answer.headers["retry-after"] == "60"
                assert "gis@exempelby.example" in answer.text
            form = {"token": "1-" + "0" * 64, **GOOD}
            page = client.post(FAULTS, data=form, headers=HTML)
            assert page.status_code == 503 and Page(page.text).sent["text"] == GOOD["text"]
            assert client.get("/collections/works/items").status_code == 200
    finally:
        with engine.begin() as connection:
            connection.execute(text("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA faults TO kartlagd_server"))


def test_a_server_beside_a_database_of_the_version_before_reads_on(
    home: Path, database_url: str, engine: Engine, publisher: Publisher
) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER SCHEMA faults RENAME TO faults_later"))
    try:
        with serving(create_app(home, database_url)) as client:
            assert client.get(FAULTS, headers=HTML).status_code == 503 and post(client).status_code == 503
            assert client.get("/collections/works/items").status_code == 200
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER SCHEMA faults_later RENAME TO faults"))


def test_random_reports_never_harm(client: httpx.Client, engine: Engine) -> None:
    names = st.sampled_from([*GOOD, "email", "release", "token", "website", "x"])

    @settings_of_hypothesis(max_examples=150, deadline=None, derandomize=True, database=None)
    @given(st.dictionaries(names, st.text(max_size=60) | st.none() | st.integers() | st.lists(st.text(), max_size=2)))
    def send(sent: dict[str, object]) -> None:
        answer = client.post(FAULTS, json=sent)
        assert answer.status_code in (201, 400, 404), (sent, answer.text)
        texts = {name: str(value) for name, value in sent.items()}
        page = client.post(FAULTS, data=texts | {"token": old_token(engine)}, headers=HTML)
        assert page.status_code in (303, 400, 404), (sent, page.text)
        for each in (answer, page):
            assert not any(word in each.text for word in ("Traceback", "psycopg", "faults.keep"))

    send()
