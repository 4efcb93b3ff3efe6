"""CQL2 JSON (OGC 21-065r2, 8.3 and annex C) read into a syntax tree."""

from __future__ import annotations

import json
from typing import Any

from catalogue.cql2.from_text import number
from catalogue.cql2.problem import BadFilter, Place
from catalogue.cql2.tree import Call, Name, Node, Several, Shape, Value, deeper, sound
from catalogue.language import _


def read_json(text: str) -> Node:
    """The syntax tree of a filter in CQL2 JSON; places are JSON pointers. Raises BadFilter."""
    try:
        document = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_Number)
    except json.JSONDecodeError as error:
        raise BadFilter(_("This is not JSON: {reason}.", reason=error.msg), error.pos) from error
    except RecursionError as error:
        raise BadFilter(_("The filter is nested far too deeply.")) from error
    return _node(document, "", 0)


class _Number(str):
    """A number as it was written, so that nothing of it is lost; JSON's texts are plain `str`."""


def _node(part: Any, place: str, depth: int) -> Node:
    if isinstance(part, bool):
        return Value("boolean", part, place)
    if isinstance(part, _Number):
        return _number(part, place)
    if isinstance(part, str):
        return Value("text", sound(part, place), place)
    if isinstance(part, list):
        return Several(_nodes(part, place, deeper(depth, place)), place)
    if isinstance(part, dict):
        return _object(part, place, deeper(depth, place))
    raise BadFilter(_("null is no value in a filter: ask with isNull."), place)


def _nodes(parts: list[Any], place: str, depth: int) -> tuple[Node, ...]:
    return tuple(_node(part, f"{place}/{number}", depth) for number, part in enumerate(parts))


def _object(part: dict[str, Any], place: str, depth: int) -> Node:
    if "op" in part:
        return _call(part, place, depth)
    if "property" in part:
        return Name(_text(part["property"], f"{place}/property"), place)
    for kind in ("date", "timestamp"):
        if kind in part:
            return Value("date" if kind == "date" else "timestamp", _text(part[kind], f"{place}/{kind}"), place)
    if "interval" in part:
        bounds = _list(part["interval"], f"{place}/interval")
        return Call("interval", tuple(map(_bound, _nodes(bounds, f"{place}/interval", depth))), place)
    if "bbox" in part and "type" not in part:
        return Shape({"bbox": _coordinates(part["bbox"], f"{place}/bbox", 0)}, place)
    if "type" in part:
        return Shape(_geometry(part, place, depth), place)
    raise BadFilter(
        _("An object here has one of: {choices}.", choices="op, property, date, timestamp, interval, bbox, type"), place
    )


def _call(part: dict[str, Any], place: str, depth: int) -> Call:
    if "args" not in part:
        raise BadFilter(_("“{key}” is missing.", key="args"), place)
    op = _text(part["op"], f"{place}/op").lower()
    return Call(op, _nodes(_list(part["args"], f"{place}/args"), f"{place}/args", depth), place)


def _bound(node: Node) -> Node:
    if isinstance(node, Value) and node.kind == "text":
        return Value("bound", node.value, node.place)
    return node


def _geometry(part: dict[str, Any], place: str, depth: int) -> dict[str, Any]:
    kind = _text(part["type"], f"{place}/type")
    key = "geometries" if kind == "GeometryCollection" else "coordinates"
    if key not in part:
        raise BadFilter(_("“{key}” is missing.", key=key), place)
    if key == "coordinates":
        return {"type": kind, key: _coordinates(part[key], f"{place}/{key}", 0)}
    members = []
    for index, member in enumerate(_list(part[key], f"{place}/{key}")):
        inside = f"{place}/{key}/{index}"
        if not isinstance(member, dict) or "type" not in member:
            raise BadFilter(_("“{key}” is missing.", key="type"), inside)
        members.append(_geometry(member, inside, deeper(depth, inside)))
    return {"type": kind, key: members}


def _coordinates(part: Any, place: str, depth: int) -> Any:
    if isinstance(part, _Number):
        return float(_number(part, place).value)
    # Deeper than a MultiPolygon's, there is nothing.
    if isinstance(part, list) and depth < 4:
        return [_coordinates(item, f"{place}/{index}", depth + 1) for index, item in enumerate(part)]
    raise BadFilter(_("A number should stand here."), place)


def _number(written: str, place: Place) -> Value:
    digits = written.removeprefix("-")
    if digits in ("NaN", "Infinity"):
        raise BadFilter(_("{written} is no number in JSON.", written=written), place)
    return number(digits, -1 if written.startswith("-") else 1, place)


def _text(part: Any, place: Place) -> str:
    if isinstance(part, str) and not isinstance(part, _Number):
        return sound(part, place)
    raise BadFilter(_("A text should stand here."), place)


def _list(part: Any, place: Place) -> list[Any]:
    if isinstance(part, list):
        return part
    raise BadFilter(_("A list should stand here."), place)
