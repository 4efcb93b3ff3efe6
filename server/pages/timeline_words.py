"""Days and values in words, and the choices that the page of a timeline gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date

from catalogue.feature_schema import in_language
from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.query.days import Days, Span, month_after, week_of
from catalogue.query.timeline_request import USUAL_DAYS, place_of
from server.links import Json
from server.pages.values import text_of
from server.pages.wording import Wording

_DAY = timedelta(days=1)


def period_words(days: Days, wording: Wording) -> str:
    """From when to when, open ends told as such."""
    first, last = (wording.day(each.isoformat()) if each else None for each in (days.first, days.last))
    if first is None and last is None:
        said = _("Until further notice")
    elif last is None:
        said = _("From {first} until further notice", first=first)
    elif first is None:
        said = _("Until {last}", last=last)
    elif first == last:
        return str(first)
    else:
        said = _("{first} to {last}", first=first, last=last)
    return said.render(wording.language)


def weekday(day: date, language: str) -> str:
    """A day with the name that it has in its week."""
    return format_date(day, "EEEE d MMMM", locale=language)


def spans_to_choose(today: date) -> list[tuple[Message, Span]]:
    """The days that people ask for most."""
    week = week_of(today)
    return [
        (_("Today"), Span(today, today)),
        (_("The next seven days"), Span(today, today + (USUAL_DAYS - 1) * _DAY)),
        (_("This week"), week),
        (_("Next week"), week_of(week.last + _DAY)),
        (_("Next month"), month_after(today)),
    ]


def beside(span: Span) -> Iterator[tuple[Message, Span]]:
    """As many days before and after, as far as there are calendars."""
    for said, step in ((_("Earlier"), -1), (_("Later"), 1)):
        try:
            yield said, Span(span.first + step * len(span) * _DAY, span.last + step * len(span) * _DAY)
        except OverflowError:
            continue


def name_in_words(properties: Mapping[str, Any], names: list[str], layer: Layer, wording: Wording) -> str:
    """What a feature is called by the values of some fields; empty where it has none of them."""
    fields = (layer.field(name) for name in names)
    said = (text_of(properties.get(field.name), field, wording) for field in fields if field)
    return ", ".join(each for each in said if each)


def values_in_words(properties: Mapping[str, Any], layer: Layer, wording: Wording) -> list[Json]:
    """The values that neither name the feature nor say where or when it is; the colouring field's stands apart."""
    assert layer.time is not None
    apart = {*layer.display.title, layer.display.colour, place_of(layer), layer.time.start, layer.time.end}
    return [
        {"title": in_language(field.title, wording.language), "text": said}
        for field in layer.fields
        if field.type != "object"
        and field.name not in apart
        and (said := text_of(properties.get(field.name), field, wording))
    ]
