"""What `display` names: fields that are there, and that can do what they are named for."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from catalogue.display import Display
from catalogue.files.mistakes import part
from catalogue.files.yaml_file import KeyPath, YamlFile
from catalogue.language import _
from catalogue.problems import did_you_mean

#: Types whose values can be told apart by colour; text too, where it is one of a list of values.
_COLOURED = ("boolean", "integer", "number")


def check_display(file: YamlFile, types: Mapping[str, str | None], listed: Collection[str]) -> None:
    """The fields named under `display` exist.

    `types` are those of all fields by name (None: not known), `listed` the fields with a list of values.
    """
    data = file.data.get("display")
    display = part(Display, data) if data is not None else None
    if display is None:
        return
    titles = data.get("title") if isinstance(data, dict) else None
    named: list[tuple[KeyPath, str | None]] = [
        (("display", "title", place) if isinstance(titles, list) else ("display", "title"), name)
        for place, name in enumerate(display.title)
    ]
    named += [(("display", "colour"), display.colour), (("display", "place"), display.place)]
    for key, name in named:
        if name is None:
            continue
        if name not in types:
            message = _("There is no field “{name}”.", name=name)
            file.problems.append(file.problem(key, message, did_you_mean(name, types)))
        elif types[name] == "object":
            message = _("“{name}” is an object, which cannot be shown in one line.", name=name)
            file.problems.append(file.problem(key, message, _("Name another field.")))
        elif key[-1] == "colour" and name not in listed and types[name] not in (*_COLOURED, None):
            message = _("“{name}” has too many values for colours.", name=name)
            remedy = _("Name a field with a list of values, of numbers, or of true and false.")
            file.problems.append(file.problem(key, message, remedy))
