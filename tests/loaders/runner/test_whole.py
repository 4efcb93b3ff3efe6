"""What lies in a drop folder is put together right, and is not taken for whole before it is."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from catalogue.automation import Drop
from loaders.runner.items import find_items
from loaders.runner.looking import look
from loaders.runner.whole import Looked, Watch

START = datetime(2026, 11, 22, tzinfo=UTC)
DROP = Drop(folder="drop", settle=60, remind=600)


def put(folder: Path, *names: str, content: bytes = b"content") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


class Desk:
    """A layer's folder that is looked at again and again; `after` seconds pass before each look."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now, self.watch = folder, START, Watch(DROP)

    def look(self, after: float = 0) -> list[Looked]:
        self.now += timedelta(seconds=after)
        return self.watch.look(find_items(self.folder), "definition", {}, self.now)

    def waits(self, after: float = 0) -> str | None:
        (found,) = self.look(after)
        return str(found.waits) if found.waits else None

    def waits_after_all(self) -> str | None:
        """Why the one data set waits when it has been left alone for long enough."""
        self.look()
        return self.waits(61)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_files_that_belong_together_are_one(tmp_path: Path) -> None:
    put(
        tmp_path, "a.shp", "a.SHX", "a.dbf", "a.prj", "a.shp.xml", "b.TAB", "b.dat", "b.map", "c.csv", "d.gpkg", "e.dbf"
    )
    put(
        tmp_path,
        "f.gdb/a00000001.gdbtable",
        "f.gdb/PC1.lock",
        "map.qgz",
        "map.qgz~",
        "~$c.csv",
        "Thumbs.db",
        ".x",
        "g.tmp",
    )
    put(tmp_path, "reports/2026-11-22 1432 x.html")
    (tmp_path / "link.csv").symlink_to("/etc/passwd")
    found = {item.name: sorted(file.name for file in item.files) for item in find_items(tmp_path)}
    assert found == {
        "a.shp": ["a.SHX", "a.dbf", "a.prj", "a.shp"], "b.TAB": ["b.TAB", "b.dat", "b.map"], "c.csv": ["c.csv"],
        "d.gpkg": ["d.gpkg"], "e.dbf": ["e.dbf"], "f.gdb": ["a00000001.gdbtable"],
    }  # fmt: skip


def test_companions_come_first(tmp_path: Path) -> None:
    put(tmp_path, "a.dbf", "a.prj")
    (item,) = find_items(tmp_path)
    assert item.name == "a.shp" and item.missing == (".shp", ".shx")


def test_what_was_left_alone_for_a_minute_is_whole(desk: Desk) -> None:
    put(desk.folder, "a.csv")
    assert desk.waits() and desk.waits(30)
    put(desk.folder, "a.csv", content=b"other content")
    assert desk.waits(31) and desk.waits(59)
    assert desk.waits(2) is None


def test_a_change_that_no_time_tells_of_is_noticed(desk: Desk) -> None:
    put(desk.folder, "a.csv", content=b"x" * 10_000)
    os.utime(desk.folder / "a.csv", (1, 1))
    desk.look()
    put(desk.folder, "a.csv", content=b"x" * 9_999 + b"y")
    os.utime(desk.folder / "a.csv", (1, 1))
    assert desk.waits(61) == "It is still being written to."
    assert desk.waits(61) is None


def test_a_file_of_full_size_without_its_content_waits(desk: Desk) -> None:
    put(desk.folder, "a.geojson", content=b'{"type":' + bytes(20_000))
    assert "has not come yet" in (desk.waits_after_all() or "")
    # In the end the reader decides.
    assert desk.waits(600) and desk.waits(1800) is None


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["a.shp", "a.dbf"], "a.shx is missing"),
        (["a.tab"], "a.dat is missing"),
        (["a.shp", "a.shx", "a.dbf", "a.shp.PC1.1234.5678.ed.lock"], "open (a.shp.PC1.1234.5678.ed.lock)"),
        (["report.xlsx", "~$port.xlsx"], "open (~$port.xlsx)"),
        (["a.ods", ".~lock.a.ods#"], "open (.~lock.a.ods#)"),
        (["a.gpkg", "a.gpkg-wal"], "open (a.gpkg-wal)"),
        (["a.csv", "a.lck"], "open (a.lck)"),
        (["a.gdb/a00000001.gdbtable", "a.gdb/_gdb.PC1.1.2.wr.lock"], "open (_gdb.PC1.1.2.wr.lock)"),
        (["a.zip"], "a.zip has no end"),
        (["buller/a.csv"], "It is a folder"),
    ],
)
def test_what_is_not_whole_or_open_waits(desk: Desk, names: list[str], why: str) -> None:
    put(desk.folder, *names)
    assert why in (desk.waits_after_all() or "")


def test_an_empty_file_waits(desk: Desk) -> None:
    put(desk.folder, "a.csv", content=b"")
    assert desk.waits_after_all() == "a.csv is empty (0 bytes)."


def test_readers_are_no_hindrance(desk: Desk) -> None:
    put(desk.folder, "a.gdb/a00000001.gdbtable", "a.gdb/_gdb.PC1.1.2.sr.lock")
    assert desk.waits_after_all() is None


def test_a_lock_of_another_program_is_respected(desk: Desk) -> None:
    put(desk.folder, "a.csv")
    code = (
        "import fcntl, sys; file = open(sys.argv[1], 'r+b'); fcntl.lockf(file, fcntl.LOCK_EX); "
        "print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(desk.folder / "a.csv")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout and other.stdout.readline()
        assert "has a.csv open" in (desk.waits_after_all() or "")
        other.communicate()
    assert desk.waits(1) is None


def test_folders_of_no_layer_are_told_of(tmp_path: Path) -> None:
    put(tmp_path, "nosie/a.csv", "Noise/b.csv")
    seen = look(tmp_path, Watch(DROP), {"noise": "definition"}, {}, START)
    assert list(seen.found) == ["noise"] and "noise" in str(seen.strange["nosie"])
    assert look(tmp_path / "absent", Watch(DROP), {}, {}, START).trouble
