"""Names of streets and quarters: generic Swedish words, no persons and no real towns."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

MAIN_STREETS = (
    "Storgatan", "Drottninggatan", "Kungsgatan", "Järnvägsgatan", "Rådhusgatan", "Kyrkogatan", "Hamngatan",
    "Skolgatan", "Torggatan", "Stationsgatan", "Kanalgatan", "Esplanaden", "Brogatan", "Nygatan", "Slottsgatan",
    "Trädgårdsgatan",
)  # fmt: skip
RADIALS = (
    "Kvarnvägen", "Skogsvägen", "Sjövägen", "Gruvvägen", "Bruksvägen", "Ängsvägen", "Åkervägen", "Hagavägen",
    "Mossvägen",
)  # fmt: skip
RING = (
    "Östra Ringvägen", "Norra Ringvägen", "Västra Ringvägen", "Södra Ringvägen",
)  # fmt: skip
QUARTERS = (
    "Gåsen", "Ärlan", "Örnen", "Hägern", "Tranan", "Svanen", "Lärkan", "Trasten", "Ugglan", "Falken", "Näktergalen",
    "Sothönan", "Björnen", "Vargen", "Räven", "Älgen", "Haren", "Bävern", "Uttern", "Grävlingen", "Igelkotten",
    "Lodjuret", "Ekorren", "Gäddan", "Abborren", "Ålen", "Laxen", "Öringen", "Siken", "Norsen", "Eken", "Asken",
    "Linden", "Rönnen", "Hasseln", "Björken", "Alen", "Häggen", "Syrenen", "Rosen", "Liljan", "Blåklockan",
    "Vallmon", "Tulpanen", "Smeden", "Mjölnaren", "Bagaren", "Garvaren", "Hovslagaren", "Timmermannen",
    "Glasmästaren", "Skepparen", "Väktaren", "Ankaret", "Kompassen", "Seglet", "Kölen", "Rodret", "Månen",
    "Stjärnan", "Karlavagnen", "Vintergatan", "Åskan", "Regnbågen", "Flinten", "Graniten", "Kvartsen", "Skiffern",
)  # fmt: skip

_FIRST = (
    "Käll", "Ås", "Björk", "Ek", "Tall", "Gran", "Lind", "Alm", "Rönn", "Hassel", "Häll", "Berg", "Dal", "Back",
    "Äng", "Mejeri", "Smedje", "Klock", "Präst", "Skomakar", "Garvar", "Bagar", "Sågverks", "Tegelbruks", "Lärk",
    "Svan", "Orr", "Järp", "Hjort", "Räv", "Älg", "Blåbärs", "Hallon", "Lingon", "Smultron", "Slån", "Nypon",
    "Vallmo", "Klöver", "Havre", "Råg", "Korn", "Vete", "Humle", "Lin", "Fogde", "Tull", "Strand", "Vass",
    "Näckros", "Brygg", "Båt", "Segel", "Ankar", "Måne", "Sol", "Norrskens", "Åsk", "Vinter", "Höst", "Sommar",
    "Vår", "Kvarnsten", "Ljung", "Ormbunks", "Lav", "Moss", "Sten", "Grus", "Ler", "Sand", "Fjärils", "Humlebo",
    "Bi", "Myr",
)  # fmt: skip
_LAST = (
    "gatan", "vägen", "stigen", "gränd", "backen",
)  # fmt: skip
_SIDES = (
    "", "Östra ", "Västra ", "Norra ", "Södra ", "Övre ", "Nedre ", "Lilla ", "Bortre ",
)  # fmt: skip


def street_names(count: int, rng: np.random.Generator) -> NDArray[np.object_]:
    """As many names of smaller streets; they repeat only where all 3,400 are used up, as in towns that have merged."""
    plain = [first + last for last, first in product(_LAST, _FIRST)]
    rng.shuffle(plain)
    names = np.array([side + name for side, name in product(_SIDES, plain)], dtype=object)
    return np.resize(names, count)
