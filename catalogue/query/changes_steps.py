"""The two steps in which changes between two releases are found: versions that were written, identities removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    Float,
    Integer,
    MetaData,
    Select,
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
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, array

from catalogue.database.schemas import CATALOGUE
from catalogue.generation import Generation
from catalogue.query.changes_request import ChangesRequest, Removed, Written
from catalogue.query.changes_start import Start
from catalogue.query.conditions import conditions
from catalogue.query.prepared import Bind
from catalogue.query.table import as_of, table_of

#: Candidates of either kind that one page looks at.
BUDGET = 10_000

_COLUMNS = ("_row", "_id", "_period", "_native", "_geom", "_feature")
#: A generation table, or a subquery with its columns.
Versions = Any

_removal = Table(
    "removal", MetaData(schema=CATALOGUE), Column("layer", Text), Column("release", Integer), Column("id", Text)
)


@dataclass(frozen=True)
class Span:
    """The two releases that are compared: `number`, read from `generation`, with `start`.

    Their numbers stand in statements as they are: an index of some releases' rows is used for known numbers only.
    """

    start: Start
    generation: Generation
    number: int
    pinned: bool

    @property
    def one_table(self) -> bool:
        """Whether both are read from one table."""
        return self.start.generation is not None and self.start.generation.id == self.generation.id

    @property
    def releases(self) -> int:
        """How many releases it holds, the older one apart."""
        return self.number - self.start.number


@dataclass(frozen=True)
class Step:
    """A page of changes of one kind: `place`, `release`, `members` (text that follows the feature's own) and `feature`.

    `stopped` is the place of the last candidate, NULL where the page is full or all candidates were looked at.
    """

    page: CTE
    stopped: ColumnElement[Any]


def written(span: Span, request: ChangesRequest, bind: Bind) -> Step:
    """Features that were added or changed: current in the newer release, in a version that the older has not."""
    table = table_of(span.generation)
    candidates = _candidates(span, request, table.alias("n"), bind)
    few = candidates.limit(_constant(BUDGET)).subquery("candidates")
    new: Versions = table.alias("new")
    source = few.join(new, new.c._row == few.c.row)
    matching = conditions(request.selection, new, span.generation, bind)
    members: ColumnElement[Any] = literal_column("""',"change":"added"'""")
    wanted = and_(true(), *matching)
    if span.start.generation is not None:
        old = _old(span, new.c._id)
        source = source.outerjoin(old, true())
        members = case((old.c._row.is_(None), members), else_=_changed(new, old, span))
        # Where there was none, nothing is true of it, not even that a property is not known.
        before = [old.c._row.is_not(None), *conditions(request.selection, old, span.start.generation, bind)]
        differs = or_(old.c._row.is_(None), new.c._feature != old.c._feature, _moved(new, old))
        wanted = and_(differs, or_(and_(true(), *matching), and_(*before)))
    page = (
        select(
            _place("written", few.c.key, few.c.row).label("place"),
            new.c._since.label("release"),
            members.label("members"),
            new.c._feature.label("feature"),
        )
        .select_from(source)
        .where(wanted)
        .order_by(*([few.c.key] if span.one_table else []), few.c.row)
        .limit(_one_more(request, bind))
        .cte("written")
        .prefix_with("MATERIALIZED")
    )
    return Step(page, _stopped("written", candidates, _count(page) <= bind(request.limit)))


def removed(span: Span, request: ChangesRequest, layer: ColumnElement[str], before: Step | None, bind: Bind) -> Step:
    """Features that were removed, as they were in the older release; they follow those of the step before."""
    assert span.start.generation is not None
    gone = _removal.alias("gone")
    candidates = (
        select(gone.c.release.label("key"), gone.c.id.label("row"))
        .where(gone.c.layer == layer, *_within(gone.c.release, span.start.number + 1, span.number))
        .order_by(gone.c.release, gone.c.id)
    )
    if isinstance(request.after, Removed):
        place = tuple_(bind(request.after.release), bind(request.after.id))
        candidates = candidates.where(tuple_(gone.c.release, gone.c.id) > place)
    few = candidates.limit(_constant(BUDGET)).subquery("gone")
    old = _old(span, few.c.row)
    limit: ColumnElement[Any] = _one_more(request, bind)
    unfinished: ColumnElement[bool] = true()
    if before is not None:
        limit = case((before.stopped.is_(None), limit - _count(before.page)), else_=_constant(0))
        unfinished = before.stopped.is_(None)
    page = (
        select(
            _place("removed", few.c.key, few.c.row).label("place"),
            few.c.key.label("release"),
            literal_column("""',"change":"removed"'""").label("members"),
            old.c._feature.label("feature"),
        )
        .select_from(few.join(old, true()))
        .where(
            *(~again for again in _again(span, layer, few)),
            *(~is_there for is_there in _there(span, few.c.row)),
            *conditions(request.selection, old, span.start.generation, bind),
        )
        .order_by(few.c.key, few.c.row)
        .limit(limit)
        .cte("removed")
        .prefix_with("MATERIALIZED")
    )
    told = _count(page) if before is None else _count(page) + _count(before.page)
    return Step(page, _stopped("removed", candidates, and_(unfinished, told <= bind(request.limit))))


def _again(span: Span, layer: ColumnElement[str], gone: Versions) -> list[ColumnElement[bool]]:
    """The condition of what was removed once more by a later release, where there may be one."""
    if span.releases == 1:
        return []
    later = _removal.alias("later")
    return [
        _exists(
            later.c.layer == layer,
            later.c.id == gone.c.row,
            later.c.release.between(gone.c.key + _constant(1), _constant(span.number)),
        )
    ]


def _within(number: ColumnElement[int], first: int, last: int) -> list[ColumnElement[bool]]:
    # An index is in order of what follows the number where the number is one.
    return [number == _constant(first)] if first == last else [number.between(_constant(first), _constant(last))]


def _candidates(span: Span, request: ChangesRequest, table: Versions, bind: Bind) -> Select[Any]:
    """Rows of the newer release whose version may not be in the older: `key` and `row`, in order.

    In one table an index knows them; in another table, made for a release that changed much, they are many.
    """
    key: ColumnElement[int] = table.c._since if span.one_table else _constant(0)
    found = select(key.label("key"), table.c._row.label("row")).where(
        table.c._since >= _constant(span.start.number + 1), as_of(table, span.pinned, _constant(span.number))
    )
    if span.one_table:
        found = found.order_by(table.c._since, table.c._row)
    else:
        found = found.order_by(table.c._row)
    if isinstance(request.after, Written):
        row = bind(request.after.row)
        behind = table.c._row > row
        if span.one_table:
            behind = tuple_(table.c._since, table.c._row) > tuple_(bind(request.after.key), row)
        found = found.where(behind)
    return found


def _old(span: Span, identifier: ColumnElement[str]) -> Versions:
    """The version of a feature in the older release."""
    start = span.start
    assert start.generation is not None
    table = table_of(start.generation).alias("o")
    columns = [*(table.c[name] for name in _COLUMNS), *_fields(span, table)]
    closed = select(*columns).where(
        table.c._id == identifier,
        table.c._until >= _constant(start.number + 1),
        table.c._since <= _constant(start.number),
    )
    if span.one_table:
        # What differs in the newer release was superseded in the same table.
        return closed.lateral("old")
    live = select(*columns).where(
        table.c._id == identifier, table.c._until.is_(None), table.c._since <= _constant(start.number)
    )
    return union_all(live, closed).lateral("old") if start.versions else live.lateral("old")


def _fields(span: Span, table: Versions) -> list[ColumnElement[Any]]:
    """The newer release's fields as they were: not known where they were not there, or of another type."""
    assert span.start.generation is not None
    then = dict(span.start.generation.fields)
    found: list[ColumnElement[Any]] = []
    for name, kind in span.generation.fields:
        if then.get(name) == kind:
            found.append(table.c[name])
            continue
        found.append(cast(null(), table_of(span.generation).c[name].type).label(name))
        if name in then:
            found.append(table.c[name].label(_retyped(name)))
    return found


def _retyped(name: str) -> str:
    """What a field is called beside the field of the same name that has another type."""
    return f"_of_{name}"


def _there(span: Span, identifier: ColumnElement[str]) -> list[ColumnElement[bool]]:
    """Conditions, one of which is true where the feature is in the newer release."""
    table = table_of(span.generation).alias("r")
    number = _constant(span.number)
    live = _exists(table.c._id == identifier, table.c._until.is_(None), table.c._since <= number)
    if not (span.pinned and span.start.read_versions):
        return [live]
    closed = _exists(table.c._id == identifier, table.c._until > number, table.c._since <= number)
    return [live, closed]


def _changed(new: Versions, old: Versions, span: Span) -> ColumnElement[Any]:
    """What follows a changed feature: names of the properties that differ, and `geometry`."""
    assert span.start.generation is not None
    now, then = dict(span.generation.fields), dict(span.start.generation.fields)
    names = [_name("geometry", or_(_moved(new, old), new.c._geom.is_distinct_from(old.c._geom)))]
    for name in [*now, *(name for name in then if name not in now)]:
        if name not in now or name not in then:
            names.append(_name(name, true()))
        elif now[name] != then[name]:
            known = or_(new.c[name].is_not(None), old.c[_retyped(name)].is_not(None))
            names.append(_name(name, known))
        else:
            # As they are written: 0 and -0, and objects with other spaces, are equal otherwise.
            one, other = (_written(row.c[name]) for row in (new, old))
            names.append(_name(name, one.is_distinct_from(other)))
    listed = func.array_remove(cast(array(names), ARRAY(Text)), null())
    whole: ColumnElement[Any] = literal_column("""',"change":"changed","changedProperties":'""")
    return whole.op("||")(cast(func.to_json(listed), Text))


def _name(name: str, differs: ColumnElement[bool]) -> ColumnElement[Any]:
    return case((differs, literal_column(f"'{name}'")), else_=null())


def _written(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(value, Text) if isinstance(value.type, Float | JSONB) else value


def _moved(new: Versions, old: Versions) -> ColumnElement[bool]:
    moved: ColumnElement[bool] = new.c._native.is_distinct_from(old.c._native)
    return moved


def _stopped(kind: str, candidates: Select[Any], there_is_room: ColumnElement[bool]) -> ColumnElement[Any]:
    last = candidates.offset(_constant(BUDGET - 1)).limit(_constant(1)).subquery(f"last_{kind}")
    place = select(_place(kind, last.c.key, last.c.row)).scalar_subquery()
    # Looked for once, though it is asked for several times.
    found = select(case((there_is_room, place), else_=null()).label("place")).cte(f"stopped_{kind}")
    return select(found.prefix_with("MATERIALIZED").c.place).scalar_subquery()


def _place(kind: str, key: ColumnElement[Any], row: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(func.json_build_array(literal_column(f"'{kind}'"), cast(key, Text), cast(row, Text)), Text)


def _exists(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    # `*` would be all columns, and not all of them may be read.
    return select(_constant(1)).where(*conditions).exists()


def _count(page: CTE) -> ColumnElement[int]:
    return select(func.count()).select_from(page).scalar_subquery()


def _one_more(request: ChangesRequest, bind: Bind) -> ColumnElement[Any]:
    return bind(request.limit) + _constant(1)


def _constant(number: int) -> ColumnElement[int]:
    return literal_column(str(int(number)), Integer)
