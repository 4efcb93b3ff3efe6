"""What a layer file derives from its sources: chosen rows, computed fields, several sources, joined tables, a hook."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Setting

from catalogue.field import Strict
from catalogue.source_file import NotEmpty, SourceFile

ALIAS_PATTERN = r"^[a-z][a-z0-9_]{0,29}$"
#: A hook is code: only what lies here is run.
HOOK_PATTERN = r"^collections/hooks/[a-z][a-z0-9_]*\.py$"

COMPUTED_DESCRIPTION = (
    "A CQL2 expression over the source's columns in place of `from`: arithmetic, conditions, concat, coalesce, "
    "area(geometry), length(geometry)."
)
FROM_UNIT_DESCRIPTION = "The unit of the source's numbers, where it is not `unit`: they are converted. A UCUM code."
WHERE_DESCRIPTION = "A CQL2 condition over the source's columns: only rows for which it is true are loaded."
SOURCES_DESCRIPTION = "Several sources in place of `source`: their rows make one layer, in which identities are unique."
JOIN_DESCRIPTION = "Tables whose columns stand beside the source's own, as NAME.COLUMN."
HOOK_DESCRIPTION = "A Python file that makes columns of columns, where nothing else will do: collections/hooks/NAME.py."


class SourcePart(SourceFile):
    """One of several sources of a layer."""

    where: NotEmpty | None = Setting(
        default=None, description="A CQL2 condition over this source's own columns.", examples=["STATUS <> 'Utgått'"]
    )
    columns: dict[NotEmpty, NotEmpty | None] = Setting(
        default={},
        description="Columns that are called otherwise here: {NAME: NAME_HERE}; without a name here they are empty.",
        examples=[{"NAMN": "Benämning"}],
    )

    @property
    def place(self) -> SourceFile:
        """Where it is and how it is read, without what is chosen of it."""
        return SourceFile(**self.model_dump(include=set(SourceFile.model_fields)))


class Join(Strict):
    """A table whose columns stand beside those of the source, one row of it at most for each of the source's."""

    source: SourceFile = Setting(
        description="Where the table is; geometry in it is not read.", examples=[{"path": "samples/agare.csv"}]
    )
    on: Annotated[dict[NotEmpty, NotEmpty], Setting(min_length=1)] = Setting(
        description="The columns that are compared: {THE_SOURCES: THE_TABLES}.", examples=[{"FASTIGHET": "BETECKNING"}]
    )
    kind: Literal["required", "optional"] = Setting(
        description="required: a row without its match is rejected; optional: its joined columns are empty.",
        examples=["optional"],
    )


Alias = Annotated[str, Setting(pattern=ALIAS_PATTERN)]
Sources = list[SourcePart]
Hook = Annotated[str, Setting(pattern=HOOK_PATTERN)]


class Derivation(Strict):
    """All that a layer derives; recorded with its releases."""

    where: str | None = None
    sources: list[SourcePart] = []
    join: dict[str, Join] = {}
    hook: str | None = None

    @classmethod
    def of(
        cls, where: str | None, sources: list[SourcePart] | None, join: dict[str, Join], hook: str | None
    ) -> Derivation | None:
        """What the keys of a layer file say; None where they say nothing."""
        if where is None and not sources and not join and hook is None:
            return None
        return cls(where=where, sources=sources or [], join=join, hook=hook)
