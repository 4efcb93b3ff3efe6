"""A table or view in another database: a real PostGIS, with an account that may only read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import Engine, make_url, text

from catalogue.database.connections import loader_engine
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources import Source, open_source
from loaders.sources.database import open_table
from loaders.sources.limits import Limits
from tests.aftermath import features
from tests.homes import load_layer, make_home

QUICK = Limits(first_wait=0.001, longest_wait=0.002, seconds=60, unreachable_tries=3)
COUNT = 20_000
TABLES = f"""
CREATE SCHEMA gata;
CREATE TABLE gata."Vägarbeten ny" (
    nr integer PRIMARY KEY, "Ärende" text, aktiv boolean, start date, klockan timestamp, sedan timestamptz,
    kostnad numeric(10, 2), exakt numeric, stort bigint, uid uuid, egenskaper jsonb, taggar text[], bild bytea,
    period tstzrange, geom geometry(MultiPolygon, 3011), punkt geometry(Point, 3006)
);
INSERT INTO gata."Vägarbeten ny"
SELECT n, 'Å' || n, n % 2 = 0, date '2026-05-01' + n % 30, timestamp '2026-05-01 10:00' + n * interval '1 min',
    timestamptz '2026-05-01 10:00+02' + n * interval '1 min', n / 4.0, 12345678901234567890.123456789 + n,
    9007199254740993 + n, md5(n::text)::uuid, jsonb_build_object('a', n, 'b', 'å'), ARRAY['x', 'y' || n], '\\x00',
    tstzrange('2026-01-01', NULL), ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(150000 + n, 6580000), 3011), 5, 1)), NULL
FROM generate_series(1, {COUNT}) AS n;
UPDATE gata."Vägarbeten ny" SET geom = NULL, "Ärende" = NULL, egenskaper = NULL, exakt = NULL WHERE nr = 7;
CREATE VIEW gata.vy AS
    SELECT nr, "Ärende" AS namn, ST_AsBinary(geom) AS wkb, ST_AsText(geom) AS wkt, ST_X(ST_Centroid(geom)) AS ost,
    ST_Y(ST_Centroid(geom)) AS nord, geom FROM gata."Vägarbeten ny" WHERE nr <= 100;
CREATE VIEW gata.blandat AS SELECT 1 AS nr, ST_SetSRID(ST_MakePoint(1, 2), 3006) AS geom
    UNION SELECT 2, ST_SetSRID(ST_MakePoint(1, 2), 3011);
CREATE TABLE gata.bagar (nr integer, geom geometry(CurvePolygon, 3011), g geography(Point, 4326));
INSERT INTO gata.bagar VALUES (1, 'SRID=3011;CURVEPOLYGON(CIRCULARSTRING(0 0, 4 0, 4 4, 0 4, 0 0))', 'POINT(17 59)');
CREATE TABLE gata.leverantorer (nr integer, namn text);
INSERT INTO gata.leverantorer VALUES (1, 'Bygg & Schakt');
CREATE TABLE gata.tom (nr integer, geom geometry(Point, 3006));
CREATE TABLE gata.oandlig (nr integer, dag date);
INSERT INTO gata.oandlig VALUES (1, 'infinity');
CREATE TABLE gata.hemlig (nr integer);
GRANT USAGE ON SCHEMA gata TO gata_lasare;
GRANT SELECT ON ALL TABLES IN SCHEMA gata TO gata_lasare;
REVOKE SELECT ON gata.hemlig FROM gata_lasare;
"""


@pytest.fixture(scope="module")
def other(new_database: Callable[[], AbstractContextManager[str]]) -> Iterator[Engine]:
    """The owner's engine on another system's database; its reader is the account gata_lasare."""
    with new_database() as url:
        engine = loader_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP ROLE IF EXISTS gata_lasare"))
            connection.execute(text("CREATE ROLE gata_lasare LOGIN PASSWORD 'läs'"))
            connection.execute(text(TABLES))
        yield engine
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA gata CASCADE"))
            connection.execute(text("DROP ROLE gata_lasare"))
        engine.dispose()


@pytest.fixture(autouse=True)
def secret(other: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    address = make_url(other.url).set(drivername="postgresql", username="gata_lasare", password="läs")
    monkeypatch.setenv("GATA", address.render_as_string(hide_password=False))


def opened(table: str, folder: Path, **spec: Any) -> Source:
    return open_table(folder, SourceFile(table=table, **{"secret": "GATA", **spec}), QUICK)


def rows(source: Source) -> list[dict[str, Any]]:
    found = [row for batch in source.batches(list(source.info.columns)) for row in batch.to_pylist()]
    assert len(found) == source.info.feature_count
    return found


def test_every_type_comes_as_it_is(tmp_path: Path) -> None:
    source = opened("gata.Vägarbeten ny", tmp_path, geometry="geom")
    found = rows(source)
    assert len(found) == COUNT and [row["nr"] for row in found] == list(range(1, COUNT + 1))
    row = found[1]
    assert row["Ärende"] == "Å2" and row["aktiv"] is True and row["start"] == date(2026, 5, 3)
    assert row["klockan"] == datetime(2026, 5, 1, 10, 2) and row["sedan"] == datetime(2026, 5, 1, 8, 2, tzinfo=UTC)
    assert row["kostnad"] == 0.5 and row["exakt"] == "12345678901234567892.123456789"
    assert row["stort"] == 9007199254740995 and row["uid"] == "c81e728d-9d4c-2f63-6f06-7f89cc14862c"
    assert json.loads(row["egenskaper"]) == {"a": 2, "b": "å"} and json.loads(row["taggar"]) == ["x", "y2"]
    assert row["period"].startswith("[2026-01-01")
    assert "bild" not in row and "geom" not in row and "punkt" not in row
    assert any("bild" in str(note) for note in source.info.notes)
    assert shapely.from_wkb(row["_wkb"]).centroid.coords[0] == pytest.approx((150_002, 6_580_000))
    assert source.info.crs is not None and source.info.crs.to_epsg() == 3011
    assert source.info.geometry_kind == "polygon" and source.info.shown == "gata.Vägarbeten ny"
    assert [found[6][name] for name in ("Ärende", "egenskaper", "exakt", "_wkb")] == [None] * 4


@pytest.mark.parametrize("spec", [{"geometry": "wkb"}, {"wkt": "wkt"}, {"geometry": "geom"}, {"x": "ost", "y": "nord"}])
def test_a_view_and_its_geometry(tmp_path: Path, spec: dict[str, str]) -> None:
    found = rows(opened("gata.vy", tmp_path, **spec))
    assert len(found) == 100
    for row in found:
        if row["nr"] == 7:
            assert row["_wkb"] is None
        else:
            middle = shapely.from_wkb(row["_wkb"]).centroid
            assert (middle.x, middle.y) == pytest.approx((150_000 + row["nr"], 6_580_000))
        assert not set(spec.values()) & set(row)


def test_arcs_and_geographies(tmp_path: Path) -> None:
    curved = rows(opened("gata.bagar", tmp_path, geometry="geom"))[0]
    assert shapely.from_wkb(curved["_wkb"]).area == pytest.approx(25.1, abs=0.1)
    source = opened("gata.bagar", tmp_path, geometry="g")
    assert shapely.from_wkb(rows(source)[0]["_wkb"]).wkt == "POINT (17 59)"
    assert source.info.crs is not None and source.info.crs.to_epsg() == 4326


def test_a_table_without_geometry_or_rows(tmp_path: Path) -> None:
    source = opened("gata.leverantorer", tmp_path)
    assert rows(source) == [{"nr": 1, "namn": "Bygg & Schakt", "_wkb": None}]
    empty = opened("gata.tom", tmp_path)
    assert rows(empty) == [] and empty.info.geometry_kind == "point"


def test_nothing_can_be_written(tmp_path: Path, other: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even by the owner's account: a view may do what it wants, the transaction does not let it."""
    with other.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE gata.spar (n int); "
            "CREATE FUNCTION gata.skriv() RETURNS int LANGUAGE sql VOLATILE AS "
            "$$ INSERT INTO gata.spar VALUES (1) RETURNING n $$; "
            "CREATE VIEW gata.skrivande AS SELECT gata.skriv() AS n"
        )
    monkeypatch.setenv("AGARE", make_url(other.url).render_as_string(hide_password=False))
    with pytest.raises(Refused, match="read-only transaction"):
        opened("gata.skrivande", tmp_path, secret="AGARE")
    with other.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM gata.spar")) == 0


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("gata.vagarbeten", "no table or view"), ("gata.leverantörer", "Did you mean “gata.leverantorer”"),
        ("gata.Vägarbeten ny", "geom, punkt"), ("gata.hemlig", "permission denied"),
    ],
)  # fmt: skip
def test_what_a_person_must_choose(tmp_path: Path, table: str, words: str) -> None:
    with pytest.raises(WrongUse, match=words):
        opened(table, tmp_path)


def test_a_column_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="Did you mean “geom”"):
        opened("gata.vy", tmp_path, geometry="geo")


@pytest.mark.parametrize(
    ("table", "words"), [("gata.blandat", "3006, 3011|3011, 3006"), ("gata.oandlig", "infinity|date too large")]
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, table: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        opened(table, tmp_path)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", ['gata"."vy', "gata.vy; DROP TABLE gata.tom", "gata.vy--", "gata.vy' OR '1'='1", "pg_catalog.pg_authid"]
)
def test_names_are_names(tmp_path: Path, other: Engine, name: str) -> None:
    with pytest.raises((WrongUse, ValueError)):
        opened(name, tmp_path)
    with other.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM gata.tom")) == 0


def test_secrets_are_never_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: Engine) -> None:
    url = make_url(other.url)
    for value in (
        "hemligt//läs@x", "nosuchdb://u:hemligt@h/d", "mysql://u:hemligt@127.0.0.1/d",
        url.set(drivername="postgresql", username="gata_lasare", password="hemligt").render_as_string(False),
        "postgresql://u:hemligt@127.0.0.1:1/d",
    ):  # fmt: skip
        monkeypatch.setenv("FEL", value)
        with pytest.raises((WrongUse, Refused)) as error:
            opened("gata.vy", tmp_path, secret="FEL")
        assert "hemligt" not in str(error.value)
    with pytest.raises(WrongUse, match="INGEN"):
        opened("gata.vy", tmp_path, secret="INGEN")


def test_a_connection_that_breaks_in_the_middle_is_tried_again(tmp_path: Path, other: Engine) -> None:
    """The view ends its own session in the middle, the first time or every time."""
    killed = "(SELECT sessions_killed FROM pg_stat_database WHERE datname = current_database())"
    with other.begin() as connection:
        before = connection.scalar(text(f"SELECT {killed}"))
        for name, times in (("ibland", before + 1), ("alltid", before + 1000)):
            connection.execute(
                text(
                    f"CREATE FUNCTION gata.bryt_{name}(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN "
                    f"IF n = 15000 AND {killed} < {times} THEN PERFORM pg_terminate_backend(pg_backend_pid()); "
                    "PERFORM pg_sleep(1); END IF; RETURN n; END $$; "
                    f'CREATE VIEW gata.{name} AS SELECT gata.bryt_{name}(nr) AS nr FROM gata."Vägarbeten ny"; '
                    f"GRANT SELECT ON gata.{name} TO gata_lasare"
                )
            )
    assert {row["nr"] for row in rows(opened("gata.ibland", tmp_path))} == set(range(1, COUNT + 1))
    (tmp_path / "gata.ibland.arrow").unlink()
    with pytest.raises(Refused, match="Nothing was published"):
        opened("gata.alltid", tmp_path)
    assert not any(tmp_path.iterdir())


def test_into_a_release(tmp_path: Path, engine: Engine, other: Engine) -> None:
    fields = {"name": {"from": "Ärende", "type": "text", "title": "Namn"}}
    source = {"table": "gata.Vägarbeten ny", "secret": "GATA", "geometry": "geom"}
    home = make_home(
        tmp_path, source=source, identity="nr", fields=fields, geometry="polygon",
        gate={"area": "none", "rejected": "5 %"},
    )  # fmt: skip
    assert load_layer(engine, home).outcome == "published"
    assert features(engine)["2"]["properties"]["name"] == "Å2"
    assert load_layer(engine, home).outcome == "unchanged"
    with other.begin() as connection:
        connection.execute(text("""UPDATE gata."Vägarbeten ny" SET "Ärende" = 'Ny' WHERE nr = 2"""))
    assert load_layer(engine, home).outcome == "published"
    assert features(engine)["2"]["properties"]["name"] == "Ny"


def test_the_table_tells_the_kind(tmp_path: Path) -> None:
    source = open_source(SourceFile(table="gata.leverantorer", secret="GATA"), tmp_path)
    assert source.info.kind == "Database (postgresql)" and len(rows(source)) == 1
