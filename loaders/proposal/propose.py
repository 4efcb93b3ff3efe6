"""A proposed layer file: what a source shows, written down, with comments where a person must decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from catalogue.field import NO_GEOMETRY, proposed_name
from catalogue.language import Message, _
from catalogue.model import DataModel
from catalogue.publisher import Publisher
from loaders.inspect import ColumnProfile, Inspection
from loaders.proposal.assessing import assessment_lines
from loaders.proposal.columns import ROW_NUMBERS, identity, is_personal, time_columns
from loaders.proposal.crs import CrsGuess
from loaders.proposal.glossary import title
from loaders.proposal.mapping import Match, match, placeholder
from loaders.proposal.text import comment, in_languages, inline, remark, scalar

#: From this likeness on a column's name is its field's: nobody need be asked.
_SURE = 0.95


@dataclass(frozen=True)
class Proposal:
    """What is known when a layer file is proposed.

    `said` are keys of `source:` that a person gave. `gate` holds what the gate must let pass, with the reason.
    """

    id: str
    path: str
    said: Mapping[str, str]
    publisher: Publisher
    model: DataModel | None
    inspection: Inspection
    crs: CrsGuess
    gate: dict[str, tuple[str, Message]] = field(default_factory=dict)
    with_time: bool = True
    uuid: str = field(default_factory=lambda: str(uuid4()))

    def text(self) -> str:
        """The layer file, in YAML."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield "# yaml-language-server: $schema=../schemas/layer.json"
        yield comment(_("Proposed by “kartlagd new”; lines marked {word} wait for a person.", word=str(_("DECIDE"))))
        yield f"id: {self.id}"
        yield f"uuid: {self.uuid}"
        if self.model:
            yield f"model: {self.model.id}"
        yield f"publisher: {self.publisher.id}"
        if not self.model:
            yield remark(_("the title that people see in the catalogue."))
            yield f"title: {in_languages(title(self.id))}"
        if not self.model or not self.model.description:
            yield remark(_("what the layer holds, in a sentence or two; data portals refuse it without."))
            yield f"description: {in_languages(self._description())}"
        for note in self.inspection.source.info.notes:
            yield comment(note)
        if self.crs.remark is not None:
            yield remark(self.crs.remark)
        yield f"source: {inline(self._source())}"
        yield from self._identity()
        if not self.model and self._is_table:
            yield remark(_("no column is known to hold a place, so this is a table. Where two do, name them (x:, y:)."))
            yield f"geometry: {NO_GEOMETRY}"
        elif not self.model or self.model.geometry == "any":
            yield f"geometry: {self.inspection.geometry_kind}"
        yield from self._mapped(self.model) if self.model else self._own()
        if self.gate:
            for _key, (_value, why) in self.gate.items():
                yield remark(why)
            yield f"gate: {inline({key: value for key, (value, _why) in self.gate.items()})}"
        yield remark(_("the licence; theme, hvd_category and update describe the layer in the data portal."))
        yield "publish: {licence: CC0-1.0}"
        yield from assessment_lines(self.model)

    @property
    def _is_table(self) -> bool:
        if self.model:
            return self.model.geometry == NO_GEOMETRY
        return self.inspection.source.info.without_geometry is not None

    def _description(self) -> dict[str, str]:
        """The title and whose it is."""
        titles = self.model.title if self.model else title(self.id)
        first = next(iter(self.publisher.name.values()))
        return {language: f"{text}, {self.publisher.name.get(language, first)}." for language, text in titles.items()}

    def _source(self) -> dict[str, str | None]:
        info = self.inspection.source.info
        said: dict[str, str | None] = {"path": self.path, **self.said, "crs": self.crs.write, **info.found}
        if self._is_table:
            return {key: value for key, value in said.items() if key not in ("x", "y", "wkt")}
        if self.crs.swap:
            said |= {"x": info.found["y"], "y": info.found["x"]}
        if info.shape_columns and any(profile.decimal_comma for profile in self.inspection.columns.values()):
            said["decimal"] = ","
        return said

    def _identity(self) -> Iterator[str]:
        key, renumbered = identity(self.inspection)
        if key is None:
            yield remark(_("no column looks like a key; with “content” a changed feature is a new one."))
        elif renumbered:
            yield remark(_("programs often number “{column}” anew; a key of the layer's own is better.", column=key))
        yield f"identity: {scalar(key or 'content')}"

    def _columns(self) -> list[ColumnProfile]:
        """The columns that can be published: all but the geometry's and mere row numbers."""
        hidden = self.inspection.source.info.shape_columns
        columns = self.inspection.columns.items()
        return [profile for name, profile in columns if name not in hidden and name.casefold() not in ROW_NUMBERS]

    def _names(self) -> dict[str, str]:
        """Field name of each column: fit for the API, each once."""
        names: dict[str, str] = {}
        for place, profile in enumerate(self._columns(), 1):
            base = proposed_name(profile.name) or f"field_{place}"
            name, number = base, 2
            while name in names.values():
                name, number = f"{base[:56]}_{number}", number + 1
            names[profile.name] = name
        return names

    def _own(self) -> Iterator[str]:
        names = self._names()
        profiles = self._columns()
        personal = {profile.name for profile in profiles if is_personal(profile)}
        start, end = time_columns(self.inspection) if self.with_time else (None, None)
        times = {"start": start, "end": end}
        times = {key: names[name] for key, name in times.items() if name in names and name not in personal}
        if times:
            yield f"time: {inline(times)}"
        if not profiles:
            return
        yield "fields:"
        if len(personal) == len(profiles):
            yield "  {}"
        for profile in profiles:
            if profile.name in personal:
                yield remark(_("“{column}” may be about persons; it is published only if you uncomment it.",
                               column=profile.name), 2)  # fmt: skip
            kind, form, failed = profile.guess
            if failed:
                yield remark(_("{count} values are not of the type {type}; their rows are rejected.",
                               count=failed, type=kind), 2)  # fmt: skip
            yield from self._field(names[profile.name], profile, kind, form, hidden=profile.name in personal)

    def _field(self, name: str, profile: ColumnProfile, kind: str, form: str | None, *, hidden: bool) -> Iterator[str]:
        said = {"from": profile.name, "type": kind, "format": form}
        body = inline(said)[:-1] + f", title: {in_languages(title(profile.name))}" + "}"
        yield f"  {'# ' if hidden else ''}{name}: {body}"

    def _mapped(self, model: DataModel) -> Iterator[str]:
        found = match(model, self.inspection)
        yield "fields:"
        for name, described in model.fields.items():
            made = found.get(name)
            if made is not None:
                yield from _mapped_field(name, made)
            if (made is None or not made.loads) and described.required:
                yield remark(_("“{field}” is required and no column fills it; this stands in for it.", field=name), 2)
                yield f"  {name}: {inline({'value': placeholder(described)})}"
            elif made is None:
                yield f"  # {name}: {{from: }}"
        if not any(made.loads for made in found.values()) and not any(one.required for one in model.fields.values()):
            yield "  {}"
        used = {made.column for made in found.values()}
        rest = [profile.name for profile in self._columns() if profile.name not in used]
        if rest:
            yield comment(_("Not published: {columns}.", columns=", ".join(rest)), 2)


def _mapped_field(name: str, made: Match) -> Iterator[str]:
    if made.likeness < _SURE:
        yield remark(_("is “{column}” what the model means by “{field}”?", column=made.column, field=name), 2)
    if made.open:
        yield remark(_("these values have no counterpart yet: {values}.", values=", ".join(made.open)), 2)
    said = inline({"from": made.column, "format": made.format})
    values = f", values: {inline(made.values)}" if made.values else ""
    yield f"  {'' if made.loads else '# '}{name}: {said[:-1]}{values}}}"
