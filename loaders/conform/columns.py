"""Finding the columns of the source that a layer file names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.problems import Problem, Refused, did_you_mean
from loaders.sources.source import SourceInfo


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def find_column(wanted: str, columns: Iterable[str]) -> str | None:
    """The column of that name; capitals and spaces may differ where only one column is meant."""
    known = list(columns)
    if wanted in known:
        return wanted
    alike = [name for name in known if _folded(name) == _folded(wanted)]
    return alike[0] if len(alike) == 1 else None


def needed_columns(layer: Layer, info: SourceInfo) -> tuple[dict[str, str], list[str]]:
    """The source's column of each filled field, and those of the identity.

    Raises Refused with one problem for each column that is missing, and what was noticed about the source.
    """
    known = list(info.columns)
    problems: list[Problem] = []

    def find(wanted: str, key: str) -> str:
        found = find_column(wanted, known)
        if found is None:
            problems.append(
                Problem(
                    _("the source has no column “{column}”.", column=wanted),
                    key=key,
                    suggestion=suggest_column(wanted, known),
                )
            )
        return found or ""

    fields = {
        field.name: find(field.origin.column, f"fields.{field.name}.from")
        for field in layer.fields
        if field.origin.column is not None
    }
    identity = [] if layer.content_identity else [find(column, "identity") for column in layer.identity]
    if problems:
        names = ", ".join(known) or _("none")
        raise Refused(
            _("{layer}: the {kind} does not have the columns of the layer file. Its columns: {names}.",
              layer=layer.id, kind=info.kind, names=names),
            [*problems, *(Problem(note, level="warning") for note in info.notes)],
        )  # fmt: skip
    return fields, identity


def suggest_column(wanted: str, known: list[str]) -> Message | None:
    """Which column may be meant by a name that none has."""
    folded = {_folded(name): name for name in known}
    close = did_you_mean(_folded(wanted), folded)
    return _("Did you mean “{name}”?", name=folded[close.values["name"]]) if close else None
