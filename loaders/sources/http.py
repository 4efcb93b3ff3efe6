"""A file behind http(s): fetched whole into a private folder, kept there, asked for again only when it has changed."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from email.message import Message as Header
from pathlib import Path
from urllib.parse import unquote

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources import kind_of, kinds
from loaders.sources.addresses import shown
from loaders.sources.client import Answer, Client
from loaders.sources.limits import LIMITS, Limits
from loaders.sources.source import Kind, Source, checksum

#: What the kinds' files are called where neither the address nor the server says a name with an ending.
_SUFFIXES = {
    "application/geo+json": ".geojson", "application/vnd.geo+json": ".geojson", "application/json": ".geojson",
    "application/geo+json-seq": ".geojsonl", "text/csv": ".csv", "application/geopackage+sqlite3": ".gpkg",
    "application/gml+xml": ".gml", "application/vnd.google-earth.kml+xml": ".kml", "application/vnd.flatgeobuf": ".fgb",
    "application/vnd.google-earth.kmz": ".kmz", "application/zip": ".zip", "application/x-zip-compressed": ".zip",
    "application/vnd.apache.parquet": ".parquet", "text/tab-separated-values": ".tsv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}  # fmt: skip
_STATE = "fetched.json"
_FILES = "file"


@dataclass(frozen=True)
class _Fetched:
    """What was fetched before: from where, as which file, and what the server called that state."""

    url: str
    name: str
    checksum: str
    etag: str | None
    modified: str | None

    @classmethod
    def read(cls, folder: Path, url: str) -> _Fetched | None:
        """The state of the folder, if it is of that address and its file is as it was."""
        try:
            found = cls(**json.loads((folder / _STATE).read_text("utf-8")))
            whole = found.url == url and checksum([folder / _FILES / found.name]) == found.checksum
        except (OSError, ValueError, TypeError):
            return None
        return found if whole else None

    def conditions(self) -> dict[str, str]:
        """The headers that ask for the file only where it has changed (RFC 9110, section 13)."""
        said = {"if-none-match": self.etag, "if-modified-since": self.modified}
        return {name: value for name, value in said.items() if value}


def open_http(folder: Path, spec: SourceFile, limits: Limits = LIMITS) -> Source:
    """Fetch the file where it has changed since last time, and open it as the kind of file that it is.

    A file that turns out damaged is fetched anew, `limits.restarts` times. Raises as `Client` and the file's kind do.
    """
    assert spec.url is not None
    with Client(spec, limits) as client:
        for left in reversed(range(limits.restarts)):
            path = _fetch(client, folder, spec.url)
            try:
                kind = kind_of(path)
                assert kind is not None
                source = kind.open(path, spec)
            except Refused:
                # The next try asks without conditions: what was kept is not trusted.
                (folder / _STATE).unlink(missing_ok=True)
                if not left:
                    raise
                continue
            if client.failures:
                source.info.notes.append(
                    _("The server failed {count} times before it answered.", count=client.failures)
                )
            return source
    raise AssertionError("unreachable")


def _fetch(client: Client, folder: Path, url: str) -> Path:
    known = _Fetched.read(folder, url)
    arriving = folder / "arriving"
    try:
        answer = client.save(url, arriving, known.conditions() if known else None)
        if answer.status == 304 and known is not None:
            return folder / _FILES / known.name
        name = _name(answer, url)
        (folder / _STATE).unlink(missing_ok=True)
        shutil.rmtree(folder / _FILES, ignore_errors=True)
        path = folder / _FILES / name
        path.parent.mkdir()
        arriving.rename(path)
    finally:
        arriving.unlink(missing_ok=True)
    # Where the protocol cannot tell a whole answer from half of one, the next load looks at it afresh.
    if answer.counted:
        etag, modified = answer.headers.get("etag"), answer.headers.get("last-modified")
        _write(folder / _STATE, asdict(_Fetched(url, name, checksum([path]), etag, modified)))
    return path


def _write(path: Path, content: Mapping[str, object]) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(content), "utf-8")
    os.replace(beside, path)


def _name(answer: Answer, url: str) -> str:
    """The file's name, from the server or the address, with an ending that tells its kind."""
    header = Header()
    header["content-disposition"] = answer.headers.get("content-disposition", "")
    names = [header.get_filename() or "", unquote(answer.url.path), unquote(url.partition("?")[0])]
    names = [_plain(name) for name in names]
    for name in names:
        if kind_of(Path(name)) is not None:
            return name
    said = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if said in _SUFFIXES and kind_of(Path(f"file{_SUFFIXES[said]}")) is not None:
        stem = next((name for name in names if name), "file")
        return f"{stem.partition('.')[0] or 'file'}{_SUFFIXES[said]}"
    known = ", ".join(suffix for kind in kinds() for suffix in kind.suffixes)
    raise WrongUse(
        _(
            "{place} sends no kind of file that is known ({type}). The address or the server must say which: {known}.",
            place=shown(answer.url),
            type=said or "–",
            known=known,
        )  # fmt: skip
    )


def _plain(name: str) -> str:
    """The last part of a name, without what could lead out of a folder."""
    return re.sub(r"[^\w.() -]", "_", re.split(r"[/\\]", name)[-1]).lstrip(".")[-100:]


def _is_file(spec: SourceFile) -> bool:
    """Whether an address is that of a file: no other kind knows it."""
    others = (kind.recognises for kind in kinds() if kind is not KIND)
    return spec.url is not None and not any(recognises(spec) for recognises in others if recognises is not None)


KIND = Kind("File on the web", open_http, recognises=_is_file, keeps=True)
