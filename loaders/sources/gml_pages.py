"""Pages of a WFS as one GML file: read at once, their columns are the same whatever the first page happens to hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from catalogue.language import _
from catalogue.problems import Refused

_CHUNK = 1 << 20
_MEMBERS = ("member", "members", "featureMember", "featureMembers")


@dataclass
class _Page:
    """The root's name and namespaces, and where its members stand, in bytes: begin and end."""

    root: str = ""
    namespaces: dict[str, str] = field(default_factory=dict)
    encoding: str = "UTF-8"
    members: list[tuple[int, int]] = field(default_factory=list)


class GmlPages:
    """Puts the members of pages into one file. The root has nothing of the pages but their namespaces.

    What differs from one time to the next (time stamps, counts, links to pages) is left out: the same features make
    the same bytes.
    """

    def __init__(self, path: Path) -> None:
        """The file is begun with the first page."""
        self.path = path
        self._first: _Page | None = None

    def add(self, page: Path) -> None:
        """Append the members of a page; raises Refused where it is of another kind than the first."""
        found = _look_through(page)
        with self.path.open("ab" if self._first else "wb") as file:
            if self._first is None:
                self._first = found
                names = "".join(f" {name}={quoteattr(value)}" for name, value in found.namespaces.items())
                file.write(f'<?xml version="1.0" encoding="{found.encoding}"?>\n<{found.root}{names}>\n'.encode())
            elif (found.root, found.namespaces, found.encoding) != (
                self._first.root,
                self._first.namespaces,
                self._first.encoding,
            ):
                raise Refused(_("{file}: its root differs from the first page's.", file=page.name))
            with page.open("rb") as source:
                for begin, end in found.members:
                    _copy(source, begin, end, file)

    def finish(self) -> None:
        """Close the root; nothing is done where no page came."""
        if self._first is not None:
            with self.path.open("ab") as file:
                file.write(f"</{self._first.root}>\n".encode())


def _look_through(path: Path) -> _Page:
    """Where the members of a page stand; the page is known to be well formed."""
    page = _Page()
    depth = 0
    begun: int | None = None
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, begun
        if depth == 0:
            page.root = tag
            page.namespaces = {name: value for name, value in attributes.items() if name.split(":")[0] == "xmlns"}
        elif depth == 1:
            close(parser.CurrentByteIndex)
            begun = parser.CurrentByteIndex if tag.rpartition(":")[2] in _MEMBERS else None
        depth += 1

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1
        if depth == 0:
            close(parser.CurrentByteIndex)

    def close(at: int) -> None:
        if begun is not None:
            page.members.append((begun, at))

    def declared(_version: str, encoding: str | None, _standalone: int) -> None:
        page.encoding = (encoding or "UTF-8").upper()

    parser.StartElementHandler, parser.EndElementHandler, parser.XmlDeclHandler = start, end, declared
    with path.open("rb") as file:
        parser.ParseFile(file)
    return page


def _copy(source: BinaryIO, begin: int, end: int, target: BinaryIO) -> None:
    source.seek(begin)
    left = end - begin
    while left:
        part = source.read(min(left, _CHUNK))
        target.write(part)
        left -= len(part)
