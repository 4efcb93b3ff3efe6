"""Approval by a person: which releases of a layer wait for it, for how long, and who may give it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator
from pydantic import Field as Setting

from catalogue.field import Strict

#: What holds a release back: that there is one, that something was noted about its rows, or that the search found
#: personal data, also where a remedy or an assessment took care of it.
Hold = Literal["always", "warnings", "personal_data"]


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


class Approval(Strict):
    """Which releases a person looks at before they are published."""

    hold: Annotated[list[Hold], BeforeValidator(_as_list, json_schema_input_type=Hold | list[Hold])] = Setting(
        default=[],
        description="Which releases wait for `kartlagd approve`: always; warnings, where rows were rejected or "
        "repaired or something was noted; personal_data, where personal data was found, replaced and assessed too. "
        "Without it: none.",
        examples=["always", ["warnings", "personal_data"]],
    )
    four_eyes: bool | None = Setting(
        default=None,
        description="Whether the one who approves must be another than the one who loaded; else what config/server.yml "
        "says.",
    )
    days: int = Setting(
        default=14, ge=1, le=90, description="After so many days a release that nobody has approved is deleted."
    )
