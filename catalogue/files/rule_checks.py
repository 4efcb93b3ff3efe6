"""What pydantic cannot see in rules: fields that fit, what is said elsewhere already, and the rules of the model."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import get_args

from catalogue.field import GeometryKind, PublishedField
from catalogue.files.mistakes import part
from catalogue.files.rule_order import looser
from catalogue.files.yaml_file import KeyPath, YamlFile
from catalogue.language import Message, _
from catalogue.layer_file import FieldSource
from catalogue.model import DataModel, TimeFields
from catalogue.problems import did_you_mean
from catalogue.rules import OF_A_GEOMETRY, Kind, Rule

#: Types of fields that kinds of rules are for; the others are for all.
_TYPES: dict[Kind, tuple[str, ...]] = {
    "range": ("integer", "number", "date", "datetime"),
    "pattern": ("text",),
    "values": ("text", "integer"),
    "linked": ("text", "integer"),
    "period": ("date", "datetime"),
    "sum_change": ("integer", "number"),
}
#: The kind of geometry that kinds of rules are for; `any` may hold it too.
_GEOMETRIES: dict[Kind, GeometryKind] = {"min_area": "polygon", "min_length": "line", "no_overlap": "polygon"}

Mistaken = tuple[KeyPath, Message, Message | None]


@dataclass(frozen=True)
class Described:
    """What a file's rules are about.

    `types` are those of all fields by name (None: not known). `required`, `enumerated` and `linked` are the fields of
    which that is said; `identified` the one that alone is the layer's identity, as far as the file says it.
    """

    types: Mapping[str, str | None]
    geometry: GeometryKind | None
    time: TimeFields | None
    required: Collection[str]
    enumerated: Mapping[str, Collection[str]]
    linked: Collection[str]
    identified: str | None = None


def check_model_rules(file: YamlFile, fields: Mapping[str, PublishedField]) -> None:
    """Add what is wrong with a model's rules to `file.problems`."""
    geometry = file.data.get("geometry")
    described = Described(
        types={name: field.type for name, field in fields.items()},
        geometry=geometry if geometry in get_args(GeometryKind) else None,
        time=part(TimeFields, file.data.get("time")),
        required=[name for name, field in fields.items() if field.required],
        enumerated={name: field.values for name, field in fields.items() if field.values},
        linked=[name for name, field in fields.items() if field.links],
    )
    _check(file, described, None)


def check_layer_rules(
    file: YamlFile, fields: Mapping[str, FieldSource], types: Mapping[str, str | None], model: DataModel | None
) -> None:
    """Add what is wrong with a layer's rules to `file.problems`; they add to those of its model."""
    own: Mapping[str, PublishedField] = model.fields if model else {}
    geometry = file.data.get("geometry") or (model.geometry if model else None)
    identity = file.data.get("identity")
    key = identity[0] if isinstance(identity, list) and len(identity) == 1 else identity
    plain = (name for name, field in fields.items() if field.source == key and field.values is None)
    described = Described(
        types=types,
        geometry=geometry if geometry in get_args(GeometryKind) else None,
        time=part(TimeFields, file.data.get("time")) or (model.time if model else None),
        required={name for kind in (own, fields) for name, field in kind.items() if field.required},
        enumerated={name: field.values for name, field in own.items() if field.values},
        linked={name for kind in (own, fields) for name, field in kind.items() if field.links},
        identified=next(plain, None),
    )
    _check(file, described, model)


def _check(file: YamlFile, described: Described, model: DataModel | None) -> None:
    said = file.data.get("rules")
    for name, raw in said.items() if isinstance(said, dict) else ():
        rule = part(Rule, raw)
        if rule is None:
            continue
        theirs = model.rules.get(name) if model else None
        for key, message, suggestion in (*_mistakes(rule, described), *_against_model(rule, theirs)):
            file.problems.append(file.problem(("rules", str(name), *key), message, suggestion))


def _mistakes(rule: Rule, described: Described) -> Iterator[Mistaken]:
    unknown = [name for name in rule.fields if name not in described.types]
    for name in unknown:
        key = ("field",) if rule.field else (rule.kind,)
        yield key, _("There is no field “{name}”.", name=name), did_you_mean(name, described.types)
    if unknown:
        return
    wrong = [name for name in rule.fields if described.types[name] not in (*_TYPES.get(rule.kind, ()), None)]
    if rule.kind in _TYPES and wrong:
        type_, kinds = described.types[wrong[0]], ", ".join(_TYPES[rule.kind])
        message = _("“{kind}” is not for fields of type {type}.", kind=rule.kind, type=type_)
        yield (rule.kind,), message, _("It is for: {types}.", types=kinds)
    else:
        yield from _ends(rule, described)
    yield from _geometry(rule, described)
    yield from _said_already(rule, described)


def _ends(rule: Rule, described: Described) -> Iterator[Mistaken]:
    """The ends of a range are values of the field's type, in their order."""
    type_ = described.types.get(rule.field or "")
    if rule.range is None or type_ is None:
        return
    ends = {}
    for end in ("min", "max"):
        text = getattr(rule.range, end)
        try:
            ends[end] = _value(text, type_) if text is not None else None
        except ValueError:
            message = _("“{value}” does not fit the field's type, {type}.", value=text, type=type_)
            yield ("range", end), message, None
    low, high = ends.get("min"), ends.get("max")
    if low is not None and high is not None and low > high:  # type: ignore[operator]
        yield ("range",), _("“min” is above “max”."), _("Change one of the two.")


def _value(text: str, type_: str) -> float | date | datetime:
    if type_ == "date":
        return date.fromisoformat(text)
    if type_ == "datetime":
        time = datetime.fromisoformat(text)
        # Only compared with the other end here.
        return time.replace(tzinfo=None)
    return float(text)


def _geometry(rule: Rule, described: Described) -> Iterator[Mistaken]:
    kind = described.geometry
    if rule.kind in OF_A_GEOMETRY and kind == "none":
        yield (rule.kind,), _("The layer has no geometry."), _("Remove the rule.")
    elif (needed := _GEOMETRIES.get(rule.kind)) and kind not in (needed, "any", None):
        message = _("“{kind}” is for geometry: {needed}; the layer's is {geometry}.",
                    kind=rule.kind, needed=needed, geometry=kind)  # fmt: skip
        yield (rule.kind,), message, None


def _said_already(rule: Rule, described: Described) -> Iterator[Mistaken]:
    """What is said elsewhere has no second name here."""
    field = rule.field or ""
    if rule.kind == "required" and field in described.required:
        yield ("required",), _("The field is required already: rows without it are rejected."), _("Remove the rule.")
    if rule.values and field in described.enumerated:
        known = described.enumerated[field]
        for place, value in enumerate(rule.values):
            if value not in known:
                message = _("“{value}” is not among the field's values.", value=value)
                yield ("values", place), message, did_you_mean(value, known)
    if rule.unique and rule.unique == [described.identified]:
        message = _("The field is the layer's identity: repeated ones are rejected already.")
        yield ("unique",), message, _("Remove the rule; gate.identity_errors says how many may be.")
    time = described.time
    if rule.period and time and (rule.period.start, rule.period.end) == (time.start, time.end):
        message = _("`time` says so already: rows that end before they start are rejected.")
        yield ("period",), message, _("Remove the rule.")
    if rule.kind == "linked" and field not in described.linked:
        message = _("The field does not say where it leads.")
        yield ("linked",), message, _("Write at the field, for example: links: properties.id")


def _against_model(rule: Rule, model: Rule | None) -> Iterator[Mistaken]:
    """A layer asks for less than its model only with its reason."""
    if model is None:
        if rule.action == "ignore":
            yield ("action",), _("There is no rule of that name in the model to ignore."), _("Remove the rule.")
        if rule.loosens is not None:
            yield ("loosens",), _("There is no rule of that name in the model."), _("Remove “loosens”.")
        return
    less = looser(rule, model)
    if less is not None and rule.loosens is None:
        message = _("The rule asks for less than the model's of that name: {what}.", what=less)
        yield (), message, _("Say why (loosens: …), or call the rule something else: then both apply.")
    if less is None and rule.loosens is not None:
        yield ("loosens",), _("The rule asks for as much as the model's: nothing is loosened."), _("Remove “loosens”.")
