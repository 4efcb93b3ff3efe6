"""A feature's own id and a property of that name: neither is lost, in both ways of writing GeoJSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from catalogue.problems import Refused, WrongUse
from loaders.sources import geojson_lines
from tests.loaders.sources.written import opened, rows


def feature(own: Any, **properties: Any) -> dict[str, Any]:
    members = {} if own is None else {"id": own}
    return {
        "type": "Feature",
        **members,
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": [17, 59]},
    }


def write(path: Path, *features: dict[str, Any]) -> Path:
    text = json.dumps({"type": "FeatureCollection", "features": features})
    if path.suffix == ".geojsonl":
        text = "".join(json.dumps(one) + "\n" for one in features)
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("suffix", [".geojson", ".geojsonl"])
def test_both_ids_are_columns_where_they_differ(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"a{suffix}", feature("hus.1", id=1, n="a"), feature("hus.2", id=2, n="b"))
    found = [(row["id"], row["@id"], row["n"]) for row in rows(opened(path))]
    assert found == [("1", "hus.1", "a"), ("2", "hus.2", "b")]


@pytest.mark.parametrize("suffix", [".geojson", ".geojsonl"])
def test_numbers_that_repeat_are_kept(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"a{suffix}", feature(7, n="a"), feature(7, n="b"), feature(None, n="c"))
    assert [(row["id"], row["n"]) for row in rows(opened(path))] == [("7", "a"), ("7", "b"), (None, "c")]


@pytest.mark.parametrize("suffix", [".geojson", ".geojsonl"])
def test_one_column_where_they_are_the_same(tmp_path: Path, suffix: str) -> None:
    source = opened(write(tmp_path / f"a{suffix}", feature(1, id=1), feature(2, id=2)))
    assert list(source.info.columns) == ["id"] and [row["id"] for row in rows(source)] == ["1", "2"]


@pytest.mark.parametrize(
    ("line", "error", "said"),
    [
        ('{"type": "Feature", "prop', Refused, "line 2: this is no JSON"),
        ('{"type": "Point", "coordinates": [1, 2]}', WrongUse, "line 2: this is JSON, but no GeoJSON feature"),
        ("[]", WrongUse, "line 2"),
    ],
)
def test_a_line_that_is_no_feature_is_named(tmp_path: Path, line: str, error: type[Exception], said: str) -> None:
    path = write(tmp_path / "a.geojsonl", feature(1, n="a"))
    path.write_text(f"{path.read_text('utf-8')}{line}\n{json.dumps(feature(2))}\n", "utf-8")
    with pytest.raises(error, match=said):
        opened(path)


def test_a_line_without_end_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geojson_lines, "MAX_LINE", 1 << 20)
    path = write(tmp_path / "a.geojsonl", feature(1, n="a" * (1 << 21)))
    with pytest.raises(Refused, match=r"a\.geojsonl, line 1: it is longer than 1 MB"):
        opened(path)


def test_values_are_those_of_the_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "a.geojsonl", feature(1, d="2026-02-30", o={"a": [1]}), feature(2, d="2026-02-28", o=None))
    found = rows(opened(path))
    assert [row["d"] for row in found] == ["2026-02-30", "2026-02-28"]
    assert json.loads(found[0]["o"]) == {"a": [1]}


def test_geojson_deep_inside_other_json_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"meeting": {"place": feature(1, n="a")}}), "utf-8")
    with pytest.raises(WrongUse, match=r"a\.json is JSON, but no GeoJSON"):
        opened(path)
