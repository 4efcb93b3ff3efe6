"""Shares as people write them: `5 %`, `5%` and `0.05` are the same."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator
from pydantic import Field as Setting

from catalogue.language import _
from catalogue.problems import Mistake


def fraction(value: object) -> object:
    """A text as a fraction; anything else as it is. A decimal comma is as good as a point. Raises Mistake."""
    if not isinstance(value, str):
        return value
    text = value.strip().replace(",", ".")
    try:
        return float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise Mistake(_("“{value}” is not a share.", value=value), _("Write 5 % or 0.05.")) from None


#: Part of a whole.
Share = Annotated[float, Setting(ge=0, le=1), BeforeValidator(fraction, json_schema_input_type=str | float)]
#: How much something changes, beside what it was: it may become several times as much.
Change = Annotated[float, Setting(ge=0), BeforeValidator(fraction, json_schema_input_type=str | float)]
