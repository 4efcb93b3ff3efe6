"""Whether a layer file says that nothing of its layer may be read, even where the file cannot be used."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from catalogue.files.yaml_file import MAX_BYTES, YamlFile

_STATUS = re.compile(r"""^["']?status["']?[ \t]*:[ \t]*["']?([^\s"'#]*)""", re.MULTILINE)
_OPEN = "published"


def is_closed(file: YamlFile, path: Path) -> bool:
    """Whether its `status` is anything but `published`.

    A file with mistakes leaves its layer's last release up, so a mistake must not open what the file closes: then every
    line that begins with `status:` counts, in whatever text there is.
    """
    if file.data.get("status", _OPEN) != _OPEN:
        return True
    return bool(file.problems) and any(found != _OPEN for found in _STATUS.findall(_text(path)))


def _text(path: Path) -> str:
    with suppress(OSError), path.open("rb") as file:
        content = file.read(MAX_BYTES)
        coding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
        return content.decode(coding, "replace").replace("\r", "\n").lstrip("\ufeff")
    return ""
