"""One load at a time for each layer: the second waits, and is refused when it waits too long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import Engine

from catalogue.database.alone import alone, load_lock
from catalogue.language import _
from catalogue.problems import Refused


@contextmanager
def only_load(engine: Engine, layer: str, wait_seconds: float) -> Iterator[None]:
    """Hold the layer's lock. Raises Refused when another load of it holds it for longer than `wait_seconds`."""
    with ExitStack() as held:
        try:
            held.enter_context(alone(engine, load_lock(layer), wait_seconds))
        except TimeoutError as error:
            raise Refused(
                _(
                    "{layer}: another load of this layer is running. Wait until it has ended, then load again.",
                    layer=layer,
                )
            ) from error
        yield
