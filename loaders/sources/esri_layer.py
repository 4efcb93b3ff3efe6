"""What an Esri layer says of itself, as the rest of the loader wants it: columns, domains, CRS (ArcGIS REST API)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_GEOMETRY_KINDS = {
    "esriGeometryPoint": "point", "esriGeometryMultipoint": "point", "esriGeometryPolyline": "line",
    "esriGeometryPolygon": "polygon",
}  # fmt: skip
_WHOLE = "SmallInteger Integer OID BigInteger"
_TYPES = {
    **{f"esriFieldType{name}": pa.int64() for name in _WHOLE.split()},
    "esriFieldTypeSingle": pa.float64(),
    "esriFieldTypeDouble": pa.float64(),
    "esriFieldTypeDate": pa.timestamp("ms", tz="UTC"),
    "esriFieldTypeDateOnly": pa.date32(),
}
_LEFT_OUT = {"esriFieldTypeGeometry", "esriFieldTypeBlob", "esriFieldTypeRaster"}


@dataclass(frozen=True)
class EsriLayer:
    """The description of a layer or table.

    `key` is the column of object ids, None where there is none. `domains` are what coded values mean, by column.
    """

    columns: dict[str, pa.DataType]
    domains: dict[str, dict[Any, str]]
    key: str | None
    geometry_kind: str | None
    wkid: int | None
    page: int | None
    can_page: bool
    credits: str

    @classmethod
    def described(cls, said: Mapping[str, Any]) -> EsriLayer:
        """The layer that the server's JSON describes."""
        fields = [field for field in said.get("fields") or [] if field.get("type") not in _LEFT_OUT]
        columns = {str(field["name"]): _TYPES.get(field.get("type"), pa.string()) for field in fields}
        domains = {str(field["name"]): found for field in fields if (found := _coded(field.get("domain")))}
        if said.get("typeIdField") in columns:
            domains.setdefault(said["typeIdField"], {of["id"]: str(of["name"]) for of in said.get("types") or []})
        system = (said.get("extent") or {}).get("spatialReference") or said.get("sourceSpatialReference") or {}
        keys = [field["name"] for field in fields if field.get("type") == "esriFieldTypeOID"]
        abilities = said.get("advancedQueryCapabilities") or {}
        return cls(
            columns=columns,
            domains={name: found for name, found in domains.items() if found},
            key=said.get("objectIdField") or next(iter(keys), None),
            geometry_kind=_GEOMETRY_KINDS.get(said.get("geometryType") or ""),
            wkid=system.get("latestWkid") or system.get("wkid"),
            page=said.get("maxRecordCount"),
            can_page=bool(abilities.get("supportsPagination", said.get("supportsPagination"))),
            credits=str(said.get("copyrightText") or "").strip(),
        )

    @property
    def published(self) -> dict[str, pa.DataType]:
        """The columns of the source: a coded one holds what the codes mean, and has its codes beside it."""
        found = {}
        for name, kind in self.columns.items():
            found[name] = pa.string() if name in self.domains else kind
            if name in self.domains:
                found[_code(name)] = kind
        return found

    @property
    def fields(self) -> list[dict[str, str]]:
        """The columns as Esri describes them, for GDAL: it would cut a large object id to 32 bits without a word."""
        names = {pa.int64(): "BigInteger", pa.float64(): "Double", pa.date32(): "DateOnly"}
        names[pa.timestamp("ms", tz="UTC")] = "Date"
        return [
            {"name": name, "type": f"esriFieldType{names.get(kind, 'String')}"} for name, kind in self.columns.items()
        ]

    def decoded(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A batch of the server's columns as one of `published`; what has no meaning in its domain stays the code."""
        columns = dict(self._decoded(batch))
        return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))

    def _decoded(self, batch: pa.RecordBatch) -> Iterator[tuple[str, pa.Array]]:
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            domain = self.domains.get(name)
            if domain is None:
                yield name, column
                continue
            yield _code(name), column
            codes = pa.array([str(code) for code in domain], pa.string())
            text = column.cast(pa.string())
            meant = pa.array(list(domain.values()), pa.string()).take(pc.index_in(text, value_set=codes))
            yield name, pc.coalesce(meant, text)


def _coded(domain: Mapping[str, Any] | None) -> dict[Any, str]:
    if not domain or domain.get("type") != "codedValue":
        return {}
    return {value["code"]: str(value["name"]) for value in domain.get("codedValues") or []}


def _code(name: str) -> str:
    return f"{name}:code"
