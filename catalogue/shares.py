r"""Network shares: what people see in Windows as `\\server\geodata\buller.shp`, and where this machine has it.

`shares:` in config/server.yml maps the one to the other. A path of a layer file may be written as Windows shows it, and
messages show it like that again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import AfterValidator

from catalogue.files.yaml_file import read_yaml
from catalogue.language import _
from catalogue.problems import Mistake, WrongUse

#: Two names after two backslashes (or slashes, as some write them), or the letter of a drive.
_SHARE = re.compile(r"^([\\/]{2}[^\\/]+[\\/][^\\/]+|[A-Za-z]:)[\\/]?$")
_WINDOWS = re.compile(r"^([\\/]{2}[^\\/]|[A-Za-z]:[\\/])")
SETTINGS_FILE = Path("config/server.yml")
SHARES_DESCRIPTION = (
    "Network shares as people see them in Windows (\\\\server\\share or a drive such as G:), and where this machine "
    "has them mounted."
)


def _share(text: str) -> str:
    if not _SHARE.match(text):
        example = _("For example: {example}", example=r"'\\server\geodata': /mnt/geodata")
        raise Mistake(_("“{value}” is not the name of a share.", value=text), example)
    return text.rstrip("\\/").replace("/", "\\")


def _mount(text: str) -> str:
    if not PurePosixPath(text).is_absolute():
        raise Mistake(_("“{value}” is no folder of this machine: it begins with /.", value=text))
    return text


ShareName = Annotated[str, AfterValidator(_share)]
Mount = Annotated[str, AfterValidator(_mount)]


def is_windows(path: str) -> bool:
    """Whether a path is written as in Windows: with a server and share, or with a drive."""
    return bool(_WINDOWS.match(path))


def local_path(home: Path, written: str, shares: Mapping[str, str] | None = None) -> Path:
    """Where this machine has what a person calls `written`; paths of this machine count from `home`.

    `shares` are those of config/server.yml, which is read where they are not given. Raises WrongUse for a share that it
    does not name.
    """
    if not is_windows(written):
        return home / written
    known = _read_shares(home) if shares is None else shares
    asked = written.replace("/", "\\")
    for share in sorted(known, key=len, reverse=True):
        name = share.rstrip("\\/").replace("/", "\\")
        if asked.casefold() == name.casefold() or asked.casefold().startswith(f"{name}\\".casefold()):
            parts = [part for part in asked[len(name) :].split("\\") if part]
            if ".." in parts:
                raise WrongUse(_("{path}: write the path without “..”.", path=written))
            return _as_spelt(Path(known[share]), parts)
    raise WrongUse(
        _(
            "{path}: this machine does not know where the share is. Name it in config/server.yml: shares: {example}",
            path=written, example=r"{'\\server\geodata': /mnt/geodata}",
        )
    )  # fmt: skip


def as_seen(path: Path, shares: Mapping[str, str]) -> str:
    """A path as people see it in Windows, where it lies on a share; else as this machine calls it."""
    for share, mount in sorted(shares.items(), key=lambda pair: len(pair[1]), reverse=True):
        with suppress(ValueError):
            inside = path.relative_to(mount)
            return "\\".join([share.rstrip("\\/"), *inside.parts])
    return str(path)


def seen(home: Path, path: Path) -> str:
    """`as_seen`, with the shares of config/server.yml."""
    return as_seen(path, _read_shares(home))


def _read_shares(home: Path) -> dict[str, str]:
    file = home / SETTINGS_FILE
    said = read_yaml(file, SETTINGS_FILE).data.get("shares") if file.exists() else None
    return {str(share): str(mount) for share, mount in said.items()} if isinstance(said, dict) else {}


def _as_spelt(folder: Path, parts: list[str]) -> Path:
    """The path below a folder; to Windows capitals and small letters are the same, to a mount here maybe not."""
    path = folder
    for part in parts:
        found = path / part
        if not found.exists() and path.is_dir():
            alike = [name for name in path.iterdir() if _folded(name.name) == _folded(part)]
            found = alike[0] if len(alike) == 1 else found
        path = found
    return path


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
