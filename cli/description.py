"""What data portals would say to the layers' descriptions, before they see them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from catalogue.files.home import Home
from catalogue.files.reading import PUBLISHERS_FOLDER
from catalogue.language import _
from catalogue.problems import Problem, Refused

#: Stands in for a public address that the settings do not name: no rule depends on it.
_ANY_ADDRESS = "http://localhost"


def description_problems(home: Home, layers: Collection[str] | None = None) -> list[Problem]:
    """What portals would refuse (errors) and degrade (warnings), as if all layers, or these, had been loaded."""
    # Imported here: SHACL takes a moment to load, and a command's help does not need it.
    from plugins.dcat.addresses import Addresses
    from plugins.dcat.check import check
    from plugins.dcat.facts import expected

    catalogues = list(expected(home, Addresses.of(home.settings, _ANY_ADDRESS)).values())
    if layers is not None:
        catalogues = [
            replace(each, datasets=tuple(facts for facts in each.datasets if facts.layer.id in layers), parts=())
            for each in catalogues
        ]
    return check(home, catalogues)


def of_layer(home: Home, problems: list[Problem], layer: str) -> list[Problem]:
    """Its own problems, and the mistakes of its publisher; not what the publisher might do better."""
    publisher = PUBLISHERS_FOLDER / f"{home.layers[layer].publisher}.yml"
    return [
        found
        for found in problems
        if found.file == home.paths[layer] or (found.file == publisher and found.level == "error")
    ]


def require_description(problems: list[Problem], layer: str) -> None:
    """Raise Refused where portals would refuse the description of a layer, whose problems these are."""
    if errors := [found for found in problems if found.level == "error"]:
        raise Refused(
            _("{layer}: data portals would refuse the description. Nothing was published.", layer=layer), errors
        )


def show_problems(problems: list[Problem]) -> None:
    """One line for each, by file and line, so that an editor or `grep` can follow it."""
    for problem in sorted(problems, key=lambda problem: (str(problem.file), problem.line or 0)):
        level = _("warning") if problem.level == "warning" else _("mistake")
        # Not click's echo, which gives UTF-8 to a terminal that knows ASCII alone.
        print(f"{level}: {problem}")
