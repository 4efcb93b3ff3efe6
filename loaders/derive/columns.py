"""The columns of a source as expressions read them."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from catalogue.cql2.problem import BadFilter
from catalogue.cql2.tree import Name
from catalogue.field import FieldType
from catalogue.language import _
from loaders.conform.columns import find_column, suggest_column


class SourceColumns:
    """The columns that expressions may name; capitals and spaces may differ where only one column is meant."""

    def __init__(self, columns: Mapping[str, pa.DataType]) -> None:
        """`columns` as a source declares them."""
        self._columns = columns

    def find(self, node: Name) -> tuple[str, FieldType | None]:
        """The column's own name and its type. Raises BadFilter, with the nearest name, where there is none."""
        found = find_column(node.name, self._columns)
        if found is not None:
            return found, field_type(self._columns[found])
        message = _("the source has no column “{column}”.", column=node.name[:80])
        if suggestion := suggest_column(node.name, list(self._columns)):
            message = _("{problem} {suggestion}", problem=message, suggestion=suggestion)
        raise BadFilter(message, node.place)


def field_type(kind: pa.DataType) -> FieldType:
    """The type of field that a column's Arrow type comes nearest to."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if isinstance(kind, pa.BaseExtensionType) or pa.types.is_nested(kind):
        return "object"
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_date(kind):
        return "date"
    return "datetime" if pa.types.is_timestamp(kind) else "text"
