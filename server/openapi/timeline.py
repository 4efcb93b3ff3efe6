"""What goes on in a layer day by day."""

from __future__ import annotations

from catalogue.query.timeline_request import COUNTS, LONGEST_DAYS, choices_of, place_of
from server.formats import PAGE
from server.openapi.described import Described
from server.openapi.parts import TEXT, Json, content, form, get, query_parameter, schema

#: A date, or nothing, as forms leave it; that a day exists is beyond a pattern.
_DATE: Json = {"type": "string", "pattern": r"^(\d{4}-\d{2}-\d{2})?$"}
_FROM = query_parameter("from", _DATE, "The first day, in the publisher's time zone; today where it is left out.")
_TO = query_parameter(
    "to", _DATE, f"The last day, itself included; else the seventh. At most {LONGEST_DAYS} days can be asked for."
)
_PLACE = query_parameter("place", TEXT, "The street or the place; upper and lower case are alike.")
_COUNTS = "Values of the field that the map is coloured by: features that have one of them. May be repeated."


def timeline(layer: Described) -> dict[str, Json]:
    """The path, where the layer's features have periods."""
    definition = layer.shown
    if definition.time is None:
        return {}
    parameters = [layer.components.parameter("from", _FROM), layer.components.parameter("to", _TO)]
    if place_of(definition):
        parameters.append(layer.components.parameter("place", _PLACE))
    if values := choices_of(definition):
        several = {"type": "array", "items": TEXT | {"enum": list(values)}}
        counts = query_parameter(COUNTS, several, _COUNTS) | {"explode": True}
        parameters.append(layer.components.parameter(f"{layer.owner}.{COUNTS}", counts))
    parameters += [layer.components.parameter("f", form(PAGE)), layer.components.common("lang")]
    answer = content(PAGE, schema("timeline"))
    path = f"/collections/{layer.id}/timeline"
    return {path: get(f"getTimeline.{layer.id}", f"{layer.title}: day by day", layer.id, parameters, answer)}
