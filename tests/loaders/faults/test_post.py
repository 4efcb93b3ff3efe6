"""Mail about reports of faults, taken by a server on a real socket."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, text

from catalogue.faults.keeping import Keeper
from catalogue.faults.report import Draft
from catalogue.faults.staff import report
from catalogue.files.home import Home
from catalogue.problems import WrongUse
from loaders.faults.letter import letter
from loaders.faults.post import post
from loaders.faults.smtp import MailServer
from loaders.faults.smtp import mail_server as told_by
from tests.homes import PUBLISHER, make_home
from tests.mail import Post, mail_server
from tests.releases import Publisher, layer
from tests.server.conftest import FIELDS, works

DRAFT = Draft("places", "Gåsen 1:2", 1, "value", "lanes", "Det är tre körfält.", "a@exempelby.example", "sv")


@pytest.fixture(scope="module")
def published(engine: Engine) -> None:
    Publisher(engine).publish(layer("places", FIELDS), works())


@pytest.fixture
def keeper(database_url: str, engine: Engine, published: None) -> Iterator[Keeper]:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM faults.report"))
    keeper = Keeper(database_url, own_login=False)
    yield keeper
    keeper.engine.dispose()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return written(make_home(tmp_path))


def written(folder: Path, **mail: Any) -> Home:
    said = {"base_url": "https://geo.exempelby.example", "faults": {"mail": {"sender": "geo@exempelby.example"} | mail}}
    (folder / "config" / "server.yml").write_text(yaml.safe_dump(said), "utf-8")
    return Home.read(folder)


def keep(keeper: Keeper, **changes: Any) -> int:
    return keeper.keep(replace(DRAFT, **changes), "192.0.2.1", [1000] * 4).number or 0


def local(server: Post, user: str | None = None, password: str | None = None) -> MailServer:
    return MailServer("127.0.0.1", server.port, False, user, password)


def test_a_report_is_mailed_once_to_the_publishers_contact(keeper: Keeper, engine: Engine, home: Home) -> None:
    number = keep(keeper)
    with mail_server() as server:
        assert post(engine, home, local(server)).sent == 1
        assert post(engine, home, local(server)).sent == 0
    (mail,) = server.mails
    assert server.recipients == [[PUBLISHER["contact"]["email"]]]  # type: ignore[index]
    assert mail["To"] == "gis@exempelby.se" and mail["From"] == "geo@exempelby.example"
    assert mail["Reply-To"] == "a@exempelby.example" and mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == f"Felanmälan {number}: places, Gåsen 1:2"
    assert mail.get_content_type() == "text/plain"
    body = mail.get_content()
    for said in (
        "Objekt: Gåsen 1:2", "https://geo.exempelby.example/collections/places/items/G%C3%A5sen%201%3A2",
        "> Det är tre körfält.", "En uppgift är fel", f"kartlagd reports done {number}",
    ):  # fmt: skip
        assert said in body, body
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT mailed_at FROM faults.report")) is not None


def test_in_the_publishers_main_language_and_to_another_address(keeper: Keeper, engine: Engine, tmp_path: Path) -> None:
    folder = make_home(tmp_path)
    (folder / "config" / "publishers" / "exempelby.yml").write_text(
        yaml.safe_dump(PUBLISHER | {"languages": ["en", "sv"]}), "utf-8"
    )
    keep(keeper, email=None, feature=None, kind="missing", field=None)
    with mail_server() as server:
        assert post(engine, written(folder, to="kart@exempelby.example"), local(server)).sent == 1
    (mail,) = server.mails
    assert mail["To"] == "kart@exempelby.example" and mail["Reply-To"] is None
    assert "Something is missing" in mail.get_content() and "nobody: no address was given" in mail.get_content()


@pytest.mark.parametrize(
    "said",
    [
        {"text": "Hej\n.\nBcc: all@exempelby.example\n\nFrom: x"},
        {"text": "\n".join(["."] * 50)},
        {"text": "From here\n>From there\n" + "å" * 1500},
        {"text": "<script>alert(1)</script>"},
        {"text": "😀" * 2000},
        {"feature": "a\r\nBcc: all@exempelby.example"},
        {"feature": "å" * 900},
        {"email": '"a"@exempelby.example'},
        {"email": "a..b.@exempelby.example"},
    ],
)
def test_nothing_that_was_written_gets_out_of_its_place(
    keeper: Keeper, engine: Engine, home: Home, said: dict[str, Any]
) -> None:
    keep(keeper, **said)
    with mail_server() as server:
        assert post(engine, home, local(server)).sent == 1
    (mail,) = server.mails
    head = BytesHeaderParser(policy=policy.default).parsebytes(server.raw[0])
    assert {name.lower() for name in head} == {
        "subject", "from", "to", "reply-to", "date", "message-id", "auto-submitted", "content-type",
        "content-transfer-encoding", "mime-version",
    }  # fmt: skip
    assert len(head.items()) == 10 and server.recipients == [["gis@exempelby.se"]]
    assert max(map(len, server.raw[0].splitlines())) <= 998
    quoted = [line.removeprefix("> ") for line in mail.get_content().splitlines() if line.startswith(">")]
    assert "\n".join(quoted) == said.get("text", DRAFT.text)


def test_a_header_cannot_be_made(keeper: Keeper, engine: Engine, home: Home) -> None:
    with engine.connect() as connection:
        number = keep(keeper)
        fault = report(connection, number)
    assert fault is not None
    publisher = home.publishers["exempelby"]
    for wrong in ("a@x.example\r\nBcc: b@x.example", "a@x.example\nX: y"):
        with pytest.raises(ValueError, match="CR or LF|newline|idna|codec"):
            letter(replace(fault, email=wrong), home, publisher, "geo@exempelby.example", "gis@exempelby.example")


def test_one_that_is_refused_keeps_none_of_the_others_and_comes_later(
    keeper: Keeper, engine: Engine, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    numbers = [keep(keeper, text=f"Hemligt {n}") for n in range(3)]
    with caplog.at_level(logging.DEBUG), mail_server(Post(refused="gis")) as server:
        posted = post(engine, home, local(server))
        assert posted.sent == 0 and set(posted.failed) == set(numbers)
        assert all("550" in str(each) and "secret" not in str(each) for each in posted.failed.values())
        server.refused = "nobody"
        assert post(engine, home, local(server)).sent == 0
        with engine.begin() as connection:
            waits = connection.scalars(
                text("SELECT extract(epoch FROM mail_after - clock_timestamp()) FROM faults.report")
            ).all()
            assert all(50 < wait <= 60 for wait in waits)
            connection.execute(text("UPDATE faults.report SET mail_after = mail_after - interval '1 min'"))
        assert post(engine, home, local(server)).sent == 3
    assert "Hemligt" not in caplog.text and "a@exempelby" not in caplog.text


def test_two_that_send_at_once_send_each_once(keeper: Keeper, engine: Engine, home: Home) -> None:
    for number in range(12):
        keep(keeper, text=f"Fel {number}")
    with mail_server() as server, ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda _n: post(engine, home, local(server)).sent, range(4)))
    assert sum(sent) == 12 and len({mail["Message-ID"] for mail in server.mails}) == len(server.mails) == 12


def test_a_server_that_is_away_is_tried_again_later(keeper: Keeper, engine: Engine, home: Home) -> None:
    keep(keeper)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        posted = post(engine, home, MailServer("127.0.0.1", port, False))
    assert posted.sent == 0 and posted.trouble is not None and str(port) in str(posted.trouble)
    with engine.begin() as connection:
        row = connection.execute(text("SELECT mail_tries, mail_after > clock_timestamp() FROM faults.report")).one()
        assert tuple(row) == (1, True)
        connection.execute(text("UPDATE faults.report SET mail_tries = 1000, mail_after = NULL"))
        connection.commit()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        post(engine, home, MailServer("127.0.0.1", taken.getsockname()[1], True))
    with engine.connect() as connection:
        wait = connection.scalar(text("SELECT mail_after - clock_timestamp() FROM faults.report"))
        assert wait is not None and 5.9 * 3600 < wait.total_seconds() <= 6 * 3600


def test_what_is_handled_or_spam_is_not_mailed(keeper: Keeper, engine: Engine, home: Home) -> None:
    keep(keeper)
    with engine.begin() as connection:
        connection.execute(text("UPDATE faults.report SET state = 'spam'"))
    with mail_server() as server:
        assert post(engine, home, local(server)).sent == 0
    assert server.mails == []


def test_a_password_is_used_and_a_wrong_one_is_told_without_it(keeper: Keeper, engine: Engine, home: Home) -> None:
    keep(keeper)
    with mail_server(Post(password="mycket hemligt")) as server:
        wrong = post(engine, home, local(server, "geo", "fel ord"))
        assert wrong.trouble is not None and "535" in str(wrong.trouble) and "fel ord" not in str(wrong.trouble)
        with engine.begin() as connection:
            connection.execute(text("UPDATE faults.report SET mail_after = NULL"))
        assert post(engine, home, local(server, "geo", "mycket hemligt")).sent == 1
    assert server.logins[-1] == "\0geo\0mycket hemligt"


def test_nothing_goes_in_the_open_to_another_machine(keeper: Keeper, engine: Engine, home: Home) -> None:
    keep(keeper)
    with mail_server() as server:
        # A name that leads here, but does not say so.
        posted = post(engine, home, MailServer("127.1", server.port, False))
    assert "does not encrypt" in str(posted.trouble) and server.mails == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("smtp://mail.example", MailServer("mail.example", 587, False)),
        ("smtps://mail.example", MailServer("mail.example", 465, True)),
        (
            "smtp://geo%40x.example:p%3Aw%2F@mail.example:25",
            MailServer("mail.example", 25, False, "geo@x.example", "p:w/"),
        ),
        ("", None),
    ],
)
def test_what_smtp_url_says(written: str, expected: MailServer | None) -> None:
    found = told_by({"SMTP_URL": written})
    assert found == expected
    assert "p:w" not in repr(found)


@pytest.mark.parametrize(
    "written", ["mail.example", "http://mail.example", "smtp://", "smtp://u:secret@h:x", "smtp://h/x"]
)
def test_what_smtp_url_cannot_say_is_not_repeated(written: str) -> None:
    with pytest.raises(WrongUse, match="SMTP_URL") as refused:
        told_by({"SMTP_URL": written})
    assert "secret" not in str(refused.value)
