"""From a source's columns to the fields of a shared model: by names, by what the values are, by what they mean."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches

from catalogue.field import FieldType, PublishedField
from catalogue.model import DataModel
from loaders.inspect import TOLERATED, ColumnProfile, Inspection
from loaders.proposal.columns import is_personal
from loaders.proposal.glossary import title, words

#: From this likeness on two names are taken for the same; and two values.
_ALIKE, _VALUE_ALIKE = 0.74, 0.84
_MOST_VALUES = 40
_FITTING: dict[FieldType, tuple[FieldType, ...]] = {
    "text": ("text", "integer", "number", "boolean", "date", "datetime"),
    "integer": ("integer",),
    "number": ("number", "integer"),
    "boolean": ("boolean",),
    "date": ("date", "datetime"),
    "datetime": ("datetime", "date"),
    "object": ("object",),
}


@dataclass(frozen=True)
class Match:
    """The column of a model's field, and how alike their names are (0 to 1).

    `values` maps what the source says; `open` are values that nothing is like. `loads` is whether so few rows have such
    a value that the field can be filled as it is.
    """

    column: str
    likeness: float
    format: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    loads: bool = True


def match(model: DataModel, inspection: Inspection) -> dict[str, Match]:
    """The best column for each field of the model; a column is used once, fields without a likely one are left out."""
    columns = [name for name, profile in inspection.columns.items() if not is_personal(profile)]
    pairs = sorted(
        ((_likeness(name, field, column), name, column) for name, field in model.fields.items() for column in columns),
        reverse=True,
    )
    found: dict[str, Match] = {}
    used: set[str] = set()
    for score, name, column in pairs:
        if score < _ALIKE:
            break
        if name in found or column in used:
            continue
        made = _match(model.fields[name], inspection.columns[column], score)
        if made is not None:
            found[name] = made
            used.add(column)
    return {name: found[name] for name in model.fields if name in found}


def _fold(text: str) -> str:
    """Letters without accents, in lower case: “Påverkan” and PAVERKAN are the same."""
    return unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()


def _likeness(name: str, field: PublishedField, column: str) -> float:
    own = {_fold(" ".join(words(column))), *(_fold(text) for text in title(column).values())}
    theirs = {name.replace("_", " "), *(_fold(text) for text in field.title.values())}
    return max(_alike(one, other) for one in own for other in theirs)


def _alike(one: str, other: str) -> float:
    best = SequenceMatcher(None, one, other).ratio()
    for mine in one.split():
        for yours in other.split():
            # A whole word in common says much (“bredd” in BREDD_M), and so does its beginning (“start” in STARTDATUM).
            if len(yours) >= 4 and mine.startswith(yours):
                best = max(best, _ALIKE + 0.05 * len(yours) / len(other) + 0.02 * (mine == yours))
    return best


def _match(field: PublishedField, profile: ColumnProfile, score: float) -> Match | None:
    kind, form, _failed = profile.guess
    filled = profile.rows - profile.nulls
    if not filled or (field.required and profile.nulls > TOLERATED * profile.rows):
        return None
    if field.values is None:
        if kind not in _FITTING[field.type]:
            return None
        return Match(profile.name, score, form if field.type in ("date", "datetime") else None)
    if profile.values is None or len(profile.values) > _MOST_VALUES:
        return None
    meanings = {_fold(text): key for key, titles in field.values.items() for text in (*titles.values(), key)}
    values: dict[str, str] = {}
    unknown: list[str] = []
    for value in profile.values:
        meaning = _meaning(_fold(value), meanings)
        if meaning is None:
            unknown.append(value)
        else:
            values[value] = meaning
    lost = sum(profile.values[value] for value in unknown)
    if not values:
        return None
    if all(value == target for value, target in values.items()) and not unknown:
        values = {}
    return Match(profile.name, score, None, values, unknown, loads=lost <= TOLERATED * filled)


def _meaning(value: str, meanings: dict[str, str]) -> str | None:
    if value in meanings:
        return meanings[value]
    begun = {key for text, key in meanings.items() if len(value) >= 4 and value in text.split()}
    if len(begun) == 1:
        return begun.pop()
    close = get_close_matches(value, meanings, n=1, cutoff=_VALUE_ALIKE)
    return meanings[close[0]] if close else None


def placeholder(field: PublishedField) -> str:
    """A value for a required field that no column fills, so that the file loads until a person decides."""
    if field.values is not None:
        usual = [key for key in field.values if key in ("unknown", "other", "okand", "annan")]
        return (usual or list(field.values))[0]
    return {"integer": "0", "number": "0", "boolean": "false", "date": "1900-01-01", "object": "{}"}.get(
        field.type, "1900-01-01T00:00:00Z" if field.type == "datetime" else "?"
    )
