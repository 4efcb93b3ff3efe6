"""Rules that rows and releases are held against (`rules:` in a model and in a layer file)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, model_validator
from pydantic import Field as Setting

from catalogue.field import NAME_PATTERN, FieldName, Strict, Title
from catalogue.fraction import Change, Share, fraction
from catalogue.language import _
from catalogue.problems import Mistake
from catalogue.rule_pattern import Pattern

#: What happens where a rule is broken; `ignore` takes a rule of the model out.
Action = Literal["reject row", "warn", "hold release", "refuse release", "ignore"]
Kind = Literal[
    "required", "range", "pattern", "unique", "values", "inside", "min_area", "min_length", "no_overlap", "linked",
    "period", "nulls_rise", "sum_change", "count_change",
]  # fmt: skip

KINDS: tuple[Kind, ...] = get_args(Kind)
#: Kinds that are about one field, and what a layer of points, lines or polygons needs for the others.
OF_A_FIELD: tuple[Kind, ...] = ("required", "range", "pattern", "values", "linked", "nulls_rise", "sum_change")
OF_A_GEOMETRY: tuple[Kind, ...] = ("inside", "min_area", "min_length", "no_overlap")
#: Kinds that compare a release with the one before: no row breaks them.
OF_A_RELEASE: tuple[Kind, ...] = ("nulls_rise", "sum_change", "count_change")
#: Kinds that compare rows with each other.
OF_ALL_ROWS: tuple[Kind, ...] = ("unique", "no_overlap")


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _threshold(text: str) -> str:
    share = fraction(text)
    assert isinstance(share, float)
    whole = text.strip().isdigit()
    if share < 0 or (not whole and share > 1):
        raise Mistake(_("“{value}” is neither a number of rows nor a share.", value=text), _("Write 10 or 5 %."))
    return text.strip()


#: `10`: a number of rows; `5 %` or `0.05`: a share of them.
Threshold = Annotated[str, BeforeValidator(str, json_schema_input_type=str | float), AfterValidator(_threshold)]
RuleName = Annotated[str, Setting(pattern=NAME_PATTERN)]


class Range(Strict):
    """From where to where values may lie, both ends included: numbers, dates or times."""

    min: str | None = Setting(default=None, description="The least value.", examples=["0"])
    max: str | None = Setting(default=None, description="The greatest value.", examples=["120"])

    @model_validator(mode="after")
    def _an_end(self) -> Self:
        if self.min is None and self.max is None:
            raise Mistake(_("A range has min, max or both."), _("For example: {example}", example="{min: 0, max: 120}"))
        return self


class Span(Strict):
    """Two fields, of which the second is not before the first."""

    start: FieldName = Setting(description="The field that holds the start.", examples=["start"])
    end: FieldName = Setting(description="The field that holds the end; empty means open.", examples=["end"])


class Rule(Strict):
    """One rule: exactly one of the keys from `required` on says what must hold."""

    title: Title | None = Setting(default=None, description="What the rule says, by language; else it is made up.")
    action: Action = Setting(
        description="reject row; warn; hold release (until a person approves it); refuse release; or ignore, which "
        "takes out a rule of the model.",
        examples=["warn"],
    )
    threshold: Threshold | None = Setting(
        default=None,
        alias="from",
        description="From how many broken rows the rule acts: a number (10) or a share of all rows (5 %); else the "
        "first.",
    )
    loosens: Title | None = Setting(
        default=None, description="Why the layer asks for less than the model's rule of that name, by language."
    )
    field: FieldName | None = Setting(default=None, description="The field that the rule is about.")
    required: bool | None = Setting(default=None, description="Whether the field must have a value.")
    range: Range | None = Setting(default=None, description="From where to where the field's values may lie.")
    pattern: Pattern | None = Setting(
        default=None, description="What the field's whole text must look like, as a regular expression."
    )
    values: Annotated[list[str], Setting(min_length=1)] | None = Setting(
        default=None, description="The values that the field may have."
    )
    linked: bool | None = Setting(
        default=None, description="Whether the field's `links` must lead to a feature of the other layer's release."
    )
    unique: (
        Annotated[
            list[FieldName],
            Setting(min_length=1),
            BeforeValidator(_as_list, json_schema_input_type=str | list[FieldName]),
        ]
        | None
    ) = Setting(default=None, description="The field, or fields together, whose values no earlier row may have.")
    period: Span | None = Setting(default=None, description="Two fields: the end is not before the start.")
    inside: Literal["area"] | None = Setting(
        default=None, description="area: features lie wholly inside the publisher's area, without any margin."
    )
    min_area: float | None = Setting(default=None, gt=0, description="The smallest area of a polygon, in m².")
    min_length: float | None = Setting(default=None, gt=0, description="The smallest length of a line, in metres.")
    no_overlap: float | None = Setting(
        default=None, ge=0, description="How much polygons may overlap an earlier row's, in m²: 0 or a little."
    )
    nulls_rise: Share | None = Setting(
        default=None, description="How much the share of rows without the field may rise since the previous release."
    )
    sum_change: Change | None = Setting(
        default=None, description="How much the field's sum may change since the previous release, as a share."
    )
    count_change: Change | None = Setting(
        default=None,
        description="How much the number of rows (of values, with a field) may change since the previous release.",
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        said = [kind for kind in KINDS if self._says(kind)]
        if len(said) != 1:
            message = _("A rule says one thing; here stand: {kinds}.", kinds=", ".join(said) or "–")
            raise Mistake(message, _("Possible here: {values}.", values=", ".join(KINDS)))
        if self.field is None and self.kind in OF_A_FIELD:
            example = f"field: FIELD, {self.kind}: …"
            raise Mistake(_("The rule does not say which field."), _("For example: {example}", example=example))
        if self.field is not None and self.kind not in (*OF_A_FIELD, "count_change"):
            raise Mistake(_("“{kind}” is not about one field.", kind=self.kind), _("Remove “field”."))
        if self.kind in OF_A_RELEASE and (self.threshold is not None or self.action == "reject row"):
            message = _("“{kind}” is about the whole release: no row breaks it.", kind=self.kind)
            raise Mistake(message, _("Choose another action, and no “from”."))
        return self

    def _says(self, kind: str) -> bool:
        # Not by equality: no_overlap: 0 says something.
        value = getattr(self, kind)
        return value is not None and value is not False

    @property
    def kind(self) -> Kind:
        """What the rule is about: the key that says what must hold."""
        return next(kind for kind in KINDS if self._says(kind))

    @property
    def value(self) -> Any:
        """What stands at that key."""
        return getattr(self, self.kind)

    @property
    def fields(self) -> list[str]:
        """The fields that it reads."""
        named = [self.field] if self.field else []
        return [*named, *(self.unique or []), *([self.period.start, self.period.end] if self.period else [])]

    def acts_from(self, rows: int) -> int:
        """The number of broken rows, of all `rows`, from which the rule acts; at least one."""
        if self.threshold is None:
            return 1
        if self.threshold.isdigit():
            return max(int(self.threshold), 1)
        share = fraction(self.threshold)
        assert isinstance(share, float)
        # 5 % of 60 are 3, whatever binary fractions say.
        return max(math.ceil(round(share * rows, 6)), 1)


def all_rules(model: Mapping[str, Rule], own: Mapping[str, Rule]) -> dict[str, Rule]:
    """A layer's rules: the model's, then its own; one of its own stands in place of the model's of that name."""
    rules = {**model, **own}
    return {name: rule for name, rule in rules.items() if rule.action != "ignore"}


RULES_DESCRIPTION = "What rows and releases are held against, by name; a layer's add to those of its model."
