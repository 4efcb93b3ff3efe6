"""What things are called (IRIs) and where their data are (addresses).

IRIs begin with `dcat.base_iri` of `config/server.yml` where it is set, and then survive a change of host; addresses
begin with the public address, which they follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from catalogue.layer import Layer
from catalogue.publisher import Publisher
from catalogue.settings import Settings
from catalogue.unpublished import Unpublished

#: The portal's IRIs of organisations (DIGG, harvesting: identifiers of publishers).
_ORGANISATION = "http://dataportal.se/organisation/SE"


@dataclass(frozen=True)
class Addresses:
    """`iri` is what IRIs begin with, `url` what addresses begin with; neither ends in a slash."""

    iri: str
    url: str
    quality_page: str

    @classmethod
    def of(cls, settings: Settings, url: str) -> Self:
        """The addresses of a deployment; `url` is that of the request, where the settings name none."""
        address = (settings.base_url or url).rstrip("/")
        iri = (settings.dcat.base_iri or address).rstrip("/")
        return cls(iri, address, settings.dcat.quality_page or f"{address}/dcat/quality")

    def catalogue(self, publisher: str) -> str:
        """A publisher's catalogue."""
        return f"{self.iri}/dcat/catalogs/{publisher}"

    def dataset(self, layer: Layer | Unpublished) -> str:
        """A layer's dataset."""
        return f"{self.iri}/dcat/datasets/{dataset_name(layer)}"

    def distribution(self, layer: Layer | Unpublished, form: str) -> str:
        """One of the forms that a dataset comes in."""
        return f"{self.dataset(layer)}/distributions/{form}"

    def measurement(self, layer: Layer | Unpublished, metric: str) -> str:
        """One measure of a dataset's quality."""
        return f"{self.dataset(layer)}/quality/{metric}"

    def metric(self, name: str) -> str:
        """What is measured."""
        return f"{self.iri}/dcat/metrics/{name}"

    def service(self, publisher: str) -> str:
        """The API as far as it serves one publisher's datasets: portals show a service that two describe once only."""
        return f"{self.iri}/dcat/services/{publisher}"

    def contact(self, publisher: str) -> str:
        """Where people turn to; never the same as the publisher."""
        return f"{self.iri}/dcat/contacts/{publisher}"

    def agent(self, publisher: Publisher) -> str:
        """The publisher: its own IRI, the portal's for its organisation number, or one of ours."""
        if publisher.uri:
            return publisher.uri
        if publisher.organisation_number:
            return _ORGANISATION + publisher.organisation_number.replace("-", "")
        return f"{self.iri}/dcat/agents/{publisher.id}"

    def model(self, model: str) -> str:
        """A shared data model, such as roadworks/1."""
        return f"{self.iri}/dcat/models/{model}"

    @property
    def landing(self) -> str:
        """The API's landing page."""
        return f"{self.url}/"

    @property
    def openapi(self) -> str:
        """The API's description."""
        return f"{self.url}/openapi?f=json"

    def page(self, layer: Layer | Unpublished) -> str:
        """A layer's page: that of its collection, or of a layer without data."""
        folder = "unpublished" if isinstance(layer, Unpublished) else "collections"
        return f"{self.url}/{folder}/{layer.id}"


def dataset_name(layer: Layer | Unpublished) -> str:
    """What a layer's dataset is called in IRIs: its UUID, so that its id may change."""
    return layer.uuid or layer.id
