"""What columns are for, guessed from their names and values: keys, times, personal data."""

from __future__ import annotations

import re

from loaders.inspect import ColumnProfile, Inspection
from loaders.proposal.glossary import words

_KEY_WORDS = {"id", "nr", "nummer", "number", "key", "nyckel", "kod", "code", "beteckning", "designation", "uuid",
              "guid", "globalid", "ref", "objektid", "identifier", "identitet", "diarienr", "dnr", "id_nr"}  # fmt: skip
#: Keys that programs hand out anew with every export.
_RENUMBERED = {"gid", "objectid", "oid"}
#: Mere places in a file.
ROW_NUMBERS = {"fid", "ogc_fid", "rownum", "rownames"}
_STARTS = {
    "start",
    "startdatum",
    "from",
    "från",
    "fran",
    "begin",
    "begins",
    "startat",
    "startar",
    "starttid",
    "startdate",
}
_ENDS = {"end", "slut", "slutdatum", "till", "tom", "until", "stop", "ends", "avslutat", "slutar", "sluttid", "enddate"}
_PERSONAL = {"person", "personnr", "personnummer", "telefon", "tel", "phone", "mobil", "mail", "email", "epost",
             "handläggare", "handlaggare", "kontakt", "kontaktperson", "contact", "förnamn", "efternamn", "innehavare",
             "hyresgäst", "arrendator", "signatur"}  # fmt: skip
_PERSONAL_VALUE = re.compile(r"[\w.+-]+@[\w-]+\.\w+|\b(19|20)?\d{6}[-+]\d{4}\b|\b0\d{1,3}[- /]\d{2,3} ?\d{2} ?\d{2}\b")


def identity(inspection: Inspection) -> tuple[str | None, bool]:
    """The column that looks like a key, and whether it is one that programs number anew."""
    found: list[tuple[int, int, str]] = []
    for place, (name, profile) in enumerate(inspection.columns.items()):
        kind = profile.guess[0]
        if not profile.is_key or name.casefold() in ROW_NUMBERS or kind not in ("text", "integer"):
            continue
        parts = words(name)
        if name.casefold() in _RENUMBERED:
            found.append((3, place, name))
        elif name.casefold() in _KEY_WORDS or "".join(parts) in _KEY_WORDS:
            found.append((0, place, name))
        elif _KEY_WORDS & set(parts) or (kind == "integer" and re.match(r"id|.*id$", name.casefold())):
            found.append((1, place, name))
    if not found:
        return None, False
    rank, _place, name = min(found)
    return name, rank == 3


def is_personal(profile: ColumnProfile) -> bool:
    """Whether a column may hold data about persons (names of people, telephone numbers, addresses of e-mail)."""
    parts = words(profile.name)
    if _PERSONAL & {*parts, "".join(parts)}:
        return True
    return any(_PERSONAL_VALUE.search(value) for value in list(profile.values or ())[:200])


def time_columns(inspection: Inspection) -> tuple[str | None, str | None]:
    """The columns that say when a feature begins and ends to be valid."""
    moments = [name for name, profile in inspection.columns.items() if profile.guess[0] in ("date", "datetime")]
    start = next((name for name in moments if _STARTS & {*words(name), name.casefold()}), None)
    end = next((name for name in moments if _ENDS & {*words(name), name.casefold()} and name != start), None)
    return start, end
