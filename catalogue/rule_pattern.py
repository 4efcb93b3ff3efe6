"""Patterns of rules: the part of regular expressions that Python and PostgreSQL read alike, and that is never slow.

PostgreSQL, 9.7.3 (advanced regular expressions). Without references back and looking around it matches without trying
again, however long the text; both are refused here, and so is what only one of the two programs knows.
"""

from __future__ import annotations

import re
import warnings
from typing import Annotated

from pydantic import AfterValidator
from pydantic import Field as Setting

from catalogue.language import Message, _
from catalogue.problems import Mistake

MAX_LENGTH = 200
#: The most repetitions that PostgreSQL takes.
_MOST = 255
_BOUNDS = re.compile(r"\{(\d{1,3})(,(\d{1,3})?)?\}")
_CLASSES = "dwsDWS"
_EXAMPLE = _("For example: {example}", example=r"pattern: 'KS \d{4}/\d+'")


def _plain(pattern: str) -> str:
    _Scan(pattern).run()
    try:
        with warnings.catch_warnings(action="error"):
            re.compile(pattern)
    except (re.error, FutureWarning, OverflowError) as error:
        raise Mistake(_("“{pattern}” is no pattern: {reason}.", pattern=pattern, reason=error), _EXAMPLE) from None
    return pattern


class _Scan:
    """One walk along a pattern; raises Mistake at the first thing that is not for both."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0
        #: Of each open group, the whole pattern first: whether something in it is repeated by number.
        self.counted = [False]
        self.closed_counted = False

    def run(self) -> None:
        while self.place < len(self.pattern):
            self._one()

    def _refuse(self, what: str, reason: Message) -> Mistake:
        return Mistake(_("“{what}” is not possible in a pattern: {reason}", what=what, reason=reason), _EXAMPLE)

    def _one(self) -> None:
        sign = self.pattern[self.place]
        rest = self.pattern[self.place :]
        self.place += 1
        if sign == "\\":
            self._escape(_CLASSES)
        elif sign == "[":
            self._set()
        elif sign == "(":
            if rest.startswith("(?") and not rest.startswith("(?:"):
                raise self._refuse(rest[:3], _("groups are written (…) or (?:…)."))
            self.place += 2 * rest.startswith("(?:")
            self.counted.append(False)
        elif sign == ")" and len(self.counted) > 1:
            self.closed_counted = self.counted.pop()
            self.counted[-1] |= self.closed_counted
        elif sign == "{":
            self._bounds(rest)
        elif sign in "*+?":
            self._no_second("+")

    def _escape(self, letters: str) -> None:
        sign = self.pattern[self.place : self.place + 1]
        if sign.isalnum() and (sign not in letters or not sign.isascii()):
            raise self._refuse(f"\\{sign}", _("\\d, \\w and \\s, and signs such as \\. are known."))
        self.place += 1

    def _set(self) -> None:
        start = self.place - 1
        self.place += self.pattern.startswith("^", self.place)
        if self.pattern.startswith("]", self.place):
            raise self._refuse(self.pattern[start : self.place + 1], _("write \\] for the bracket itself."))
        while self.place < len(self.pattern) and self.pattern[self.place] != "]":
            sign = self.pattern[self.place]
            self.place += 1
            if sign == "\\":
                self._escape("dws")
            elif sign == "[":
                raise self._refuse("[", _("write \\[ for the bracket itself, and \\w for letters."))
        self.place += 1

    def _bounds(self, rest: str) -> None:
        found = _BOUNDS.match(rest)
        if found is None or max(int(found[1]), int(found[3] or 0)) > _MOST:
            raise self._refuse(rest[:9], _("write {{2}}, {{2,}} or {{2,4}}, and at most {most}.", most=_MOST))
        if self.pattern[self.place - 2 : self.place - 1] == ")" and self.closed_counted:
            raise self._refuse(found[0], _("what it repeats is repeated by number itself."))
        self.counted[-1] = True
        self.place += found.end() - 1
        self._no_second("+")

    def _no_second(self, sign: str) -> None:
        if self.pattern.startswith(sign, self.place):
            raise self._refuse(self.pattern[self.place - 1 : self.place + 1], _("it repeats twice."))


Pattern = Annotated[str, Setting(min_length=1, max_length=MAX_LENGTH), AfterValidator(_plain)]
