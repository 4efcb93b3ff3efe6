"""All that is found in one text, and the quick look that tells which texts of a column are worth it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial

import pyarrow as pa
import pyarrow.compute as pc

from catalogue.personal import Kind, OwnContacts
from loaders.personal import email, name, personal_number, phone, plate, position
from loaders.personal.finding import Span, blanked, re2

#: Texts that are remembered with what was found in them: many columns say the same again and again.
_REMEMBERED = 4096


class Detector:
    """What is looked for in one column."""

    def __init__(self, own: OwnContacts, *, contact: bool = False, promised: float | None = None) -> None:
        """Choose what is looked for.

        Args:
            own: The publisher's own domains and telephone numbers, which are no findings.
            contact: The field is the publisher's own way to be reached: addresses, numbers and names are no findings.
            promised: Coordinates in texts are no finer, in metres; None where nothing is promised.
        """
        self._own, self._contact, self._promised = own, contact, promised
        hints = [personal_number.HINT, plate.HINT]
        hints += [] if contact else [email.HINT, phone.HINT, name.HINT]
        hints += [position.HINT] if promised else []
        self._hint = "|".join(f"(?:{re2(hint)})" for hint in hints)
        self._looks = list(self._chosen())
        self._known = lru_cache(maxsize=_REMEMBERED)(self.find)

    def _chosen(self) -> Iterator[tuple[Kind, Callable[[str], Iterable[tuple[int, int]]]]]:
        """In the order in which doubt is settled: ten digits with a check digit are no telephone number."""
        if not self._contact:
            yield "email", partial(email.find, domains=self._own.domains)
        yield "personal_number", personal_number.find
        if self._promised:
            yield "position", partial(position.find, promised=self._promised)
        if not self._contact:
            yield "phone", partial(phone.find, own=self._own.phones)
        yield "plate", plate.find

    def column(self, values: pa.Array) -> dict[int, tuple[Span, ...]]:
        """The findings of a column of texts by place, for the places that have any."""
        likely = self.likely(values)
        texts = values.take(likely).to_pylist()
        found = zip(likely.to_pylist(), map(self._known, texts), strict=True)
        return {place: spans for place, spans in found if spans}

    def likely(self, values: pa.Array) -> pa.Array:
        """The places of a column's texts that are worth a closer look."""
        return pc.indices_nonzero(pc.fill_null(pc.match_substring_regex(values, self._hint), False))

    def find(self, text: str) -> tuple[Span, ...]:
        """The findings in a text, from left to right; none overlaps another."""
        found: list[Span] = []
        rest = text
        for kind, look in self._looks:
            spans = _apart(kind, look(rest))
            rest = blanked(rest, spans)
            found += spans
        if self._contact:
            return tuple(sorted(found, key=_start))
        if not found and name.is_name(text):
            return (Span("name", 0, len(text)),)
        found += _apart("name", name.near(rest, found))
        return tuple(sorted(found, key=_start))


def _start(span: Span) -> int:
    return span.start


def _apart(kind: Kind, places: Iterable[tuple[int, int]]) -> list[Span]:
    """The longest of those that overlap."""
    spans: list[Span] = []
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        if not spans or start >= spans[-1].end:
            spans.append(Span(kind, start, end))
    return spans
