"""The walk over real files, on three small ones: its table says what became of each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.bench
def test_each_file_has_a_row_and_differences_are_an_error(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "a").mkdir(parents=True)
    lines = [f"{n};Plats {n};17.{n};59.3" for n in range(9)]
    (data / "a" / "platser.csv").write_text("\n".join(["nr;namn;lon;lat", *lines, "9;Ön;öst;59.4"]), "utf-8")
    (data / "a" / "tom.geojson").write_text("", "utf-8")
    (data / "a" / "bild.png").write_bytes(b"\x89PNG")
    table, results = tmp_path / "table.md", tmp_path / "results.jsonl"
    command = [sys.executable, "-m", "bench.sources", str(data), "--into", str(table), "--results", str(results)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    shown = [line for line in table.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert len(shown) == 3
    assert "| `a/bild.png` | refused: bild.png: this kind of file is not known." in shown[0]
    assert "| `a/platser.csv` | 9 rows, 1 rejected | alike: 10 rows, 40 cells |" in shown[1]
    assert "| `a/tom.geojson` | refused: tom.geojson is empty." in shown[2]
    assert "3 files: 1 published, 2 refused or held back" in table.read_text("utf-8")
    # Told again without trying again, and a difference is no success.
    results.write_text(results.read_text("utf-8").replace("alike: 10 rows", "differs: 2 rows"), "utf-8")
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert again.returncode == 1 and "NOT RIGHT" in again.stdout and "platser.csv" in again.stdout
