"""Finishing: what is made of a release after it was published, step by step, while readers use it already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from catalogue.database.alone import alone
from catalogue.language import Message, _
from catalogue.problems import Refused
from catalogue.release import Release, find_release


class Superseded(Exception):
    """The release that is being finished is no longer the current one, or something was erased from it."""


@dataclass(frozen=True)
class Work:
    """A release to be finished. `folder` is that of downloads; `progress` hears what is done, and which share of it."""

    engine: Engine
    release: Release
    folder: Path
    progress: Callable[[Message, float | None], None]

    def require_current(self, connection: Connection | None = None) -> None:
        """Raise Superseded where the release is not the current one any more, or not as it was.

        On a connection of the caller's, it stays as it is until the end of that transaction.
        """
        if connection is None:
            with self.engine.connect() as own:
                self._compare(own, "")
        else:
            self._compare(connection, "FOR SHARE OF l")

    def _compare(self, connection: Connection, lock: str) -> None:
        release = self.release
        found = connection.execute(
            text(
                "SELECT l.current_release, l.erasure_epoch, r.state, r.generation FROM kartlagd.layer l "
                f"JOIN kartlagd.release r ON r.layer = l.id WHERE l.id = :layer AND r.number = :number {lock}"
            ),
            {"layer": release.layer, "number": release.number},
        ).one_or_none()
        expected = (release.number, release.erasure_epoch, "readable", release.generation)
        if found is None or tuple(found) != expected:
            raise Superseded(release.layer)


#: One thing that is made of a release; made already, it is left alone. Raises Superseded to start again.
Step = Callable[[Work], None]


def finish(
    engine: Engine,
    layer: str,
    folder: Path,
    steps: Sequence[Step],
    progress: Callable[[Message, float | None], None],
    *,
    wait_seconds: float = 3600,
) -> Release | None:
    """Take the current release of a layer through all steps, in their order; a newer one takes its place meanwhile.

    Returns the release that was finished, None where the layer has none. Raises Refused where another process is at
    the same layer for longer than `wait_seconds`.
    """
    with ExitStack() as held:
        try:
            held.enter_context(alone(engine, f"kartlagd finish {layer}", wait_seconds))
        except TimeoutError as error:
            raise Refused(_("{layer}: another process is still making its downloads.", layer=layer)) from error
        while True:
            with engine.connect() as connection:
                release = find_release(connection, layer)
            if release is None or not release.readable:
                return None
            try:
                for step in steps:
                    step(Work(engine, release, folder, progress))
            except Superseded:
                continue
            return release
