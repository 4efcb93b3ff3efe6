"""Release reports: one model of the facts (`facts`), as a page, as JSON, and as lines in the terminal.

`write` is what others call: with what a load returned, or with the error that ended it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from catalogue.layer import Layer
from catalogue.problems import KartlagdError
from loaders.report.facts import Facts, Shape, Told
from loaders.report.files import write_files

if TYPE_CHECKING:
    from loaders.load import Result

__all__ = ["Facts", "Shape", "Told", "told_of", "write"]


def told_of(outcome: Result | KartlagdError, layer: Layer) -> Told:
    """What is known of a load that returned, or that an error ended."""
    told = outcome.told if isinstance(outcome.told, Told) else Told.of(layer)
    if isinstance(outcome, KartlagdError):
        told.known = told.known.refused_by(outcome)
    else:
        told.add(outcome=outcome.outcome, release=told.known.release or outcome.release)
    return told


def write(outcome: Result | KartlagdError, layer: Layer, folder: Path, language: str) -> Path:
    """Write the report of one load into `folder` (made where it is absent): a page and, beside it, the facts as JSON.

    `outcome` is what `loaders.load.load` returned, or the error that it raised. Both files are readable by their owner
    alone where the folder is new; they hold counts and row numbers, never the data. Returns the page's path.
    """
    return write_files(told_of(outcome, layer), folder, language)
