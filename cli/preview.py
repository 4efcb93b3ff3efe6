"""`kartlagd preview`: look at a release that waits for approval."""

from __future__ import annotations

import os
import subprocess
import sys

import click

from catalogue.database.migrate import require_current
from catalogue.database.schemas import HELD, READS
from catalogue.language import _
from cli.console import console
from cli.surroundings import Surroundings
from loaders.approval import require_held
from server.assets import assets


@click.command(
    "preview",
    short_help="Look at a release that waits for approval.",
    epilog="Examples: kartlagd preview roadworks · kartlagd preview roadworks --port 8090",
)
@click.argument("layer")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(1, 65535), help="Port, on loopback alone.")
def command(layer: str, port: int) -> None:
    """Serve the release of LAYER that waits for approval, to this machine alone, until it is stopped (Ctrl-C).

    The addresses are for a browser and for QGIS (OGC API - Features). From another machine, go through ssh:
    ssh -L 8001:127.0.0.1:8001 SERVER.
    """
    assets()
    surroundings = Surroundings.find()
    engine = surroundings.engine()
    with engine.connect() as connection:
        require_current(connection)
        require_held(connection, layer)
    engine.dispose()
    address = f"http://127.0.0.1:{port}"
    console().print(str(_("The report, with a map: {address}", address=f"{address}/review/{layer}")))
    console().print(str(_("The features, page by page: {address}", address=f"{address}/collections/{layer}")))
    console().print(str(_("For QGIS (OGC API - Features): {address}", address=address)))
    console().print(str(_("Ctrl-C stops the preview. Then: kartlagd approve {layer}", layer=layer)))
    # A process of its own: one that reads held releases reads nothing else, from its start to its end.
    environment = os.environ | {
        READS: HELD, "KARTLAGD_HOME": str(surroundings.home), "DATABASE_URL": surroundings.database_url
    }  # fmt: skip
    environment.pop("SERVER_DATABASE_URL", None)
    command = [sys.executable, "-m", "server.preview.serve", str(port)]
    try:
        sys.exit(subprocess.run(command, env=environment, check=False).returncode)
    except KeyboardInterrupt:
        sys.exit(0)
