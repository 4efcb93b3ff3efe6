"""Layer files of real data as a municipality would have assessed them: contacts may be published, texts were read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import yaml

from catalogue.personal import IDENTITY, Kind


def assess(layer_file: Path) -> None:
    """Let the file's assessment cover every kind in every field, and say that no field is free text."""
    # Plain scalars stay text, as in the loader's own reading.
    content: dict[str, Any] = yaml.load(layer_file.read_text("utf-8"), yaml.BaseLoader)
    fields = content.get("fields") or {}
    for field in fields.values():
        if field.get("type") == "text":
            field["free_text"] = "false"
    covers = dict.fromkeys([*fields, IDENTITY], list(get_args(Kind)))
    for part in content["assessment"].values():
        part.update(by="GIS-enheten", case="KS 2026/114")
    permitted = {"outcome": "permitted", "ground": "Kontakter till föreningar", "covers": covers}
    content["assessment"]["personal_data"].update(permitted)
    layer_file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
