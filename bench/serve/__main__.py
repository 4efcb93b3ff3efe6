"""Serving beside peers and beside the bare SQL.

Usage: python -m bench.serve [--rows 300000] [--only ROW …] [--seconds 3] [--rounds 7] [--peers tipg pygeoapi]
       [--layers 300] [--write]

Makes a private PostGIS, loads the data, starts ours (with and without its cache), the bare SQL and the peers, and lets
wrk walk a recorded mix of distinct requests over 8 connections, server by server, round by round. An answer that is an
error strikes its row, and ends the run with 1. `--write` writes the table into docs/performance.md.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys

from rich.console import Console
from sqlalchemy import text

from bench.serve.data import open_data
from bench.serve.generator import WrongAnswer
from bench.serve.lines import PYGEOAPI, TIPG, Line
from bench.serve.many_layers import many_layers
from bench.serve.report import show, write
from bench.serve.rows import LAYERS, NAMES, ROWS
from bench.serve.stage import open_stage
from catalogue.database.connections import loader_engine


def main() -> None:
    """Measure, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="ROW", help=", ".join(NAMES))
    parser.add_argument("--seconds", type=int, default=3, help="for how long a server is asked in one round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--peers", nargs="*", choices=(TIPG, PYGEOAPI), default=(TIPG, PYGEOAPI), help="none: ours alone"
    )
    parser.add_argument("--layers", type=int, default=300)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    if not shutil.which("wrk"):
        parser.error("wrk is not installed (Debian and Ubuntu: wrk)")
    if arguments.rows < 1000:
        parser.error("fewer than 1,000 rows tell nothing")
    # Asked to end, it ends all that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    lines: list[Line] = []
    wrong: list[str] = []
    server = ""
    progress = Console(stderr=True)
    names = [name for name in arguments.only if name in ROWS]
    if names:
        with (
            open_data(arguments.rows) as data,
            open_stage(data, arguments.peers, arguments.seconds, arguments.rounds) as stage,
        ):
            server = _versions(data.url)
            for name in names:
                try:
                    found = ROWS[name](stage)
                except WrongAnswer as error:
                    wrong.append(f"{name}: {error}")
                    progress.print(wrong[-1], style="red", markup=False)
                    found = [Line(f"{name}: WRONG ANSWER")]
                lines += found
                for line in found:
                    progress.print(name, line.cells, *map(str, line.judgements), markup=False, highlight=False)
    if LAYERS in arguments.only:
        lines += many_layers(arguments.layers)
    title = (
        f"{arguments.rows:,} polygons of 10 vertices with 10 attributes; answers a second, median of "
        f"{arguments.rounds} rounds of {arguments.seconds} s (lowest–highest)"
    )
    show(lines, title)
    if wrong:
        raise SystemExit("\n".join(wrong))
    if arguments.write:
        write(lines, title, server)


def _versions(url: str) -> str:
    engine = loader_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT current_setting('server_version'), postgis_lib_version()")).one()
    engine.dispose()
    return f"PostgreSQL {found[0].split()[0]}, PostGIS {found[1]}"


if __name__ == "__main__":
    main()
