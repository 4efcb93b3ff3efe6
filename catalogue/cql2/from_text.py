"""CQL2 Text (OGC 21-065r2, 8.2 and annex B) read into a syntax tree."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from catalogue.cql2.problem import BadFilter, Place
from catalogue.cql2.tree import Call, Name, Node, Several, Shape, Value, deeper
from catalogue.cql2.wkt import GEOMETRY_TYPES, read_geometry
from catalogue.language import Message, _

_SPACE = r"[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_START = (
    r":_A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1ffe\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    r"\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_TOKEN = re.compile(
    rf"""{_SPACE}*+(?:
      (?P<number>(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?)
    | '(?P<text>(?:[^'\\]++|''|\\.)*+)'
    | "(?P<quoted>(?:[^"]++|"")++)"
    | (?P<word>[{_START}][{_START}.0-9\u0300-\u036f\u203f\u2040]*+)
    | (?P<symbol><>|<=|>=|[=<>(),+*/%^-])
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_SPACES = re.compile(rf"{_SPACE}*")
_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
#: Words that are never a property's name, unless they stand in double quotes.
_RESERVED = frozenset(("AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "TRUE", "FALSE", "DIV"))
_ESCAPED = re.compile(r"''|\\(.)", re.DOTALL)
_ESCAPES = {"'": "'", "\\": "\\", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
#: What Python makes a whole number of at once; longer ones are no whole number of any database.
_LONGEST_INTEGER = 300


def read_text(text: str) -> Node:
    """The syntax tree of a filter in CQL2 Text; places are characters from 0. Raises BadFilter."""
    reader = _Reader(text)
    node = reader.expression(0)
    reader.expect_end()
    return node


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: str
    place: int
    end: int

    @property
    def keyword(self) -> str | None:
        return self.value.upper() if self.kind == "word" else None

    def __str__(self) -> str:
        return self.value if self.kind in ("word", "symbol", "number") else repr(self.value[:40])


class _Reader:
    """One pass over the text, with one token in view; each method reads one rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._token = self._read(0)

    def expression(self, depth: int) -> Node:
        """Rule booleanExpression; also reads a scalar, so that its type is judged later, in one place."""
        return self._joined("OR", depth)

    def expect_end(self) -> None:
        if self._token.kind != "end":
            raise self._expected(_("AND, OR or the end of the filter"))

    def _joined(self, word: str, depth: int) -> Node:
        place = self._token.place
        parts = [self._part(word, depth)]
        while self._take_word(word):
            parts.append(self._part(word, depth))
        return parts[0] if len(parts) == 1 else Call(word.lower(), tuple(parts), place)

    def _part(self, word: str, depth: int) -> Node:
        return self._joined("AND", depth) if word == "OR" else self._factor(depth)

    def _factor(self, depth: int) -> Node:
        place = self._token.place
        if self._take_word("NOT"):
            return Call("not", (self._factor(deeper(depth, place)),), place)
        return self._predicate(depth)

    def _predicate(self, depth: int) -> Node:
        left = self._operand(depth)
        place = self._token.place
        if self._token.kind == "symbol" and self._token.value in _COMPARISONS:
            op = self._token.value
            self._advance()
            return Call(op, (left, self._operand(depth)), place)
        if self._take_word("IS"):
            negated = self._take_word("NOT")
            self._expect_word("NULL")
            return _negated(negated, Call("isnull", (left,), place))
        negated = self._take_word("NOT")
        if self._take_word("LIKE"):
            return _negated(negated, Call("like", (left, self._operand(depth)), place))
        if self._take_word("BETWEEN"):
            low = self._operand(depth)
            self._expect_word("AND")
            return _negated(negated, Call("between", (left, low, self._operand(depth)), place))
        if self._take_word("IN"):
            items = Several(self._arguments(deeper(depth, place)), place)
            return _negated(negated, Call("in", (left, items), place))
        if negated:
            raise self._expected(_("LIKE, BETWEEN or IN"))
        return left

    def _operand(self, depth: int) -> Node:
        """Rule arithmeticExpression, or whatever else is a scalar."""
        return self._calculated(("+", "-"), self._term, depth)

    def _term(self, depth: int) -> Node:
        return self._calculated(("*", "/", "%", "DIV"), self._power, depth)

    def _power(self, depth: int) -> Node:
        return self._calculated(("^",), self._single, depth, most=1)

    def _calculated(
        self, operators: tuple[str, ...], read: Callable[[int], Node], depth: int, most: int | None = None
    ) -> Node:
        left = read(depth)
        while most is None or most > 0:
            token = self._token
            op = token.value if token.kind == "symbol" else token.keyword
            if op not in operators:
                break
            self._advance()
            # A chain makes a tree as deep as it is long.
            depth = deeper(depth, token.place)
            left = Call(op.lower(), (left, read(depth)), token.place)
            most = most and most - 1
        return left

    def _single(self, depth: int) -> Node:
        token = self._token
        if token.kind == "text":
            self._advance()
            return Value("text", _unescaped(token.value), token.place)
        if token.kind == "symbol" and token.value == "-" and self._read(token.end).kind in ("word", "quoted"):
            self._advance()
            negated = self._single(deeper(depth, token.place))
            return Call("*", (Value("integer", -1, token.place), negated), token.place)
        if token.kind == "number" or (token.kind == "symbol" and token.value in ("+", "-")):
            return self._number()
        if token.kind == "quoted":
            self._advance()
            return Name(token.value.replace('""', '"'), token.place)
        if token.kind == "symbol" and token.value == "(":
            self._advance()
            node = self.expression(deeper(depth, token.place))
            self._expect_symbol(")")
            return node
        if token.keyword in ("TRUE", "FALSE"):
            self._advance()
            return Value("boolean", token.keyword == "TRUE", token.place)
        if token.kind == "word" and token.keyword not in _RESERVED:
            return self._named(token, depth)
        raise self._expected(_("a property, a value or “(”"))

    def _named(self, token: _Token, depth: int) -> Node:
        word = token.value.upper()
        if word in GEOMETRY_TYPES:
            found = read_geometry(self._text, token.place, token.end)
            if found:
                geometry, end = found
                self._token = self._read(end)
                return Shape(geometry, token.place)
        self._advance()
        if not (self._token.kind == "symbol" and self._token.value == "("):
            return Name(token.value, token.place)
        if word == "BBOX":
            return Shape({"bbox": [number.value for number in self._list(self._number)]}, token.place)
        if word in ("DATE", "TIMESTAMP"):
            (value,) = self._list(self._text_value, most=1)
            return Value("date" if word == "DATE" else "timestamp", value, token.place)
        if word == "INTERVAL":
            inner = deeper(depth, token.place)
            return Call("interval", tuple(self._list(lambda: self._bound(inner), most=2)), token.place)
        return Call(token.value.lower(), self._arguments(deeper(depth, token.place)), token.place)

    def _arguments(self, depth: int) -> tuple[Node, ...]:
        return tuple(self._list(lambda: self.expression(depth)))

    def _list[Item](self, read: Callable[[], Item], most: int | None = None) -> list[Item]:
        self._expect_symbol("(")
        items = [read()]
        while (most is None or len(items) < most) and self._take_symbol(","):
            items.append(read())
        self._expect_symbol(")")
        return items

    def _bound(self, depth: int) -> Node:
        token = self._token
        if token.kind == "text":
            return Value("bound", self._text_value(), token.place)
        return self._operand(depth)

    def _text_value(self) -> str:
        token = self._token
        if token.kind != "text":
            raise self._expected(_("a text in single quotes"))
        self._advance()
        return _unescaped(token.value)

    def _number(self) -> Value:
        place = self._token.place
        sign = -1 if self._token.value == "-" else 1
        if self._token.value in ("+", "-"):
            self._advance()
        token = self._token
        if token.kind != "number":
            raise self._expected(_("a number"))
        self._advance()
        return number(token.value, sign, place)

    def _take_word(self, word: str) -> bool:
        found = self._token.keyword == word
        if found:
            self._advance()
        return found

    def _expect_word(self, word: str) -> None:
        if not self._take_word(word):
            raise self._expected(_("“{word}”", word=word))

    def _take_symbol(self, symbol: str) -> bool:
        found = self._token.kind == "symbol" and self._token.value == symbol
        if found:
            self._advance()
        return found

    def _expect_symbol(self, symbol: str) -> None:
        if not self._take_symbol(symbol):
            raise self._expected(_("“{word}”", word=symbol))

    def _advance(self) -> None:
        self._token = self._read(self._token.end)

    def _read(self, start: int) -> _Token:
        match = _TOKEN.match(self._text, start)
        if match is None or match.lastgroup is None:
            raise _unreadable(self._text, start)
        kind = match.lastgroup
        place = match.start(kind) - (kind in ("text", "quoted"))
        return _Token(kind, match[kind], place, match.end())

    def _expected(self, what: Message) -> BadFilter:
        if self._token.kind == "end":
            return BadFilter(_("The filter ends here, where {what} should follow.", what=what), self._token.place)
        message = _("“{found}” stands where {what} should.", found=self._token, what=what)
        return BadFilter(message, self._token.place)


def number(digits: str, sign: int, place: Place) -> Value:
    """The value of a number as it was written, without its sign. Raises BadFilter for one beyond all types."""
    if digits.isdecimal() and len(digits) <= _LONGEST_INTEGER:
        return Value("integer", sign * int(digits), place)
    value = sign * float(digits)
    if not math.isfinite(value):
        raise BadFilter(_("The number is too large."), place)
    return Value("number", value, place)


def _negated(negated: bool, call: Call) -> Call:
    return Call("not", (call,), call.place) if negated else call


def _unescaped(text: str) -> str:
    # A backslash before anything else stays: it may be LIKE's own (`\%`).
    return _ESCAPED.sub(lambda found: "'" if found[1] is None else _ESCAPES.get(found[1], found[0]), text)


def _unreadable(text: str, start: int) -> BadFilter:
    place = _SPACES.match(text, start).end()  # type: ignore[union-attr]  # it matches everywhere
    found = text[place]
    if found in "'\"":
        return BadFilter(_("What begins here with {found} does not end.", found=found), place)
    return BadFilter(_("“{found}” does not belong here.", found=found), place)
