"""Rules in words: what each says, and what is told of the rows that break it."""

from __future__ import annotations

from typing import Any

from catalogue.feature_schema import in_language
from catalogue.language import Message, _, current_language
from catalogue.rules import Range, Rule

#: Row numbers that are told.
SHOWN = 10


def title(rule: Rule) -> Message | str:
    """What the rule says: its own title, else one made of what it asks for."""
    if rule.title:
        return in_language(rule.title, current_language())
    field = rule.field
    match rule.kind:
        case "required":
            return _("{field} has a value", field=field)
        case "range":
            return _("{field}: {range}", field=field, range=_ends(rule.range))
        case "pattern":
            return _("{field} looks like {pattern}", field=field, pattern=rule.pattern)
        case "values":
            return _("{field} is one of {known}", field=field, known=", ".join(rule.values or []))
        case "linked":
            return _("{field} leads to a feature", field=field)
        case "unique":
            return _("{field} is different in every row", field=", ".join(rule.unique or []))
        case "period":
            start, end = rule.fields
            return _("{end} is not before {start}", start=start, end=end)
        case "inside":
            return _("inside the publisher's area")
        case "min_area":
            return _("at least {size} m²", size=f"{rule.min_area:g}")
        case "min_length":
            return _("at least {size} m long", size=f"{rule.min_length:g}")
        case "no_overlap":
            return _("no overlaps")
        case "nulls_rise":
            return _("{field} is empty about as often as before", field=field)
        case "sum_change":
            return _("the sum of {field} is about as before", field=field)
        case "count_change":
            return _("the number of {field} is about as before", field=field or _("rows"))


def _ends(range_: Range | None) -> str:
    low, high = (range_.min, range_.max) if range_ else (None, None)
    if low is not None and high is not None:
        return f"{low}–{high}"
    return f"≥ {low}" if low is not None else f"≤ {high}"


def reason(rule: Rule, field: str, *, hidden: bool) -> Message:
    """Why a row is rejected; its `row` and `value` are filled in by the database. `hidden`: without the value."""
    if rule.kind == "no_overlap":
        said = _("row {row} overlaps row {value}, against the rule “{rule}”")
    elif hidden or rule.kind == "required":
        said = _("row {row}, field “{field}”: against the rule “{rule}”")
    else:
        said = _("row {row}, field “{field}”: “{value}” is against the rule “{rule}”")
    return Message(said.template, {"field": field, "rule": title(rule)})


def told(rule: Rule, broken: int, rows: int, first: list[int]) -> Message:
    """How many rows break a rule, and which are the first."""
    numbers = ", ".join(map(str, first)) + (", …" if broken > len(first) else "")
    return _("{number} of {rows} rows are against the rule “{rule}” (rows {first})",
             number=broken, rows=rows, rule=title(rule), first=numbers)  # fmt: skip


def below(rule: Rule, said: Message) -> Message:
    """The same, where the rule does not act yet."""
    return _("{said}; it acts from {threshold}", said=said, threshold=rule.threshold)


def nulls(rule: Rule, now: float, before: float) -> Message:
    """How often a field is empty, beside the previous release."""
    return _("“{field}” is empty in {now} of the rows, before in {before}: against the rule “{rule}”",
             field=rule.field, now=f"{now:.1%}", before=f"{before:.1%}", rule=title(rule))  # fmt: skip


def total(rule: Rule, now: Any, before: Any) -> Message:
    """What a total is, beside the previous release."""
    return _("{now}, in the previous release {before}: against the rule “{rule}”",
             now=f"{now:g}" if isinstance(now, float) else str(now),
             before=f"{before:g}" if isinstance(before, float) else str(before), rule=title(rule))  # fmt: skip
