"""The configuration of stock pygeoapi: its PostgreSQL and MVT-postgresql providers over the peers' tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import URL, make_url

from bench.serve.asks import EPSG_3006
from bench.serve.mixes import POLYGONS

_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def write_configuration(file: Path, url: str, layers: list[str]) -> Path:
    """Write it for the tables of `layers` in the database at `url`."""
    address = make_url(url)
    resources = {layer: _resource(layer, [_features(address, layer)]) for layer in layers}
    resources[f"{POLYGONS}-tiles"] = _resource(
        POLYGONS, [_features(address, f"{POLYGONS}_tiles"), _tiles(address, f"{POLYGONS}_tiles")]
    )
    configuration = {"server": _SERVER, "logging": {"level": "ERROR"}, "metadata": _METADATA, "resources": resources}
    file.write_text(yaml.safe_dump(configuration), "utf-8")
    return file


def _resource(layer: str, providers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "collection",
        "title": layer,
        "description": layer,
        "keywords": [layer],
        "links": [],
        "extents": {"spatial": {"bbox": [16, 59, 18, 60], "crs": _CRS84}},
        "providers": providers,
    }


def _data(address: URL, table: str) -> dict[str, Any]:
    parts = {"host": address.host, "port": address.port, "dbname": address.database, "user": address.username}
    data = {**parts, "password": address.password, "search_path": ["public"]}
    return {"data": data, "id_field": "nyckel", "table": table, "geom_field": "geom"}


def _features(address: URL, table: str) -> dict[str, Any]:
    return {"type": "feature", "name": "PostgreSQL", **_data(address, table), "crs": [_CRS84, EPSG_3006]}


def _tiles(address: URL, table: str) -> dict[str, Any]:
    tiles = {
        "type": "tile",
        "name": "MVT-postgresql",
        "options": {"zoom": {"min": 0, "max": 16}},
        "format": {"name": "pbf", "mimetype": "application/vnd.mapbox-vector-tile"},
        "storage_crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
    }
    return {**_data(address, table), **tiles}


_SERVER = {
    "bind": {"host": "127.0.0.1", "port": "${BENCH_PORT}"},
    "url": "http://127.0.0.1:${BENCH_PORT}",
    "mimetype": "application/json; charset=UTF-8",
    "encoding": "utf-8",
    "languages": ["en-US"],
    "limits": {"default_items": 10, "max_items": 10_000},
    "map": {"url": "http://127.0.0.1/{z}/{x}/{y}.png", "attribution": ""},
}
_METADATA = {
    "identification": {
        "title": "Bench",
        "description": "Bench",
        "keywords": ["bench"],
        "keywords_type": "theme",
        "terms_of_service": "",
        "url": "http://127.0.0.1",
    },
    "license": {"name": "CC0-1.0", "url": "https://creativecommons.org/publicdomain/zero/1.0/"},
    "provider": {"name": "Bench", "url": "http://127.0.0.1"},
    "contact": {"name": "Bench", "email": "bench@exempelby.se"},
}
