"""The stable id of a feature, from the columns that the layer file names."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def joined(parts: list[pa.Array]) -> pa.Array:
    """Texts joined by “:”, null where a part is null; with several parts “:” and “\\” inside them are escaped."""
    if len(parts) == 1:
        return parts[0]
    escaped = [pc.replace_substring(pc.replace_substring(part, "\\", "\\\\"), ":", "\\:") for part in parts]
    return pc.binary_join_element_wise(*escaped, ":", null_handling="emit_null")
