"""XML looked through before GDAL reads it: whole, well formed, and without what does harm."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from catalogue.language import _
from catalogue.problems import Refused

#: Data nests some ten elements deep; readers call themselves once for each.
MAX_DEPTH = 200
_CHUNK = 1 << 20


@dataclass
class XmlScan:
    """The root element's name (without prefix), and how often each element occurs.

    `children` counts what lies directly in the root's children of each name: members of a collection. `systems` counts
    for each kind of member the `srsName` of what it holds, without that of its box.
    """

    root: str = ""
    elements: Counter[str] = field(default_factory=Counter)
    children: Counter[str] = field(default_factory=Counter)
    systems: dict[str, Counter[str]] = field(default_factory=dict)


def scan(path: Path, shown: str | None = None) -> XmlScan:
    """Read the whole file once, in bounded memory.

    Raises Refused where it is not well formed (with line and column), declares entities (which can grow a thousandfold,
    or name files of this machine) or nests deeper than data does.
    """
    name = shown or path.name
    found = XmlScan()
    above: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition(":")[2]
        if not above:
            found.root = local
        elif len(above) == 2:
            found.children[above[1]] += 1
        elif len(above) >= MAX_DEPTH:
            raise Refused(
                _(
                    "{file}, line {line}: the elements are nested deeper than {limit}, as no data are. "
                    "Export it again from its origin.",
                    file=name,
                    line=parser.CurrentLineNumber,
                    limit=MAX_DEPTH,
                )
            )
        found.elements[local] += 1
        if "srsName" in attributes and len(above) > 2 and "boundedBy" not in above:
            found.systems.setdefault(above[2], Counter())[attributes["srsName"]] += 1
        above.append(local)

    def end(_tag: str) -> None:
        above.pop()

    def entity(entity_name: str, *_rest: object) -> None:
        raise Refused(
            _(
                "{file}, line {line}: the file declares the XML entity “{entity}”, which data do not need and "
                "which can do harm. Export it again from its origin.",
                file=name,
                line=parser.CurrentLineNumber,
                entity=entity_name,
            )
        )

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = start, end, entity
    if not path.stat().st_size:
        raise Refused(_("{file} is empty.", file=name))
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise Refused(
            _(
                "{file} is no whole XML: line {line}, column {column}: {reason}. Export it again from its origin.",
                file=name,
                line=error.lineno,
                column=error.offset + 1,
                reason=expat.ErrorString(error.code),
            )
        ) from error
    except LookupError as error:
        raise Refused(_("{file} is in an encoding that is not known ({reason}).", file=name, reason=error)) from error
    return found
