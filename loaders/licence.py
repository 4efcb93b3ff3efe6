"""The licence that a service names, held against the one that the layer is published under."""

from __future__ import annotations

import re

from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.problems import WrongUse
from catalogue.vocabularies import LICENCES


def spdx(address: str) -> str | None:
    """The short name of the licence at an address, or None where it is none of those that can be published under."""
    wanted = _plain(address)
    return next((name for name, known in LICENCES.items() if wanted in (_plain(known), name.lower())), None)


def check_licence(layer: Layer, address: str | None) -> Message | None:
    """Raise WrongUse where the source has another licence than the layer file says.

    A note for the report where the source's licence is none that has a short name: a person must read it. None where
    the source names no licence, or the same.
    """
    if address is None or (found := spdx(address)) == layer.publish.licence:
        return None
    if found is None:
        return _("The source is published under {address}: see that it allows this licence.", address=address)
    raise WrongUse(
        _(
            "{layer}: the source is published under {source}, but publish: licence: says {licence}. "
            "Write the source's licence, or ask its publisher.",
            layer=layer.id,
            source=found,
            licence=layer.publish.licence,
        )
    )


def _plain(address: str) -> str:
    """An address without what differs between those of one licence: scheme, language, `legalcode`, `deed`."""
    plain = re.sub(r"^https?://(www\.)?", "", address.strip().lower()).split("#")[0]
    return re.sub(r"/(deed|legalcode)(\.[a-z_-]+)?/?$", "", plain).rstrip("/")
