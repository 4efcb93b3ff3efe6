"""The server as an ASGI application.

    uvicorn --factory server.app:create_app_from_environment

State is in the database and in files that are only read, so that any number of processes can serve side by side.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from catalogue.database.connections import database_url, server_engine, server_settings
from catalogue.download import downloads_folder
from catalogue.faults.keeping import Keeper
from catalogue.files.home import find_home
from catalogue.files.reading import Files
from catalogue.problems import KartlagdError
from catalogue.query.pool import Pool
from catalogue.query.reader import Reader, ReadingError
from catalogue.settings import Settings
from server.assets import assets
from server.current import Current
from server.dcat.descriptions import Descriptions
from server.downloads import Downloads
from server.express.again import Again
from server.express.cache import Cache
from server.express.lane import Lane
from server.faults.routes import Faults
from server.guard import Guard
from server.look import Looks
from server.mount import Mount
from server.qgis import Connection
from server.sitemap import Sitemap
from server.trying import Trying
from server.watcher import Watcher

LOGGER = logging.getLogger(__name__)
#: Connections of one process for the express lane; each is held for one statement.
POOL_SIZE = 10
#: Memory of one process for kept answers, where `KARTLAGD_CACHE_MB` does not say.
CACHE_MEGABYTES = 96


def create_app(home: Path, url: str, *, own_login: bool = False, pictures: type[Current] = Current) -> ASGIApp:
    """The application for one project folder and one database.

    `own_login`: `url` is the server's own account; otherwise its sessions take the server's role before they read.
    `pictures`: what keeps the picture of files and releases.
    A database that is away when the server starts is waited for: until then everything but `/health` answers 503.
    """
    # pygeoapi logs every 404 as an error, with a traceback; what matters is logged by this server.
    logging.getLogger("pygeoapi").setLevel(logging.CRITICAL)
    limits = _settings(home).limits
    engine = server_engine(url, own_login=own_login, statement_seconds=limits.statement_seconds)
    # Its own connections, so that new releases are seen when all others wait for something.
    watching = server_engine(url, own_login=own_login, statement_seconds=limits.statement_seconds, pool_size=2)
    current = pictures(Reader(engine), home, looking=Reader(watching))
    cache = Cache(int(os.environ.get("KARTLAGD_CACHE_MB", CACHE_MEGABYTES)) * 2**20)
    mount = Mount(current, cache)
    downloads = Downloads(mount, downloads_folder(home, os.environ))
    descriptions = Descriptions(mount)
    keeper = Keeper(url, own_login=own_login)
    pool = Pool(
        url,
        server_settings(own_login=own_login, statement_seconds=limits.statement_seconds),
        size=POOL_SIZE,
        statement_seconds=limits.statement_seconds,
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, Again]]:
        try:
            await run_in_threadpool(current.look)
        except ReadingError as error:
            LOGGER.warning("%s", error)
        watcher = Watcher(current)
        watcher.start()
        try:
            yield {"again": lane.again}
        finally:
            await run_in_threadpool(watcher.stop)
            await pool.close()
            watching.dispose()
            keeper.engine.dispose()
            engine.dispose()

    documents = Starlette(
        routes=[
            *Looks(current).routes(),
            *Sitemap(mount).routes(),
            *downloads.routes(),
            *descriptions.routes(),
            *Connection(mount).routes(),
            *Faults(mount, keeper).routes(),
            *Trying(mount).routes(),
            *mount.routes(),
            *assets().routes(),
        ],
        exception_handlers={404: mount.nothing_here, Exception: mount.mistake},
        lifespan=lifespan,
    )
    # A path that ends in a slash is another path: an id may end in one.
    documents.router.redirect_slashes = False
    # Around all of the framework: what that does for each request, the lane does not need.
    lane = Lane(documents, current, pool, cache)
    return Guard(lane, refuse=mount.failed)


def create_app_from_environment() -> ASGIApp:
    """The application for `KARTLAGD_HOME` and `SERVER_DATABASE_URL` (else `DATABASE_URL`)."""
    logging.basicConfig(format="%(levelname)s: %(message)s")
    # What is wrong in the files of a deployment is told where the server runs.
    logging.getLogger("server").setLevel(os.environ.get("KARTLAGD_LOG", "WARNING").upper())
    own = os.environ.get("SERVER_DATABASE_URL")
    return create_app(find_home(Path.cwd(), os.environ), own or database_url(), own_login=bool(own))


def _settings(home: Path) -> Settings:
    try:
        return Files.read(home).settings
    except KartlagdError as error:
        LOGGER.warning("%s", error)
        return Settings()
