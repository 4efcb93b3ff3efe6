"""A database from before there were tiles."""

from __future__ import annotations

from shapely.geometry import Point
from sqlalchemy import Engine, text

from catalogue.database.migrate import migrations
from catalogue.tiles.quad import Tile
from tests.releases import Feature, Publisher, layer
from tests.tiles import features, made, reading


def test_older_tables_show_every_feature_at_every_zoom(engine: Engine, database_url: str) -> None:
    places = [Feature(f"p{n}", Point(670000 + n, 6580000), {"name": "gata", "lanes": n}) for n in range(20)]
    Publisher(engine).publish(layer("works"), places)
    step = next(step for step in migrations() if step.path.stem == "0003_tiles")
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE published.works_1 DROP COLUMN _zoom"))
        connection.execute(text("REVOKE ALL ON published.works_1 FROM kartlagd_server"))
        columns = "_row, _id, _since, _until, _period, _native, _geom, _feature, name, lanes"
        connection.execute(text(f"GRANT SELECT ({columns}) ON published.works_1 TO kartlagd_server"))
        connection.execute(text("ALTER TABLE kartlagd.generation DROP COLUMN thinning"))
        # A generation whose table a load has not made yet.
        connection.execute(
            text(
                "INSERT INTO kartlagd.generation (layer, table_name, srid, geometry_type) "
                "VALUES ('works', 'g9_works', 3006, 'Point')"
            )
        )
        connection.exec_driver_sql(step.path.read_text("utf-8").replace("%", "%%"))
    read = reading(database_url, "works")
    assert read.release.thinning is None
    found = features(made(database_url, read, Tile(0, 0, 0))[0], "works")
    assert {each["properties"]["id"] for each in found} == {each.id for each in places}
