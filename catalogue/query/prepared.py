"""Statements as text that PostgreSQL prepares, with the places of their parameters: one for all requests of a shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    Date,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    Select,
    Text,
    bindparam,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.types import TypeEngine

from catalogue.query.literal import Literal, LiteralType, literals

#: Makes the parameter of a literal of the request that a statement is built for.
Bind = Callable[[Literal], BindParameter[Any]]

_TYPES: dict[LiteralType, TypeEngine[Any]] = {
    "text": Text(),
    "integer": BigInteger(),
    "number": Double(),
    "boolean": Boolean(),
    "date": Date(),
    "datetime": DateTime(timezone=True),
    "object": JSONB(),
    "small": Integer(),
    "bytes": LargeBinary(),
    "texts": ARRAY(Text()),
    "rows": ARRAY(BigInteger()),
    "integers": ARRAY(BigInteger()),
    "numbers": ARRAY(Double()),
}
# `$1::TYPE`: the native placeholders of PostgreSQL, which asyncpg takes, and psycopg's RawCursor.
_DIALECT = dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Prepared:
    """A statement with `$1 …`; `places` says of each parameter which literal it is, or the constant that it is."""

    text: str
    places: tuple[int | None, ...]
    constants: tuple[Any, ...]

    def values(self, request: object) -> list[Any]:
        """The parameters for one request of the statement's shape, in the order of their places."""
        found = literals(request)
        return [
            constant if place is None else found[place].value
            for place, constant in zip(self.places, self.constants, strict=True)
        ]


def prepare(request: object, build: Callable[[Bind], Select[Any]]) -> Prepared:
    """The statement that `build` makes of a request; `build` turns each literal into a parameter by its argument."""
    names = {id(literal): f"literal_{number}" for number, literal in enumerate(literals(request))}

    def bind(literal: Literal) -> BindParameter[Any]:
        return bindparam(names[id(literal)], type_=_TYPES[literal.type], required=False)

    compiled = build(bind).compile(dialect=_DIALECT)
    order: Sequence[str] = compiled.positiontup or ()
    places = tuple(int(name[8:]) if name.startswith("literal_") else None for name in order)
    constants = tuple(None if name.startswith("literal_") else compiled.params[name] for name in order)
    return Prepared(str(compiled), places, constants)
