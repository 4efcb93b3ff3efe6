"""The assessment of a proposed layer file: what to think of in each part, and who must decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from catalogue.assessment import DECIDE, PARTS, Part
from catalogue.feature_schema import in_language
from catalogue.language import Message, _, current_language
from catalogue.model import DataModel
from loaders.proposal.text import comment, inline, remark

#: What to think of where no model says it for data of its kind.
_GENERAL: dict[Part, Message] = {
    "personal_data": _("Names, numbers, homes of single persons, free text, pictures; sole traders."),
    "secrecy": _("What is secret by law: sites of protected species, prepared deals, people at risk."),
    "security": _(
        "Objects that could be harmed: water, power, fibre, defence, and what this layer shows beside others."
    ),
    "rights": _("Who made the data and by which agreement: consultants, other authorities, background maps."),
}


def assessment_lines(model: DataModel | None) -> Iterator[str]:
    """The key `assessment` with its four parts, none of them decided."""
    yield remark(_("nobody has looked yet: who did, under which case number, and what they found."))
    yield "assessment:"
    word = str(DECIDE)
    part = inline({"outcome": "none", "by": word, "case": word, "date": date.today().isoformat()})
    for name in PARTS:
        draft = getattr(model.assessment_draft, name) if model else {}
        yield comment(Message(in_language(draft, current_language())) if draft else _GENERAL[name], 2)
        yield f"  {name}: {part}"
