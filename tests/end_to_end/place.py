"""A project folder with a database of its own, used as people use it: by the command line and over HTTP."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests import forked
from tests.server.conftest import eventually, free_port, stop

ROOT = Path(__file__).parent.parent.parent
LIMIT = 1000


@dataclass(frozen=True)
class Place:
    """The folder and the database's address."""

    home: Path
    database_url: str

    @classmethod
    def make(cls, folder: Path, database_url: str) -> Place:
        """A copy of the project's own layers, models and settings."""
        for name in ("collections", "config"):
            shutil.copytree(ROOT / name, folder / name)
        return cls(folder, database_url)

    @property
    def _environment(self) -> dict[str, str]:
        own = {
            "KARTLAGD_HOME": str(self.home),
            "KARTLAGD_DATA": str(self.home / "private"),
            "KARTLAGD_LANG": "en",
            "KARTLAGD_FINISH": "no",
            "DATABASE_URL": self.database_url,
        }
        return {name: value for name, value in os.environ.items() if name != "SERVER_DATABASE_URL"} | own

    def run(self, *words: str | Path, code: int = 0) -> str:
        """What `kartlagd` prints; fails where the exit code is another or a traceback is shown."""
        done = forked.run([*map(str, words)], ROOT, self._environment, 280)
        said = done.stdout + done.stderr
        assert done.returncode == code and "Traceback" not in said, f"{words}: exit code {done.returncode}\n{said}"
        return said

    def rejected_files(self, layer: str) -> list[Path]:
        """The files of a layer's rejected rows, oldest first; beside them lie the reports of its loads."""
        files = (self.home / "private" / "reports" / layer).glob("*")
        return sorted(file for file in files if file.suffix not in (".html", ".json"))

    @contextmanager
    def serving(self) -> Iterator[httpx.Client]:
        """A client of `kartlagd serve`, a process of its own."""
        port = free_port()
        command = [sys.executable, "-c", "from cli.main import main; main()", "serve", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=subprocess.DEVNULL)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                eventually(lambda: client.get("/ready").status_code == 200, seconds=30)
                yield client
        finally:
            stop(process)


def table(printed: str) -> dict[str, list[str]]:
    """The rows of a table that the command prints, by their first cell."""
    rows = (re.split(r" {2,}", line.strip()) for line in printed.splitlines() if line.strip())
    return {row[0]: [cell.replace("\u202f", "") for cell in row[1:]] for row in rows}


def everything(client: httpx.Client, layer: str, **parameters: Any) -> dict[str, dict[str, Any]]:
    """All features of a layer by id, page by page along the `next` links; each must come once."""
    address: str | None = str(client.base_url.join(f"/collections/{layer}/items"))
    found: dict[str, dict[str, Any]] = {}
    asked: dict[str, Any] | None = {"limit": LIMIT, **parameters}
    matched = None
    while address:
        answer = client.get(address, params=asked)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        matched = matched or page["numberMatched"]
        assert page["numberMatched"] == matched and page["numberReturned"] == len(page["features"])
        for feature in page["features"]:
            assert feature["id"] not in found
            found[feature["id"]] = feature
        asked = None
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert len(found) == (matched or 0)
    return found
