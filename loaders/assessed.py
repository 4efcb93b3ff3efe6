"""Whether a layer's assessment lets a release be made of it today."""

from __future__ import annotations

from datetime import date

from catalogue.assessment import Concern, concerns
from catalogue.files.yaml_file import dotted
from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.problems import Problem, Refused


def require_assessment(layer: Layer) -> None:
    """Raise Refused where a part waits for a person or no longer holds, with one problem for each."""
    blocking = [concern for concern in _concerns(layer) if concern.blocks]
    if blocking:
        message = _("{layer}: the assessment does not allow a new release; nothing has changed.", layer=layer.id)
        problems = [Problem(each.message, key=dotted(each.key), suggestion=each.remedy) for each in blocking]
        raise Refused(message, problems)


def assessment_warnings(layer: Layer) -> list[Message]:
    """What the assessment lacks or will soon lack, for the load's report."""
    return [
        _("{key}: {message} {remedy}", key=dotted(each.key), message=each.message, remedy=each.remedy)
        for each in _concerns(layer)
    ]


def _concerns(layer: Layer) -> list[Concern]:
    return list(concerns(layer.assessment, date.today())) if layer.assessment else []
