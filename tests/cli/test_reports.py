"""`kartlagd reports` as staff use it, and what `kartlagd run` does about reports."""

from __future__ import annotations

import json
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, text

from catalogue.faults.keeping import Keeper
from catalogue.faults.report import Draft
from tests.command import run
from tests.homes import make_home
from tests.mail import Post, mail_server
from tests.releases import Publisher, layer
from tests.server.conftest import FIELDS, works

DRAFT = Draft("places", "v9", 1, "value", "lanes", "Det är tre körfält.", "a@exempelby.example", "sv")


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
def home(tmp_path: Path) -> Path:
    return configured(make_home(tmp_path))


def configured(home: Path, **faults: Any) -> Path:
    said = {"base_url": "https://geo.exempelby.example", "faults": faults}
    (home / "config" / "server.yml").write_text(yaml.safe_dump(said), "utf-8")
    return home


def keep(keeper: Keeper, **changes: Any) -> str:
    return str(keeper.keep(replace(DRAFT, **changes), "192.0.2.1", [1000] * 4).number)


def told(home: Path, url: str, *arguments: str, code: int = 0, **variables: str) -> str:
    ended = run(home, *arguments, url=url, **variables)
    assert ended.returncode == code, (ended.stdout, ended.stderr)
    return ended.stdout + ended.stderr


def test_an_empty_list_says_so(home: Path, database_url: str, keeper: Keeper) -> None:
    assert "There are no new reports." in told(home, database_url, "reports")
    assert "Det finns inga nya anmälningar." in told(home, database_url, "--lang", "sv", "reports")
    assert "There are no reports." in told(home, database_url, "reports", "--all")
    assert json.loads(told(home, database_url, "reports", "--json")) == []


def test_listed_read_and_done(home: Path, database_url: str, keeper: Keeper) -> None:
    first, second = keep(keeper), keep(keeper, feature=None, kind="missing", field=None, text="[red]En väg[/] saknas")
    listed = told(home, database_url, "--lang", "sv", "reports")
    for said in (first, second, "places", "En uppgift är fel: lanes", "Det är tre körfält.", "[red]En väg[/] saknas"):
        assert said in listed, listed
    assert "https://geo.exempelby.example/collections/places/items/v9" in "".join(listed.split())
    status = run(home, "status", url=database_url).stdout
    assert "nobody has dealt with: 2" in status
    shown = told(home, database_url, "reports", "show", first)
    for said in ("Det är tre körfält.", "a@exempelby.example", "A value is wrong", "/collections/places/items/v9"):
        assert said in shown, shown
    assert "handled" in told(home, database_url, "reports", "done", first, "--note", "Rättat i utgåva 2")
    listed = told(home, database_url, "reports")
    assert "Det är tre" not in listed and "saknas" in listed
    again = told(home, database_url, "reports", "show", first)
    assert "Rättat i utgåva 2" in again and "a@exempelby.example" not in again and "(handled)" in again
    told(home, database_url, "reports", "spam", second)
    assert "There are no new reports." in told(home, database_url, "reports")
    everything = json.loads(told(home, database_url, "reports", "--all", "--json"))
    assert [each["state"] for each in everything] == ["handled", "spam"]
    assert everything[0]["text"] == DRAFT.text and everything[0]["address"].endswith("/items/v9")


def test_one_layer_and_what_does_not_exist(home: Path, database_url: str, keeper: Keeper) -> None:
    keep(keeper)
    assert "Det är tre" in told(home, database_url, "reports", "--layer", "places")
    assert "places" in told(home, database_url, "reports", "--layer", "place", code=2)
    for action in ("show", "done", "spam"):
        assert "999999" in told(home, database_url, "reports", action, "999999", code=2)
        assert "Traceback" not in told(home, database_url, "reports", action, "x", code=2)
    assert "belong to the list" in told(home, database_url, "reports", "--all", "show", "1", code=2)


def test_a_terminal_shows_hostile_texts_as_texts(home: Path, database_url: str, keeper: Keeper) -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J[bold]x[/bold] \u202egnp" + "å" * 1900
    number = keep(keeper, text=hostile)
    for said in (told(home, database_url, "reports"), told(home, database_url, "reports", "show", number)):
        assert "\x1b" not in said and "\x07" not in said and "[bold]x[/bold]" in said


def test_the_difference_from_report_is_told(home: Path, database_url: str) -> None:
    def help_of(*arguments: str) -> str:
        return " ".join(told(home, database_url, *arguments, "--help").split())

    assert "`kartlagd reports`" in help_of("report")
    assert "the public has reported" in help_of("reports") and "`kartlagd report`" in help_of("reports")
    assert "allmänheten har anmält" in help_of("--lang", "sv", "reports")


def test_old_ones_are_deleted_when_reports_are_listed(
    home: Path, database_url: str, keeper: Keeper, engine: Engine
) -> None:
    number = keep(keeper)
    told(home, database_url, "reports", "done", number)
    configured(home, keep_days=7)
    with engine.begin() as connection:
        connection.execute(text("UPDATE faults.report SET handled_at = handled_at - interval '6 days'"))
    assert number in told(home, database_url, "reports", "--all")
    with engine.begin() as connection:
        connection.execute(text("UPDATE faults.report SET handled_at = handled_at - interval '2 days'"))
    assert "There are no reports." in told(home, database_url, "reports", "--all")


def test_mail_is_sent_on_request(home: Path, database_url: str, keeper: Keeper) -> None:
    number = keep(keeper)
    assert "faults: mail" in told(home, database_url, "reports", "--send", code=2)
    configured(home, mail={"sender": "geo@exempelby.example"})
    assert "SMTP_URL" in told(home, database_url, "reports", "--send", code=2)
    with mail_server(Post(refused="gis")) as server:
        url = f"smtp://127.0.0.1:{server.port}"
        said = told(home, database_url, "reports", "--send", code=1, SMTP_URL=url)
        assert f"Report {number}: " in said and "550" in said and "körfält" not in said
    assert "secret" not in told(home, database_url, "reports", "--send", code=2, SMTP_URL="http://u:secret@h")
    keep(keeper, text="Ett till")
    with mail_server() as server:
        said = told(home, database_url, "reports", "--send", SMTP_URL=f"smtp://127.0.0.1:{server.port}")
        assert "about 1 reports" in said
    assert len(server.mails) == 1


def test_a_server_that_encrypts_must_be_who_it_says(
    home: Path, database_url: str, keeper: Keeper, engine: Engine, tmp_path: Path
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(
        [*made, "-days", "2", "-subj", "/CN=post", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    secret = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secret.load_cert_chain(certificate, key)
    configured(home, mail={"sender": "geo@exempelby.example"})
    keep(keeper)
    with mail_server(secret=secret) as server:
        url = f"smtps://127.0.0.1:{server.port}"
        said = told(home, database_url, "reports", "--send", code=1, SMTP_URL=url)
        assert "SSLCertVerificationError" in said and server.mails == []
        with engine.begin() as connection:
            connection.execute(text("UPDATE faults.report SET mail_after = NULL"))
        told(home, database_url, "reports", "--send", SMTP_URL=url, SSL_CERT_FILE=str(certificate))
    assert len(server.mails) == 1


def test_the_runner_sends_and_tidies(home: Path, database_url: str, keeper: Keeper, engine: Engine) -> None:
    configured(home, mail={"sender": "geo@exempelby.example"})
    handled = keep(keeper, text="Gammalt")
    told(home, database_url, "reports", "done", handled)
    keep(keeper)
    with engine.begin() as connection:
        connection.execute(text("UPDATE faults.report SET handled_at = handled_at - interval '1 year'"))
    with mail_server() as server:
        said = told(home, database_url, "run", "--once", "--no-finish", SMTP_URL=f"smtp://127.0.0.1:{server.port}")
    assert len(server.mails) == 1 and "körfält" not in said and "exempelby.example" not in said
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM faults.report")) == 1


def test_the_runner_says_once_that_mail_was_not_sent(home: Path, database_url: str, keeper: Keeper) -> None:
    configured(home, mail={"sender": "geo@exempelby.example"})
    keep(keeper)
    said = told(home, database_url, "run", "--once", "--no-finish", code=0)
    assert said.count("kartlagd reports --send says why") == 1
