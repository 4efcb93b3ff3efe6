"""The cells of an XLSX sheet that hold an error (`#N/A`, `#REF!`): the reader shows them as empty.

ECMA-376, part 1: 18.3.1.4 (c), 18.18.11 (ST_CellType), 18.2.19 (sheet).
"""

from __future__ import annotations

import html
import re
import zipfile
from pathlib import Path, PurePosixPath

_CHUNK = 1 << 20
#: Longer than any cell up to its error: a formula has 8,192 characters at most.
_OVERLAP = 1 << 15
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ERROR = re.compile(
    rb"""<(?:\w+:)?c\b(?=[^<>]{0,200}\bt=["']e["'])[^<>]{0,200}?\br=["']([A-Z]{1,3})([0-9]{1,7})["'][^<>]{0,200}>"""
    rb"""(?:<(?:\w+:)?f\b[^<>]{0,9000}>(?:[^<]{0,9000}</(?:\w+:)?f>)?)?<(?:\w+:)?v>([^<]{2,20})"""
)


def error_cells(path: Path, sheet: str) -> dict[int, dict[int, str]]:
    """For each row (from 0) with errors: column (from 0) -> the error as the file writes it."""
    found: dict[int, dict[int, str]] = {}
    with zipfile.ZipFile(path) as book:
        member = _member(book, sheet)
        if member is None:
            return found
        with book.open(member) as file:
            kept = b""
            while chunk := file.read(_CHUNK):
                kept += chunk
                end = 0
                for cell in _ERROR.finditer(kept):
                    found.setdefault(int(cell[2]) - 1, {})[_column(cell[1])] = html.unescape(cell[3].decode())
                    end = cell.end()
                kept = kept[max(end, len(kept) - _OVERLAP) :]
    return found


def _member(book: zipfile.ZipFile, sheet: str) -> str | None:
    """The member that holds the sheet of that name."""
    try:
        tags = [_attributes(tag) for tag in _SHEET.findall(book.read("xl/workbook.xml"))]
        relations = [_attributes(tag) for tag in _RELATION.findall(book.read("xl/_rels/workbook.xml.rels"))]
    except KeyError:
        return None
    ids = [next((tag[key] for key in tag if key.endswith(":id")), "") for tag in tags if tag.get("name") == sheet]
    targets = [one.get("Target", "") for one in relations if ids and one.get("Id") == ids[0]]
    if not targets:
        return None
    path = targets[0].removeprefix("/")
    name = path if path.startswith("xl/") else str(PurePosixPath("xl") / path)
    return name if name in book.namelist() else None


def _attributes(tag: bytes) -> dict[str, str]:
    return {name.decode(): html.unescape((one or other).decode("utf-8", "replace"))
            for name, one, other in _ATTRIBUTE.findall(tag)}  # fmt: skip


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
