"""A harvester that does what CKAN's does (ckanext-dcat, harvesters `rdf` and `base`).

HEAD first, without following redirects; the whole document, or its pages by Hydra's next page; read by its media type.
Every dataset is known by its IRI (else by its identifier); what is known and not in the source any more is deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import md5

import httpx
from rdflib import DCTERMS, RDF, Graph, Namespace
from rdflib.compare import to_canonical_graph
from rdflib.term import BNode, Node

from tests.server.dcat.web import graph

DCAT = Namespace("http://www.w3.org/ns/dcat#")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
MOST_BYTES = 50 * 1024 * 1024


@dataclass
class Job:
    """What one harvest did: the guids of packages; `modified` are those whose own date of change is another."""

    created: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    modified: set[str] = field(default_factory=set)


class Ckan:
    """One instance; its packages by guid, whichever source they came from."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.packages: dict[str, str] = {}
        self.dates: dict[str, str] = {}
        self._by_source: dict[str, set[str]] = {}

    def harvest(self, source: str) -> Job:
        """Create, update and delete packages by a source."""
        job, found = Job(), set[str]()
        for page in self._pages(source):
            for dataset in page.subjects(RDF.type, DCAT.Dataset):
                guid = str(dataset) if not isinstance(dataset, BNode) else str(page.value(dataset, DCTERMS.identifier))
                content, date = _package(page, dataset), str(page.value(dataset, DCTERMS.modified))
                if guid not in self.packages:
                    job.created.add(guid)
                elif self.packages[guid] != content:
                    job.updated.add(guid)
                if guid in self.dates and self.dates[guid] != date:
                    job.modified.add(guid)
                self.packages[guid], self.dates[guid] = content, date
                found.add(guid)
        job.deleted = self._by_source.get(source, set()) - found
        for guid in job.deleted:
            del self.packages[guid], self.dates[guid]
        self._by_source[source] = found
        return job

    def _pages(self, source: str) -> Iterator[Graph]:
        address: str | None = source
        last = b""
        while address:
            answer = self._content(address)
            digest = md5(answer.content, usedforsecurity=False).digest()
            if digest == last:
                return
            last = digest
            page = graph(answer)
            yield page
            following = next(page.objects(None, HYDRA.nextPage), None) or next(page.objects(None, HYDRA.next), None)
            address = str(following) if following else None

    def _content(self, address: str) -> httpx.Response:
        head = self.client.head(address)
        if head.status_code not in (400, 404, 405):
            assert head.status_code < 400, (address, head.status_code)
            assert int(head.headers.get("content-length", 0)) <= MOST_BYTES
        answer = self.client.get(address, follow_redirects=True)
        assert len(answer.content) <= MOST_BYTES
        return answer


def _package(page: Graph, dataset: Node) -> str:
    """The dataset with its resources, as a text that is the same while they are."""
    own = Graph()
    subjects = [dataset, *page.objects(dataset, DCAT.distribution)]
    while subjects:
        subject = subjects.pop()
        for predicate, value in page.predicate_objects(subject):
            own.add((subject, predicate, value))
            if isinstance(value, BNode):
                subjects.append(value)
    return "\n".join(sorted(" ".join(term.n3() for term in triple) for triple in to_canonical_graph(own)))
