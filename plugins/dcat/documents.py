"""Whole documents: a catalogue, or one layer, in any of the formats; what has not changed is not written again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from types import ModuleType
from typing import Literal, get_args

from plugins.dcat.catalogue import describe_catalogue, describe_surroundings
from plugins.dcat.dataset import describe_dataset
from plugins.dcat.facts import CatalogueFacts, DatasetFacts
from plugins.dcat.geodcat import describe_inspire_theme
from plugins.dcat.node import Description
from plugins.dcat.writing import json_ld, rdf_xml, turtle
from plugins.dcat.writing.tree import things

Format = Literal["xml", "ttl", "jsonld"]
#: DCAT-AP-SE with what it takes of GeoDCAT-AP, or all of that.
Profile = Literal["dcat-ap-se", "geodcat-ap"]
PROFILES: tuple[Profile, ...] = get_args(Profile)
#: The formats and their media types, that of harvesters first.
FORMATS: dict[Format, str] = {"xml": "application/rdf+xml", "ttl": "text/turtle", "jsonld": "application/ld+json"}
_WRITERS: dict[Format, ModuleType] = {"xml": rdf_xml, "ttl": turtle, "jsonld": json_ld}
#: Characters of text that are kept; 300 layers have six million in RDF/XML.
_MOST = 64_000_000


def describe_all(facts: CatalogueFacts, profile: Profile = "dcat-ap-se") -> Description:
    """Everything that a catalogue's document says."""
    description = Description()
    describe_catalogue(description, facts)
    for dataset in facts.everything:
        _describe(description, dataset, profile)
    return description


class Documents:
    """Writes documents, and keeps the text of every dataset with the facts that it was written from.

    One for a process, for all its threads. What was used longest ago is forgotten where there is too much.
    """

    def __init__(self, most: int = _MOST) -> None:
        """Nothing is written yet; `most` characters are kept."""
        self._most = most
        self._kept: OrderedDict[tuple[str, Format, Profile], tuple[DatasetFacts, str]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def catalogue(self, facts: CatalogueFacts, format: Format, profile: Profile = "dcat-ap-se") -> bytes:
        """A publisher's catalogue with all its datasets, and those of its parts."""
        head = Description()
        describe_catalogue(head, facts)
        return self._document(head, facts.everything, format, profile)

    def dataset(
        self, catalogue: CatalogueFacts, facts: DatasetFacts, format: Format, profile: Profile = "dcat-ap-se"
    ) -> bytes:
        """One dataset of a catalogue, with its publisher, contact and service: a document that stands alone."""
        head = Description()
        describe_surroundings(head, catalogue)
        return self._document(head, (facts,), format, profile)

    def _document(
        self, head: Description, datasets: tuple[DatasetFacts, ...], format: Format, profile: Profile
    ) -> bytes:
        writer = _WRITERS[format]
        bodies = [writer.body(things(head)), *(self._body(facts, format, profile) for facts in datasets)]
        document: bytes = writer.document(bodies)
        return document

    def _body(self, facts: DatasetFacts, format: Format, profile: Profile) -> str:
        key = (facts.iri, format, profile)
        with self._lock:
            known = self._kept.get(key)
            if known and known[0] == facts:
                self._kept.move_to_end(key)
                return known[1]
        description = Description()
        _describe(description, facts, profile)
        body: str = _WRITERS[format].body(things(description))
        with self._lock:
            self._size += len(body) - len(self._kept[key][1] if key in self._kept else "")
            self._kept[key] = (facts, body)
            self._kept.move_to_end(key)
            while self._size > self._most and len(self._kept) > 1:
                _key, (_facts, gone) = self._kept.popitem(last=False)
                self._size -= len(gone)
        return body


def _describe(description: Description, facts: DatasetFacts, profile: Profile) -> None:
    dataset = describe_dataset(description, facts)
    if profile == "geodcat-ap":
        describe_inspire_theme(dataset, facts)
