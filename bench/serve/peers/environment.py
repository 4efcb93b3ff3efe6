"""An environment for each peer, made once by pip from pinned versions and kept in the cache folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path


def python_of(peer: str) -> Path:
    """The Python of a peer's environment, made where it is missing. Raises SystemExit when it cannot be made.

    Kept under `KARTLAGD_BENCH_CACHE`, else in the account's cache folder.
    """
    requirements = Path(__file__).with_name(f"{peer}.txt")
    version = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = _cache() / f"{peer}-{version}"
    python = folder / "bin" / "python"
    if (folder / "complete").exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)])
    _run([str(python), "-m", "pip", "install", "--quiet", "-r", str(requirements)])
    (folder / "complete").touch()
    return python


def _cache() -> Path:
    own = os.environ.get("KARTLAGD_BENCH_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "kartlagd-bench"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr[-2000:]}")
