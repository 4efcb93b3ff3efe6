"""bench.personal runs, on few rows: what it measures is its to say, that it does not rot is held here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.bench
def test_personal_measures_what_is_found_and_how_fast() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.personal", "--texts", "1000", "--rows", "2000", "--load"],
        cwd=ROOT, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    for name in ("personal identity numbers", "e-mail addresses", "telephone numbers", "search and remedies",
                 "read, conformed, searched", "kartlagd load"):  # fmt: skip
        assert re.search(rf"│ +{re.escape(name)} +│ +[\d,.]+ +│", done.stdout), done.stdout
