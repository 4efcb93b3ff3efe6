"""Files that broke other people's readers: each is loaded, or refused in words that a person can act on."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine

from catalogue.problems import Refused
from cli.main import main
from tests.aftermath import features, find, forget_all, leftovers
from tests.end_to_end.assessed import assess
from tests.homes import load_layer, make_home

TORTURE = Path(__file__).parents[3] / "shared" / "data" / "torture"
#: What only a programmer understands; or what would tell where this machine keeps its files.
STRANGE = re.compile(r"Traceback|psycopg|pyogrio|GDAL|ogr|OGR|/vsi|Errno|\[SQL|Failed to|DataSource|codec can't|/tmp/")


@pytest.fixture
def home(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Path:
    forget_all(engine)
    home = make_home(tmp_path / "home")
    (home / "collections" / "places.yml").unlink()
    monkeypatch.setenv("KARTLAGD_HOME", str(home))
    return home


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors of one command; any other exception than its end is a failure of the test."""
    with pytest.raises(SystemExit) as end:
        main(["--lang", "en", *arguments])
    output, errors = capsys.readouterr()
    assert isinstance(end.value.code, int)
    return end.value.code, output, errors


def _copied(original: Path, folder: Path) -> Path:
    """The file or folder in a share of its own: nothing may appear beside it."""
    folder.mkdir()
    copy = folder / original.name
    return shutil.copytree(original, copy) if original.is_dir() else shutil.copyfile(original, copy)


@pytest.mark.parametrize("name", sorted(path.name for path in TORTURE.glob("*")) or ["none"])
def test_every_file_is_loaded_or_refused(
    home: Path, engine: Engine, shared_data: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    source = _copied(shared_data / "torture" / name, home / "share")
    beside = sorted(source.parent.rglob("*"))
    status, output, errors = command(capsys, "new", str(source), "--id", "tortured")
    if status == 0:
        counted = re.search(r": (\d+) rows, of which (\d+) would be rejected", output)
        assert counted is not None and errors == ""
        rows, rejected = map(int, counted.groups())
        assess(home / "collections" / "tortured.yml")
        try:
            load_layer(engine, home, "tortured")
            release = find(engine, "tortured")
            assert (release.features, release.rejected) == (rows - rejected, rejected)
            assert len(features(engine, "tortured")) == release.features > 0
        except Refused as error:
            errors = str(error)
            assert rejected > 0 and "tortured: the load is refused; nothing has changed" in errors
    else:
        assert status in (1, 2) and output == ""
        assert (next(source.glob("*.shp")) if source.is_dir() else source).name in errors
    assert sorted(source.parent.rglob("*")) == beside
    assert not STRANGE.search(errors.replace(str(home), "").replace(name, ""))
    assert leftovers(engine) == []
