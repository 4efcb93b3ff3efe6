"""Personal data: the kinds that are searched for, and what a layer file says about them.

The remedies: `redact` replaces what was found in a text, `drop` leaves the row out, `coarsen` moves points to the
middle of a grid's cells, `aggregate` publishes counts of cells instead of rows, `mask` leaves out what is protected.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BeforeValidator
from pydantic import Field as Setting

from catalogue.field import EPSG_PATTERN, NAME_PATTERN, FieldName, Strict
from catalogue.language import Message, _

#: What the search can find. A sole trader's organisation number is a personal number.
Kind = Literal["personal_number", "email", "phone", "plate", "name", "position"]

KINDS: dict[Kind, Message] = {
    "personal_number": _("personal identity numbers"),
    "email": _("e-mail addresses"),
    "phone": _("telephone numbers"),
    "plate": _("vehicle registration plates"),
    "name": _("names of people"),
    "position": _("coordinates finer than promised"),
}

#: What assessments call what is published besides the fields; no field can have these names.
IDENTITY, GEOMETRY = "id", "geometry"
#: Fewer rows tell too little: in 100 rows without a find, up to 3 % may still hold one (95 % confidence).
LEAST_ROWS = 100
SAMPLE_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{8}$"


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


Kinds = Annotated[
    list[Kind], Setting(min_length=1), BeforeValidator(_as_list, json_schema_input_type=Kind | list[Kind])
]
Metres = Annotated[float, Setting(gt=0)]


class SampleRead(Strict):
    """A random sample of rows that a person has read before free text was opened (`kartlagd sample LAYER`)."""

    id: str = Setting(
        pattern=SAMPLE_PATTERN,
        description="The sample, as `kartlagd sample LAYER` names it.",
        examples=["0a1b2c3d-4e5f6071"],
    )
    rows: int = Setting(ge=1, description="Rows that were read.", examples=[300])
    by: str = Setting(min_length=1, description="The function that read them.", examples=["GIS-enheten"])
    date: datetime.date = Setting(description="Day on which they were read.", examples=[datetime.date(2026, 10, 1)])
    note: str | None = Setting(default=None, description="What was found, without the data.")


def sample_id(seed: str, layer: str, fields: Iterable[str], rows: int) -> str:
    """What a sample is called: its seed (8 hex digits) and a check of what it was drawn from.

    A sample of another layer, of other fields or of another size does not pass for this one.
    """
    drawn = "\n".join([seed, layer, *sorted(fields), str(rows)])
    return f"{seed}-{hashlib.sha256(drawn.encode()).hexdigest()[:8]}"


class Aggregate(Strict):
    """Counts of a grid's cells instead of rows."""

    cell: Metres = Setting(description="The side of a cell, in metres.", examples=[500])
    at_least: int = Setting(default=5, ge=2, description="Cells with fewer rows are not published.")
    count: FieldName = Setting(description="The field, of type integer, that holds the number of rows.")
    by: list[FieldName] = Setting(
        default=[], description="Fields whose values are counted apart; all others stay out of the file."
    )


class Mask(Strict):
    """Protected places or objects: rows that meet them are left out."""

    path: str = Setting(min_length=1, description="File, relative to the project's folder or absolute.")
    layer: str | None = Setting(default=None, description="The layer inside the file, where it has several.")
    crs: str | None = Setting(
        default=None, pattern=EPSG_PATTERN, description="Its coordinate reference system, where the file does not say."
    )
    distance: float = Setting(default=0, ge=0, description="Rows this near are left out too, in metres.")
    column: str | None = Setting(
        default=None, description="A register instead of an area: the column whose values are protected."
    )
    field: FieldName | None = Setting(default=None, description="The published field that holds the same values.")


class Protect(Strict):
    """How the people behind the rows are protected, besides what the fields say."""

    precision: Metres | None = Setting(
        default=None, description="Coordinates, in texts too, are no finer than this, in metres."
    )
    coarsen: Metres | None = Setting(
        default=None, description="Points move to the middle of their cell in a grid of this size, in metres."
    )
    aggregate: Aggregate | None = Setting(default=None, description="Counts of a grid's cells instead of rows.")
    mask: Annotated[list[Mask], BeforeValidator(_as_list, json_schema_input_type=Mask | list[Mask])] = Setting(
        default=[], description="Protected places or objects: rows that meet them are left out."
    )

    @property
    def promised(self) -> float | None:
        """The finest that coordinates may be, in metres; None where nothing is promised."""
        return self.precision or self.coarsen or (self.aggregate.cell if self.aggregate else None)


class OwnContacts(Strict):
    """Where the publisher itself is reached: no findings."""

    domains: list[str] = []
    phones: list[str] = []


CoveredField = Annotated[str, Setting(pattern=NAME_PATTERN)]
Covers = dict[CoveredField, Kinds]

REDACT_DESCRIPTION = "What is found of these kinds is replaced by a word in brackets."
DROP_DESCRIPTION = "Rows in which these kinds are found are left out."
REDACT_ALSO_DESCRIPTION = "Fields that are emptied in the rows where something is replaced in this one."
