"""What a format is: how its files are called, and the function that writes one."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from catalogue.layer import Layer
from plugins.downloads import formats as folder
from plugins.downloads.rows import Rows


@dataclass(frozen=True)
class Format:
    """A format. `ending` is that of its files, and its key in the database.

    `write` makes the file at a path that does not exist yet, in a folder of its own for whatever it needs besides.
    `tables`: whether it can hold features without geometry; `table_title` is what it is called then, if not the same.
    """

    ending: str
    title: str
    media_type: str
    write: Callable[[Rows, Path], None]
    tables: bool = True
    table_title: str | None = None

    def called(self, layer: Layer) -> str:
        """The title of a layer's file."""
        return self.title if layer.has_geometry else self.table_title or self.title


def formats_of(layer: Layer) -> tuple[Format, ...]:
    """The formats that a layer's files are made in."""
    return tuple(format for format in formats() if format.tables or layer.has_geometry)


@cache
def formats() -> tuple[Format, ...]:
    """All formats, by their files' names."""
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    return tuple(import_module(f"{folder.__name__}.{name}").FORMAT for name in names)
