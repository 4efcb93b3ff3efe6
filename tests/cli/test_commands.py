"""The command line as a person meets it: help, languages, exit codes, and words instead of tracebacks."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url

from tests.aftermath import features, forget_all
from tests.command import run
from tests.homes import load_layer, make_home, places, write_features

#: A password that must never be shown.
SECRET = "hemligt-4711"
NOBODY = f"postgresql://kartlagd:{SECRET}@127.0.0.1:1/kartlagd"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = make_home(tmp_path)
    write_features(home / "places.geojson", places(5))
    return home


@pytest.fixture
def loaded(home: Path, engine: Engine) -> Path:
    forget_all(engine)
    assert load_layer(engine, home).release == 1
    return home


def wrong_use(home: Path, *arguments: str, url: str | None = None, **variables: str) -> str:
    """What one line says about a wrong use."""
    done = run(home, *arguments, url=url, **variables)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr and SECRET not in done.stdout + done.stderr
    (line,) = done.stderr.strip().splitlines()
    return line


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        (["--help"], {}, ["Usage", "Examples: kartlagd check", "Load layers into new releases."]),
        (
            ["load", "--help"],
            {"KARTLAGD_LANG": "", "LANG": "sv_SE.UTF-8"},
            ["Exempel: kartlagd load", "--accept-shrink"],
        ),
        (["db", "start", "--help", "--lang", "sv"], {}, ["Exempel: kartlagd db start"]),
        (["--lang", "sv", "new", "--help"], {}, ["Exempel: kartlagd new"]),
    ],
)
def test_help_has_examples_in_both_languages(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], words: list[str]
) -> None:
    done = run(tmp_path, *arguments, **variables)
    assert (done.returncode, done.stderr) == (0, "")
    for word in words:
        assert word in done.stdout


@pytest.mark.parametrize(
    "variables",
    [{"KARTLAGD_LANG": "sv"}, {"KARTLAGD_LANG": "", "LANG": "sv_SE.UTF-8"}, {"KARTLAGD_LANG": "", "LC_ALL": "sv_FI"}],
)
def test_messages_are_swedish_where_the_locale_is(tmp_path: Path, variables: dict[str, str]) -> None:
    assert "Ingen mapp" in wrong_use(tmp_path, "check", **variables)


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "cp850"])
def test_a_terminal_that_does_not_know_a_letter(home: Path, encoding: str) -> None:
    done = run(home, "--lang", "sv", "check", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "Lager: 1. Inga fel."


def test_outside_a_project_folder(tmp_path: Path) -> None:
    for command in (["check"], ["load", "--all"]):
        said = wrong_use(tmp_path, *command)
        assert "No folder “collections”" in said and "KARTLAGD_HOME" in said


@pytest.mark.parametrize(
    "arguments",
    [["load", "places"], ["load", "--all"], ["releases", "places"], ["diff", "places", "1", "2"],
     ["rollback", "places", "1"], ["db", "migrate"]],
    ids=" ".join,
)  # fmt: skip
def test_a_database_that_does_not_answer(home: Path, arguments: list[str]) -> None:
    done = run(home, *arguments, url=NOBODY)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "127.0.0.1" in done.stderr and "port 1" in done.stderr
    assert SECRET not in done.stdout + done.stderr and "Traceback" not in done.stderr


def test_without_a_database_at_all(home: Path) -> None:
    assert "kartlagd db start" in wrong_use(home, "load", "places")


def test_a_wrong_password_is_not_shown(home: Path, database_url: str) -> None:
    wrong = make_url(database_url).set(password=SECRET).render_as_string(hide_password=False)
    assert "password authentication failed" in wrong_use(home, "releases", "places", url=wrong)


@pytest.mark.parametrize(
    "url",
    [f"postgresql://kartlagd:{SECRET}@127.0.0.1:port/kartlagd", f"kartlagd:{SECRET}@127.0.0.1", f"mysql://k:{SECRET}@h/k",
     f"postgresql://kartlagd:{SECRET}@127.0.0.1:1/kartlagd?no_such_option=1"],
    ids=["port", "no scheme", "other database", "unknown option"],
)  # fmt: skip
def test_an_address_that_is_none_is_not_shown(home: Path, url: str) -> None:
    wrong_use(home, "releases", "places", url=url)


def test_an_unknown_layer_is_wrong_use_with_a_proposal(loaded: Path, database_url: str) -> None:
    for command in (
        ["load", "plases"],
        ["releases", "plases"],
        ["diff", "plases", "1", "2"],
        ["rollback", "plases", "1"],
    ):
        said = wrong_use(loaded, *command, url=database_url)
        assert "plases" in said and "Did you mean “places”?" in said, command


@pytest.mark.parametrize(
    "arguments", [["load"], ["load", "places", "--all"], ["load", "--all", "--from", "places.geojson"]]
)
def test_what_to_load_must_be_clear(home: Path, arguments: list[str]) -> None:
    wrong_use(home, *arguments, url=NOBODY)


@pytest.mark.parametrize("arguments", [["laod"], ["load", "--al"], ["releases"], ["rollback", "places", "zero"]])
def test_a_misspelt_command_is_wrong_use(home: Path, arguments: list[str]) -> None:
    done = run(home, *arguments)
    assert done.returncode == 2
    assert "Error" in done.stderr and "Traceback" not in done.stderr


def test_a_field_named_limit_is_refused_with_a_proposal(home: Path) -> None:
    file = home / "collections" / "places.yml"
    file.write_text(file.read_text().replace("  size:", "  limit:"))
    done = run(home, "check")
    assert done.returncode == 2
    (mistake,) = [line for line in done.stdout.splitlines() if line.startswith("mistake")]
    line = file.read_text().splitlines().index("  limit:") + 1
    assert f"collections/places.yml:{line}: fields.limit: “limit” is a request parameter" in mistake
    assert "limit_value" in mistake


def test_tables_can_be_read_by_programs(loaded: Path, engine: Engine, database_url: str) -> None:
    write_features(loaded / "places.geojson", [*places(4, size=2), *places(9)[5:]])
    done = run(loaded, "load", "places", "--accept-shrink", url=database_url)
    assert (done.returncode, done.stderr) == (0, "")
    heading, row, *_rest = done.stdout.splitlines()
    assert heading.split()[:4] == ["Layer", "Result", "Release", "Features"]
    assert row.split()[:7] == ["places", "published", "2", "8", "4", "4", "1"]
    assert "\x1b" not in done.stdout
    listed = run(loaded, "releases", "places", url=database_url)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["Release", "2", "1"]
    diff = run(loaded, "diff", "places", "1", "2", url=database_url)
    assert [line.split()[:2] for line in diff.stdout.splitlines()[1:]] == [
        ["Added", "4"],
        ["Changed", "4"],
        ["Removed", "1"],
    ]
    assert run(loaded, "rollback", "places", "1", url=database_url).returncode == 0
    assert features(engine, number=3) == features(engine, number=1)
