"""`kartlagd serve`: answer requests."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

import click
import uvicorn

from catalogue.language import _
from catalogue.problems import WrongUse
from cli.console import console
from cli.surroundings import Surroundings
from server.assets import assets


@click.command(
    "serve",
    short_help="Serve the published layers as an API.",
    epilog="Examples: kartlagd serve · kartlagd serve --host 0.0.0.0 --port 8080 --workers 2",
)
@click.option("--host", default="127.0.0.1", envvar="HOST", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, envvar="PORT", show_default=True, type=click.IntRange(1, 65535), help="Port.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Number of processes.")
def command(host: str, port: int, workers: int) -> None:
    """Serve all published layers as an API until it is stopped (Ctrl-C).

    New releases and changed layer files are seen within a second; no restart is needed.
    """
    # Said here, once: every process would stop with a traceback.
    assets()
    surroundings = Surroundings.find()
    # Every process of the server finds its own way, by these.
    os.environ["KARTLAGD_HOME"] = str(surroundings.home)
    if not os.environ.get("SERVER_DATABASE_URL"):
        os.environ["DATABASE_URL"] = surroundings.database_url
    _require_free(host, port)
    _allow_connections()
    console().print(str(_("Serving at {address} (Ctrl-C stops)", address=f"http://{host}:{port}")))
    uvicorn.run(
        "server.app:create_app_from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        # A name, since processes of their own import it.
        http="server.short_way:ShortWay",
        access_log=False,
        ws="none",
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
        log_level="warning",
    )


def _allow_connections() -> None:
    """Let every process have as many open connections as the system allows; often only 1,024 are allowed at first."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _require_free(host: str, port: int) -> None:
    """Raise WrongUse where the address cannot be listened on; found here, since the server's own word is a number."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise WrongUse(
            _(
                "Cannot listen on {host}, port {port}: {reason}. Choose another port: --port, or the variable PORT.",
                host=host,
                port=port,
                reason=(error.strerror or str(error)).lower(),
            )
        ) from error
