"""`kartlagd load`, `report`, `releases`, `status` and `approve` as people run them, with accounts of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from catalogue.release import Release, find_release
from loaders.account import Account, account
from tests.aftermath import forget_all
from tests.command import environment, run
from tests.homes import load_layer, make_home, places, write_features

#: A person's account of which nothing is known but its number.
STRANGER = 21_001


@pytest.fixture
def home(tmp_path: Path, engine: Engine) -> Path:
    forget_all(engine)
    home = make_home(tmp_path, approve={"hold": "always", "four_eyes": True})
    write_features(home / "places.geojson", places(12))
    return home


def current(engine: Engine) -> Release | None:
    with engine.connect() as connection:
        return find_release(connection, "places")


def as_root_then_as_stranger(home: Path, *arguments: str, url: str) -> subprocess.CompletedProcess[str]:
    """The command twice in one process, which has become another account the second time.

    The interpreter may lie where another account cannot read: the first time, all that it needs is imported.
    """
    program = (
        "import os; from contextlib import suppress; from cli.main import main\n"
        "from plugins.downloads.format import formats; formats()\n"
        f"with suppress(SystemExit): main({list(arguments)!r})\n"
        f"os.setgroups([]); os.setgid({STRANGER}); os.setuid({STRANGER})\n"
        f"main({list(arguments)!r})"
    )
    return subprocess.run(
        [sys.executable, "-c", program], cwd=home,
        env=environment(url, KARTLAGD_DATA=str(home / "own"), SUDO_USER="anna"),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_one_loads_another_looks_and_approves(home: Path, engine: Engine, database_url: str) -> None:
    done = run(home, "load", "places", "--report", "rapporter", url=database_url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].split()[:4] == ["places", "waits", "for", "approval"]
    assert "kartlagd approve places" in done.stdout
    (page,) = (home / "rapporter").glob("*.html")
    assert "Waits for approval" in page.read_text("utf-8")
    if os.getuid() != 0:
        pytest.skip("only root can run a command as another account")
    for path in (home, *home.parents, *(home / "collections").rglob("*"), *(home / "config").rglob("*")):
        if path.is_relative_to(home) or path.name.startswith(("pytest", "popen", "test_")):
            path.chmod(0o755)
    for folder in ("collections", "config", "own"):
        (home / folder).mkdir(exist_ok=True)
        (home / folder).chmod(0o777)
    done = as_root_then_as_stranger(home, "approve", "places", "--note", "KS 2026/114", url=database_url)
    assert done.returncode == 0, done.stderr
    assert "“root” is the administrator's account" in done.stderr and "uid 21001" not in done.stderr
    assert "release 1 is published, approved by uid 21001" in done.stdout
    with engine.connect() as connection:
        row = connection.execute(text("SELECT loaded_by, approved_by, approval_note FROM kartlagd.release")).one()
    assert row == (account().name, "uid 21001", "KS 2026/114")
    shown = run(home, "report", "places", url=database_url)
    for said in ("Published as release 1.", "KS 2026/114", "uid 21001", "12 features are added"):
        assert said in shown.stdout


def test_what_is_rejected_stays_away(home: Path, engine: Engine, database_url: str) -> None:
    load_layer(engine, home)
    assert current(engine) is None
    assert "a release waits for approval until" in run(home, "status", url=database_url).stdout
    assert "waits for approval until" in run(home, "releases", "places", url=database_url).stdout
    done = run(home, "report", "places", "--held", "--format", "html", "--output", "en.html", url=database_url)
    assert done.returncode == 0 and (home / "en.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    done = run(home, "approve", "--reject", "places", "--note", "Fel fil", url=database_url)
    assert done.returncode == 0 and "nothing was published" in done.stdout
    done = run(home, "load", "places", url=database_url)
    assert done.returncode == 0 and "kartlagd load places --again" in done.stdout
    assert current(engine) is None


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
