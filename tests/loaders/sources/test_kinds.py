"""A kind is a file: nothing else knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import loaders.sources
from catalogue.problems import WrongUse
from loaders.proposal import Request, new_layer
from loaders.sources import kinds
from tests.homes import make_home
from tests.loaders.sources.written import opened, rows

KIND = '''
"""Lines of three words: name, longitude, latitude."""
import pyarrow as pa
import shapely
from pyproj import CRS
from loaders.sources.source import Kind, SourceInfo

class Words:
    def __init__(self, path, spec):
        self.path = path
        self.info = SourceInfo("Three words", [path], {"name": pa.string()}, CRS.from_epsg(4326), "point")

    def batches(self, columns):
        lines = [line.split() for line in self.path.read_text("utf-8").splitlines()]
        shapes = [shapely.to_wkb(shapely.Point(float(line[1]), float(line[2]))) for line in lines]
        arrays = [pa.array([line[0] for line in lines]) for _column in columns]
        yield pa.RecordBatch.from_arrays([*arrays, pa.array(shapes, pa.binary())], names=[*columns, "_wkb"])

KIND = Kind("Three words", Words, (".words",))
'''


@pytest.fixture
def words(tmp_path: Path) -> Iterator[None]:
    """A file put into the package, in a folder of its own so that the checkout stays as it is."""
    folder = tmp_path / "kinds"
    folder.mkdir()
    (folder / "three_words.py").write_text(KIND, "utf-8")
    loaders.sources.__path__.append(str(folder))
    kinds.cache_clear()
    yield
    loaders.sources.__path__.remove(str(folder))
    kinds.cache_clear()


@pytest.mark.usefixtures("words")
def test_a_file_in_the_folder_is_a_kind(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    path = tmp_path / "platser.words"
    path.write_text("Ängen 17.0 59.3\nÅsen 17.1 59.4\n", "utf-8")
    assert [row["name"] for row in rows(opened(path))] == ["Ängen", "Åsen"]
    written = new_layer(home, Request(path))
    assert (written.layer.id, written.rehearsal.rows, written.rehearsal.rejected) == ("platser", 2, 0)


def test_without_the_file_it_is_none(tmp_path: Path) -> None:
    path = tmp_path / "platser.words"
    path.write_text("Ängen 17.0 59.3\n", "utf-8")
    with pytest.raises(WrongUse, match=r"platser\.words: this kind of file is not known.*GeoPackage, GeoParquet"):
        opened(path)


def test_no_two_kinds_claim_the_same_suffix() -> None:
    suffixes = [suffix for kind in kinds() for suffix in kind.suffixes]
    assert len(suffixes) == len(set(suffixes)) and all(suffix == suffix.lower() for suffix in suffixes)
