"""The attribute table of a Shapefile (dBASE III), read as the bytes that it holds.

GDAL is not asked for these: it reads the number “1,5” as 1, “två” as 0 and the date 20260230 as 2 March, with no more
than a line on stderr. Here every value is the text that the file has; what it means is decided where it is conformed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from catalogue.language import Message, _
from catalogue.problems import Refused
from loaders.sources.encoding import contradicts, guess, python_codec, shown
from loaders.sources.source import BATCH_ROWS

#: Language driver ids that say more than “ANSI” (which is Windows-1252 here, whatever GDAL calls it).
_LANGUAGE_DRIVERS = {0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x08: "cp865", 0x57: "cp1252", 0x58: "cp1252"}
_LANGUAGE_DRIVERS |= {0x59: "cp1252", 0x64: "cp852", 0x65: "cp866", 0x66: "cp865", 0xC8: "cp1250", 0xC9: "cp1251"}
_SAMPLE_BYTES = 1 << 20

type Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class DbfField:
    """One column: name, type letter (C, N, F, D, L, …), place and length in the record, decimals."""

    name: str
    letter: str
    start: int
    length: int
    decimals: int

    @property
    def type(self) -> pa.DataType:
        """The Arrow type that the column declares; its values are handed over as text all the same."""
        if self.letter in "NF":
            return pa.int64() if self.decimals == 0 and self.letter == "N" else pa.float64()
        return {"D": pa.date32(), "L": pa.bool_()}.get(self.letter, pa.string())


class DbfTable:
    """All rows that are not marked as deleted."""

    def __init__(self, path: Path, encoding: str | None) -> None:
        """Read the header; `encoding` is the layer file's and wins over what the file says.

        Raises Refused where the file is shorter than its header promises or two columns have the same name.
        """
        self._path = path
        with path.open("rb") as file:
            header = file.read(32)
            if len(header) < 32:
                raise Refused(_("{file} is cut off. Copy it again, with all the files beside it.", file=path.name))
            count, header_length, record_length = struct.unpack("<IHH", header[4:12])
            described = file.read(max(0, header_length - 32))
        size = path.stat().st_size
        if header_length < 33 or record_length < 1 or size < header_length + count * record_length:
            raise Refused(
                _(
                    "{file} is cut off: its header promises {count} rows. Copy it again, with all the files beside it.",
                    file=path.name,
                    count=count,
                )
            )
        self._start, self._length, self.total = header_length, record_length, count
        self.live, sample = self._look_through()
        self.notes: list[Message] = []
        self.codec = self._decide(encoding, header[29], sample)
        self.fields = {field.name: field for field in self._fields(described)}

    def _fields(self, described: bytes) -> list[DbfField]:
        found: list[DbfField] = []
        start = 1
        for at in range(0, len(described) - 31, 32):
            entry = described[at : at + 32]
            if entry[0] in (0x0D, 0):
                break
            name = entry[:11].split(b"\0")[0].decode(self.codec, "replace").strip()
            length, decimals, letter = entry[16], entry[17], chr(entry[11])
            if letter == "C":
                # Long text columns keep the higher byte of their length where others keep decimals.
                length, decimals = length + 256 * decimals, 0
            found.append(DbfField(name, letter, start, length, decimals))
            start += length
        names = [field.name.lower() for field in found]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise Refused(_("{file} has several columns named {names}.", file=self._path.name, names=", ".join(twice)))
        return found

    def _records(self, start: int, count: int) -> Bytes:
        """Records as rows of bytes; the file is read rather than mapped, since others may cut it short meanwhile."""
        at = self._start + start * self._length
        read = np.fromfile(self._path, np.uint8, count * self._length, offset=at)
        if len(read) < count * self._length:
            raise Refused(_("{file} changed while it was read. Load it again when it is whole.", file=self._path.name))
        return read.reshape(count, self._length)

    def _look_through(self) -> tuple[npt.NDArray[np.int64], bytes]:
        """Which records are not marked as deleted, and those with letters beyond ASCII, up to a megabyte."""
        live, sample = [np.zeros(0, np.int64)], bytearray()
        for start in range(0, self.total, BATCH_ROWS):
            block = self._records(start, min(BATCH_ROWS, self.total - start))
            live.append(np.flatnonzero(block[:, 0] != ord("*")) + start)
            if len(sample) < _SAMPLE_BYTES:
                sample += block[(block > 127).any(axis=1)].tobytes()
        return np.concatenate(live), bytes(sample[:_SAMPLE_BYTES])

    def _decide(self, wanted: str | None, driver: int, sample: bytes) -> str:
        if wanted:
            codec = python_codec(wanted)
            if codec is None:
                raise Refused(_("“{name}” is no known encoding; try UTF-8 or Windows-1252.", name=wanted))
            return codec
        page = self._path.with_suffix(".cpg")
        page = page if page.exists() else self._path.with_suffix(".CPG")
        said, by = "", ""
        if page.exists():
            said, by = page.read_text("ascii", "replace").strip("\ufeff \r\n\t\0"), page.name
        elif driver in _LANGUAGE_DRIVERS:
            said, by = _LANGUAGE_DRIVERS[driver], self._path.name
        codec = python_codec(said) if said else None
        if codec and not contradicts(codec, sample):
            return codec
        best = guess(sample)
        if codec:
            self.notes.append(
                _(
                    "{file} says {said}, but the text is {found}: read as {found}.",
                    file=by,
                    said=shown(codec),
                    found=shown(best),
                )
            )
        elif not sample.isascii():
            self.notes.append(_("No file says which encoding the text has: read as {found}.", found=shown(best)))
        return best

    def columns(self, names: list[str], start: int, count: int) -> tuple[list[pa.Array], list[Message | None]]:
        """`count` live rows from `start` on: each column as text, and for each row why it is unreadable, or None."""
        rows = self.live[start : start + count]
        block = self._records(int(rows[0]), int(rows[-1] - rows[0]) + 1)[rows - rows[0]]
        errors: list[Message | None] = [None] * len(rows)
        return [self._column(self.fields[name], block, start + 1, errors) for name in names], errors

    def _column(self, field: DbfField, block: Bytes, first: int, errors: list[Message | None]) -> pa.Array:
        if not field.length:
            return pa.nulls(len(block), pa.string())
        raw = np.ascontiguousarray(block[:, field.start : field.start + field.length])
        values = pa.array(raw.view(f"S{field.length}").ravel(), pa.binary())
        if self.codec == "utf-8" or raw.max(initial=0) < 128:
            try:
                return _blank_is_null(values.cast(pa.string()), field.letter)
            except pa.ArrowInvalid:
                pass
        known = values.dictionary_encode()
        texts = [self._decode(value) for value in known.dictionary.to_pylist()]
        wrong = {place for place, text in enumerate(texts) if text is None}
        if wrong:
            for row, place in enumerate(known.indices.to_pylist()):
                if place in wrong:
                    errors[row] = _(
                        "row {row}, column “{column}”: the text is not {encoding}",
                        row=first + row,
                        column=field.name,
                        encoding=shown(self.codec),
                    )
        return _blank_is_null(pa.array(texts, pa.string()).take(known.indices), field.letter)

    def _decode(self, value: bytes) -> str | None:
        try:
            return value.decode(self.codec)
        except UnicodeDecodeError as error:
            # Writers cut long text at the column's length, also in the middle of a letter.
            cut = self.codec == "utf-8" and error.end == len(value) and len(value) - error.start < 4
            return value[: error.start].decode(self.codec) if cut else None


def _blank_is_null(text: pa.Array, letter: str) -> pa.Array:
    trimmed = pc.utf8_trim(text, " \0")
    empty = pc.equal(trimmed, "")
    if letter in "NF":
        empty = pc.or_(empty, pc.starts_with(trimmed, "*"))  # asterisks: a number that did not fit, or null
    elif letter == "D":
        empty = pc.or_(empty, pc.equal(trimmed, "00000000"))
    elif letter == "L":
        empty = pc.or_(empty, pc.equal(trimmed, "?"))
    return pc.if_else(empty, pa.scalar(None, pa.string()), trimmed)
