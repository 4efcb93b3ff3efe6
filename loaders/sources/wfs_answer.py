"""What a WFS has answered, looked through before anything else reads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from loaders.sources.xml_scan import scan

_EXCEPTIONS = ("ExceptionReport", "ServiceExceptionReport")
_MEMBERS = ("member", "members", "featureMember", "featureMembers")


@dataclass(frozen=True)
class WfsAnswer:
    """The root element, the features inside, and what the root says of them; None where it does not say.

    `error` is the text of an exception, "" where the answer is none; `code` is its code.
    """

    root: str
    members: int
    matched: int | None
    returned: int | None
    version: str
    error: str = ""
    code: str = ""


def read_answer(path: Path, shown: str) -> WfsAnswer:
    """Look through an answer; raises Refused where it is not well-formed XML or declares entities."""
    found = scan(path, shown)
    attributes = _root_attributes(path)
    error, code = _exception(path) if found.root in _EXCEPTIONS else ("", "")
    matched = attributes.get("numberMatched", attributes.get("numberOfFeatures"))
    return WfsAnswer(
        root=found.root,
        members=sum(found.children[name] for name in _MEMBERS),
        matched=_number(matched),
        returned=_number(attributes.get("numberReturned")),
        version=attributes.get("version", ""),
        error=error,
        code=code,
    )


def _root_attributes(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        for _event, element in ElementTree.iterparse(file, ["start"]):
            return dict(element.attrib)
    return {}


def _exception(path: Path) -> tuple[str, str]:
    root = ElementTree.parse(path).getroot()
    first = next((element for element in root.iter() if element.tag.endswith("Exception")), root)
    text = " ".join(" ".join(root.itertext()).split())[:300].rstrip(".")
    return text or "?", first.get("exceptionCode") or first.get("code") or ""


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
