"""A request for what goes on day by day: days, a place, and which values count.

Whatever is wrong raises BadParameter, which names the parameter. What a plain form leaves empty is not given.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from catalogue.cql2.to_text import is_text, one_of
from catalogue.language import LANGUAGES, _
from catalogue.layer import Layer
from catalogue.query.days import Span
from catalogue.query.parameters import BadParameter, choice, single_values
from catalogue.query.period import parse_date
from catalogue.query.request import FORMATS, PAGE_PARAMETERS

#: Days that one request may ask about: a quarter of a year.
LONGEST_DAYS = 92
#: Days that it asks about where it does not say.
USUAL_DAYS = 7
#: The parameter whose values stand for those of the field that colours the map, and may be given several times.
COUNTS = "closed"
#: What values of these names mean in any enumeration: whatever the period says, it is called off, or over.
CANCELLED, COMPLETED = "cancelled", "completed"


@dataclass(frozen=True)
class TimelineRequest:
    """Which days, which place (None: all) and which values of the colouring field (none: all)."""

    span: Span
    place: str | None
    values: tuple[str, ...]


def parse_timeline(pairs: Iterable[tuple[str, str]], layer: Layer, today: date) -> TimelineRequest:
    """Check the parameters; `layer` says by what features are placed and coloured, `today` what is meant by default."""
    pairs = [*pairs]
    place, counted = place_of(layer), choices_of(layer)
    known = ("from", "to", *(["place"] if place else []), *PAGE_PARAMETERS)
    chosen = [value for name, value in pairs if name == COUNTS and value] if counted else []
    others = [pair for pair in pairs if pair[0] != COUNTS or not counted]
    values = {name: value for name, value in single_values(others, known).items() if value}
    choice("f", values, FORMATS)
    choice("lang", values, LANGUAGES)
    for value in chosen:
        if value not in counted:
            raise BadParameter(COUNTS, _("“{name}” is one of: {choices}.", name=COUNTS, choices=", ".join(counted)))
    asked = values.get("place", "").strip()
    return TimelineRequest(_span(values, today), asked or None, tuple(dict.fromkeys(chosen)))


def place_of(layer: Layer) -> str | None:
    """The field that says where; None where there is none that is a text."""
    field = layer.field(layer.display.place) if layer.display.place else None
    return field.name if field and field.type == "text" else None


def choices_of(layer: Layer) -> Collection[str]:
    """The values that may be chosen among: those of the field that colours the map, where it lists them."""
    field = layer.field(layer.display.colour) if layer.display.colour else None
    return field.values or () if field else ()


def items_pairs(request: TimelineRequest, layer: Layer, *, placed: bool = True) -> list[tuple[str, str]]:
    """The parameters by which `items` gives the same features; without the place where not `placed`."""
    conditions = []
    place, colour = place_of(layer), layer.field(layer.display.colour or "")
    if placed and place and request.place:
        conditions.append(is_text(place, request.place))
    if colour and request.values:
        conditions.append(one_of(colour.name, request.values, quoted=colour.type == "text"))
    found = [("datetime", request.span.text)]
    return [*found, ("filter", " AND ".join(conditions))] if conditions else found


def _span(values: dict[str, str], today: date) -> Span:
    first = _date("from", values) or today
    try:
        last = _date("to", values) or first + timedelta(days=USUAL_DAYS - 1)
    except OverflowError as error:
        raise BadParameter("from", _("The calendar ends before these days do.")) from error
    if last < first:
        raise BadParameter("to", _("The last day, {last}, is before the first, {first}.", last=last, first=first))
    span = Span(first, last)
    if len(span) > LONGEST_DAYS:
        raise BadParameter(
            "to",
            _("These are {days} days; at most {most} can be asked for at once.", days=len(span), most=LONGEST_DAYS),
        )
    return span


def _date(name: str, values: dict[str, str]) -> date | None:
    try:
        return parse_date(values[name]) if name in values else None
    except ValueError as error:
        raise BadParameter(name, _("“{name}” is a date such as 2026-05-01.", name=name)) from error
