"""Which character encoding a file is really in: what it says is checked against its bytes."""

from __future__ import annotations

import codecs
import re
from functools import partial
from pathlib import Path

import numpy as np

#: Letters of the Nordic and German languages as single bytes: Windows-1252 (as ISO 8859-1) and the DOS code page 850.
_LETTERS_1252 = "åäöÅÄÖéÉæøÆØüÜß".encode("cp1252")
_LETTERS_850 = "åäöÅÄÖéÉæøÆØüÜß".encode("cp850")
_MULTI_BYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
#: Bytes that Windows-1252 leaves undefined.
_UNDEFINED_1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")

_SAMPLE_BYTES = 1 << 20


def python_codec(name: str) -> str | None:
    """Python's name of an encoding as layer files and .cpg files write it (`UTF-8`, `1252`, `ANSI 1252`, `Big-5`)."""
    wanted = name.strip().lower()
    match = re.fullmatch(r"(?:ansi|oem|cp|windows|ibm)?[ _-]*(\d{3,5})", wanted)
    tries = [wanted, wanted.replace("-", ""), wanted.replace(" ", "-")]
    if match:
        # .cpg files of Esri name ISO 8859 as 88591.
        digits = match[1]
        tries = [f"iso8859-{digits[4:]}" if digits.startswith("8859") else f"cp{digits}", *tries]
    for candidate in tries:
        try:
            found = codecs.lookup(candidate).name
        except LookupError:
            continue
        # Latin-1 as files on a share say it is Windows-1252 in truth (quotes, dashes, the euro sign).
        return "cp1252" if found == "iso8859-1" else found
    return None


def is_utf8(sample: bytes) -> bool:
    """Whether bytes with letters beyond ASCII are UTF-8; a letter cut at the end of a field is forgiven."""
    wide = len(_MULTI_BYTE.findall(sample))
    wrong = sample.decode("utf-8", "replace").count("�")
    return wide > 0 and wrong * 20 <= wide


def guess(sample: bytes) -> str:
    """The most likely encoding of a sample: utf-8, cp1252, latin-1 or cp850."""
    if sample.isascii() or is_utf8(sample):
        return "utf-8"
    counts = np.bincount(np.frombuffer(sample, dtype=np.uint8), minlength=256)
    windows, dos = (int(counts[list(letters)].sum()) for letters in (_LETTERS_1252, _LETTERS_850))
    if dos > 2 * windows:
        return "cp850"
    return "latin-1" if any(counts[byte] for byte in _UNDEFINED_1252) else "cp1252"


def contradicts(codec: str, sample: bytes) -> bool:
    """Whether the bytes show that a declared encoding is wrong."""
    if sample.isascii():
        return False
    if codec == "utf-8":
        return not is_utf8(sample)
    # Eight-bit text is almost never valid UTF-8 by chance; between two code pages only letters can tell.
    return is_utf8(sample) or (codec in ("cp1252", "latin-1") and guess(sample) == "cp850")


def shown(codec: str) -> str:
    """The name of an encoding as people know it."""
    return {"utf-8": "UTF-8", "cp1252": "Windows-1252", "latin-1": "ISO 8859-1", "utf-16": "UTF-16"}.get(
        codec, codec.upper()
    )


def letters_beyond_ascii(path: Path) -> bytes:
    """The lines with letters beyond ASCII, up to a megabyte."""
    found = bytearray()
    with path.open("rb") as file:
        for line in iter(partial(file.readline, _SAMPLE_BYTES), b""):
            if not line.isascii():
                found += line
                if len(found) > _SAMPLE_BYTES:
                    break
    return bytes(found)
