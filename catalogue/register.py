"""The register of assessments: every layer of a home, what was assessed, by whom, and for how long that holds."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from catalogue.assessment import PARTS, Assessment, AssessmentPart, Part, PersonalDataPart, concerns
from catalogue.field import LanguageText
from catalogue.files.home import Home
from catalogue.layer_file import Status

#: How a part stands: it holds (its end may be near), it is over, it waits for a person, nobody has looked (a layer that
#: is planned or withheld needs no assessment), or the layer's file cannot be read.
State = Literal["in force", "ends soon", "outdated", "undecided", "not assessed", "unreadable"]


@dataclass(frozen=True)
class Entry:
    """One part of a layer's assessment. `ground` is that of a withheld layer; `days_left` from today on."""

    layer: str
    title: LanguageText
    publisher: str
    status: Status | None
    ground: LanguageText
    part: Part
    said: AssessmentPart | None
    state: State
    days_left: int | None = None

    @property
    def personal(self) -> PersonalDataPart | None:
        """What is said of personal data, where this is that part."""
        return self.said if isinstance(self.said, PersonalDataPart) else None


def register(home: Home, today: datetime.date, layers: Collection[str] = ()) -> list[Entry]:
    """Four entries for each layer, in the order of the layers' ids; `layers`: these alone, all where there are none."""
    known = sorted(home.layer_files.keys() | home.broken)
    return [entry for id_ in known if not layers or id_ in layers for entry in _entries(home, id_, today)]


def _entries(home: Home, id_: str, today: datetime.date) -> Iterator[Entry]:
    file, layer = home.layer_files.get(id_), home.layers.get(id_) or home.unpublished.get(id_)
    if file is None or layer is None:
        for part in PARTS:
            yield Entry(id_, {}, "", None, {}, part, None, "unreadable")
        return
    for part in PARTS:
        said = file.assessment.parts[part] if file.assessment else None
        left = said.days_left(today) if said else None
        state = _state(file.assessment, part, today) if file.assessment else "not assessed"
        yield Entry(id_, layer.title, layer.publisher, file.status, file.ground or {}, part, said, state, left)


def _state(assessment: Assessment, part: Part, today: datetime.date) -> State:
    own = [concern for concern in concerns(assessment, today) if concern.key[1] == part]
    ending = [concern for concern in own if concern.key[2:] == ("valid_until",)]
    if any(concern.blocks for concern in own if concern not in ending):
        return "undecided"
    if ending:
        return "outdated" if ending[0].blocks else "ends soon"
    return "in force"
