"""One source, cell by cell beside what another reader finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from bench.independent import Found, alike, read
from catalogue.files.mistakes import validate
from catalogue.files.yaml_file import read_yaml
from catalogue.layer_file import LayerFile
from loaders.sources import WKB_COLUMN, Source, open_source


def compare(path: Path, layer_file: str, hints: dict[str, Any]) -> str:
    """In words: `alike: …` with what was compared, or `differs: …` with the first difference."""
    file = Path(layer_file)
    layer = validate(LayerFile, read_yaml(file, file))
    assert layer is not None and layer.source is not None
    theirs = read(path, {**hints, **_layer(path, layer.source.sheet or layer.source.layer)})
    if theirs is None:
        return "no other reader"
    return beside(open_source(layer.source, path.parent, override=path, geometry=None), theirs)


def beside(source: Source, theirs: Found) -> str:
    """As `compare`, for a source that is open."""
    names = list(source.info.columns)
    batches = list(source.batches(names))
    rows = sum(batch.num_rows for batch in batches)
    if rows != theirs.rows:
        return f"differs: {rows} rows, the other reader finds {theirs.rows}"
    common = [name for name in names if name in theirs.columns]
    for name in common:
        ours = [value for batch in batches for value in batch.column(name).to_pylist()]
        for row, (one, other) in enumerate(zip(ours, theirs.columns[name], strict=True), 1):
            if not alike(one, other):
                return f"differs: row {row}, {name}: {one!r}, the other reader finds {other!r}"
    wkb = [value for batch in batches for value in batch.column(WKB_COLUMN).to_pylist()]
    box = shapely.total_bounds(shapely.from_wkb(np.array(wkb, dtype=object), on_invalid="ignore"))
    if theirs.box is not None and not np.allclose(box, theirs.box, rtol=1e-9, atol=1e-6):
        return f"differs: the box is {box.tolist()}, the other reader finds {theirs.box}"
    cells = rows * len(common)
    return f"alike: {rows} rows, {cells} cells" + (", box" if theirs.box is not None else "")


def _layer(path: Path, name: str | None) -> dict[str, str]:
    """The same layer for the other reader."""
    if name is None:
        return {}
    return {"sheet": name} if path.suffix.lower() == ".xlsx" else {"layer": name}
