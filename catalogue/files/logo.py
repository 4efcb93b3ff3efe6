"""A publisher's logo: a drawing (SVG) that does nothing but be seen, or a picture (PNG)."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from xml.parsers import expat

from catalogue.language import _
from catalogue.problems import Mistake

#: Bytes at most: every page shows it.
LARGEST = 200_000
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "http://www.w3.org/2000/svg"
#: What runs, embeds, moves, or shows something else than the drawing.
_FORBIDDEN = frozenset(
    "script foreignObject iframe embed object audio video canvas a animate animateMotion animateTransform set "
    "handler listener".split()
)
_ADDRESS = re.compile(r"""url\(\s*['"]?(?!\s*#)|@import|expression\(|javascript:""", re.IGNORECASE)
_LENGTH = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(?:px)?\s*\Z")


@dataclass(frozen=True)
class Logo:
    """A logo: its bytes, and its size in pixels, of which pages need the proportion."""

    media_type: str
    content: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        """What stands for its bytes."""
        return blake2b(self.content, digest_size=6).hexdigest()


def read_logo(path: Path) -> Logo:
    """The logo in a file. Raises Mistake where there is none that can be shown."""
    name = path.name
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST else b""
    except OSError as error:
        message = _("There is no file {name} beside the publisher's.", name=name)
        raise Mistake(message, _("Put it into config/publishers/, or take the line away.")) from error
    if size > LARGEST:
        message = _("{name} has {size} bytes, and a logo has at most {most}.", name=name, size=size, most=LARGEST)
        raise Mistake(message, _("Save it smaller: pages show it about 100 pixels high."))
    return _png(content, name) if path.suffix == ".png" else _svg(content, name)


def _png(content: bytes, name: str) -> Logo:
    """PNG (W3C, 5.2 and 11.2.2): the first chunk says the size."""
    if not content.startswith(_PNG) or content[12:16] != b"IHDR" or len(content) < 33:
        raise Mistake(_("{name} is no PNG picture.", name=name), _("Save it again as PNG, or as SVG."))
    width, height = struct.unpack(">II", content[16:24])
    return _sized("image/png", content, width, height, name)


def _svg(content: bytes, name: str) -> Logo:
    reading = _Reading(name)
    try:
        reading.parser.Parse(content, True)
    except expat.ExpatError as error:
        message = _("{name} is no SVG drawing: its XML breaks off at line {line}.", name=name, line=error.lineno)
        raise Mistake(message, _("Save it again as SVG, or as PNG.")) from error
    width, height = _proportions(reading.root)
    # A drawing has no pixels: of its size pages need the proportion alone.
    return _sized("image/svg+xml", content, round(100 * width / height) if height else 0, 100, name)


def _sized(media_type: str, content: bytes, width: int, height: int, name: str) -> Logo:
    if width < 1 or height < 1:
        message = _("{name} does not say how large it is.", name=name)
        raise Mistake(message, _("Give its svg element a viewBox."))
    return Logo(media_type, content, width, height)


class _Reading:
    """Goes through a drawing; what must not be in it raises Mistake."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: dict[str, str] = {}
        self._first = True
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._element
        self.parser.CharacterDataHandler = self._text
        self.parser.ProcessingInstructionHandler = self._instruction

    def _doctype(self, *_parts: object) -> None:
        raise self._forbidden("DOCTYPE")

    def _instruction(self, target: str, _data: str) -> None:
        raise self._forbidden(f"<?{target}?>")

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        space, _space, local = name.rpartition(" ")
        if self._first and (space, local) != (_SVG, "svg"):
            raise Mistake(_("{name} is no SVG drawing.", name=self.name), _("Save it again as SVG, or as PNG."))
        if self._first:
            self.root, self._first = attributes, False
        if local in _FORBIDDEN:
            raise self._forbidden(f"<{local}>")
        for key, value in attributes.items():
            own = key.rpartition(" ")[2]
            leads = own == "href" and not value.startswith(("#", "data:image/png;", "data:image/jpeg;"))
            if own.lower().startswith("on") or leads or _ADDRESS.search(value):
                raise self._forbidden(own)

    def _text(self, text: str) -> None:
        if _ADDRESS.search(text):
            raise self._forbidden(text.strip()[:40])

    def _forbidden(self, what: str) -> Mistake:
        message = _("{name} holds what a logo must not: {what}.", name=self.name, what=what)
        return Mistake(message, _("Export it as plain SVG, without scripts, links, animations and other files."))


def _proportions(root: dict[str, str]) -> tuple[float, float]:
    """Width and height in pixels, from viewBox else from the attributes; zeros where nothing says them."""
    box = root.get("viewBox", "").replace(",", " ").split()
    sides = box[2:] if len(box) == 4 else [root.get("width", ""), root.get("height", "")]
    found = [float(match.group(1)) if (match := _LENGTH.match(side)) else 0.0 for side in sides]
    return max(found[0], 0.0), max(found[1], 0.0)
