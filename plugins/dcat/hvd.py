"""High-value datasets (Commission Implementing Regulation (EU) 2023/138; DCAT-AP HVD 3.0.0)."""

from __future__ import annotations

from collections.abc import Iterable

from catalogue.vocabularies import HVD_CATEGORIES
from plugins.dcat.facts import DatasetFacts
from plugins.dcat.namespaces import DCATAP, HVD_REGULATION
from plugins.dcat.node import Node


def describe_hvd_dataset(dataset: Node, facts: DatasetFacts) -> None:
    """Say that a dataset is one, and of what category."""
    if facts.is_hvd:
        mark(dataset, [facts])


def describe_hvd_distribution(distribution: Node, facts: DatasetFacts) -> None:
    """Say that the regulation applies to a distribution; it has no category."""
    if facts.is_hvd:
        distribution.link(DCATAP.applicableLegislation, HVD_REGULATION)


def mark(node: Node, datasets: Iterable[DatasetFacts]) -> None:
    """Say that the regulation applies to a dataset or service, with the categories of the datasets."""
    node.link(DCATAP.applicableLegislation, HVD_REGULATION)
    for facts in datasets:
        category = facts.layer.publish.hvd_category
        node.link(DCATAP.hvdCategory, HVD_CATEGORIES[category] if category else None)
