"""Which of several layers is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from catalogue.language import Message, _
from catalogue.problems import WrongUse, did_you_mean


def choose(
    file: str, layers: Sequence[str], wanted: str | None, nothing: Message, describe: Callable[[str], str] = str
) -> str:
    """The layer that the layer file names, or the only one; `describe` tells a person more of a layer than its name.

    Raises WrongUse with `nothing` where there is none, with the names where there are several or it is another.
    """
    if not layers:
        raise WrongUse(nothing)
    if wanted:
        if layers.count(wanted) > 1:
            raise WrongUse(_("{file} has several layers named “{layer}”. Rename them.", file=file, layer=wanted))
        if wanted in layers:
            return wanted
        known = ", ".join(layers)
        problem = _("{file} has no layer “{layer}”, but: {layers}.", file=file, layer=wanted, layers=known)
        suggestion = did_you_mean(wanted, layers)
        raise WrongUse(_("{problem} {suggestion}", problem=problem, suggestion=suggestion) if suggestion else problem)
    if len(layers) > 1:
        raise WrongUse(
            _(
                "{file} has several layers: {layers}. Write source: layer: with one of them.",
                file=file,
                layers=", ".join(describe(layer) for layer in sorted(layers)),
            )
        )
    return layers[0]


def is_a_table(file: str, layer: str, shapes: Iterable[object]) -> Message:
    """What someone is told who wants geometry of a layer that has none; `shapes` are those of all layers beside it."""
    if any(shapes):
        return _("{file}: “{layer}” is a table without geometry.", file=file, layer=layer)
    return _("{file} has no layer with geometry.", file=file)
