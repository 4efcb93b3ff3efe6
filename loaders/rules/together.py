"""Rules that compare rows with each other: no value twice, no overlap. The later of two rows breaks them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

from catalogue.generation import quoted
from catalogue.personal import GEOMETRY
from catalogue.rules import Rule
from loaders.rules.broken import Broken, kept, outcome, reject
from loaders.rules.measures import Measures
from loaders.rules.outcome import Outcome
from loaders.staging import Staging


def apply(
    connection: Connection,
    staging: Staging,
    rules: Mapping[str, Rule],
    measures: Measures,
    rows: int,
    hidden: frozenset[str],
) -> list[Outcome]:
    """What each rule comes to, among the rows that nothing has rejected; one after the other."""
    outcomes = []
    for name, rule in rules.items():
        if rule.unique:
            broken, count = _twice(connection, staging, rule.unique, hidden)
        else:
            broken, count = _overlapping(connection, staging, rule.no_overlap or 0, measures)
        found = outcome(connection, name, rule, broken, count, rows)
        if found.acts and rule.action == "reject row":
            reject(connection, staging, rule, broken)
        outcomes.append(found)
    return outcomes


def _twice(connection: Connection, staging: Staging, fields: list[str], hidden: frozenset[str]) -> tuple[Broken, int]:
    """Rows whose values an earlier row has; those without a value are none."""
    columns = [quoted(name) for name in fields]
    listed = ", ".join(columns)
    there = " AND ".join([kept(staging), *(f"{column} IS NOT NULL" for column in columns)])
    repeated = (
        f"SELECT {listed}, count(*) AS n FROM {staging.rows} s WHERE {there} GROUP BY {listed} HAVING count(*) > 1"
    )
    # First whether there is any at all: numbering the rows sorts them all.
    count = connection.scalar(text(f"SELECT coalesce(sum(n - 1), 0) FROM ({repeated}) repeated"))
    value = f"concat_ws(', ', {listed})"
    select = (
        f"SELECT _ord, value FROM (SELECT _ord, {value} AS value, "
        f"row_number() OVER (PARTITION BY {listed} ORDER BY _ord) AS place "
        f"FROM {staging.rows} s WHERE {there}) numbered WHERE place > 1"
    )
    return Broken(select, ", ".join(fields), hidden=bool(hidden & set(fields))), int(count or 0)


def _overlapping(connection: Connection, staging: Staging, tolerance: float, measures: Measures) -> tuple[Broken, int]:
    """Polygons of which an earlier row's cover more than `tolerance` m²; `value` is the number of that row."""
    shapes, pairs = staging.beside("shapes"), staging.beside("overlaps")
    connection.execute(text(f"DROP TABLE IF EXISTS {shapes}, {pairs}"))
    connection.execute(
        text(
            f"CREATE UNLOGGED TABLE {shapes} AS SELECT s._ord, {measures.shape} AS shape FROM {staging.rows} s "
            f"WHERE {kept(staging)} AND ST_Dimension({measures.shape}) = 2"
        )
    )
    connection.execute(text(f"CREATE INDEX ON {shapes} USING gist (shape)"))
    connection.execute(text(f"ANALYZE {shapes}"))
    # Neighbours share borders: whether insides meet is asked first, the common part is made of those few alone.
    common = measures.area("ST_Intersection(a.shape, b.shape)")
    connection.execute(
        text(
            f"CREATE UNLOGGED TABLE {pairs} AS SELECT b._ord, a._ord AS other, {common} AS area "
            f"FROM {shapes} a JOIN {shapes} b ON a.shape && b.shape AND a._ord < b._ord "
            "WHERE ST_Relate(a.shape, b.shape, '2********')"
        )
    )
    select = f"SELECT _ord, min(other)::text AS value FROM {pairs} WHERE area > :tolerance GROUP BY _ord"
    broken = Broken(select, GEOMETRY, {"tolerance": tolerance})
    count = connection.scalar(text(f"SELECT count(*) FROM ({select}) b"), broken.parameters)
    return broken, int(count or 0)
