"""Source kinds: each reads one kind of file, all offer the same interface (`Source`).

Every module here that has a `KIND` is a kind; nothing else needs to know of it.
"""

from __future__ import annotations

import pkgutil
import weakref
from functools import cache
from importlib import import_module
from pathlib import Path

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import WrongUse, did_you_mean
from catalogue.shares import local_path, seen
from loaders.sources.scratch import scratch_folder
from loaders.sources.source import (
    BATCH_ROWS,
    ERROR_COLUMN,
    WKB_COLUMN,
    Kind,
    Source,
    SourceInfo,
    checksum,
    fingerprint,
    forget_geometry,
)

__all__ = [
    "BATCH_ROWS",
    "ERROR_COLUMN",
    "WKB_COLUMN",
    "Kind",
    "Source",
    "SourceInfo",
    "checksum",
    "fingerprint",
    "kind_of",
    "kinds",
    "open_source",
    "source_path",
]


@cache
def kinds() -> tuple[Kind, ...]:
    """All kinds, in the order of their titles."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = [getattr(import_module(f"{__name__}.{name}"), "KIND", None) for name in names]
    return tuple(sorted((kind for kind in found if kind is not None), key=lambda kind: kind.title.casefold()))


def kind_of(path: Path) -> Kind | None:
    """The kind of a file or folder, by the end of its name."""
    suffix, folder = path.suffix.lower(), path.is_dir()
    return next((kind for kind in kinds() if suffix in kind.suffixes and (kind.folders or not folder)), None)


def source_path(spec: SourceFile, home: Path, override: Path | None = None) -> Path:
    """The file that is meant: a path in a layer file counts from `home`, a folder means the one Shapefile in it."""
    path = override if override is not None else local_path(home, spec.path or "")
    if path.is_dir() and kind_of(path) is None:
        shapes = sorted(file for file in path.iterdir() if file.suffix.lower() == ".shp")
        if len(shapes) != 1:
            raise WrongUse(
                _(
                    "{path} is a folder with {count} Shapefiles. Name the file.",
                    path=seen(home, path),
                    count=len(shapes),
                )
            )
        return shapes[0]
    if not path.exists():
        names = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        suggestion = did_you_mean(path.name, names)
        message = _("{path} does not exist.", path=seen(home, path))
        raise WrongUse(_("{problem} {suggestion}", problem=message, suggestion=suggestion) if suggestion else message)
    return path


def open_source(
    spec: SourceFile,
    home: Path,
    *,
    override: Path | None = None,
    fetched: Path | None = None,
    geometry: bool | None = True,
) -> Source:
    """Open what a layer file names, or `override` in its place.

    What services send is gone with the source; a kind that keeps it for the next load does so in the folder `fetched`.
    `geometry`: whether it is wanted (None: as the source has it). Where it is, a plain table is refused; where it is
    not, a wrong coordinate is nothing wrong. Raises WrongUse for a file that does not exist, a kind that is not known
    or a choice that is missing (which layer, which columns hold the coordinates), Refused for a file that is damaged
    and a service that fails.
    """
    source = _open(spec, home, override, fetched)
    if geometry and source.info.without_geometry is not None:
        raise WrongUse(source.info.without_geometry)
    if geometry is False:
        forget_geometry(source)
    return source


def _open(spec: SourceFile, home: Path, override: Path | None, fetched: Path | None) -> Source:
    if spec.path is None and override is None:
        return _open_service(spec, fetched)
    path = source_path(spec, home, override)
    kind = kind_of(path)
    if kind is None:
        known = ", ".join(kind.title for kind in kinds() if kind.suffixes)
        raise WrongUse(
            _(
                "{file}: this kind of file is not known. Export it as one of these: {known}.",
                file=path.name,
                known=known,
            )
        )
    try:
        return kind.open(path, spec)
    except PermissionError as error:
        raise WrongUse(_("{file} may not be read by this account.", file=path.name)) from error


def _open_service(spec: SourceFile, fetched: Path | None) -> Source:
    kind = next(kind for kind in kinds() if kind.recognises is not None and kind.recognises(spec))
    if fetched is not None and kind.keeps:
        fetched.mkdir(mode=0o700, parents=True, exist_ok=True)
        return kind.open(fetched, spec)
    folder, keeper = scratch_folder()
    source = kind.open(folder, spec)
    # The folder lives as long as the source.
    weakref.finalize(source, id, keeper)
    return source
