"""Folders for what is unpacked or made anew beside a source, never in the share itself."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path


def scratch_folder() -> tuple[Path, object]:
    """An empty folder, and its keeper: the folder is removed when nobody holds the keeper, or at the program's end."""
    folder = Path(tempfile.mkdtemp(prefix="kartlagd-"))
    keeper = _Keeper()
    weakref.finalize(keeper, shutil.rmtree, folder, ignore_errors=True)
    return folder, keeper


class _Keeper:
    """What a source holds as long as it reads from its folder."""
