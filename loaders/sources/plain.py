"""Columns of any Arrow type made such as the conform step knows: structures are JSON, times of day are text."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pyarrow as pa

from catalogue.language import Message, _


def plain_type(kind: pa.DataType) -> pa.DataType:
    """What a column of this type becomes."""
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pa.types.is_nested(kind):
        return pa.json_(pa.string())
    if pa.types.is_null(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind) or pa.types.is_interval(kind):
        return pa.string()
    return pa.float64() if pa.types.is_float16(kind) else kind


def plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch, with such columns made plain."""
    arrays = [_plain(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def _plain(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.dictionary_decode())
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(column.storage)
    if pa.types.is_nested(kind):
        return pa.array([None if value is None else _json(value) for value in column.to_pylist()], pa.string())
    wanted = plain_type(kind)
    if wanted == kind:
        return column
    if wanted == pa.string() and not pa.types.is_null(kind):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    return column.cast(wanted)


def _json(value: object) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def is_binary(kind: pa.DataType) -> bool:
    """Whether an Arrow type holds bytes that are no text."""
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def not_read(names: Sequence[str]) -> Message:
    """What to tell of columns of bytes."""
    return _("Columns with pictures or other binary data are not read: {names}.", names=", ".join(names))
