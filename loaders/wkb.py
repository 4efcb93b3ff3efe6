"""Shapes from WKB, also from a batch in which some are of a kind that GEOS does not know."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely


def shapes_from(wkb: npt.NDArray[np.object_]) -> Any:
    """An array with a shape for each WKB; None for null, and for what is damaged or a curve."""
    try:
        return np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    except NotImplementedError:  # one curve refuses the whole array
        if len(wkb) == 1:
            return np.array([None], dtype=object)
        return np.concatenate([shapes_from(part) for part in np.array_split(wkb, 2)])
