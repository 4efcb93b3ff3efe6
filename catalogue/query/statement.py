"""Statements that read features: a parsed request made into one SQL statement over a generation table.

Every statement gives one row. Its first columns are the state of the layer, read in the statement that reads the rows,
hence in one snapshot: which release is current, how often the layer was erased from, and whether the release could be
read. Whoever runs the statement compares them with what it was built for (`catalogue.query.reader`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Table,
    Text,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON

from catalogue.generation import Generation
from catalogue.query.conditions import conditions
from catalogue.query.feature import feature_column, line_column
from catalogue.query.literal import Literal
from catalogue.query.prepared import Bind, Prepared, prepare
from catalogue.query.request import After, ItemsRequest, Sort, View
from catalogue.query.table import COLLATION, Reading, Where, as_of, generation_table, state_of, table_of

__all__ = ["COLLATION", "Reading", "generation_table"]
#: How features are written: GeoJSON with commas between them, one on each line (with or without the record separator
#: of RFC 8142), or lines of CSV.
SEPARATORS = {"json": ",", "geojsonseq": "\n\x1e", "ndjson": "\n", "csv": "\r\n"}


class ItemsQuery(NamedTuple):
    """What a statement for a page is made for. `counted`: how many match is known, and need not be counted."""

    where: Where
    request: ItemsRequest
    form: str
    counted: bool


class RowsQuery(NamedTuple):
    """What a statement for chosen rows is made for."""

    where: Where
    rows: Literal
    view: View
    form: str


class ItemQuery(NamedTuple):
    """What a statement for one feature is made for."""

    where: Where
    identifier: Literal
    view: View


def items(reading: Reading, query: ItemsQuery) -> Prepared:
    """A page: state, `body` (the features, NULL for none), `number` of them, `matched`, and `last`.

    `body` is UTF-8. `matched` is NULL where it was known. `last` is the last feature's paging number; in a sorted list
    it is a JSON list of its sort keys and that number (`catalogue.query.reader.last_of`).
    """
    return _items(_generation(reading), reading.pinned, query)


def choice(reading: Reading, query: ItemsQuery) -> Prepared:
    """As `items`, with the paging numbers of the page's features, in order, in `rows` instead of `body`."""
    return _choice(_generation(reading), reading.pinned, query)


def rows(reading: Reading, query: RowsQuery) -> Prepared:
    """State and `body`: the text of the features with those paging numbers, in that order."""
    return _rows(_generation(reading), query)


def item(reading: Reading, query: ItemQuery) -> Prepared:
    """State and `body`: the text of the feature of that identity, NULL where there is none."""
    return _item(_generation(reading), reading.pinned, query)


def _generation(reading: Reading) -> Generation:
    if reading.release.reads is None:
        raise ValueError("a release that cannot be read has no table")
    return reading.release.reads


@lru_cache(maxsize=4096)
def _items(generation: Generation, pinned: bool, query: ItemsQuery) -> Prepared:
    def build(bind: Bind) -> Select[Any]:
        page, counting = _page(generation, pinned, query, bind, features=True)
        return _answer(query, bind, page, counting, _joined(page.c.feature, query.form).label("body"))

    return prepare(query, build)


@lru_cache(maxsize=4096)
def _choice(generation: Generation, pinned: bool, query: ItemsQuery) -> Prepared:
    def build(bind: Bind) -> Select[Any]:
        page, counting = _page(generation, pinned, query, bind, features=False)
        return _answer(query, bind, page, counting, func.array_agg(page.c._row).label("rows"))

    return prepare(query, build)


@lru_cache(maxsize=4096)
def _rows(generation: Generation, query: RowsQuery) -> Prepared:
    def build(bind: Bind) -> Select[Any]:
        table = table_of(generation)
        asked = (
            func.unnest(bind(query.rows)).table_valued("row", with_ordinality="place", name="asked").render_derived()
        )
        chosen = (
            select(_text(table, generation, query.view, query.form).label("feature"))
            .join_from(asked, table, table.c._row == asked.c.row)
            .order_by(asked.c.place)
            .subquery("chosen")
        )
        body = select(_joined(chosen.c.feature, query.form).label("body")).subquery("page")
        state = state_of(query.where, bind)
        return select(*state.c, body.c.body).select_from(state.join(body, true()))

    return prepare(query, build)


@lru_cache(maxsize=4096)
def _item(generation: Generation, pinned: bool, query: ItemQuery) -> Prepared:
    def build(bind: Bind) -> Select[Any]:
        table = table_of(generation)
        found = (
            select(_utf8(feature_column(table, generation, query.view)).label("body"))
            .where(as_of(table, pinned, bind(query.where.number)), table.c._id == bind(query.identifier))
            .limit(literal_column("1"))
            .subquery("page")
        )
        state = state_of(query.where, bind)
        return select(*state.c, found.c.body).select_from(state.outerjoin(found, true()))

    return prepare(query, build)


def _page(
    generation: Generation, pinned: bool, query: ItemsQuery, bind: Bind, *, features: bool
) -> tuple[Subquery, Select[Any] | None]:
    """The page's rows in order; and how many match in all, where that is to be counted."""
    request = query.request
    table = table_of(generation)
    keys = {f"_key_{number}": _sort_key(table, sort) for number, sort in enumerate(request.sortby)}
    condition = and_(
        as_of(table, pinned, bind(query.where.number)), *conditions(request.selection, table, generation, bind)
    )
    wanted = [_text(table, generation, request.view, query.form).label("feature")] if features else []
    labelled = [key.label(name) for name, key in keys.items()]
    directions = [sort.descending for sort in request.sortby]
    limit = bind(request.limit)
    if request.after:
        behind = _behind(request.after, list(keys.values()), directions, table.c._row, bind)
        condition = and_(condition, behind)
    written = request.view.as_prepared and query.form != "csv"
    if request.offset is None and (written or not request.selection.indexed):
        found = select(table.c._row, *labelled, *wanted).where(condition)
        order: list[ColumnElement[Any]] = [*map(_directed, keys.values(), directions), table.c._row]
        if request.selection.indexed:
            # A fence: PostgreSQL would rather read all features in paging order than those that an index finds.
            inner = found.offset(literal_column("0")).subquery("found")
            found = select(*inner.c)
            order = [*(_directed(inner.c[name], down) for name, down in zip(keys, directions, strict=True))]
            order.append(inner.c._row)
        counting = None if query.counted else select(func.count()).select_from(table).where(condition)
        return found.order_by(*order).limit(limit).subquery("page"), counting
    # Rows are wide, or costly to write: those of the page are chosen first, among the numbers of those that match.
    matching = select(table.c._row, *labelled).where(condition)
    source = matching.subquery("hits") if query.counted else matching.cte("hits").prefix_with("MATERIALIZED")
    order = [*(_directed(source.c[name], down) for name, down in zip(keys, directions, strict=True)), source.c._row]
    chosen = select(*source.c).order_by(*order).limit(limit)
    if request.offset is not None:
        chosen = chosen.offset(bind(request.offset))
    counting = select(func.count()).select_from(source) if isinstance(source, CTE) else None
    if not features:
        return chosen.subquery("page"), counting
    page = chosen.subquery("chosen")
    order = [*(_directed(page.c[name], down) for name, down in zip(keys, directions, strict=True)), page.c._row]
    joined = select(*page.c, *wanted).join_from(page, table, table.c._row == page.c._row).order_by(*order)
    return joined.subquery("page"), counting


def _answer(
    query: ItemsQuery, bind: Bind, page: Subquery, counting: Select[Any] | None, content: ColumnElement[Any]
) -> Select[Any]:
    number = func.count().label("number")
    keys = [func.to_json(column).op("#>>")(literal_column("'{}'")) for name, column in page.c.items() if _is_key(name)]
    last: ColumnElement[Any] = func.max(page.c._row)
    if keys:
        each = func.json_build_array(*keys, page.c._row)
        last = cast(func.array_agg(each, type_=ARRAY(JSON))[cast(func.count(), Integer)], Text)
    body = select(content, number, last.label("last")).select_from(page).subquery("body")
    matched: ColumnElement[Any] = cast(null(), BigInteger)
    if counting is not None:
        matched = cast(counting.scalar_subquery(), BigInteger)
        if query.request.offset is None:
            # A page that is not full says itself how many there are; PostgreSQL then counts nothing.
            matched = case((body.c.number < bind(query.request.limit), body.c.number), else_=matched)
    state = state_of(query.where, bind)
    return select(*state.c, *body.c, matched.label("matched")).select_from(state.join(body, true()))


def _is_key(name: str) -> bool:
    return name.startswith("_key_")


def _joined(feature: ColumnElement[Any], form: str) -> ColumnElement[Any]:
    separator = SEPARATORS[form].encode("unicode_escape").decode()
    return _utf8(func.string_agg(feature, literal_column(f"E'{separator}'")))


def _utf8(text: ColumnElement[Any]) -> ColumnElement[Any]:
    """As bytes: text would be decoded by the driver only to be encoded again."""
    return func.convert_to(text, literal_column("'UTF8'"))


def _text(table: Table, generation: Generation, view: View, form: str) -> ColumnElement[Any]:
    return line_column(table, generation, view) if form == "csv" else feature_column(table, generation, view)


def _sort_key(table: Table, sort: Sort) -> ColumnElement[Any]:
    column = table.c[sort.name]
    return column.collate(COLLATION) if isinstance(column.type, Text) else column


def _directed(key: ColumnElement[Any], descending: bool) -> ColumnElement[Any]:
    return (key.desc() if descending else key.asc()).nulls_last()


def _behind(
    after: After, keys: list[ColumnElement[Any]], descending: list[bool], row: ColumnElement[int], bind: Bind
) -> ColumnElement[bool]:
    """Rows that come after the last of the page before, in the order of the keys (nulls last) and then of `row`."""
    behind: ColumnElement[bool] = row > bind(after.row)
    for key, down, value in reversed(list(zip(keys, descending, after.keys, strict=True))):
        if value is None:
            behind = and_(key.is_(None), behind)
        else:
            known = bind(value)
            further = key < known if down else key > known
            behind = or_(further, key.is_(None), and_(key == known, behind))
    return behind
