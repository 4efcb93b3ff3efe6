"""One feature of a timeline: its days, and its state on the day of asking."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from catalogue.layer import Layer
from catalogue.query.days import Days, days_of, is_instant
from catalogue.query.timeline_request import CANCELLED, COMPLETED
from server.links import Json


class Shown(NamedTuple):
    """One feature, its days, and its state on the day of asking; None of what has no duration."""

    feature: Json
    days: Days
    state: str | None

    def goes_on(self, day: date, today: date) -> bool:
        """Whether it goes on that day: what was finished early does so no longer, but did."""
        over = self.state == "cancelled" or (self.state == "ended" and day >= today)
        return self.days.include(day) and not over


def on_that_day(feature: Json, layer: Layer, today: date) -> Shown:
    """A GeoJSON feature that has a period."""
    days = days_of(feature["properties"], layer, ZoneInfo(layer.time_zone))
    state = None if is_instant(layer) else _state(feature["properties"], days, layer, today)
    return Shown(feature, days, state)


def _state(properties: Json, days: Days, layer: Layer, today: date) -> str:
    said = {value for field in layer.fields if field.values and (value := properties.get(field.name))}
    if CANCELLED in said:
        return "cancelled"
    if COMPLETED in said or (days.last and days.last < today):
        return "ended"
    return "planned" if days.first and days.first > today else "ongoing"
