"""All that is found in one text, and the quick look that tells which texts of a column are worth it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalogue.personal import Kind, OwnContacts
from loaders.personal import email, name, personal_number, phone, plate, position
from loaders.personal.finding import Span, blanked, re2

#: A telephone number without a hyphen, or the number of a person born in this century's first years.
_DOUBTFUL = re.compile("0[0-9]{9}")


@dataclass(frozen=True)
class _Look:
    """How one kind is looked for: `hint` (RE2) is what a text has that is worth it, `find` gives the places."""

    kind: Kind
    hint: str
    find: Callable[[str], Iterable[tuple[int, int]]]


class Detector:
    """What is looked for in one column."""

    def __init__(self, own: OwnContacts, *, contact: bool = False, promised: float | None = None) -> None:
        """Choose what is looked for.

        Args:
            own: The publisher's own domains and telephone numbers, which are no findings.
            contact: The field is the publisher's own way to be reached: addresses, numbers and names are no findings.
            promised: Coordinates in texts are no finer, in metres; None where nothing is promised.
        """
        self._contact = contact
        self._looks = list(_looks(own, contact=contact, promised=promised))
        self._hints = [look.hint for look in self._looks] + ([] if contact else [re2(name.HINT)])
        self._any = "|".join(f"(?:{hint})" for hint in self._hints)

    def likely(self, values: pa.Array) -> pa.Array:
        """The places of a column's texts that are worth a closer look."""
        return pc.indices_nonzero(pc.fill_null(pc.match_substring_regex(values, self._any), False))

    def column(self, values: pa.Array) -> dict[int, tuple[Span, ...]]:
        """The findings of a column of texts by place, for the places that have any."""
        likely = self.likely(values)
        encoded = values.take(likely).dictionary_encode()
        texts = encoded.dictionary
        # Each kind's own look at the few that are left: the closer looks are what takes the time.
        worth = np.array([pc.match_substring_regex(texts, look.hint).to_numpy(False) for look in self._looks]).T
        spans = [
            self._find(text, [look for look, is_worth in zip(self._looks, row, strict=True) if is_worth])
            for text, row in zip(texts.to_pylist(), worth, strict=True)
        ]
        places = zip(likely.to_pylist(), encoded.indices.to_pylist(), strict=True)
        return {place: spans[index] for place, index in places if spans[index]}

    def find(self, text: str) -> tuple[Span, ...]:
        """The findings in a text, from left to right; two overlap where it can be either."""
        return self._find(text, self._looks)

    def _find(self, text: str, looks: Collection[_Look]) -> tuple[Span, ...]:
        found: list[Span] = []
        rest = text
        for look in looks:
            spans = _apart(look.kind, look.find(rest))
            # Ten digits that begin with a nought can be a telephone number as well as a personal number.
            rest = blanked(rest, [span for span in spans if not _DOUBTFUL.fullmatch(text[span.start : span.end])])
            found += spans
        if not self._contact:
            if not found and name.is_name(text):
                return (Span("name", 0, len(text)),)
            found += _apart("name", name.near(rest, found))
        return tuple(sorted(found, key=lambda span: span.start))


def _looks(own: OwnContacts, *, contact: bool, promised: float | None) -> Iterator[_Look]:
    """In the order in which doubt is settled: ten digits with a check digit are no telephone number."""
    if not contact:
        yield _Look("email", re2(email.HINT), partial(email.find, domains=own.domains))
    yield _Look("personal_number", re2(personal_number.HINT), personal_number.find)
    if promised:
        yield _Look("position", re2(position.HINT), partial(position.find, promised=promised))
    if not contact:
        yield _Look("phone", re2(phone.HINT), partial(phone.find, own=own.phones))
    yield _Look("plate", re2(plate.HINT), plate.find)


def _apart(kind: Kind, places: Iterable[tuple[int, int]]) -> list[Span]:
    """The longest of those that overlap."""
    spans: list[Span] = []
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        if not spans or start >= spans[-1].end:
            spans.append(Span(kind, start, end))
    return spans
