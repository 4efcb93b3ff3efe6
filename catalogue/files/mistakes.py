"""What pydantic finds wrong in a file, in words that a GIS person understands."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from catalogue.derivation import ALIAS_PATTERN, HOOK_PATTERN
from catalogue.field import CODE_PATTERN, EPSG_PATTERN, ID_PATTERN, LINK_PATTERN, NAME_PATTERN, proposed_name
from catalogue.files.yaml_file import KeyPath, YamlFile
from catalogue.language import Message, _
from catalogue.layer_file import UUID_PATTERN
from catalogue.look import COLOUR_PATTERN, LOGO_PATTERN
from catalogue.model import MODEL_ID_PATTERN
from catalogue.personal import SAMPLE_PATTERN
from catalogue.problems import Mistake, Problem, did_you_mean
from catalogue.publisher import DOMAIN_PATTERN, EMAIL_PATTERN, ORGANISATION_NUMBER_PATTERN, PHONE_PATTERN
from catalogue.source_file import SECRET_AS_PATTERN, TABLE_PATTERN, VARIABLE_PATTERN

#: What a text must look like, for every pattern that the models use.
PATTERNS: dict[str, Message] = {
    LINK_PATTERN: _("A link names a layer and, after a dot, “id” or one of its fields, such as properties.id."),
    DOMAIN_PATTERN: _("A domain looks like exempelby.example, in small letters."),
    SAMPLE_PATTERN: _("Copy the sample's id from what `kartlagd sample` wrote."),
    NAME_PATTERN: _("A name has at most 59 characters a-z, 0-9 and _, and begins with a letter."),
    ID_PATTERN: _("An id has at most 30 characters a-z, 0-9, - and _, and begins with a letter."),
    MODEL_ID_PATTERN: _("A model's id is a name and a version, such as roadworks/1."),
    EPSG_PATTERN: _("Write a coordinate reference system as EPSG:3011."),
    EMAIL_PATTERN: _("An e-mail address looks like geodata@exempelby.example."),
    ORGANISATION_NUMBER_PATTERN: _("An organisation number has ten digits, such as 212000-1234."),
    CODE_PATTERN: _("A language is a code of two or three letters, such as sv, en or fit."),
    UUID_PATTERN: _("A UUID has 32 digits and letters a-f in five groups; the command uuidgen makes one."),
    ALIAS_PATTERN: _("A joined table's name has at most 30 characters a-z, 0-9 and _, and begins with a letter."),
    HOOK_PATTERN: _("A hook lies in collections/hooks/, its name in small letters: collections/hooks/adress.py."),
    TABLE_PATTERN: _("Write a table as schema.table, without quotation marks."),
    VARIABLE_PATTERN: _("Write the name of an environment variable, such as GATA_DATABASE; never the secret itself."),
    COLOUR_PATTERN: _('Write a colour as # and six digits or letters a-f, in quotation marks: "#1d5a8a".'),
    LOGO_PATTERN: _("Write the name of a file beside this one that ends in .svg or .png, without folders."),
    SECRET_AS_PATTERN: _("Write bearer, basic, header:NAME or parameter:NAME."),
    PHONE_PATTERN: _("Write a telephone number with its country code, such as +46 100 12 34 56."),
}


def validate[M: BaseModel](kind: type[M], file: YamlFile) -> M | None:
    """The file as a `kind`; None, and problems in `file.problems` for every mistake at once, where it is none."""
    try:
        return kind.model_validate(file.data, by_alias=True, by_name=False)
    except ValidationError as error:
        file.problems.extend(explain(details, kind, file) for details in error.errors(include_url=False))
        return None


def part[M: BaseModel](kind: type[M], data: object) -> M | None:
    """A part of a file as a `kind`, or None; for checks that go on where another part is wrong."""
    try:
        return kind.model_validate(data, by_alias=True, by_name=False)
    except ValidationError:
        return None


def explain(details: ErrorDetails, kind: type[BaseModel], file: YamlFile) -> Problem:
    """One of pydantic's findings as a problem with its line, and a suggestion where there is one."""
    key: KeyPath = tuple(details["loc"])
    if key and key[-1] == "[key]":
        key = key[:-1]
    message, suggestion = _explain(details, key, kind)
    return file.problem(key, message, suggestion)


def _explain(details: ErrorDetails, key: KeyPath, kind: type[BaseModel]) -> tuple[Message, Message | None]:
    name = str(key[-1]) if key else ""
    given = details["input"]
    limits = details.get("ctx", {})
    what = details["type"]
    if what == "missing":
        return _("“{key}” is missing.", key=name), _example(name, _setting_at(kind, key))
    if what == "extra_forbidden":
        known = _keys_at(kind, key[:-1])
        suggestion = did_you_mean(name, known) or _("The keys here are: {keys}.", keys=", ".join(known))
        return _("“{key}” is not a known key here.", key=name), suggestion
    if given is None:
        return _("“{key}” is empty.", key=name), _example(name, _setting_at(kind, key))
    if isinstance(error := limits.get("error"), Mistake):
        return error.message, error.suggestion
    if what == "literal_error":
        choices = _choices_at(kind, key)
        suggestion = did_you_mean(str(given), choices) or _("Possible here: {values}.", values=", ".join(choices))
        return _("“{value}” is not possible here.", value=given), suggestion
    if what == "string_pattern_mismatch":
        suggestion = PATTERNS[limits["pattern"]]
        if limits["pattern"] == NAME_PATTERN and (proposal := proposed_name(str(given))):
            suggestion = _("A name has only a-z, 0-9 and _, such as “{proposal}”.", proposal=proposal)
        return _("“{value}” does not fit here.", value=given), suggestion
    said = _explain_kind(what, given, limits)
    return said, None if what.startswith("date") else _example(name, _setting_at(kind, key))


def _explain_kind(what: str, given: object, limits: dict[str, Any]) -> Message:
    """Wrong kinds of values and numbers beyond their limits."""
    value = given if isinstance(given, str | int | float) else _("a list") if isinstance(given, list) else _("keys")
    match what:
        case "string_type":
            return _("A text belongs here, not a list or keys of its own.")
        case "dict_type" | "model_type" | "model_attributes_type" | "mapping_type":
            return _("Keys and values belong here (`key: value`), not “{value}”.", value=value)
        case "list_type":
            return _("A list belongs here (`[a, b]`), not “{value}”.", value=value)
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return _("“{value}” is not a whole number.", value=value)
        case "float_parsing" | "float_type" | "finite_number":
            return _("“{value}” is not a number (with a decimal point).", value=value)
        case "bool_parsing" | "bool_type":
            return _("“{value}” is neither true nor false.", value=value)
        case "greater_than_equal" | "greater_than":
            return _(
                "“{value}” is too small; the least is {limit}.", value=value, limit=limits.get("ge", limits.get("gt"))
            )
        case "less_than_equal" | "less_than":
            return _(
                "“{value}” is too large; the most is {limit}.", value=value, limit=limits.get("le", limits.get("lt"))
            )
        case "too_short" | "too_long":
            count = limits.get("min_length", limits.get("max_length"))
            return _(
                "Here stand {actual} values where {count} are needed.", actual=limits["actual_length"], count=count
            )
        case "string_too_short" | "string_too_long":
            count = limits.get("min_length", limits.get("max_length"))
            return _("“{value}” has not the right length ({count}).", value=value, count=count)
        case _ if what.startswith("date"):
            return _("“{value}” is not a date; write year-month-day, such as 2026-10-01.", value=value)
        case _:
            return _("“{value}” does not fit here.", value=value)


def _example(name: str, setting: FieldInfo | None) -> Message | None:
    """What could stand there, where the model gives an example."""
    if setting is None or not setting.examples:
        return None
    written = yaml.safe_dump(
        {name: setting.examples[0]}, default_flow_style=True, allow_unicode=True, sort_keys=False, width=1000
    )
    return _("For example: {example}", example=written.strip()[1:-1])


def _plain(annotation: Any) -> Any:
    """An annotation without `Annotated` and `| None`."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, types.UnionType):
            annotation = next(choice for choice in get_args(annotation) if choice is not type(None))
        else:
            return annotation


def _annotation_at(kind: Any, key: Iterable[str | int]) -> Any:
    """The annotation of the value that `key` leads to, from the model `kind` down."""
    for name in key:
        kind = _plain(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            setting = _settings(kind).get(str(name))
            kind = setting.annotation if setting else None
        elif get_args(kind):
            kind = get_args(kind)[-1]
    return _plain(kind)


def _settings(kind: type[BaseModel]) -> dict[str, FieldInfo]:
    return {setting.alias or name: setting for name, setting in kind.model_fields.items()}


def _setting_at(kind: type[BaseModel], key: KeyPath) -> FieldInfo | None:
    owner = _annotation_at(kind, key[:-1])
    return (
        _settings(owner).get(str(key[-1])) if key and isinstance(owner, type) and issubclass(owner, BaseModel) else None
    )


def _keys_at(kind: type[BaseModel], key: KeyPath) -> list[str]:
    owner = _annotation_at(kind, key)
    return list(_settings(owner)) if isinstance(owner, type) and issubclass(owner, BaseModel) else []


def _choices_at(kind: type[BaseModel], key: KeyPath) -> list[str]:
    annotation = _annotation_at(kind, key)
    return [str(choice) for choice in get_args(annotation)] if get_origin(annotation) is Literal else []
