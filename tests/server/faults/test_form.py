"""The form: read, filled in and sent over HTTP as a browser does it, without scripts."""

from __future__ import annotations

import socket
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from sqlalchemy import Engine, text

from server.faults.body import MAX_BYTES
from tests.server.faults.conftest import FAULTS, GOOD, HTML, Page, kept, old_token

LONGEST = 2000


def opened(client: httpx.Client, feature: str = "v9", **parameters: str) -> Page:
    answer = client.get(FAULTS, params={**({"feature": feature} if feature else {}), **parameters}, headers=HTML)
    assert answer.status_code == 200, answer.text
    return Page(answer.text)


def send(client: httpx.Client, engine: Engine, *, lang: str = "", **changes: str) -> httpx.Response:
    """The form of v9, opened ten seconds ago, filled in and sent."""
    form = {"token": old_token(engine), "release": "1", "website": "", "email": "", **GOOD, **changes}
    return client.post(FAULTS, params={"lang": lang} if lang else {}, data=form, headers=HTML)


def test_from_the_form_to_thanks(client: httpx.Client, engine: Engine) -> None:
    page = opened(client)
    assert page.fields["feature"] == "v9" and page.fields["release"] == "1" and page.fields["token"]
    sent = page.sent | {"kind": "value", "field": "lanes", "text": "Rad ett\r\nRad två", "email": "a@exempelby.example"}
    answer = client.post(FAULTS, data=sent | {"token": old_token(engine)}, headers=HTML | {"accept-language": "sv"})
    assert answer.status_code == 303 and answer.headers["cache-control"] == "no-store"
    (report,) = kept(engine)
    location = urlsplit(answer.headers["location"])
    assert location.path == FAULTS and location.query == f"received={report['number']}&feature=v9"
    assert (report["layer"], report["feature"], report["release"], report["kind"], report["field"]) == (
        "works", "v9", 1, "value", "lanes",
    )  # fmt: skip
    assert report["body"] == "Rad ett\nRad två" and report["email"] == "a@exempelby.example"
    assert report["language"] == "sv" and report["state"] == "new"
    thanks = client.get(f"{FAULTS}?{location.query}", headers=HTML | {"accept-language": "sv"})
    assert thanks.status_code == 200 and str(report["number"]) in Page(thanks.text).words
    assert "/collections/works/items/v9" in thanks.text and "Tack" in thanks.text
    assert client.get(f"{FAULTS}?{location.query}&f=json").json()["received"] == report["number"]


def test_the_page_says_what_it_must(client: httpx.Client) -> None:
    swedish, english = opened(client, lang="sv"), opened(client, lang="en")
    for word in ("allmän handling", "personnummer", "gis@exempelby.example", "90 dagar"):
        assert word in swedish.words, word
    assert "public document" in english.words and "What is wrong?" in english.words
    for name in ("kind", "field", "text", "email"):
        assert swedish.attributes[name]["id"] == name
    assert swedish.attributes["website"]["tabindex"] == "-1"
    answer = client.get(FAULTS, params={"feature": "v9"}, headers=HTML)
    assert answer.headers["x-robots-tag"] == "noindex" and "'unsafe" not in answer.headers["content-security-policy"]
    assert "<style" not in answer.text and " style=" not in answer.text


def test_without_an_object_it_is_about_the_layer(client: httpx.Client, engine: Engine) -> None:
    page = opened(client, feature="")
    assert "feature" not in page.fields and "field" not in page.fields
    assert "position" not in client.get(FAULTS, headers=HTML).text
    form = page.sent | {"kind": "missing", "text": "En väg saknas.", "token": old_token(engine)}
    assert client.post(FAULTS, data=form, headers=HTML).status_code == 303
    assert kept(engine)[0]["feature"] is None
    answer = client.post(FAULTS, data=form | {"kind": "gone"}, headers=HTML)
    assert answer.status_code == 400 and "kind-wrong" in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", ""), ("kind", "nothing"), ("field", "secret"), ("text", ""), ("text", " \n\t "), ("text", "x" * 2001),
        ("text", "Jag heter så, 19980812-2395"), ("email", "a@b"), ("email", "a b@exempelby.example"),
        ("email", "a@exempelby.example\r\nBcc: all@exempelby.example"), ("email", "a,b@exempelby.example"),
        ("email", "<a@exempelby.example>"), ("email", f"{'a' * 250}@exempelby.example"),
        ("release", "2"), ("release", "0"), ("release", "x"), ("release", "9" * 30),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    client: httpx.Client, engine: Engine, field: str, value: str
) -> None:
    answer = send(client, engine, **({"email": "a@exempelby.example"} | {field: value}))
    assert answer.status_code == 400, answer.text
    assert answer.headers["cache-control"] == "no-store"
    page = Page(answer.text)
    assert {"summary", f"{field}-wrong"} <= page.ids or field == "release"
    if field != "release":
        attributes = page.attributes[field]
        assert attributes["aria-invalid"] == "true"
        described = str(attributes["aria-describedby"]).split()
        assert f"{field}-wrong" in described and set(described) <= page.ids
    expected = GOOD | {"email": "a@exempelby.example"}
    for name in {"kind", "field", "text", "email"} - {field}:
        assert page.sent[name] == expected[name], name
    assert page.fields["release"] == "1"
    if field == "text" and value.strip():
        assert page.sent["text"] == value
    assert kept(engine) == []


def test_an_english_reader_gets_english_errors(client: httpx.Client, engine: Engine) -> None:
    assert "Write what is wrong." in send(client, engine, lang="en", text="").text
    answer = send(client, engine, lang="sv", text="")
    assert "Skriv vad som är fel." in answer.text and 'action="http://geo.example' + FAULTS + '?lang=sv"' in answer.text
    assert "lang=sv" in send(client, engine, lang="sv").headers["location"]


def test_the_form_is_no_quicker_and_no_older_than_people(client: httpx.Client, engine: Engine) -> None:
    for mark, word in (
        (opened(client).fields["token"], "quicker"),
        (old_token(engine, 86_500), "more than a day"),
        (old_token(engine, -100), "quicker"),
        (old_token(engine, layer="other"), "not from here"),
        (old_token(engine).replace("-", "0-", 1), "not from here"),
        ("1-" + "0" * 64, "not from here"),
        ("", "not from here"),
        ("x" * 3000, "not from here"),
    ):
        answer = send(client, engine, lang="en", token=mark)
        assert answer.status_code == 400 and word in answer.text, (mark, Page(answer.text).words)
        page = Page(answer.text)
        assert page.sent["text"] == GOOD["text"]
        assert (page.fields["token"] == mark) == (word == "quicker")
    assert kept(engine) == []
    assert send(client, engine, token=old_token(engine, 86_000)).status_code == 303


def test_a_field_that_people_do_not_see(client: httpx.Client, engine: Engine) -> None:
    answer = send(client, engine, website="https://spam.example")
    assert answer.status_code == 400 and kept(engine) == []
    page = Page(answer.text)
    assert page.fields["website"] == "" and page.sent["text"] == GOOD["text"]
    assert client.post(FAULTS, data=page.sent, headers=HTML).status_code == 303


def test_a_mark_of_yesterday_counts_and_keys_are_shared_by_all_processes(client: httpx.Client, engine: Engine) -> None:
    mark = old_token(engine, 3600)
    with engine.begin() as connection:
        connection.execute(text("UPDATE faults.key SET day = day - 1"))
    assert send(client, engine, token=mark).status_code == 303
    assert send(client, engine, text="Igen", token=mark).status_code == 303


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        '"><svg onload=alert(1)>',
        "</textarea><script>alert(1)</script>",
        "{{ 7 * 7 }}{% raw %}",
        "'; DROP TABLE faults.report; --",
        "%s %(x)s :x $1 {0}",
        "å" * LONGEST,
        "😀" * LONGEST,
        "שלום עולם",
        "\u200d👩‍👩‍👧‍👦",
    ],
)  # fmt: skip
def test_hostile_texts_are_kept_as_texts(client: httpx.Client, engine: Engine, hostile: str) -> None:
    assert send(client, engine, text=hostile).status_code == 303
    assert kept(engine)[0]["body"] == hostile
    again = send(client, engine, text=hostile, kind="")
    assert again.status_code == 400 and "<script>alert" not in again.text and "<svg onload" not in again.text
    assert Page(again.text).sent["text"] == hostile


def test_what_cannot_be_seen_is_taken_out(client: httpx.Client, engine: Engine) -> None:
    assert send(client, engine, text="\x00a\x1b[31mröd\x07\u202egnp.exe\u2066\r\nslut\x7f\x85").status_code == 303
    assert kept(engine)[0]["body"] == "a[31mrödgnp.exe\nslut"


def test_ten_thousand_characters_are_told_and_not_lost(client: httpx.Client, engine: Engine) -> None:
    answer = send(client, engine, lang="en", text="x" * 10_000)
    assert answer.status_code == 400 and "10000 characters" in answer.text
    assert Page(answer.text).sent["text"] == "x" * 10_000
    assert send(client, engine, text="å" * 10_000).status_code == 413


@pytest.mark.parametrize("feature", ["nothing", "a\0b", "x" * 5000, "../works"])
def test_an_object_that_does_not_exist(client: httpx.Client, engine: Engine, feature: str) -> None:
    assert send(client, engine, feature=feature).status_code == 404
    expected = 400 if "\0" in feature else 404
    assert client.get(FAULTS, params={"feature": feature}, headers=HTML).status_code == expected
    assert kept(engine) == []


@pytest.mark.parametrize("feature", ["Exempelby Gåsen 1:2", "a/b", "x/items/y", "50 % & mer?", "a#b", "ü+ö", "<b>"])
def test_ids_that_are_hard_to_carry(client: httpx.Client, engine: Engine, feature: str) -> None:
    page = opened(client, feature=feature)
    assert page.fields["feature"] == feature
    answer = send(client, engine, feature=feature)
    assert answer.status_code == 303 and kept(engine)[0]["feature"] == feature
    thanks = client.get(answer.headers["location"].removeprefix("http://geo.example"), headers=HTML)
    (link,) = [part.split('"')[0] for part in thanks.text.split('href="') if "/works/items/" in part.split('"')[0]]
    assert client.get(link.removeprefix("http://geo.example")).json()["id"] == feature


def test_a_layer_that_is_not_published_has_none(client: httpx.Client, engine: Engine) -> None:
    for name in ("later", "nothing"):
        for answer in (
            client.get(f"/collections/{name}/faults", headers=HTML),
            client.post(f"/collections/{name}/faults", data={"token": old_token(engine), **GOOD}, headers=HTML),
            client.post(f"/collections/{name}/faults", json={"kind": "other", "text": "x"}),
        ):
            assert answer.status_code == 404
    assert kept(engine) == []


def raw(client: httpx.Client, head: str, body: bytes = b"", *, wait: float = 30) -> bytes:
    """A request as bytes, and the answer up to the end of the connection."""
    with socket.create_connection((client.base_url.host, client.base_url.port or 80), timeout=wait) as connection:
        connection.sendall(f"POST {FAULTS} HTTP/1.1\r\nHost: geo.example\r\n{head}\r\n".encode() + body)
        found = b""
        while piece := connection.recv(65_536):
            found += piece
        return found


def test_a_body_that_is_too_long_ends_the_connection(client: httpx.Client, engine: Engine) -> None:
    form = "Content-Type: application/x-www-form-urlencoded\r\n"
    stated = raw(client, f"{form}Content-Length: {MAX_BYTES + 1}\r\n")
    assert stated.startswith(b"HTTP/1.1 413") and b"connection: close" in stated.lower()
    piece = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    unstated = raw(client, f"{form}Transfer-Encoding: chunked\r\n", piece + piece)
    assert unstated.startswith(b"HTTP/1.1 413")
    assert kept(engine) == []


def test_a_body_that_does_not_come_is_not_waited_for(client: httpx.Client, engine: Engine) -> None:
    head = "Content-Type: application/json\r\nContent-Length: 100\r\n"
    assert raw(client, head, b'{"kind"').startswith(b"HTTP/1.1 408")
    assert kept(engine) == []


def test_the_longest_text_fits_whatever_its_letters_are() -> None:
    form = {**GOOD, "text": "😀" * LONGEST, "feature": "å" * 100, "email": "a" * 254, "token": "1" * 80, "website": ""}
    assert len(urlencode(form)) < MAX_BYTES
