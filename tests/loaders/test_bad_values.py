"""Values and identities as careless people write them, on their way to a release or a rejected row."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyproj import Transformer
from sqlalchemy import Engine

from tests.aftermath import features
from tests.loaders.formats import (
    FORMATS,
    Row,
    rows,
    write_csv,
    write_geopackage,
    write_shapefile,
)
from tests.loaders.outcomes import loaded, notes, reasons, refused, rejected_rows

TO_DEGREES = Transformer.from_crs("EPSG:3011", "OGC:CRS84", always_xy=True)
IN_EVERY_FORMAT = pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS)


# Values


@IN_EVERY_FORMAT
@pytest.mark.parametrize(
    ("change", "column", "shown"),
    [({"size": "två"}, "antal", "två"), ({"day": "2026-02-30"}, "dag", "02")],
    ids=["text in a number column", "a day that there is not"],
)
def test_a_value_that_is_none_rejects_its_row(
    home: Path, engine: Engine, write: Any, change: dict[str, Any], column: str, shown: str
) -> None:
    content = rows(100)
    content[41] = replace(content[41], **change)
    result = loaded(engine, home, write(home, content))
    (reason,) = reasons(result)
    assert "row 42" in reason and f"“{column}”" in reason and shown in reason
    assert features(engine).keys() == {f"k{n}" for n in range(100) if n != 41}
    (row,) = rejected_rows(result)
    assert (row["row"], row["nyckel"], row["namn"]) == (42, "k41", "Ängsgården")


@IN_EVERY_FORMAT
@pytest.mark.parametrize("value", ["inf", "-inf"])
def test_an_infinite_number_rejects_its_row(home: Path, engine: Engine, write: Any, value: str) -> None:
    content = rows(100)
    content[41] = replace(content[41], size=value if write is write_shapefile else float(value))
    result = loaded(engine, home, write(home, content))
    (reason,) = reasons(result)
    assert "row 42" in reason and "“antal”" in reason and "inf" in reason
    assert features(engine).keys() == {f"k{n}" for n in range(100) if n != 41}


@pytest.mark.parametrize("kind", ["csv", "geojson", "shapefile"])
def test_nan_is_an_empty_value_and_said(home: Path, engine: Engine, kind: str) -> None:
    content = rows(100)
    content[41] = replace(content[41], size=float("nan"))
    result = loaded(engine, home, FORMATS[kind](home, content))
    assert "column “antal”: 1 values were NaN and are empty now" in notes(result)
    assert features(engine)["k41"]["properties"]["size"] is None


@pytest.mark.parametrize("column", ["key", "name", "size"])
@IN_EVERY_FORMAT
def test_a_character_that_the_database_cannot_hold(home: Path, engine: Engine, write: Any, column: str) -> None:
    content = rows(100)
    content[41] = Row(**vars(content[41]) | {column: "a\0b"})
    loaded(engine, home, write(home, content))
    assert len(features(engine)) >= 99


# Identities


def test_identities_of_every_kind_are_kept_letter_by_letter(home: Path, engine: Engine) -> None:
    names = ["Exempelby Gåsen 1:2", "a/b", "50 % & mer?", "a#b", "ü+ö", "<b>", '"q"', "x\\y", "..", "åäö ÅÄÖ"]
    path = write_geopackage(home, [replace(row, key=name) for row, name in zip(rows(10), names, strict=True)])
    loaded(engine, home, path)
    found = features(engine)
    assert found.keys() == set(names)
    assert all(feature["id"] == name for name, feature in found.items())


def test_two_spellings_of_one_letter_are_one_identity(home: Path, engine: Engine) -> None:
    content = [
        *rows(200),
        replace(rows(1)[0], key="Gåsen"),
        replace(rows(1)[0], key=unicodedata.normalize("NFD", "Gåsen")),
    ]
    result = loaded(engine, home, write_csv(home, content))
    (reason,) = reasons(result)
    assert "Gåsen" in reason and "earlier row" in reason
    assert "Gåsen" in features(engine)


@IN_EVERY_FORMAT
def test_few_missing_and_repeated_identities_reject_their_rows(home: Path, engine: Engine, write: Any) -> None:
    content = rows(300)
    content[10], content[20] = replace(content[10], key=None), replace(content[20], key="k5")
    result = loaded(engine, home, write(home, content))
    assert set(reasons(result)) == {
        "The identity (nyckel) is missing.",
        "The identity “k5” stands in an earlier row too.",
    }
    assert [row["row"] for row in rejected_rows(result)] == [11, 21]
    assert len(features(engine)) == 298


@IN_EVERY_FORMAT
@pytest.mark.parametrize("key", [None, "k5"], ids=["missing", "repeated"])
def test_many_missing_or_repeated_identities_are_refused(
    home: Path, engine: Engine, write: Any, key: str | None
) -> None:
    path = write(home, rows(50))
    loaded(engine, home, path)
    write(home, [*rows(50), *rows(5, key=key)])
    refused(engine, home, "5 of 55 rows have a missing or repeated identity (nyckel)", "under identity")
