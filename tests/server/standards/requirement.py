"""Which requirements of OGC's standards a test holds: each test names them, each conformance class has tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

OGC = "http://www.opengis.net/spec/"
#: The requirements that have tests, by conformance class.
TESTED: dict[str, set[str]] = defaultdict(set)


def requirement[F: Callable[..., object]](conformance: str, *names: str) -> Callable[[F], F]:
    """Says that a test holds the requirements of those names (`root-op`) of a class (`…-1/1.0/conf/core`).

    A specification of others is named by its whole address.
    """

    def mark(test: F) -> F:
        TESTED[conformance if conformance.startswith("https://") else f"{OGC}{conformance}"].update(names)
        return test

    return mark


def link(links: Sequence[dict[str, str]], rel: str, media_type: str | None = None) -> dict[str, str]:
    """The first link of that relation and type. Fails where there is none."""
    for each in links:
        if each["rel"] == rel and (media_type is None or each["type"].split(";")[0] == media_type):
            return each
    raise AssertionError(f"no link {rel} {media_type or ''}")
