"""Where the header of a table is, and what its columns are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from catalogue.language import Message, _
from catalogue.problems import Refused, WrongUse
from loaders.numbers import parse_number

#: Titles, dates and remarks above a header are a few rows; the rows looked at must show how wide the table is.
LOOKED_AT = 100


def header_place(rows: Sequence[Sequence[str]], grouped: Collection[int] = ()) -> int:
    """The place (from 0) of the header among the first rows: the first that is as wide as the table and no numbers.

    `grouped` are rows of headings that stand above several columns each; the header is below them. Without a row that
    looks like one it is the first that is not blank.
    """
    widths = [sum(1 for cell in row if cell.strip()) for row in rows]
    filled = [place for place, width in enumerate(widths) if width]
    if not filled:
        return 0
    first = filled[0]
    usual = sorted(widths[place] for place in filled)[len(filled) // 2]
    wide = max(2, usual // 2 + 1)
    if widths[first] >= wide and first not in grouped:
        return first
    for place in filled:
        if widths[place] >= wide and place not in grouped and _are_names(rows[place]):
            return place
    return first


def said_place(file: str, rows: Sequence[Sequence[str]], said: int) -> int:
    """The place of `header_row:` (from 1). Raises WrongUse where nothing stands there."""
    if said > len(rows) or not any(cell.strip() for cell in rows[said - 1]):
        raise WrongUse(_("{file}: row {row} is empty. Correct source: header_row:.", file=file, row=said))
    return said - 1


def column_names(file: str, row: Sequence[str]) -> list[str]:
    """The names, line breaks and outer spaces removed; raises Refused where two are the same."""
    names = [" ".join(name.split()) for name in row]
    while names and not names[-1]:
        names.pop()
    names = [name or f"column {place}" for place, name in enumerate(names, 1)]
    twice = sorted(name for name, count in Counter(name.casefold() for name in names).items() if count > 1)
    if twice:
        raise Refused(
            _(
                "{file} has several columns named {names}, or no header. Rename them, or write source: header_row:.",
                file=file,
                names=", ".join(twice),
            )
        )
    return names


def note(place: int, first: int, names: Sequence[str]) -> list[Message]:
    """What to tell where the header is not the first row with anything in it."""
    if place == first:
        return []
    shown = ", ".join(names[:3])
    return [
        _("The header is taken from row {row} ({names}, …); rows above it are no data.", row=place + 1, names=shown)
    ]


def _are_names(row: Sequence[str]) -> bool:
    cells = [cell.strip().casefold() for cell in row if cell.strip()]
    return len(set(cells)) == len(cells) and not any(_is_number(cell) for cell in cells)


def _is_number(cell: str) -> bool:
    try:
        parse_number(cell)
    except ValueError:
        return False
    return True
