"""Where a command works: the project folder, the private data folder and the database."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection, Engine

from catalogue.database.cluster import Cluster
from catalogue.database.connections import loader_engine
from catalogue.download import downloads_folder
from catalogue.files.home import Home, find_home
from catalogue.language import _
from catalogue.problems import WrongUse
from catalogue.release import find_release


@dataclass(frozen=True)
class Surroundings:
    """What the environment says; nothing is read or connected to before it is asked for."""

    home: Path
    data: Path

    @classmethod
    def find(cls) -> Surroundings:
        """The surroundings of this process. Raises WrongUse outside a project folder."""
        home = find_home(Path.cwd(), os.environ)
        return cls(home, Path(os.environ.get("KARTLAGD_DATA") or home / ".kartlagd"))

    @cached_property
    def files(self) -> Home:
        """What `collections/` and `config/` say."""
        return Home.read(self.home)

    @property
    def downloads(self) -> Path:
        """The folder of downloads, which the server reads."""
        return downloads_folder(self.home, os.environ)

    @property
    def cluster(self) -> Cluster:
        """The private PostGIS that belongs to the data folder."""
        return Cluster(self.data)

    @property
    def database_url(self) -> str:
        """`DATABASE_URL`, else the private cluster's. Raises WrongUse where that is missing or stopped."""
        if stated := os.environ.get("DATABASE_URL"):
            return stated
        address = self.cluster.url()
        if not self.cluster.status().running:
            raise WrongUse(_("The private database does not run. Start it: kartlagd db start"))
        return address

    def require_layer(self, connection: Connection, name: str) -> None:
        """Raise WrongUse, with the nearest name, for a layer that has neither a release nor a usable file."""
        if find_release(connection, name) is None:
            self.files.layer(name)

    def engine(self) -> Engine:
        """The loader's engine."""
        return loader_engine(self.database_url)
