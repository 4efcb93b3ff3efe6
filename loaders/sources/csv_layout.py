"""How a CSV file is written: encoding, separator and header."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from catalogue.language import Message, _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources.encoding import guess, is_utf8, letters_beyond_ascii, python_codec, shown
from loaders.sources.header import LOOKED_AT, column_names, header_place, note, said_place

_DELIMITERS = ";,\t|"
_CHUNK = 1 << 20
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True)
class Layout:
    """Encoding (Python's name), separator, row of the header (from 1), column names what was noticed,
    and whether there is something above the header.
    """

    codec: str
    delimiter: str
    header_row: int
    header: list[str]
    notes: list[Message] = field(default_factory=list)
    below_the_top: bool = False


def look_at(path: Path, spec: SourceFile) -> Layout:
    """How the file is written; what the layer file says wins. Raises Refused where it is empty or names repeat."""
    codec, notes = _encoding(path, spec.encoding)
    try:
        with path.open(encoding=codec, newline="") as file:
            start = file.read(_CHUNK)
    except UnicodeDecodeError as error:
        raise Refused(
            _("{file} is not {encoding}. Correct source: encoding:.", file=path.name, encoding=shown(codec))
        ) from error
    if not start.strip():
        raise Refused(_("{file} is empty.", file=path.name))
    delimiter = spec.delimiter or _delimiter(start)
    rows: list[list[str]] = []
    try:
        reader = csv.reader(io.StringIO(start), delimiter=delimiter, strict=True)
        rows.extend(islice(reader, max(LOOKED_AT, spec.header_row or 0)))
    except csv.Error as error:
        # Below the header the line can be named, when the rows are read.
        if not any(any(row) for row in rows):
            message = _("{file}: the header has a quotation mark that is not closed ({reason}).",
                        file=path.name, reason=error)  # fmt: skip
            raise Refused(message) from error
    first = next(place for place, row in enumerate(rows) if any(row))
    place = said_place(path.name, rows, spec.header_row) if spec.header_row else header_place(rows)
    names = column_names(path.name, rows[place])
    if not spec.header_row:
        notes += note(place, first, names)
    return Layout(codec, delimiter, place + 1, names, notes, place != first)


def _encoding(path: Path, wanted: str | None) -> tuple[str, list[Message]]:
    with path.open("rb") as file:
        start = file.read(4096)
    bom = next((codec for mark, codec in _BOMS.items() if start.startswith(mark)), None)
    if wanted:
        codec = python_codec(wanted)
        if codec is None:
            raise WrongUse(_("“{name}” is no known encoding; try UTF-8 or Windows-1252.", name=wanted))
        return ("utf-8-sig" if codec == "utf-8" else codec), []
    if bom:
        return bom, []
    if start.count(0) > len(start) // 4:
        codec = "utf-16-le" if start[1::2].count(0) > start[0::2].count(0) else "utf-16-be"
        return codec, [_("No file says which encoding the text has: read as {found}.", found=shown(codec))]
    sample = letters_beyond_ascii(path)
    if not sample or is_utf8(sample):
        return "utf-8", []
    best = guess(sample)
    return best, [_("No file says which encoding the text has: read as {found}.", found=shown(best))]


def _delimiter(start: str) -> str:
    """The separator that cuts the first rows into the most columns, and into as many in most of them."""
    best, best_score = ";", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths: Counter[int] = Counter()
        try:
            for row in csv.reader(io.StringIO(start), delimiter=delimiter, strict=True):
                if any(row):
                    widths[len(row)] += 1
                if widths.total() == 30:
                    break
        except csv.Error:
            pass
        if widths:
            width, alike = max(widths.items(), key=lambda item: (item[1], item[0]))
            score = (alike / widths.total(), width)
            if width > 1 and score > best_score:
                best, best_score = delimiter, score
    return best
