"""MapInfo tables: TAB with its companions, and the interchange format MIF/MID."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources.dbf import DbfTable
from loaders.sources.encoding import guess, letters_beyond_ascii, python_codec
from loaders.sources.gdal_source import Format, GdalSource, Opened
from loaders.sources.scratch import scratch_folder
from loaders.sources.source import BATCH_ROWS, Kind, Source, unreadable

_FORMAT = Format("MapInfo", ("MapInfo File",), unnamed=True)
_TAB, _MIF = (".tab", ".dat", ".dbf", ".map", ".id", ".ind"), (".mif", ".mid")
#: A .mif has its header at the top; what follows can be large.
_HEADER_BYTES = 1 << 20
_DATA = re.compile(rb"^[ \t]*Data[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_NUMBER_OR_DAY = re.compile(
    rb"^([ \t]*[^\s]+[ \t]+)(SmallInt|Integer|LargeInt|Float|Decimal|Date)\b[^\r\n]*", re.IGNORECASE | re.MULTILINE
)
_FIELD = re.compile(rb"^[ \t]+\S+[ \t]+(\w+)[^;\r\n]*;", re.MULTILINE)
_CHARSET = re.compile(rb"""(!charset[ \t]+|charset[ \t]+")([\w-]+)""", re.IGNORECASE)
_CHARSETS = {"utf-8": "UTF-8", "cp850": "CodePage850", "cp437": "CodePage437", "latin-1": "ISO8859-1"}
#: An encoding in which every byte is a letter.
_ANY_BYTE = "iso8859-15"
_TYPES = {"float": pa.float64(), "decimal": pa.float64(), "date": pa.date32()}


def _open(path: Path, spec: SourceFile) -> Source:
    with path.open("rb") as file:
        start = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        raise Refused(_("{file} is empty.", file=path.name))
    is_tab = path.suffix.lower() == ".tab"
    if not start.startswith(b"!table" if is_tab else b"version"):
        raise Refused(unreadable(path, "no MapInfo header"))
    return _open_tab(path, spec, start) if is_tab else _open_mif(path, spec)


def _open_tab(path: Path, spec: SourceFile, start: bytes) -> Source:
    if path.stat().st_size > _HEADER_BYTES:
        raise Refused(unreadable(path, "no MapInfo header"))
    if b"raster" in start:
        raise WrongUse(_("{file} is a registered picture, not a table.", file=path.name))
    parts = _parts(path, _TAB, (".map", ".id"))
    table = parts.get(".dat") or parts.get(".dbf")
    if table is None:
        raise _not_whole(path, [".dat"])
    # GDAL takes a shorter table, or a map that is cut off, for a smaller one.
    rows = DbfTable(table, _ANY_BYTE)
    folder, keeper = scratch_folder()
    for suffix, file in parts.items():
        if suffix != ".tab":
            (folder / f"{path.stem}{suffix}").symlink_to(file.resolve())
    alone, definition = folder / f"{path.stem}.tab", path.read_bytes()
    alone.write_bytes(_CHARSET.sub(_charset(_text(rows, definition), spec), definition))
    opened = Opened(alone, _others_last(path, parts), features=len(rows.live), keeper=keeper)
    return GdalSource(path, spec.model_copy(update={"encoding": None}), _FORMAT, opened)


def _open_mif(path: Path, spec: SourceFile) -> Source:
    parts = _parts(path, _MIF, (".mid",))
    with path.open("rb") as file:
        start = file.read(_HEADER_BYTES)
        data = _DATA.search(start)
        if data is None:
            raise Refused(unreadable(path, "no MapInfo header"))
        header = start[: data.start()]
        # GDAL reads “två” and an empty cell in a column of numbers as 0: all are read as text.
        folder, keeper = scratch_folder()
        alone = folder / path.name
        with alone.open("wb") as copy:
            said = _CHARSET.sub(_charset(letters_beyond_ascii(parts[".mid"]), spec), header)
            copy.write(_NUMBER_OR_DAY.sub(rb"\1Char(254)", said) + start[data.start() :])
            shutil.copyfileobj(file, copy)
    alone.with_suffix(".mid").symlink_to(parts[".mid"].resolve())
    opened = Opened(alone, _others_last(path, parts), features=_count(parts[".mid"], header), keeper=keeper)
    source = GdalSource(path, spec.model_copy(update={"encoding": None}), _FORMAT, opened)
    numbers = _NUMBER_OR_DAY.findall(header)
    types = [_TYPES.get(kind.decode().lower(), pa.int64()) for _name, kind in numbers]
    names = [name.strip().decode(errors="replace") for name, _kind in numbers]
    declared = dict(zip(names, types, strict=True))
    columns = {name: declared.get(name, of) for name, of in source.info.columns.items()}
    source.info = replace(source.info, columns=columns)
    return source


def _text(table: DbfTable, definition: bytes) -> bytes:
    """What the first rows hold as text: only the .tab says which columns are."""
    kinds = [kind.lower() for kind in _FIELD.findall(definition)]
    names = [name for name, kind in zip(table.fields, kinds, strict=False) if kind == b"char"]
    columns, _errors = table.columns(names, 0, BATCH_ROWS) if len(table.live) else ([], [])
    return "".join(cell or "" for column in columns for cell in column.to_pylist()).encode(_ANY_BYTE)


def _charset(sample: bytes, spec: SourceFile) -> Callable[[re.Match[bytes]], bytes]:
    """What the header is made to say of the encoding: the layer file's word; what the sample is where it is neutral."""
    if spec.encoding and python_codec(spec.encoding) is None:
        raise WrongUse(_("“{name}” is no known encoding; try UTF-8 or Windows-1252.", name=spec.encoding))

    def said(match: re.Match[bytes]) -> bytes:
        if not spec.encoding and match[2].lower() != b"neutral":
            return match[0]
        codec = python_codec(spec.encoding) if spec.encoding else guess(sample)
        return match[1] + _CHARSETS.get(codec or "", "WindowsLatin1").encode()

    return said


def _count(mid: Path, head: bytes) -> int:
    """The rows of a .mid: one for each shape."""
    match = re.search(rb'^Delimiter\s+"(.)"', head, re.IGNORECASE | re.MULTILINE)
    with mid.open(encoding="latin-1", newline="") as file:
        return sum(1 for row in csv.reader(file, delimiter=match[1].decode() if match else "\t") if row)


def _parts(path: Path, suffixes: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, Path]:
    """The files of the table by their suffix; raises Refused where a needed one is missing."""
    found = {
        other.suffix.lower(): other
        for other in sorted(path.parent.iterdir())
        if other.stem.lower() == path.stem.lower() and other.suffix.lower() in suffixes
    }
    if missing := [suffix for suffix in needed if suffix not in found]:
        raise _not_whole(path, missing)
    return found


def _not_whole(path: Path, missing: list[str]) -> Refused:
    return Refused(
        _(
            "{file} is not whole: {missing} is missing. Copy the table again, with all its files.",
            file=path.name,
            missing=", ".join(f"{path.stem}{suffix}" for suffix in missing),
        )
    )


def _others_last(path: Path, parts: dict[str, Path]) -> list[Path]:
    return [path, *(file for file in parts.values() if file != path)]


KIND = Kind("MapInfo", _open, (".tab", ".mif"))
