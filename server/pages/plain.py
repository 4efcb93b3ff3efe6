"""Terms of the files in plain words: how often a source changes, what a licence allows, what types hold."""

from __future__ import annotations

from collections.abc import Mapping

from catalogue.field import FieldType, GeometryKind
from catalogue.language import Message, _

#: The frequencies of `publish.update`.
UPDATES: Mapping[str, Message] = {
    "continuous": _("as soon as something changes"),
    "hourly": _("every hour"),
    "twice_a_day": _("twice a day"),
    "daily": _("every day"),
    "twice_a_week": _("twice a week"),
    "weekly": _("every week"),
    "every_two_weeks": _("every other week"),
    "monthly": _("every month"),
    "every_two_months": _("every other month"),
    "quarterly": _("every quarter"),
    "twice_a_year": _("twice a year"),
    "annual": _("every year"),
    "every_two_years": _("every other year"),
    "every_three_years": _("every third year"),
    "as_needed": _("when there is a need"),
    "irregular": _("at no fixed times"),
    "never": _("never: the data are finished"),
}
#: What the licences of `publish.licence` let people do, in one sentence; the licence itself decides.
LICENCES: Mapping[str, Message] = {
    "CC0-1.0": _("Use the data for anything, also commercially; you need not ask, nor say where they come from."),
    "PDDL-1.0": _("Use the data for anything, also commercially; you need not ask, nor say where they come from."),
    "CC-BY-4.0": _(
        "Use the data for anything, also commercially, as long as you say where they come from and what you changed."
    ),
    "ODC-By-1.0": _("Use the data for anything, also commercially, as long as you say where they come from."),
    "CC-BY-SA-4.0": _(
        "Use the data for anything, also commercially, as long as you say where they come from and share what you make "
        "of them under the same licence."
    ),
    "ODbL-1.0": _(
        "Use the data for anything, also commercially, as long as you say where they come from and share databases "
        "made of them under the same licence."
    ),
}
#: Those under which data may go into OpenStreetMap without more being asked.
FOR_OPENSTREETMAP = frozenset(("CC0-1.0", "PDDL-1.0", "ODbL-1.0"))
TYPES: Mapping[FieldType, Message] = {
    "text": _("text"),
    "integer": _("whole number"),
    "number": _("number"),
    "boolean": _("yes or no"),
    "date": _("date"),
    "datetime": _("date and time"),
    "object": _("several values (JSON)"),
}
GEOMETRIES: Mapping[GeometryKind, Message] = {
    "point": _("points"),
    "line": _("lines"),
    "polygon": _("areas"),
    "any": _("points, lines and areas"),
    "none": _("none: a table"),
}


def licence_name(identifier: str) -> str:
    """An SPDX identifier as people write the licence: `CC-BY-SA-4.0` is CC BY-SA 4.0."""
    name, _hyphen, version = identifier.rpartition("-")
    return f"{name.replace('CC-', 'CC ')} {version}"
