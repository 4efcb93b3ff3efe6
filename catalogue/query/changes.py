"""The statement that reads what changed between two releases of a layer, a page at a time.

Every feature is told once, as it differs between the two: what came and went, or was changed and changed back, is not
told. First come features that were added or changed, found by `_since` in the table of the newer release; then those
that were removed, found in `kartlagd.removal`. Candidates of either kind are read in the order of an index, and each is
compared with its version in the older release; after `BUDGET` of them the page ends, full or not, so that a page costs
no more where few are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Integer,
    MetaData,
    Select,
    Subquery,
    Table,
    Text,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
)

from catalogue.database.schemas import CATALOGUE, FEATURES
from catalogue.query.changes_request import ChangesRequest, Removed
from catalogue.query.changes_start import Start
from catalogue.query.changes_steps import Span, Step, removed, written
from catalogue.query.literal import Literal
from catalogue.query.prepared import Bind, Prepared, prepare
from catalogue.query.table import Reading, Where, state_of

_kartlagd = MetaData(schema=CATALOGUE)
_layer = Table("layer", _kartlagd, Column("id", Text), Column("changes_from", Integer))
_release = Table(
    "release",
    _kartlagd,
    Column("layer", Text),
    Column("number", Integer),
    Column("state", Text),
    Column("generation", BigInteger),
    Column("published_at", DateTime(timezone=True)),
)


@dataclass(frozen=True)
class ChangesQuery:
    """What a statement is made for; `since` is the older release's number."""

    where: Where
    since: Literal
    request: ChangesRequest


def changes(reading: Reading, start: Start, query: ChangesQuery) -> Prepared:
    """State, and a page of changes from `start` to `reading`.

    `old_state` and `old_generation` are of the older release, `read_versions` is as in `Start` where the newer one is
    pinned. `features` are GeoJSON
    features as text and `places` what each one's cursor is made of (JSON): at most `limit` + 1 of them. Where there are
    no more than `limit`, `stopped` is the place of the last candidate, if there are others that were not looked at.
    """
    generation = reading.release.reads
    if generation is None:
        raise ValueError("a release that cannot be read has no table")
    release = reading.release
    # As PostgreSQL writes it below.
    time = release.published_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return _changes(Span(start, generation, release.number, reading.pinned), time, query)


@lru_cache(maxsize=4096)
def _changes(span: Span, time: str, query: ChangesQuery) -> Prepared:
    def build(bind: Bind) -> Select[Any]:
        state = _state(query, span, bind)
        if span.releases == 0:
            nothing = [null().label(name) for name in ("features", "places", "stopped")]
            return select(*state.c, *nothing).select_from(state)
        layer = bind(query.where.layer)
        steps: list[Step] = []
        if not isinstance(query.request.after, Removed):
            steps.append(written(span, query.request, bind))
        if span.start.number:
            steps.append(removed(span, query.request, layer, steps[0] if steps else None, bind))
        body = _told(steps, layer, literal_column(f"'{time}'") if span.releases == 1 else None)
        stopped = func.coalesce(*(step.stopped for step in steps), null()).label("stopped")
        return select(*state.c, *body.c, stopped).select_from(state.join(body, true()))

    return prepare(query, build)


def _told(steps: list[Step], layer: ColumnElement[str], time: ColumnElement[str] | None) -> Subquery:
    """The features of all steps, with what they are told with; `time` where it is the same for all."""
    found = union_all(*(select(*step.page.c) for step in steps)).subquery("found")
    if time is None:
        at = select(_release.c.published_at).where(_release.c.layer == layer, _release.c.number == found.c.release)
        time = func.to_char(at.scalar_subquery(), literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""))
    # Without the brace that ends it.
    text: ColumnElement[Any] = func.left(found.c.feature, literal_column("-1"))
    for part in (
        found.c.members,
        literal_column("""',"release":'"""),
        cast(found.c.release, Text),
        literal_column("""',"time":"'"""),
        time,
        literal_column("""'"}'"""),
    ):
        text = text.op("||")(part)
    return select(func.array_agg(text).label("features"), func.array_agg(found.c.place).label("places")).subquery(
        "body"
    )


def _state(query: ChangesQuery, span: Span, bind: Bind) -> Subquery:
    """The state of the layer and of both releases."""
    state = state_of(query.where, bind)
    old = _release.alias("old")
    versions: ColumnElement[Any] = null()
    if span.pinned:
        versions = func.to_regclass(literal_column(f"'{FEATURES}.g{span.generation.id}_versions'")).is_not(None)
    return (
        select(
            *state.c,
            old.c.state.label("old_state"),
            old.c.generation.label("old_generation"),
            versions.label("read_versions"),
        )
        .select_from(
            state.outerjoin(old, (old.c.layer == bind(query.where.layer)) & (old.c.number == bind(query.since)))
        )
        .subquery("states")
    )
