"""What pydantic cannot see in a shared data model: names that refer to each other."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from catalogue.field import PublishedField
from catalogue.files.display_checks import check_display
from catalogue.files.mistakes import part, validate
from catalogue.files.rule_checks import check_model_rules
from catalogue.files.yaml_file import YamlFile
from catalogue.iri import web_address
from catalogue.language import _
from catalogue.model import DataModel, TimeFields
from catalogue.problems import Mistake, did_you_mean


def check_model(file: YamlFile) -> DataModel | None:
    """The model in a file, or None; every mistake is in `file.problems`."""
    if not file.data:
        return None
    model = validate(DataModel, file)
    fields = valid_parts(PublishedField, file.data.get("fields"))
    id_ = file.data.get("id")
    if isinstance(id_, str) and id_.replace("/", "-") != file.path.stem:
        message = _("The id is “{id}”, but the file is called {file}.", id=id_, file=file.path.name)
        file.problems.append(file.problem(("id",), message, _("Call the file {id}.yml.", id=id_.replace("/", "-"))))
    for name, field in fields.items():
        _check_description(name, field, file)
    _check_standards(file)
    check_time(file.data.get("time"), {name: field.type for name, field in fields.items()}, file)
    listed = [name for name, field in fields.items() if field.values]
    check_display(file, {name: field.type for name, field in fields.items()}, listed)
    check_model_rules(file, fields)
    return model


def valid_parts[M: BaseModel](kind: type[M], data: object) -> dict[str, M]:
    """The parts of a mapping that are valid on their own, so that a mistake in one does not hide those in others."""
    if not isinstance(data, dict):
        return {}
    return {str(name): valid for name, raw in data.items() if (valid := part(kind, raw)) is not None}


def _check_description(name: str, field: PublishedField, file: YamlFile) -> None:
    if field.values is not None and field.type not in ("text", "integer"):
        message = _("A field of type {type} cannot have a list of values.", type=field.type)
        file.problems.append(file.problem(("fields", name, "values"), message, _("Its type is text or integer.")))
    if field.unit is not None and field.type not in ("integer", "number"):
        message = _("A field of type {type} has no unit.", type=field.type)
        file.problems.append(file.problem(("fields", name, "unit"), message, _("Its type is number or integer.")))


def _check_standards(file: YamlFile) -> None:
    """Their addresses are addresses: every layer of the model points to them."""
    listed = file.data.get("standards")
    for place, standard in enumerate(listed if isinstance(listed, list) else ()):
        address = standard.get("url") if isinstance(standard, dict) else None
        if not isinstance(address, str):
            continue
        try:
            web_address(address)
        except Mistake as mistake:
            file.problems.append(file.problem(("standards", place, "url"), mistake.message, mistake.suggestion))


def check_time(data: object, types: Mapping[str, str | None], file: YamlFile) -> None:
    """The time fields exist and hold dates; `types` are those of all fields by name (None: not known)."""
    time = part(TimeFields, data) if data is not None else None
    if time is None:
        return
    if time.start is None and time.end is None:
        message = _("`time` names no field.")
        file.problems.append(
            file.problem(("time",), message, _("For example: {example}", example="time: {start: start}"))
        )
    for key, name in (("start", time.start), ("end", time.end)):
        if name is None:
            continue
        dates = [other for other, type_ in types.items() if type_ in ("date", "datetime")]
        if name not in types:
            message = _("There is no field “{name}”.", name=name)
            file.problems.append(file.problem(("time", key), message, did_you_mean(name, dates)))
        elif types[name] not in ("date", "datetime", None):
            message = _("The field “{name}” is of type {type}, not date or datetime.", name=name, type=types[name])
            file.problems.append(file.problem(("time", key), message))
