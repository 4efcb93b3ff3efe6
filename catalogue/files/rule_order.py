"""Whether a layer's rule asks for less than the model's rule of the same name."""

from __future__ import annotations

from catalogue.fraction import fraction
from catalogue.language import Message, _
from catalogue.rules import Range, Rule

#: From the mildest to the strictest.
_ACTIONS = ("ignore", "warn", "reject row", "hold release", "refuse release")


def looser(own: Rule, model: Rule) -> Message | None:
    """What is asked for less, or cannot be compared; None where the layer's rule is as strict or stricter."""
    if _ACTIONS.index(own.action) < _ACTIONS.index(model.action):
        return _("the action is milder")
    if own.action == "ignore":
        return None
    if own.kind != model.kind or own.field != model.field:
        return _("it is about something else")
    if not _from_fewer(own, model):
        return _("it acts from more rows")
    return None if _asks_as_much(own, model) else _("it asks for less")


def _from_fewer(own: Rule, model: Rule) -> bool:
    """Whether it acts from as few rows; a share and a number cannot be compared."""
    if own.threshold is None or own.threshold == model.threshold:
        return True
    if model.threshold is None or own.threshold.isdigit() != model.threshold.isdigit():
        return False
    mine, theirs = fraction(own.threshold), fraction(model.threshold)
    return isinstance(mine, float) and isinstance(theirs, float) and mine <= theirs


def _asks_as_much(own: Rule, model: Rule) -> bool:
    mine, theirs = own.value, model.value
    match own.kind:
        case "range":
            return _within(mine, theirs)
        case "values" | "unique":
            return set(mine) <= set(theirs)
        case "min_area" | "min_length":
            return bool(mine >= theirs)
        case "no_overlap" | "nulls_rise" | "sum_change" | "count_change":
            return bool(mine <= theirs)
        case _:
            return bool(mine == theirs)


def _within(own: Range, model: Range) -> bool:
    return _not_beyond(own.min, model.min, 1) and _not_beyond(own.max, model.max, -1)


def _not_beyond(own: str | None, model: str | None, sign: int) -> bool:
    if model is None or own == model:
        return True
    if own is None:
        return False
    try:
        return (float(own) - float(model)) * sign >= 0
    except ValueError:
        # Dates and times as ISO 8601 have the order of their text.
        return (own >= model) if sign > 0 else (own <= model)
