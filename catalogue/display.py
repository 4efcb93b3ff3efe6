"""How pages show a layer: which fields name a feature, colour the map, and say where it is."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator
from pydantic import Field as Setting

from catalogue.field import FieldName, Strict


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


FieldNames = Annotated[list[FieldName], BeforeValidator(_as_list, json_schema_input_type=FieldName | list[FieldName])]


class Display(Strict):
    """How pages show the layer. What a release holds does not depend on it."""

    title: FieldNames = Setting(
        default=[],
        description="The fields that name a feature for people, one or several; without them it is called by its id.",
        examples=[["street", "work"]],
    )
    colour: FieldName | None = Setting(
        default=None,
        description="The field that the map is coloured by: one with a list of values, true or false, or a number.",
    )
    place: FieldName | None = Setting(default=None, description="The field that holds the street or the place's name.")

    def overridden(self, other: Self) -> Self:
        """This, with everything that `other` says in place of its own."""
        return self.model_copy(update={name: getattr(other, name) for name in other.model_fields_set})

    @property
    def said(self) -> bool:
        """Whether it says anything."""
        return bool(self.title or self.colour or self.place)
