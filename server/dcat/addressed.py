"""What the addresses below `/dcat` lead to: a document, or another address where the document is.

Every IRI that a description holds leads somewhere: those of catalogues and datasets are the addresses of their
documents; what is told of in such a document, a distribution or a contact, leads to it (303).
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import NamedTuple

from catalogue.language import Message, _
from plugins.dcat.facts import CatalogueFacts, DatasetFacts
from plugins.dcat.quality import METRICS
from server.dcat.facts import Facts, distributions, name_of
from server.errors import ApiError, not_found
from server.formats import RDF
from server.links import part


class Subject(NamedTuple):
    """What a document is about: a catalogue as a whole, or one dataset of it."""

    catalogue: CatalogueFacts
    dataset: DatasetFacts | None = None

    @property
    def path(self) -> str:
        """Where the document is, without an ending."""
        if self.dataset is None:
            return f"/dcat/catalogs/{part(self.catalogue.publisher.id)}"
        return f"/dcat/datasets/{part(name_of(self.dataset))}"


class Found(NamedTuple):
    """A document, in one form where its address says which; `elsewhere`: it is not here but at its own address."""

    subject: Subject
    form: str | None = None
    elsewhere: bool = False


def whole(facts: Facts) -> Found:
    """The catalogue that stands for the server. Raises ApiError (404) where no publisher does."""
    if facts.default_publisher is None:
        raise not_found(_("There is no catalogue here: no publisher is named as the default one."))
    return catalogue(facts, facts.default_publisher)


def catalogue(facts: Facts, name: str) -> Found:
    """A publisher's catalogue, by a name that may have an ending. Raises ApiError (404).

    Harvesters take what is gone for withdrawn: while a publisher is unknown, its catalogue and those that it may be a
    part of are not there at all (503).
    """
    known, form = _split(name, [*facts.catalogues, *facts.unknown])
    if known is None:
        raise _unknown(_("There is no publisher “{name}”.", name=name[:80]), name, facts.catalogues)
    if facts.unknown and (known in facts.unknown or facts.catalogues[known].publisher.kind == "region"):
        message = _("The file of the publisher “{name}” has a mistake. The catalogue is here again once it is mended.",
                    name=min(facts.unknown))  # fmt: skip
        raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "ServerBusy", message, {"Retry-After": "600"})
    return Found(Subject(facts.catalogues[known]), form)


def dataset(facts: Facts, name: str) -> Found:
    """A dataset, by the name in its IRI or by its layer's id, with or without an ending. Raises ApiError (404)."""
    known, form = _split(name, facts.datasets)
    if known is not None:
        return Found(Subject(*facts.datasets[known]), form)
    known, form = _split(name, facts.layers)
    if known is not None:
        return Found(Subject(*facts.layers[known]), form, elsewhere=True)
    raise _unknown(_("There is no dataset “{name}”.", name=name[:80]), name, [*facts.datasets, *facts.layers])


def publishers_thing(facts: Facts, name: str) -> Found:
    """What a publisher's catalogue tells of: its service, its contact, the publisher. Raises ApiError (404)."""
    if name not in facts.catalogues:
        raise not_found(_("There is no publisher “{name}”.", name=name[:80]))
    return Found(Subject(facts.catalogues[name]), elsewhere=True)


def distribution(facts: Facts, name: str, form: str) -> Found:
    """One of the forms that a dataset comes in. Raises ApiError (404)."""
    found = dataset(facts, name).subject
    assert found.dataset is not None
    known = list(distributions(found.dataset))
    if form not in known:
        message = _("This dataset has no distribution “{name}”; it has: {known}.",
                    name=form[:80], known=", ".join(known) or "–")  # fmt: skip
        raise not_found(message)
    return Found(found, elsewhere=True)


def measurement(facts: Facts, name: str, metric: str) -> Found:
    """One measure of a dataset's quality. Raises ApiError (404)."""
    found = dataset(facts, name).subject
    if metric not in METRICS or found.dataset is None or found.dataset.measured is None:
        raise not_found(_("Nothing called “{name}” is measured here.", name=metric[:80]))
    return Found(found, elsewhere=True)


def model(facts: Facts, name: str, version: str) -> Found:
    """A shared data model, such as roadworks/1. Raises ApiError (404)."""
    found = facts.models.get(f"{name}/{version}")
    if found is None:
        raise not_found(_("No dataset follows a data model “{name}”.", name=f"{name}/{version}"[:80]))
    return Found(Subject(*found), elsewhere=True)


def metric(facts: Facts, name: str) -> Found:
    """What is measured. Raises ApiError (404)."""
    if name not in METRICS or facts.measured is None:
        raise not_found(_("Nothing called “{name}” is measured here.", name=name[:80]))
    return Found(Subject(facts.measured), elsewhere=True)


def _split(name: str, known: Iterable[str]) -> tuple[str | None, str | None]:
    """A known name and the form that its ending asks for; the name itself where that is known: ids may have dots."""
    if name in known:
        return name, None
    stem, _dot, ending = name.rpartition(".")
    return (stem, ending) if stem in known and ending in RDF else (None, None)


def _unknown(message: Message, name: str, known: Iterable[str]) -> ApiError:
    stem, _dot, ending = name.rpartition(".")
    if stem in known:
        return not_found(_("There is no form “{name}” of this; there are: {known}.",
                           name=ending[:80], known=", ".join(RDF)))  # fmt: skip
    return not_found(message)
