"""The supplier ledger: what the municipality has paid, to whom, for what, and for which property; no geometry.

Names of suppliers say what they supply, and their organisation numbers begin with a 4, which no legal form has: they
are nobody's. Sole traders have numbers and names of nobody (`people`), as their organisation number is their personal
number.
"""

import random
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from stdnum import luhn

from loaders.samples import properties
from loaders.samples.editions import Flaw
from loaders.samples.people import name, personal_number
from loaders.samples.town import CRS, Town

COLUMNS = (
    "Kontering", "Verifikation", "Leverantör", "Org.nr", "Konto", "Kontotext", "Belopp", "Bokföringsdatum",
    "Förvaltning", "Fakturanr", "Grund", "Avtal", "S-kod", "Fastighet",
)  # fmt: skip
"""The columns of the file, in its order."""
ACCOUNTS = (
    ("6170", "Fastighetsunderhåll", "5551", True), ("6160", "Fastighetsskötsel och renhållning", "5551", True),
    ("6210", "Elavgifter", "5531", True), ("6220", "Fjärrvärme", "5531", True),
    ("6230", "Vatten och avlopp", "5539", True),
    ("6410", "Förbrukningsinventarier", "5711", False), ("6430", "Arbetskläder och skyddsutrustning", "5719", False),
    ("6810", "Telekommunikation", "5564", False), ("7410", "Konsulttjänster", "5731", False),
    ("5710", "Livsmedel", "5713", False), ("7370", "Entreprenader, gator och parker", "5751", False),
    ("6550", "IT-tjänster", "5734", False),
)  # fmt: skip
"""Number, text and S-code of an account, and whether it is about a property."""
_SUPPLIERS = (
    "Byggentreprenör", "Elgrossist", "Schaktentreprenör", "Livsmedelsgrossist", "Städföretag", "Takläggare",
    "Energibolag", "IT-leverantör", "Konsultbyrå", "Plantskola", "Åkeri", "Kontorsleverantör",
)  # fmt: skip
_TRADES = ("Snickeri", "Måleri", "Trädgård", "Fotografi", "Översättning", "Snöröjning", "Låsservice")
_DEPARTMENTS = ("Fastighetsenheten", "Gatuenheten", "Parkenheten", "Skolförvaltningen", "Omsorgsförvaltningen")
_GROUNDS = ("Ramavtal", "Upphandling", "Direktupphandling", "")
_SOLE_TRADERS = 0.08
_PER_INVOICE = (0.62, 0.26, 0.12)

FLAWS: tuple[Flaw, ...] = (
    Flaw("duplicate identity", "Kontering", lambda row: row["Kontering"], fresh=False),
    Flaw("identity missing", "Kontering", lambda row: ""),
    Flaw("text in a number", "Belopp", lambda row: "se bilaga"),
    Flaw("date does not exist", "Bokföringsdatum", lambda row: "2026-02-30"),
    Flaw("value missing", "Konto", lambda row: ""),
    Flaw("value missing", "Leverantör", lambda row: ""),
)


def rows(town: Town, scale: float, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """All entries that any edition has, in the order of booking; the geometry is empty."""
    count = round(3000 * scale)
    invoices = rng.choice(len(_PER_INVOICE), count, p=_PER_INVOICE) + 1
    invoice = np.repeat(np.arange(count), invoices)[:count]
    line = np.concatenate([np.arange(1, lines + 1) for lines in invoices])[:count]
    suppliers = _suppliers(max(40, count // 25), random.Random(int(rng.integers(2**31))))
    # A few suppliers have most of the invoices.
    chosen = np.minimum((rng.exponential(0.2, count) * len(suppliers)).astype(int), len(suppliers) - 1)[invoice]
    account = rng.integers(len(ACCOUNTS), size=count)
    units = np.array(properties.held(town), dtype=object)
    about = np.array([ACCOUNTS[each][3] for each in account]) & (rng.uniform(size=count) < 0.85)
    number = np.array([f"LR26{each + 1:05d}" for each in invoice], dtype=object)
    # Invoices are booked in the order of their days; amounts are many small ones and a few large.
    days = np.sort(rng.integers(0, 270, count))[invoice]
    amounts = np.round(np.exp(rng.normal(7.6, 1.5, count)), 2) * np.where(rng.uniform(size=count) < 0.03, -1, 1)
    ground = rng.integers(len(_GROUNDS), size=count)[invoice]
    return gpd.GeoDataFrame(
        {
            "Kontering": [f"{each}-{place}" for each, place in zip(number, line, strict=True)],
            "Verifikation": number,
            "Leverantör": [suppliers[each][0] for each in chosen],
            "Org.nr": [suppliers[each][1] for each in chosen],
            "Konto": [ACCOUNTS[each][0] for each in account],
            "Kontotext": [ACCOUNTS[each][1] for each in account],
            "Belopp": amounts,
            "Bokföringsdatum": (np.datetime64("2026-01-02") + days).astype(str),
            "Förvaltning": np.array(_DEPARTMENTS, dtype=object)[rng.integers(len(_DEPARTMENTS), size=count)[invoice]],
            "Fakturanr": (100_000 + rng.integers(900_000, size=count)[invoice]).astype(str),
            "Grund": np.array(_GROUNDS, dtype=object)[ground],
            "Avtal": [f"A-2025-{each % 97:03d}" if _GROUNDS[of] == "Ramavtal" else ""
                      for each, of in zip(chosen, ground, strict=True)],
            "S-kod": [ACCOUNTS[each][2] for each in account],
            "Fastighet": np.where(about, units[rng.integers(len(units), size=count)], ""),
        },
        geometry=[None] * count,
        crs=CRS,
    )  # fmt: skip


def alter(entries: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Entries as the second edition has them: corrected amounts, and every third on another account."""
    entries["Belopp"] = np.round(entries["Belopp"] + rng.integers(10, 900, len(entries)), 2)
    moved = np.arange(len(entries)) % 3 == 0
    entries["Konto"] = np.where(moved, "7410", entries["Konto"])
    entries["Kontotext"] = np.where(moved, "Konsulttjänster", entries["Kontotext"])
    return entries


def finish(entries: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The entries as they are written: everything is text, with decimal commas."""
    text = entries.copy()
    text["Belopp"] = [f"{amount:.2f}".replace(".", ",") for amount in entries["Belopp"]]
    text[list(COLUMNS)] = text[list(COLUMNS)].astype(str).astype(object)
    return text


def shown(text: gpd.GeoDataFrame) -> pd.DataFrame:
    """The columns of the file, in its order."""
    return pd.DataFrame(text)[list(COLUMNS)]


def _suppliers(count: int, rng: random.Random) -> Sequence[tuple[str, str]]:
    """Names and organisation numbers, each once."""
    found = []
    for place in range(count):
        if rng.random() < _SOLE_TRADERS:
            digits = personal_number(rng)[2:]
            found.append((f"{' '.join(name(rng))} {rng.choice(_TRADES)}", f"{digits[:6]}-{digits[6:]}"))
        else:
            kind = _SUPPLIERS[place % len(_SUPPLIERS)]
            # Where dates have their month, legal persons have at least 20.
            nine = f"4{rng.randrange(10)}{rng.randrange(20, 100)}{place:05d}"
            digits = nine + luhn.calc_check_digit(nine)
            found.append((f"{kind} {place // len(_SUPPLIERS) + 1}", f"{digits[:6]}-{digits[6:]}"))
    rng.shuffle(found)
    return found
