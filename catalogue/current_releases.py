"""The current releases of all layers, of which only those are read again that have changed."""

from __future__ import annotations

from sqlalchemy import Connection

from catalogue.release import Release, current_releases, find_release, release_versions

#: From so many on, all are read in one statement.
_MANY = 10


class CurrentReleases:
    """What was read, and which version of it."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._incarnation = ""
        self._known: dict[str, tuple[str, Release]] = {}

    def read(self, connection: Connection, incarnation: str) -> dict[str, Release]:
        """The current release of every layer that has one: the same object as before where it has not changed.

        `connection` must see one state of the database; in another incarnation of it nothing is known.
        """
        known = dict(self._known) if incarnation == self._incarnation else {}
        versions = release_versions(connection)
        new = {id_ for id_, version in versions.items() if id_ not in known or known[id_][0] != version}
        if len(new) < _MANY:
            found = {id_: release for id_ in new if (release := find_release(connection, id_))}
        else:
            found = current_releases(connection)
        for id_ in new:
            known[id_] = (versions[id_], found[id_])
        self._known = {id_: known[id_] for id_ in versions}
        self._incarnation = incarnation
        return {id_: release for id_, (_version, release) in self._known.items()}
