"""Everything that descriptions say, gathered from files, releases and downloads; no RDF yet.

Facts are compared with `==`: what is equal is described in the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Self

from catalogue.crs import CRS84
from catalogue.download import Download
from catalogue.feature_schema import in_language
from catalogue.field import LanguageText
from catalogue.files.home import Home
from catalogue.language import LANGUAGES, Message, _
from catalogue.layer import Layer
from catalogue.publisher import Publisher
from catalogue.release import Bounds, Release
from catalogue.unpublished import Unpublished
from catalogue.vocabularies import HVD_LICENCES
from plugins.dcat.addresses import Addresses


@dataclass(frozen=True)
class Measured:
    """What a release measured; `crs` are the URIs of the CRSs that it is offered in."""

    number: int
    first_published: datetime
    published: datetime
    features: int
    rejected: int
    added: int
    changed: int
    removed: int
    extent: Bounds | None
    start: datetime | None
    end: datetime | None
    crs: tuple[str, ...]

    @classmethod
    def of(cls, release: Release) -> Self:
        """What a release says of itself."""
        return cls(
            release.number, release.first_published, release.published_at, release.features, release.rejected,
            release.added, release.changed, release.removed, release.extent, release.time_start, release.time_end,
            release.crs,
        )  # fmt: skip


@dataclass(frozen=True)
class DatasetFacts:
    """One layer: `measured` and `downloads` are empty for a layer that is planned or withheld."""

    layer: Layer | Unpublished
    publisher: Publisher
    addresses: Addresses
    measured: Measured | None = None
    downloads: tuple[Download, ...] = ()

    @property
    def iri(self) -> str:
        """The dataset's IRI."""
        return self.addresses.dataset(self.layer)

    @property
    def has_geometry(self) -> bool:
        """Whether it holds places; a table such as a ledger is about the publisher's area as a whole."""
        return isinstance(self.layer, Unpublished) or self.layer.has_geometry

    @property
    def is_hvd(self) -> bool:
        """Whether it is a high-value dataset that can be had."""
        return self.layer.publish.hvd_category is not None and self.measured is not None


@dataclass(frozen=True)
class CatalogueFacts:
    """One publisher's catalogue; `parts` are the catalogues of those who name it as their region."""

    publisher: Publisher
    addresses: Addresses
    title: LanguageText
    description: LanguageText
    datasets: tuple[DatasetFacts, ...]
    parts: tuple[CatalogueFacts, ...] = ()

    @property
    def iri(self) -> str:
        """The catalogue's IRI."""
        return self.addresses.catalogue(self.publisher.id)

    @cached_property
    def everything(self) -> tuple[DatasetFacts, ...]:
        """Its datasets and those of its parts."""
        return tuple(dataset for catalogue in (self, *self.parts) for dataset in catalogue.datasets)


def gather(
    home: Home,
    releases: Mapping[str, Release],
    downloads: Mapping[str, tuple[Download, ...]],
    addresses: Addresses,
) -> dict[str, CatalogueFacts]:
    """The catalogue of every publisher, by its id, in the order of ids.

    `releases` are those that are served, `downloads` the newest file of each format. A layer is described by its file,
    or, where that cannot be used or says what portals refuse, by what was checked when its release was loaded.
    """
    datasets: dict[str, list[DatasetFacts]] = {name: [] for name in sorted(home.publishers)}
    for id_, release in releases.items():
        file = home.layers.get(id_)
        layer = file if file and _acceptable(file) else release.definition
        if layer.publisher in datasets:
            publisher = home.publishers[layer.publisher]
            files = downloads.get(id_, ())
            datasets[publisher.id].append(DatasetFacts(layer, publisher, addresses, Measured.of(release), files))
    for unpublished in home.unpublished.values():
        publisher = home.publishers[unpublished.publisher]
        datasets[publisher.id].append(DatasetFacts(unpublished, publisher, addresses))
    return catalogues(home, addresses, datasets)


def expected(home: Home, addresses: Addresses) -> dict[str, CatalogueFacts]:
    """The catalogues as they would be if every layer had a release: what `check` holds files against."""
    datasets: dict[str, list[DatasetFacts]] = {name: [] for name in sorted(home.publishers)}
    layers: list[Layer | Unpublished] = [*home.layers.values(), *home.unpublished.values()]
    for layer in layers:
        datasets[layer.publisher].append(expected_dataset(home, layer, addresses))
    return catalogues(home, addresses, datasets)


def expected_dataset(home: Home, layer: Layer | Unpublished, addresses: Addresses) -> DatasetFacts:
    """A layer as it would be described after its first release."""
    measured = None
    if isinstance(layer, Layer):
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        start = moment if layer.time else None
        measured = Measured(1, moment, moment, 1, 0, 1, 0, 0, layer.area, start, None, (CRS84,))
    return DatasetFacts(layer, home.publishers[layer.publisher], addresses, measured)


def _acceptable(layer: Layer) -> bool:
    """Whether a layer file says what portals ask of it without fail."""
    publish = layer.publish
    return bool(layer.description) and (publish.hvd_category is None or publish.licence in HVD_LICENCES)


def catalogues(
    home: Home, addresses: Addresses, datasets: Mapping[str, Iterable[DatasetFacts]]
) -> dict[str, CatalogueFacts]:
    """Catalogues of these datasets, by publisher, with the parts of regional ones."""
    alone = {
        name: CatalogueFacts(
            publisher := home.publishers[name],
            addresses,
            publisher.catalogue.title or _title(home, publisher),
            publisher.catalogue.description or _description(home, publisher),
            tuple(sorted(found, key=lambda facts: facts.layer.id)),
        )
        for name, found in datasets.items()
    }
    return {
        name: replace(
            catalogue,
            # A catalogue without datasets would not do as a part either.
            parts=tuple(part for part in alone.values() if part.publisher.region == name and part.datasets),
        )
        for name, catalogue in alone.items()
    }


def spoken(publisher: Publisher) -> tuple[str, ...]:
    """Those of the publisher's languages that our own sentences exist in; English where that is none."""
    return tuple(language for language in publisher.languages if language in LANGUAGES) or ("en",)


def _title(home: Home, publisher: Publisher) -> LanguageText:
    if publisher.id == home.default_publisher:
        return home.settings.title
    return _by_name(publisher, lambda name: _("Open geodata of {name}", name=name))


def _description(home: Home, publisher: Publisher) -> LanguageText:
    if publisher.id == home.default_publisher:
        return home.settings.description
    return _by_name(publisher, lambda name: _("The map layers of {name} as open data.", name=name))


def _by_name(publisher: Publisher, sentence: Callable[[str], Message]) -> LanguageText:
    return {
        language: sentence(in_language(publisher.name, language)).render(language) for language in spoken(publisher)
    }
