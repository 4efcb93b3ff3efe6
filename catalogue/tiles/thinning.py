"""Which features tiles show at which zoom: thresholds that are stored with a generation.

The smallest zoom of a feature depends on the feature alone (its size, and a draw that its identity decides) and on
these thresholds, so that what has not changed looks the same in every release that reads the generation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

Json = dict[str, Any]


@dataclass(frozen=True)
class Thinning:
    """Thresholds by zoom, for the zooms at which not every feature is shown: 0, 1, 2 … below `complete`.

    At zoom z a feature is shown whose size (degrees; `size`) is at least `sizes[z]`, and one of every `2**halvings[z]`
    of the others. From zoom `details` on tiles carry all their properties. `bands` are the zooms that have an index of
    their own, of the features shown there.
    """

    sizes: tuple[float, ...] = ()
    halvings: tuple[int, ...] = ()
    details: int = 0
    bands: tuple[int, ...] = ()

    @property
    def complete(self) -> int:
        """The zoom from which every feature is shown."""
        return len(self.sizes)

    def to_json(self) -> Json:
        """As it is stored; a size that no feature reaches is null."""
        return {
            "sizes": [size if math.isfinite(size) else None for size in self.sizes],
            "halvings": list(self.halvings),
            "details": self.details,
            "bands": list(self.bands),
        }

    @classmethod
    def from_json(cls, stored: Json) -> Self:
        """As `to_json` wrote it."""
        return cls(
            sizes=tuple(math.inf if size is None else float(size) for size in stored["sizes"]),
            halvings=tuple(stored["halvings"]),
            details=stored["details"],
            bands=tuple(stored["bands"]),
        )

    def zoom(self, geometry_type: str) -> str:
        """The SQL expression of a row's smallest zoom, from its `_geom` and `_id`."""
        if not self.complete:
            return "0::smallint"
        # How many thresholds, from zoom 0 on, a feature falls short of: each is asked once, by a binary search.
        by_draw = f"width_bucket({_DRAW}, {_array(0.5**halving for halving in self.halvings)})"
        if geometry_type in ("Point", "MultiPoint"):
            return f"{by_draw}::smallint"
        by_size = f"width_bucket(-({size(geometry_type)}), {_array(-size for size in self.sizes)})"
        return f"least({by_size}, {by_draw})::smallint"


#: A number from 0 to 1 that the identity decides: its hash's lowest 53 bits.
_DRAW = "(hashtextextended(_id, 0) & 9007199254740991)::float8 / 9007199254740992"


def size(geometry_type: str) -> str:
    """The SQL expression of how large `_geom` is on a map, in degrees: length of lines, side of an equal square."""
    if geometry_type.endswith("Point"):
        return "0::float8"
    if geometry_type.endswith("Polygon"):
        return "sqrt(ST_Area(_geom))"
    if geometry_type.endswith("LineString"):
        return "ST_Length(_geom)"
    return "ST_Length(_geom) + sqrt(ST_Area(_geom))"


def _array(numbers: Any) -> str:
    return "'{" + ",".join("-Infinity" if number == -math.inf else repr(number) for number in numbers) + "}'::float8[]"
