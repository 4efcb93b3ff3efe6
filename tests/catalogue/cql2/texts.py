"""The tests' expressions in CQL2 Text, in the many ways in which one may write it."""

from __future__ import annotations

import random
from datetime import date, datetime
from typing import Any

from shapely.geometry.base import BaseGeometry

from tests.catalogue.cql2.expressions import Const, Op, Prop, Span, in_axis_order, written
from tests.catalogue.cql2.rows import Grid

_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


class Writer:
    """Writes expressions with more or less parentheses, spaces and capitals, as `dice` falls."""

    def __init__(self, dice: random.Random, grid: Grid) -> None:
        self.dice = dice
        self.grid = grid

    def text(self, node: Any, tight: int = 0) -> str:
        """The expression; `tight` is how strongly what is around it binds (OR 0, AND 1, NOT 2, operand 3)."""
        match node:
            case Op("or" | "and" as name, args):
                strength = 0 if name == "or" else 1
                joined = f"{self.space(True)}{self.word(name)}{self.space(True)}".join(
                    self.text(arg, strength + 1) for arg in args
                )
                return self.bracketed(joined, strength < tight or len(args) == 1)
            case Op("not", (Op("like" | "between" | "in" | "isNull" as name, args),)) if self.dice.random() < 0.6:
                return self.bracketed(self.predicate(name, args, f"{self.word('not')} "), tight > 2)
            case Op("not", (arg,)):
                return self.bracketed(f"{self.word('not')}{self.space(True)}{self.text(arg, 2)}", tight > 2)
            case Op("casei" | "accenti" as name, (arg,)):
                return f"{self.word(name)}({self.text(arg)})"
            case Op(name, args) if name[:2] in ("s_", "t_"):
                return f"{self.word(name)}{self.space()}({self.text(args[0])}{self.space()},{self.text(args[1])})"
            case Op(name, args):
                return self.bracketed(self.predicate(name, args, ""), tight > 2)
            case Prop(name):
                return f'"{name}"' if self.dice.random() < 0.3 else name
            case Span(start, end):
                return f"{self.word('interval')}({self.bound(start)},{self.space()}{self.bound(end)})"
            case Const(constant):
                return self.constant(constant)
        raise AssertionError(node)

    def predicate(self, name: str, args: tuple[Any, ...], negation: str) -> str:
        first = self.text(args[0], 3)
        match name:
            case "isNull":
                return f"{first} {self.word('is')} {negation}{self.word('null')}"
            case "like":
                return f"{first} {negation}{self.word('like')} {self.text(args[1], 3)}"
            case "between":
                low, high = self.text(args[1], 3), self.text(args[2], 3)
                return f"{first} {negation}{self.word('between')} {low} {self.word('and')} {high}"
            case "in":
                items = ",".join(self.text(item, 3) for item in args[1])
                return f"{first} {negation}{self.word('in')}{self.space()}({items})"
        assert name in _COMPARISONS
        return f"{first}{self.space()}{name}{self.space()}{self.text(args[1], 3)}"

    def bracketed(self, text: str, needed: bool) -> str:
        return f"({self.space()}{text}{self.space()})" if needed or self.dice.random() < 0.1 else text

    def space(self, needed: bool = False) -> str:
        return self.dice.choice([" ", "  ", "\n", "\t", "\u3000", " "] if needed else ["", "", " ", "\u00a0"])

    def word(self, word: str) -> str:
        return self.dice.choice([word.upper(), word.lower(), word.title()])

    def bound(self, bound: Any) -> str:
        if bound is None:
            return "'..'"
        return bound.name if isinstance(bound, Prop) else f"'{written(bound.value)}'"

    def constant(self, constant: Any) -> str:
        match constant:
            case bool():
                return self.word(str(constant))
            case str():
                quote = self.dice.choice(["''", "\\'"])
                return "'" + constant.replace("\\", "\\\\").replace("'", quote) + "'"
            case datetime():
                return f"{self.word('timestamp')}('{written(constant)}')"
            case date():
                return f"{self.word('date')}('{written(constant)}')"
            case BaseGeometry():
                return in_axis_order(constant, self.grid).wkt
        return repr(constant)
