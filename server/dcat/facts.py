"""What all descriptions say at one moment and one address, found by the names in their IRIs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from plugins.dcat.addresses import dataset_name
from plugins.dcat.facts import CatalogueFacts, DatasetFacts


class Described(NamedTuple):
    """A dataset and the catalogue that it is in."""

    catalogue: CatalogueFacts
    dataset: DatasetFacts


class Facts:
    """The catalogues of one picture by their publishers, under one address."""

    def __init__(
        self, catalogues: Mapping[str, CatalogueFacts], default_publisher: str | None, unknown: Collection[str] = ()
    ) -> None:
        """Keep them; the rest is found when it is asked for. The default publisher's stands for the whole server.

        `unknown` are publishers of whom nothing is known but that their files have mistakes.
        """
        self.catalogues = catalogues
        self.default_publisher = default_publisher
        self.unknown = frozenset(unknown)
        self.default = catalogues.get(default_publisher or "")

    @cached_property
    def layers(self) -> dict[str, Described]:
        """Every dataset by the id of its layer."""
        return {
            dataset.layer.id: Described(catalogue, dataset)
            for catalogue in self.catalogues.values()
            for dataset in catalogue.datasets
        }

    @cached_property
    def datasets(self) -> dict[str, Described]:
        """Every dataset by the name that ends its IRI."""
        return {name_of(described.dataset): described for described in self.layers.values()}

    @cached_property
    def models(self) -> dict[str, Described]:
        """The first dataset that names each shared data model."""
        found: dict[str, Described] = {}
        for described in self.layers.values():
            if model := described.dataset.layer.model:
                found.setdefault(model, described)
        return found

    @cached_property
    def measured(self) -> CatalogueFacts | None:
        """The first catalogue with measurements, whose document says what is measured."""
        return next((each for each in self.catalogues.values() if any(map(_has_release, each.datasets))), None)


def name_of(dataset: DatasetFacts) -> str:
    """What a dataset is called in IRIs."""
    return dataset_name(dataset.layer)


def distributions(dataset: DatasetFacts) -> Iterator[str]:
    """What the forms of a dataset are called in IRIs."""
    if dataset.measured:
        yield from ("features", "tiles")
        yield from (download.format for download in dataset.downloads)


def _has_release(dataset: DatasetFacts) -> bool:
    return dataset.measured is not None
