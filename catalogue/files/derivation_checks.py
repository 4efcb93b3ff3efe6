"""What pydantic cannot see in what a layer derives: expressions, units, sources that go together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from zoneinfo import ZoneInfo

from catalogue.cql2.columns import AnyColumns, Expression, read_condition, read_value
from catalogue.cql2.problem import BadFilter
from catalogue.files.yaml_file import KeyPath, YamlFile
from catalogue.language import Message, _
from catalogue.layer_file import FieldSource
from catalogue.problems import Mistake
from catalogue.units import conversion

Mistaken = tuple[KeyPath, Message, Message | None]
_Read = Callable[[str, AnyColumns, ZoneInfo], Expression]


def check_derivation(
    file: YamlFile,
    fields: Mapping[str, FieldSource],
    types: Mapping[str, str | None],
    units: Mapping[str, str | None],
    *,
    published: bool,
) -> None:
    """Add the problems to the file; `types` and `units` are those of all published fields."""
    found = [*_sources(file, published), *_expression(file.data.get("where"), ("where",), read_condition)]
    for name, field in fields.items():
        found += _field(name, field, types, units)
    for key, message, suggestion in found:
        file.problems.append(file.problem(key, message, suggestion))


def _sources(file: YamlFile, published: bool) -> Iterator[Mistaken]:
    one, several = file.data.get("source"), file.data.get("sources")
    if published and "source" not in file.data and not several:
        example = _("For example: {example}", example="source: {path: samples/vagarbeten.shp}")
        yield ("source",), _("“{key}” is missing.", key="source"), example
    if one is not None and several is not None:
        yield ("sources",), _("The layer has both “source” and “sources”."), _("Keep one of the two.")
    if not isinstance(several, list):
        return
    parts = [part if isinstance(part, dict) else {} for part in several]
    for place, part in enumerate(parts):
        yield from _expression(part.get("where"), ("sources", place, "where"), read_condition)
    if len({part.get("decimal") for part in parts}) > 1:
        message = _("The sources write their decimal signs differently.")
        yield ("sources",), message, _("Leave “decimal” out: comma and point are told apart by themselves.")


def _field(
    name: str, field: FieldSource, types: Mapping[str, str | None], units: Mapping[str, str | None]
) -> Iterator[Mistaken]:
    key: KeyPath = ("fields", name)
    yield from _expression(field.computed, (*key, "computed"), read_value)
    if field.from_unit is None:
        return
    at, unit = (*key, "from_unit"), units.get(name)
    if field.source is None:
        yield at, _("“{key}” goes with {others} alone.", key="from_unit", others="from"), None
    elif field.values is not None:
        yield at, _("Values of a list have no unit."), _("Keep one of values and from_unit.")
    elif types.get(name) not in ("number", "integer", None):
        yield at, _("“{setting}” is for numbers; the field is of type {type}.", setting="from_unit",
                    type=types[name]), None  # fmt: skip
    elif unit is None:
        message = _("The field has no unit that the source's numbers could be converted to.")
        yield at, message, _("For example: {example}", example="from_unit: km, unit: m")
    else:
        try:
            conversion(field.from_unit, unit)
        except Mistake as mistake:
            yield at, mistake.message, mistake.suggestion


def _expression(text: object, key: KeyPath, read: _Read) -> Iterator[Mistaken]:
    """What is wrong with an expression whatever columns there are."""
    if not isinstance(text, str):
        return
    try:
        read(text, AnyColumns(), ZoneInfo("UTC"))
    except BadFilter as error:
        yield key, error.message, None
