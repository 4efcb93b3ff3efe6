"""What is served now: one immutable picture of files and releases, replaced as a whole when either changes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from pygeoapi.api import API

from catalogue.current_releases import CurrentReleases
from catalogue.download import Download, newest_downloads
from catalogue.files.home import Home
from catalogue.files.known import Known, Stamp, file_stamps, files_changed
from catalogue.files.reading import PUBLISHERS_FOLDER
from catalogue.freshness import Late
from catalogue.label import etag, state_etag
from catalogue.language import Message, _, current_language
from catalogue.layer import Layer
from catalogue.links import IDENTITY, LinkedField, linked_fields
from catalogue.problems import KartlagdError
from catalogue.query.changes_start import Start
from catalogue.query.cursor import Cursor
from catalogue.query.parameters import BadParameter
from catalogue.query.reader import DatabaseAway, Reader, ReleaseGone, StateChanged
from catalogue.query.request import asked_cursor, asked_release
from catalogue.query.state import State
from catalogue.query.table import Reading
from catalogue.release import Release, catalogue_revision
from catalogue.settings import SETTINGS_FILE
from plugins.dcat.addresses import Addresses
from plugins.dcat.facts import gather
from server.configuration import configuration, visible_releases
from server.dcat.facts import Facts
from server.errors import not_found
from server.freshness import Freshness
from server.negotiation import Pairs
from server.remembered import Remembered

LOGGER = logging.getLogger(__name__)
_STARTS = 1000
#: Addresses under which descriptions are kept: a server has one or two.
_ADDRESSES = 8


@dataclass(frozen=True)
class Served:
    """Files and releases as they were at one moment.

    `label` stands for all of it: documents about the whole catalogue carry it in their `ETag`.
    """

    home: Home
    releases: Mapping[str, Release]
    revision: int
    incarnation: str
    label: str
    #: What stands for the description of each layer.
    checksums: Mapping[str, str]
    #: The files of each layer that has any. Whether one may be given out is asked of the database each time.
    downloads: Mapping[str, tuple[Download, ...]] = field(default_factory=dict)
    #: The layers that are older than they promise.
    late: Mapping[str, Late] = field(default_factory=dict)
    #: When a file of the deployment last changed.
    configured: datetime | None = None
    #: Older releases that were asked for while this was the picture.
    older: dict[tuple[str, int], Reading] = field(default_factory=dict)
    #: Where changes were asked from, by layer, release and what was asked, while this was the picture.
    starts: Remembered[tuple[object, ...], Start] = field(default_factory=lambda: Remembered(_STARTS))
    _states: dict[tuple[str, int], str] = field(default_factory=dict)
    _linked: dict[str, tuple[LinkedField, ...]] = field(default_factory=dict)
    _facts: Remembered[str, Facts] = field(default_factory=lambda: Remembered(_ADDRESSES))

    @cached_property
    def api(self) -> API:
        """pygeoapi's API over all layers; made when it is first needed."""
        return API(configuration(self.home, self.releases, self.home.settings.base_url or "http://localhost"), {})

    def described(self, layer: str) -> Layer:
        """The layer as its file describes it; as its release does where the file is broken."""
        return self.home.layers.get(layer, self.releases[layer].definition)

    def release(self, layer: str) -> Release:
        """The current release of a layer. Raises ApiError (404) where none is served, and says so of one withheld."""
        if layer in self.releases:
            return self.releases[layer]
        if layer in self.home.unpublished:
            raise not_found(self.home.unpublished[layer].explanation(current_language()))
        raise not_found(_("There is no collection “{id}”.", id=layer[:80]))

    def linked(self, layer: str) -> tuple[LinkedField, ...]:
        """The fields of a layer that link to features which are served."""
        found = self._linked.get(layer)
        if found is None:
            found = self._linked[layer] = served_links(self.home, self.releases, self.described(layer))
        return found

    def facts(self, url: str) -> Facts:
        """What the descriptions of all layers say, at a public address."""
        found = self._facts.get(url)
        if found is None:
            addresses = Addresses.of(self.home.settings, url)
            gathered = gather(self.home, self.releases, self.downloads, addresses)
            unknown = broken_publishers(self.home) - self.home.publishers.keys()
            found = self._facts[url] = Facts(gathered, self.home.default_publisher, unknown)
        return found

    def state_label(self, reading: Reading) -> str:
        """What stands for everything that an answer from this release depends on, besides its own address and form."""
        key = (reading.release.layer, reading.release.number)
        found = self._states.get(key)
        if found is None:
            release = reading.release
            state = State(release.layer, release.number, self.releases[release.layer].erasure_epoch, self.incarnation)
            described = self.checksums[release.layer]
            found = self._states[key] = state_etag(state, described, self.home.settings.model_dump_json())
        return found

    def known_reading(self, layer: str, pairs: Pairs) -> Reading | int:
        """What `release` or `cursor` ask to read, else the current release; a number where that must be looked up."""
        current = self.release(layer)
        if not pairs:
            return Reading(current)
        number, cursor = asked_release(pairs), asked_cursor(pairs)
        if cursor is not None:
            self._require_same_state(current, cursor, number)
            number = cursor.release
            if number == current.number:
                return Reading(current)
        if number is None:
            return Reading(current)
        return self.older.get((layer, number), number)

    def reading_for(self, layer: str, pairs: Pairs, reader: Reader) -> Reading:
        """What `release` or `cursor` ask to read, else the current release. Raises UnknownRelease or ReleaseGone."""
        known = self.known_reading(layer, pairs)
        if isinstance(known, Reading):
            return known
        return self.older.setdefault((layer, known), reader.reading(layer, known))

    def _require_same_state(self, current: Release, cursor: Cursor, number: int | None) -> None:
        if number is not None and number != cursor.release:
            raise BadParameter("cursor", _("“cursor” was made for release {number}.", number=cursor.release))
        if (cursor.incarnation, cursor.epoch) != (self.incarnation, current.erasure_epoch):
            raise ReleaseGone(
                _("What this list was begun with can no longer be read as it was. Start again without “cursor”.")
            )
        if cursor.release > current.number:
            # Another process, or another database, has seen a newer release than this one.
            raise StateChanged(_("“{layer}” has just changed.", layer=current.layer))


class Current:
    """Keeps the picture up to date; `look` is called by the watcher, and by whoever found a layer changed."""

    def __init__(self, reader: Reader, home: Path, looking: Reader | None = None) -> None:
        """Nothing is read yet. `looking` is what looks, where `reader` may have all its connections in use."""
        self.reader = reader
        self.looking = looking or reader
        self.path = home
        #: What was wrong when the database was last looked at, and when it was last seen (`time.monotonic`).
        self.trouble: Message | None = None
        self.seen: float | None = None
        self._lock = threading.Lock()
        self._home: Home | None = None
        self._stamps: dict[str, Stamp] | None = None
        self._configured: datetime | None = None
        self._known = Known()
        self._releases = CurrentReleases()
        self._sums: dict[str, tuple[Layer, str]] = {}
        self._freshness = Freshness()
        self._served: Served | None = None

    @property
    def picture(self) -> Served | None:
        """The newest picture; None before the first one."""
        return self._served

    @property
    def served(self) -> Served:
        """The newest picture. Raises DatabaseAway before the first one."""
        if self._served is None:
            raise DatabaseAway(_("The database does not answer at the moment. Try again soon."))
        return self._served

    def look(self, outdated: Served | None = None) -> None:
        """Make a new picture where files or releases have changed, or this one is `outdated`. Raises DatabaseAway."""
        with self._lock:
            served = self._served
            stamps = file_stamps(self.path)
            if self._home is None or stamps != self._stamps:
                self._home = self._read_home()
                self._configured = files_changed(self.path)
                self._stamps = stamps
            changed = served is outdated or served is None or served.home is not self._home
            with self.looking.snapshot() as connection:
                revision, incarnation = catalogue_revision(connection)
                late = self._freshness.late(connection, self._home, revision)
                state = (revision, incarnation, late)
                if not changed and served and state == (served.revision, served.incarnation, served.late):
                    return
                releases = visible_releases(self._home, self._releases.read(connection, incarnation))
                downloads = newest_downloads(connection)
            checksums = self._sum(self._home, releases)
            label = _label(self._home, revision, incarnation, checksums, late)
            self._served = Served(
                self._home, releases, revision, incarnation, label, checksums, downloads, late, self._configured
            )

    def _sum(self, home: Home, releases: Mapping[str, Release]) -> dict[str, str]:
        """The checksums of what layers are described by; summed again for those that have changed."""
        known, self._sums = self._sums, {}
        for id_, release in releases.items():
            described = home.layers.get(id_, release.definition)
            before = known.get(id_)
            self._sums[id_] = before if before and before[0] is described else (described, described.checksum())
        found = {id_: checksum for id_, (_described, checksum) in self._sums.items()}
        for id_, (described, checksum) in self._sums.items():
            links = served_links(home, releases, described)
            if links or described.display.said:
                # What its features link to may come and go without it, and pages show it otherwise without a release.
                shown = described.display.model_dump_json() if described.display.said else ""
                found[id_] = etag(checksum, shown, *(each.target for each in links))
        return found

    def _read_home(self) -> Home:
        try:
            home = Home.read(self.path, self._known)
        except KartlagdError as error:
            LOGGER.error("%s", error)
            return self._home or Home(self.path)
        for problem in home.errors:
            LOGGER.warning("%s", problem)
        if self._home:
            # What was closed is opened by a file without mistakes alone: one that is being saved may be empty.
            home = replace(home, closed=home.closed | (self._home.closed & home.broken))
            # A publisher whose file is broken has its catalogue still: portals take what is gone for withdrawn.
            kept = {name: known for name, known in self._home.publishers.items() if name in broken_publishers(home)}
            home = replace(home, publishers=kept | home.publishers)
            # So are planned and withheld layers described, whose file says that they still are closed.
            closed = {id_: known for id_, known in self._home.unpublished.items() if id_ in home.closed & home.broken}
            home = replace(home, unpublished=closed | home.unpublished)
        if self._home and any(problem.file == SETTINGS_FILE for problem in home.errors):
            # A mistake in it must not change the public address, nor the limits.
            return replace(home, settings=self._home.settings)
        return home


def broken_publishers(home: Home) -> set[str]:
    """The ids of publishers whose files have mistakes."""
    return {problem.file.stem for problem in home.errors if problem.file and problem.file.parent == PUBLISHERS_FOLDER}


def served_links(home: Home, releases: Mapping[str, Release], described: Layer) -> tuple[LinkedField, ...]:
    """The fields of a layer that link to features of layers that are served, by what can be asked for."""
    if not any(field.links for field in described.fields):
        return ()
    known = home.layers.keys() | home.unpublished.keys() | home.broken
    return tuple(
        linked
        for linked in linked_fields(described, known)
        if (release := releases.get(linked.target.layer))
        and (linked.target.field == IDENTITY or linked.target.field in release.filterable)
    )


def _label(home: Home, revision: int, incarnation: str, checksums: Mapping[str, str], late: Mapping[str, Late]) -> str:
    publishers = [publisher.model_dump_json() for publisher in home.publishers.values()]
    unpublished = [layer.model_dump_json() for layer in home.unpublished.values()]
    publishers += [f"{id_} {logo.digest}" for id_, logo in home.logos.items()]
    settings, notes = home.settings.model_dump_json(), map(str, late.items())
    return etag(incarnation, revision, settings, *publishers, *unpublished, *checksums.values(), *notes)
