"""Words of column names in Swedish and English, for titles that people can read."""

from __future__ import annotations

import re

#: Word in a column name (folded to lower case): Swedish, English.
_WORDS = {
    "namn": ("namn", "name"), "name": ("namn", "name"), "id": ("id", "id"), "nr": ("nummer", "number"),
    "nummer": ("nummer", "number"), "number": ("nummer", "number"), "kod": ("kod", "code"), "code": ("kod", "code"),
    "typ": ("typ", "type"), "type": ("typ", "type"), "status": ("status", "status"), "gata": ("gata", "street"),
    "street": ("gata", "street"), "adress": ("adress", "address"), "address": ("adress", "address"),
    "start": ("start", "start"), "end": ("slut", "end"), "slut": ("slut", "end"), "datum": ("datum", "date"),
    "date": ("datum", "date"), "startdatum": ("startdatum", "start date"), "slutdatum": ("slutdatum", "end date"),
    "tid": ("tid", "time"), "time": ("tid", "time"), "update": ("uppdatering", "update"),
    "uppdaterad": ("uppdaterad", "updated"), "updated": ("uppdaterad", "updated"), "ändrad": ("ändrad", "changed"),
    "beskrivning": ("beskrivning", "description"), "description": ("beskrivning", "description"),
    "antal": ("antal", "number of"), "platser": ("platser", "spaces"), "avgift": ("avgift", "fee"),
    "fee": ("avgift", "fee"), "taxa": ("taxa", "tariff"), "kommun": ("kommun", "municipality"),
    "län": ("län", "county"), "stadsdel": ("stadsdel", "district"), "område": ("område", "area"),
    "area": ("area", "area"), "areal": ("areal", "area"), "yta": ("yta", "surface"), "längd": ("längd", "length"),
    "length": ("längd", "length"), "leng": ("längd", "length"), "bredd": ("bredd", "width"),
    "width": ("bredd", "width"),
    "höjd": ("höjd", "height"), "height": ("höjd", "height"), "riktning": ("riktning", "direction"),
    "direction": ("riktning", "direction"), "ägare": ("ägare", "owner"), "owner": ("ägare", "owner"),
    "förvaltare": ("förvaltare", "manager"), "beteckning": ("beteckning", "designation"), "år": ("år", "year"),
    "year": ("år", "year"), "kategori": ("kategori", "category"), "category": ("kategori", "category"),
    "anmärkning": ("anmärkning", "remark"), "kommentar": ("kommentar", "comment"), "comment": ("kommentar", "comment"),
    "ärende": ("ärende", "case"), "arende": ("ärende", "case"), "objekt": ("objekt", "object"),
    "object": ("objekt", "object"), "objektid": ("objekt-id", "object id"), "objectid": ("objekt-id", "object id"),
    "shape": ("geometri", "geometry"), "fastighet": ("fastighet", "property"), "anläggning": ("anläggning", "facility"),
    "angle": ("vinkel", "angle"), "side": ("sida", "side"), "payment": ("betalning", "payment"),
    "period": ("period", "period"), "limited": ("begränsad", "limited"), "orientation": ("riktning", "orientation"),
    "is": ("är", "is"), "verified": ("bekräftad", "verified"), "position": ("läge", "position"),
    "location": ("plats", "location"), "method": ("metod", "method"), "work": ("arbete", "work"),
    "zone": ("zon", "zone"), "vehicle": ("fordon", "vehicle"), "impact": ("påverkan", "impact"),
    "lanes": ("körfält", "lanes"), "cross": ("korsande", "cross"), "beginning": ("första", "beginning"),
    "ending": ("sista", "ending"), "core": ("huvud", "core"), "details": ("uppgifter", "details"),
    "of": ("av", "of"), "types": ("typer", "types"), "road": ("väg", "road"), "väg": ("väg", "road"),
}  # fmt: skip


def words(column: str) -> list[str]:
    """The words of a column name: `ARENDE_NR`, `startDate` and `Antal platser` have two each."""
    parted = re.sub(r"(?<=[a-zåäö])(?=[A-ZÅÄÖ])", " ", column)
    return [word for word in re.split(r"[\W_]+", parted.casefold()) if word]


def title(column: str) -> dict[str, str]:
    """A title by language; in the column's own words where one of them is not known."""
    found = words(column)
    known = [_WORDS.get(word) for word in found]
    own = " ".join(found).capitalize() or column
    if not found or None in known:
        return {"sv": own}
    pairs = [pair for pair in known if pair is not None]
    return {
        "sv": " ".join(pair[0] for pair in pairs).capitalize(),
        "en": " ".join(pair[1] for pair in pairs).capitalize(),
    }
