"""The table on a terminal, and docs/performance.md."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.serve.lines import BARE, COLD, COLUMNS, WARM, Line, number

FILE = Path(__file__).parents[2] / "docs" / "performance.md"
_HEADINGS = ("request", *COLUMNS, "CPU ms, bare SQL / ours", "reached (asked)")
_BEGIN, _END = "<!-- begin: python -m bench.serve --write -->", "<!-- end -->"


def show(lines: Sequence[Line], title: str) -> None:
    """Print the table, and what falls short."""
    table = Table(title=title, show_lines=True)
    for heading in _HEADINGS:
        table.add_column(heading)
    for line in lines:
        table.add_row(*_cells(line, "\n"))
    console = Console(width=220)
    console.print(table)
    for short in _short(lines):
        console.print(f"falls short: {short}", style="red", markup=False)


def write(lines: Sequence[Line], title: str, server: str) -> None:
    """Write the measured part of docs/performance.md anew; what stands around it stays."""
    head = "| " + " | ".join(_HEADINGS) + " |\n|" + "---|" * len(_HEADINGS)
    body = "\n".join("| " + " | ".join(_cells(line, "; ")) + " |" for line in lines)
    short = "\n".join(f"- {each}" for each in _short(lines)) or "Nothing."
    measured = f"{_machine(server)}\n\n{title}\n\n{head}\n{body}\n\n## Falls short\n\n{short}\n"
    before, _, rest = FILE.read_text("utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    FILE.write_text(f"{before}{_BEGIN}\n\n{measured}\n{_END}{after}", "utf-8")


def _cells(line: Line, between: str) -> list[str]:
    cpu = [line.cpu.get(BARE), line.cpu.get(COLD, line.cpu.get(WARM))]
    used = " / ".join("–" if each is None else number(each) for each in cpu) if line.cpu else ""
    return [
        line.name,
        *(line.cells.get(column, "") for column in COLUMNS),
        used,
        between.join(map(str, line.judgements)),
    ]


def _short(lines: Sequence[Line]) -> list[str]:
    missed = [f"{line.name}: {judgement}" for line in lines for judgement in line.judgements if judgement.met is False]
    return missed + [
        f"{line.name}: absent" for line in lines if "absent" in (line.cells.get(COLD), line.cells.get(WARM))
    ]


def _machine(server: str) -> str:
    information = Path("/proc/cpuinfo").read_text()
    processor = re.search(r"^model name\s*:\s*(.*)$", information, re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
    packages = ", ".join(f"{name} {version(name)}" for name in ("uvicorn", "asyncpg", "sqlalchemy"))
    return (
        f"{datetime.now(UTC):%Y-%m-%d}; {os.cpu_count()} processors "
        f"({processor[1] if processor else platform.machine()}), "
        f"{int(memory[1]) / 2**20 if memory else 0:.0f} GiB; Python {platform.python_version()},\n"
        f"{packages}; {server};\n"
        "pygeoapi 0.24.0 and tipg 1.6.1, two workers each. Generator, servers and database share the machine."
    )
