"""What `check` says of rules, and of the patterns in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, text

from catalogue.files.home import Home
from catalogue.rules import Rule
from tests.catalogue.homes import LAYER, MODEL, make_home, write


def problems(home: Path, rules: str, model: str = "") -> list[str]:
    make_home(home)
    write(home, "collections/models/works-1.yml", MODEL + (f"rules:\n{model}" if model else ""))
    write(home, "collections/works.yml", LAYER + f"rules:\n{rules}\n")
    return [str(problem) for problem in Home.read(home).problems]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{field: widht, range: {min: 0}, action: warn}", "r.field: There is no field “widht”. Did you mean “width”?"),
        ("{field: status, range: {min: 0}, action: warn}", "r.range: “range” is not for fields of type text."),
        ("{field: width, range: {min: wide}, action: warn}", "r.range.min: “wide” does not fit the field's type"),
        ("{field: start, range: {min: 2026-02-30}, action: warn}", "r.range.min: “2026-02-30” does not fit"),
        ("{field: width, range: {min: 3, max: 2}, action: warn}", "r.range: “min” is above “max”."),
        ("{field: width, range: {}, action: warn}", "r.range: A range has min, max or both."),
        ("{field: width, pattern: x, action: warn}", "r.pattern: “pattern” is not for fields of type number."),
        ("{field: case, required: true, action: warn}", "r.required: The field is required already"),
        ("{field: status, values: [plannd], action: warn}", "r.values.0: “plannd” is not among the field's values."),
        ("{unique: case, action: warn}", "r.unique: The field is the layer's identity"),
        ("{period: {start: start, end: end}, action: warn}", "r.period: `time` says so already"),
        ("{period: {start: case, end: end}, action: warn}", "r.period: “period” is not for fields of type text."),
        ("{field: case, linked: true, action: warn}", "r.linked: The field does not say where it leads."),
        ("{min_area: 3, action: warn}", "r.min_area: “min_area” is for geometry: polygon; the layer's is line."),
        ("{no_overlap: 0, action: warn}", "r.no_overlap: “no_overlap” is for geometry: polygon"),
        ("{count_change: 5 %, action: reject row}", "r: “count_change” is about the whole release"),
        ("{count_change: 5 %, action: warn, from: 5}", "r: “count_change” is about the whole release"),
        ("{action: warn}", "r: A rule says one thing; here stand: –."),
        (
            "{field: width, required: true, range: {min: 1}, action: warn}",
            "r: A rule says one thing; here stand: required, range.",
        ),
        ("{range: {min: 1}, action: warn}", "r: The rule does not say which field."),
        ("{field: case, min_length: 1, action: warn}", "r: “min_length” is not about one field."),
        ("{min_length: 1, action: reject}", "r.action: “reject” is not possible here. Did you mean “reject row”?"),
        ("{min_length: 1, action: warn, from: many}", "r.from: “many” is not a share."),
        ("{min_length: 1, action: warn, from: 150 %}", "r.from: “150 %” is neither a number of rows nor a share."),
        ("{min_length: 1, action: ignore}", "r.action: There is no rule of that name in the model to ignore."),
        ("{min_length: 1, action: warn, loosens: x}", "r.loosens: There is no rule of that name in the model."),
        (r"{field: case, pattern: '(a)\1', action: warn}", r"r.pattern: “\1” is not possible in a pattern"),
    ],
)
def test_one_mistake(tmp_path: Path, rule: str, expected: str) -> None:
    found = problems(tmp_path, f"  r: {rule}")
    assert len(found) == 1 and f"rules.{expected}" in found[0], found


MODEL_RULE = "  r: {field: width, range: {min: 0, max: 20}, action: warn, from: 5 %}\n"


@pytest.mark.parametrize(
    ("rule", "less"),
    [
        ("{field: width, range: {min: 1, max: 20}, action: reject row, from: 5 %}", None),
        ("{field: width, range: {min: 0, max: 20}, action: warn}", None),
        ("{field: width, range: {min: 0, max: 20}, action: warn, from: 4 %}", None),
        ("{field: width, range: {min: 0, max: 20}, action: warn, from: 6 %}", "it acts from more rows"),
        ("{field: width, range: {min: 0, max: 20}, action: warn, from: 6}", "it acts from more rows"),
        ("{field: width, range: {min: -1, max: 20}, action: warn, from: 5 %}", "it asks for less"),
        ("{field: width, range: {min: 0}, action: warn, from: 5 %}", "it asks for less"),
        ("{field: width, required: true, action: warn, from: 5 %}", "it is about something else"),
        ("{field: width, range: {min: 0, max: 20}, action: ignore}", "the action is milder"),
    ],
)
def test_a_layer_asks_for_less_only_with_its_reason(tmp_path: Path, rule: str, less: str | None) -> None:
    found = problems(tmp_path, f"  r: {rule}", MODEL_RULE)
    assert len(found) == bool(less) and all(str(less) in problem for problem in found), found
    said = problems(tmp_path, f"  r: {rule[:-1]}, loosens: Provbanan}}", MODEL_RULE)
    assert (said == []) == bool(less), said


def test_a_layers_rules_add_to_the_models(tmp_path: Path) -> None:
    assert problems(tmp_path, "  s: {min_length: 2, action: warn}", MODEL_RULE) == []
    layer = Home.read(tmp_path).layer("works")
    assert list(layer.rules) == ["r", "s"]
    assert layer.public().rules == {}
    own = "  r: {field: width, range: {max: 3}, action: ignore, loosens: x}\n  s: {min_length: 2, action: warn}"
    assert problems(tmp_path, own, MODEL_RULE) == []
    assert list(Home.read(tmp_path).layer("works").rules) == ["s"]


TEXTS = ["", "a", "aa", "ab", "A-1", "KS 2026/114", "KS 26/1", "å", "1", "a.b", "]", "x" * 50, "a b", "aab", "(a)"]
GOOD = [
    r"KS \d{4}/\d+", "a|b", "(a|ab)b?", "[a-c]+", r"[\w.]+", "a{2}", "a{1,2}b", "a{2,}", r"\(a\)", "a*?b", "(?:a+)+b",
    r"[^\]a]", "å?", ".", "^a$", r"\S+", r"\W", "x{50}", "(a{2}b)+", r"a\.b",
]  # fmt: skip
BAD = [
    r"(a)\1", "(?=a)", "(?!a)", "(?<=a)b", "(?P<n>a)", "(?i)a", "a++", "a{300}", "a{,3}", "(a{9}){9}", "[[:alpha:]]",
    r"\bword", r"\Aa", "[]a]", r"[\D]", "(", "a)", "*a", "[a", r"\x41", "a{2}{3}", "[z-a]", "\\", "a" * 201, r"\pL",
]  # fmt: skip


@pytest.mark.parametrize("pattern", BAD)
def test_what_only_one_of_the_two_programs_knows_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        Rule.model_validate({"field": "a", "pattern": pattern, "action": "warn"})


def test_patterns_mean_the_same_in_both_programs(engine: Engine) -> None:
    with engine.connect() as connection:
        for pattern in GOOD:
            Rule.model_validate({"field": "a", "pattern": pattern, "action": "warn"})
            for value in TEXTS:
                found = connection.scalar(text("SELECT :v ~ ('^(?:' || :p || ')$')"), {"v": value, "p": pattern})
                assert found == bool(re.fullmatch(pattern, value)), (pattern, value)
