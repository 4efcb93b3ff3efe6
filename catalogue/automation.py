"""What `kartlagd run` may do, and where the drop folder is (`run:` and `drop:` in config/server.yml)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator
from pydantic import Field as Setting

from catalogue.field import Strict
from catalogue.language import _
from catalogue.problems import Mistake

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
_TIME = re.compile(r"^(\d+(?:[.,]\d+)?)\s*(s|min|h|d)$")


def _seconds(value: object) -> object:
    """`60 s`, `5 min` and `2 h` as seconds."""
    if not isinstance(value, str):
        return value
    found = _TIME.match(value.strip())
    if not found:
        raise Mistake(
            _("“{value}” is not a time.", value=value), _("For example: {example}", example="60 s, 5 min, 2 h")
        )
    return float(found[1].replace(",", ".")) * _UNITS[found[2]]


Seconds = Annotated[float, Setting(gt=0), BeforeValidator(_seconds, json_schema_input_type=str)]


class Drop(Strict):
    """A folder on a share: a file that is put into the folder of a layer there is loaded when it is whole."""

    folder: str = Setting(
        min_length=1,
        description="The drop folder, as Windows or as this machine calls it; it holds a folder for each layer, named "
        "as the layer's id.",
        examples=["\\\\server\\geodata\\kartlagd"],
    )
    look: Seconds = Setting(
        default="10 s", validate_default=True, description="How often the folder is looked through, such as 10 s."
    )
    settle: Seconds = Setting(
        default="60 s",
        validate_default=True,
        description="How long a file must have been left alone before it is loaded, such as 60 s.",
    )
    remind: Seconds = Setting(
        default="30 min",
        validate_default=True,
        description="After this time a file that is not whole, or that a program has open, is told of in reports/.",
    )


class Running(Strict):
    """How `kartlagd run` works."""

    parallel: int = Setting(default=2, ge=1, le=32, description="Loads at the same time, of different layers.")
    longest: Seconds = Setting(
        default="2 h", validate_default=True, description="A load is ended after this time, such as 2 h."
    )
    stop: Seconds = Setting(
        default="30 s",
        validate_default=True,
        description="When it is told to stop, running loads may go on for this time; then they are ended.",
    )
    first_retry: Seconds = Setting(
        default="60 s",
        validate_default=True,
        description="The pause after the first failure; it doubles with each further one.",
    )
    last_retry: Seconds = Setting(
        default="1 h", validate_default=True, description="The longest pause between attempts that fail."
    )

    def pause(self, failures: int, chance: float) -> timedelta:
        """The pause after so many failures in a row (from 1); `chance` (0 to 1) spreads it by a fifth either way."""
        # The exponent is bounded, so that years of failures are no number too large.
        seconds = min(self.first_retry * 2 ** min(failures - 1, 40), self.last_retry)
        return timedelta(seconds=seconds * (0.8 + 0.4 * chance))
