"""Descriptions held against our shapes (SHACL), before a portal sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pyshacl import validate
from rdflib import Graph, Namespace

from catalogue.files.home import Home
from catalogue.files.reading import PUBLISHERS_FOLDER
from catalogue.files.yaml_file import YamlFile, read_yaml
from catalogue.language import _
from catalogue.problems import Problem
from plugins.dcat.catalogue import describe_catalogue
from plugins.dcat.dataset import describe_dataset
from plugins.dcat.facts import CatalogueFacts
from plugins.dcat.node import Description
from plugins.dcat.words import words_of

_SH = Namespace("http://www.w3.org/ns/shacl#")
_SHAPES = Path(__file__).with_name("shapes.ttl")


@dataclass(frozen=True, order=True)
class Finding:
    """What a shape found: its message, the IRI of what it is about (empty for a thing without), and how bad it is."""

    about: str
    key: str
    level: str


def check(home: Home, catalogues: Iterable[CatalogueFacts]) -> list[Problem]:
    """What portals would refuse (errors) and what they would degrade (warnings), with file, line and key.

    Catalogues without any dataset are left alone: nobody harvests them.
    """
    catalogues = [catalogue for catalogue in catalogues if catalogue.everything]
    description = Description()
    for catalogue in catalogues:
        describe_catalogue(description, catalogue)
        for facts in catalogue.datasets:
            describe_dataset(description, facts)
    return list(_problems(home, catalogues, findings(description.graph())))


def findings(graph: Graph) -> list[Finding]:
    """What the shapes find in a graph, each thing once, in a fixed order."""
    _conforms, report, _text = validate(graph, shacl_graph=_shapes(), inference="none", meta_shacl=False)
    assert isinstance(report, Graph)
    found = set()
    for result in report.subjects(_SH.resultSeverity):
        severity, focus = report.value(result, _SH.resultSeverity), report.value(result, _SH.focusNode)
        level = "error" if severity == _SH.Violation else "warning"
        about = str(focus) if "://" in str(focus) else ""
        found.add(Finding(about, str(report.value(result, _SH.resultMessage)), level))
    return sorted(found)


@cache
def _shapes() -> Graph:
    return Graph(bind_namespaces="none").parse(_SHAPES)


def _problems(home: Home, catalogues: list[CatalogueFacts], found: list[Finding]) -> Iterator[Problem]:
    places = dict(_places(home, catalogues))
    read: dict[Path, YamlFile] = {}
    said: set[tuple[Path | None, str]] = set()
    for finding in found:
        # A distribution stands below its dataset.
        path = places.get(finding.about) or places.get(finding.about.partition("/distributions/")[0])
        words = words_of(finding.key)
        # One thing about each key: a description that is missing is not also missing in English.
        place = (path, words.key if words else finding.key)
        if place in said:
            continue
        said.add(place)
        if words is None or path is None:
            message = _("The description does not fit the profile: {key}.", key=f"{finding.key} {finding.about}")
            yield Problem(message, path, level=finding.level)
            continue
        if path not in read:
            read[path] = read_yaml(home.path / path, path)
        yield read[path].problem(tuple(words.key.split(".")), words.message, words.remedy, level=finding.level)


def _places(home: Home, catalogues: list[CatalogueFacts]) -> Iterator[tuple[str, Path]]:
    """The file that each thing is described by."""
    for catalogue in catalogues:
        publisher, addresses = catalogue.publisher, catalogue.addresses
        file = PUBLISHERS_FOLDER / f"{publisher.id}.yml"
        yield catalogue.iri, file
        yield addresses.agent(publisher), file
        yield addresses.contact(publisher.id), file
        yield addresses.service(publisher.id), file
        for facts in catalogue.datasets:
            yield facts.iri, home.paths[facts.layer.id]
