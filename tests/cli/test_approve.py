"""`kartlagd load`, `report`, `releases`, `status` and `approve` as people run them, with accounts of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from loaders.account import Account, account
from tests.aftermath import find, forget_all
from tests.command import environment, run
from tests.homes import make_home, places, write_features

#: A person's account of which nothing is known but its number.
STRANGER = 21_001


@pytest.fixture
def home(tmp_path: Path, engine: Engine) -> Path:
    forget_all(engine)
    home = make_home(tmp_path, approve={"hold": "always", "four_eyes": True})
    write_features(home / "places.geojson", places(12))
    return home


def as_stranger(home: Path, *arguments: str, url: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of another account, with a folder of its own."""
    own = home / "own"
    own.mkdir(exist_ok=True)
    os.chown(own, STRANGER, STRANGER)
    return subprocess.run(
        [sys.executable, "-c", "from cli.main import main; main()", *arguments],
        cwd=home, env=environment(url, KARTLAGD_HOME=str(home), KARTLAGD_DATA=str(own), HOME=str(own)),
        capture_output=True, text=True, timeout=60, check=False, user=STRANGER, group=STRANGER, extra_groups=[],
    )  # fmt: skip


def test_one_loads_another_looks_and_approves(home: Path, engine: Engine, database_url: str) -> None:
    done = run(home, "load", "places", "--report", "rapporter", url=database_url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].split()[:4] == ["places", "waits", "for", "approval"]
    assert "kartlagd approve places" in done.stdout
    (page,) = (home / "rapporter").glob("*.html")
    assert "Waits for approval" in page.read_text("utf-8")
    listed = run(home, "releases", "places", url=database_url)
    assert "waits for approval until" in listed.stdout and listed.returncode == 0
    assert "a release waits for approval until" in run(home, "status", url=database_url).stdout
    shown = run(home, "report", "places", "--held", url=database_url)
    assert shown.returncode == 0 and "12 features are added" in shown.stdout
    done = run(home, "approve", "places", url=database_url)
    assert done.returncode == 1 and find(engine) is None
    assert ("administrator" if os.getuid() == 0 else "loaded this release") in done.stderr
    if os.getuid() != 0 or Path(sys.prefix).resolve().is_relative_to("/root"):
        pytest.skip("only root can run a command as another account")
    for folder in (home, *home.parents):
        if folder.stat().st_uid == os.getuid() and folder.name.startswith(("pytest", "test_")):
            folder.chmod(0o755)
    done = as_stranger(home, "approve", "places", "--note", "KS 2026/114", url=database_url)
    assert done.returncode == 0, done.stderr
    assert "release 1 is published, approved by uid 21001" in done.stdout
    with engine.connect() as connection:
        row = connection.execute(text("SELECT loaded_by, approved_by, approval_note FROM kartlagd.release")).one()
    assert row == (account().name, "uid 21001", "KS 2026/114")
    shown = run(home, "report", "places", url=database_url)
    assert "Published as release 1." in shown.stdout and "KS 2026/114" in shown.stdout
    facts = json.loads(run(home, "report", "places", "1", "--format", "json", url=database_url).stdout)
    assert facts["approved_by"] == "uid 21001" and facts["after"]["features"] == 12
    done = run(home, "report", "places", "--format", "html", "--output", "en.html", url=database_url)
    assert done.returncode == 0 and (home / "en.html").read_text("utf-8").startswith("<!DOCTYPE html>")


def test_what_is_rejected_stays_away(home: Path, engine: Engine, database_url: str) -> None:
    run(home, "load", "places", url=database_url)
    (written,) = (home / ".kartlagd" / "reports" / "places").glob("*.html")
    assert written.stat().st_size < 500_000
    done = run(home, "approve", "--reject", "places", "--note", "Fel fil", url=database_url)
    assert done.returncode == 0 and "nothing was published" in done.stdout
    done = run(home, "load", "places", url=database_url)
    assert done.returncode == 0 and "kartlagd load places --again" in done.stdout
    done = run(home, "approve", "places", url=database_url)
    assert done.returncode == 2 and "No release of places waits for approval." in done.stderr
    assert find(engine) is None


def test_an_account_is_what_the_system_knows_not_what_anybody_writes(tmp_path: Path) -> None:
    login = tmp_path / "loginuid"
    login.write_text("4294967295")
    own = account({"USER": "anna", "LOGNAME": "anna", "SUDO_USER": "anna"}, login)
    assert own.uid == os.getuid() and own.name != "anna"
    sudo = account({"SUDO_UID": "21001", "SUDO_USER": "anna"}, login)
    assert sudo == (Account("uid 21001", 21001) if os.getuid() == 0 else own)
    login.write_text("21002")
    assert account({"SUDO_UID": "21001"}, login) == Account("uid 21002", 21002)
    assert account({}, tmp_path / "absent").uid == os.getuid()
    assert Account("anna", 1001).no_person([]) is None and Account("nobody", 65534).no_person([])
