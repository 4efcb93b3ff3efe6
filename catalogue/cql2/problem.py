"""What is wrong with a filter, and where."""

from __future__ import annotations

from catalogue.language import Message, _

#: Where something stands: the character in a text (from 0), or the JSON pointer (RFC 6901).
Place = int | str


class BadFilter(Exception):
    """A filter that cannot be used; the message says where and why, for the person who wrote it."""

    def __init__(self, problem: Message, place: Place | None = None) -> None:
        """Put the place, if it is known, before the problem."""
        message = problem
        if isinstance(place, int):
            # People count from 1.
            message = _("At character {number}: {problem}", number=place + 1, problem=problem)
        elif place:
            message = _("At {pointer}: {problem}", pointer=place, problem=problem)
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """The message."""
        return str(self.message)
