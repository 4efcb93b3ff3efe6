"""What fields link to: the other layer, and its identity or field, are there."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping

from catalogue.field import LINK_PATTERN, PublishedField
from catalogue.files.reading import Files, StoredLayer
from catalogue.files.yaml_file import KeyPath
from catalogue.language import Message, _
from catalogue.links import IDENTITY, find_target
from catalogue.model import DataModel
from catalogue.problems import did_you_mean

#: Types of fields that can hold an identity, or be asked for by value.
_KINDS = ("text", "integer")


def read_besides(stored: StoredLayer, files: Files) -> Hashable:
    """What stands for the other layers' files that the check of this one's links reads."""
    model = files.models.get(str(stored.file.data.get("model")))
    found: list[Hashable] = []
    for _name, link in _links(stored, model):
        target = find_target(link, stored.id, files.by_id)
        # Where nothing is linked to, what could have been meant depends on all of them.
        path = files.home / files.by_id[target.layer].file.path if target else None
        found.append((target, files.known.stamp(path)) if path else tuple(files.by_id))
    return tuple(found)


def check_links(stored: StoredLayer, files: Files, model: DataModel | None, types: Mapping[str, str | None]) -> None:
    """Every link of a layer leads somewhere; `types` are those of the layer's own fields.

    A mistake where the layer's file says the link, a warning where its model does: the model is shared with those who
    have the other layer.
    """
    others = files.by_id
    for name, link in _links(stored, model):
        key: KeyPath = ("fields", name, "links")
        level = "error" if key in stored.file.lines else "warning"

        def say(message: Message, suggestion: Message | None = None, *, key: KeyPath = key, level: str = level) -> None:
            stored.file.problems.append(stored.file.problem(key, message, suggestion, level=level))

        if types.get(name) not in (*_KINDS, None):
            say(_("A field of type {type} cannot link: its type is text or integer.", type=types[name]))
        target = find_target(link, stored.id, others)
        if target is None:
            other = link.rpartition(".")[0]
            known = [id_ for id_ in others if id_ != stored.id]
            there_are = _("There are: {names}.", names=", ".join(known)) if known else None
            say(_("There is no layer “{id}” to link to.", id=other), did_you_mean(other, others) or there_are)
            continue
        fields = _fields(others[target.layer], files)
        if target.field != IDENTITY and fields is not None and target.field not in fields:
            message = _("The layer “{layer}” has no field “{field}”.", layer=target.layer, field=target.field)
            say(message, did_you_mean(target.field, fields) or _("Its features' identity is called “id”."))
        elif fields is not None and fields.get(target.field) == "object":
            message = _("“{field}” of the layer “{layer}” is an object, which cannot be asked for.",
                        layer=target.layer, field=target.field)  # fmt: skip
            say(message)


def _links(stored: StoredLayer, model: DataModel | None) -> Iterator[tuple[str, str]]:
    """The links of a layer by field, as its file says them, else as its model does."""
    raw = stored.file.data.get("fields")
    own = raw if isinstance(raw, dict) else {}
    described: Mapping[str, PublishedField] = model.fields if model else {}
    for name in {**described, **own}:
        said = own.get(name)
        link = said.get("links") if isinstance(said, dict) else None
        if link is None and name in described:
            link = described[name].links
        # What does not look like a link is told where the file is read.
        if isinstance(link, str) and re.match(LINK_PATTERN, link):
            yield str(name), link


def _fields(other: StoredLayer, files: Files) -> dict[str, str | None] | None:
    """The fields of another layer, with their types where those are known; None where its model is not known."""
    raw, model = other.file.data.get("fields"), other.file.data.get("model")
    if model is not None and str(model) not in files.models:
        return None
    types: dict[str, str | None] = {}
    for name, said in raw.items() if isinstance(raw, dict) else ():
        type_ = said.get("type") if isinstance(said, dict) else None
        types[str(name)] = type_ if isinstance(type_, str) else None
    if model is not None:
        types.update({name: field.type for name, field in files.models[str(model)].fields.items()})
    return types
