"""A load's facts in a reader's language: what every form of the report says, in the same order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catalogue.language import Message, _
from catalogue.personal import KINDS
from loaders.report.facts import Bounds, Facts, ProblemFacts, StateFacts, words

_OUTCOMES: dict[str, Message] = {
    "published": _("Published as release {number}."),
    "held": _("Waits for approval; nothing has been published."),
    "rejected": _("Was rejected by a person; nothing has been published."),
    "unchanged": _("Unchanged: there was nothing to publish."),
    "rolled back": _("This source was rolled back from; nothing has been published."),
    "dry run": _("Was checked, and would be published."),
    "refused": _("Refused: nothing has changed."),
}
_TREATMENTS: dict[str, Message] = {
    "refused": _("stops the release"),
    "redacted": _("replaced"),
    "dropped": _("rows left out"),
    "covered": _("as assessed"),
}
NONE = "–"


@dataclass(frozen=True)
class Section:
    """One part of a report: lines of text and a table, either of which may be empty.

    `numbers`: the columns of the table that hold numbers, and stand to the right.
    """

    title: str
    lines: Sequence[str] = ()
    headings: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    numbers: frozenset[int] = frozenset()


def headline(facts: Facts, language: str) -> str:
    """What became of the load, in one sentence."""
    template = _OUTCOMES[facts.outcome].template
    if facts.outcome == "published":
        return Message(template, {"number": facts.release}).render(language)
    return Message(template).render(language)


def sections(facts: Facts, language: str) -> list[Section]:
    """All parts that have something to say."""
    parts = (_refusal, _waiting, _warnings, _source, _rows, _notes, _personal, _states, _fields, _people)
    made = (part(facts, language) for part in parts)
    return [section for section in made if section and (section.lines or section.rows)]


def number(value: int | None) -> str:
    """A number with narrow spaces between thousands; a dash for none."""
    return NONE if value is None else f"{value:,}".replace(",", "\u202f")


def problem_line(problem: ProblemFacts, language: str) -> str:
    """`place: message remedy`."""
    parts = [problem.place + ":" if problem.place else "", words(problem.message).render(language)]
    if problem.suggestion:
        parts.append(words(problem.suggestion).render(language))
    return " ".join(part for part in parts if part)


def _refusal(facts: Facts, language: str) -> Section | None:
    if not facts.refusal:
        return None
    first = words(facts.refusal).render(language)
    return Section(
        _("Why it was refused").render(language),
        [first, *(problem_line(problem, language) for problem in facts.problems)],
    )


def _waiting(facts: Facts, language: str) -> Section | None:
    if not facts.held:
        return None
    lines = [words(reason).render(language) for reason in facts.held]
    if facts.outcome == "held":
        look = _("Look at it: kartlagd preview {layer}", layer=facts.layer)
        decide = _("Publish it: kartlagd approve {layer}. Reject it: kartlagd approve --reject {layer}",
                   layer=facts.layer)  # fmt: skip
        lines += [look.render(language), decide.render(language)]
    return Section(_("Why it waits for approval").render(language), lines)


def _source(facts: Facts, language: str) -> Section | None:
    source = facts.source
    if source is None:
        return None
    pairs = (
        (_("Source"), source.name),
        (_("Kind"), source.kind),
        (_("Files"), ", ".join(source.files)),
        (_("Bytes"), number(source.bytes)),
        (_("Rows"), number(facts.rows)),
        (_("Coordinate system"), source.crs),
        (_("Encoding"), source.encoding),
        (_("Checksum (SHA-256)"), source.checksum),
    )
    return Section(_("What came in").render(language), rows=[[label.render(language), value or NONE]
                                                             for label, value in pairs])  # fmt: skip


def _rows(facts: Facts, language: str) -> Section | None:
    if facts.rows is None:
        return None
    lines = [
        _("{rows} rows were read, {rejected} of them rejected; {repaired} geometries were repaired.",
          rows=number(facts.rows), rejected=number(facts.rejected), repaired=number(facts.repaired)).render(language)
    ]  # fmt: skip
    rows = [
        [words(reason.example).render(language), number(reason.rows), _first(reason.first, reason.rows)]
        for reason in facts.reasons
    ]
    return Section(
        _("Rows").render(language), lines,
        [heading.render(language) for heading in (_("Reason, with an example"), _("Rows"), _("Row numbers"))],
        rows, frozenset({1}),
    )  # fmt: skip


def _warnings(facts: Facts, language: str) -> Section:
    return Section(_("Warnings").render(language), [words(warning).render(language) for warning in facts.warnings])


def _notes(facts: Facts, language: str) -> Section:
    return Section(_("Notes").render(language), [words(note).render(language) for note in facts.notes])


def _personal(facts: Facts, language: str) -> Section:
    rows = [
        [
            found.field,
            _kind(found.kind).render(language),
            _TREATMENTS.get(found.treatment, Message(found.treatment)).render(language),
            number(found.rows),
            _first(found.first_rows, found.rows),
        ]
        for found in facts.personal
    ]
    headings = (_("Field"), _("Found"), _("What became of it"), _("Rows"), _("Row numbers"))
    return Section(
        _("Personal data").render(language),
        [words(facts.searched).render(language)] if facts.searched else [],
        [heading.render(language) for heading in headings], rows, frozenset({3}),
    )  # fmt: skip


def _states(facts: Facts, language: str) -> Section | None:
    before, after = facts.before, facts.after
    if after is None:
        return None
    rows = [
        [_("Release").render(language), number(before.release if before else None), number(after.release)],
        [_("Features").render(language), number(before.features if before else None), number(after.features)],
        [_("Extent (longitude, latitude)").render(language), _extent(before), _extent(after)],
    ]
    lines = []
    if changes := facts.changes:
        lines.append(
            _("{added} features are added, {changed} changed, {removed} removed.", added=number(changes.added),
              changed=number(changes.changed), removed=number(changes.removed)).render(language)
        )  # fmt: skip
    headings = ["", _("Before").render(language), _("After").render(language)]
    return Section(_("Before and after").render(language), lines, headings, rows, frozenset({1, 2}))


def _fields(facts: Facts, language: str) -> Section | None:
    if facts.after is None:
        return None
    old = facts.before.empty if facts.before else {}
    new = facts.after.empty
    rows = [
        [name, number(old.get(name)), number(new.get(name))]
        for name in [*new, *(name for name in old if name not in new)]
    ]
    headings = [message.render(language) for message in (_("Field"), _("Before"), _("After"))]
    return Section(_("Features without a value").render(language), (), headings, rows, frozenset({1, 2}))


def _people(facts: Facts, language: str) -> Section:
    pairs = ((_("Loaded by"), facts.loaded_by), (_("Approved by"), facts.approved_by), (_("Remark"), facts.note))
    rows = [[label.render(language), value] for label, value in pairs if value]
    return Section(_("Who").render(language), rows=rows)


def _kind(name: str) -> Message:
    return next((message for kind, message in KINDS.items() if kind == name), Message(name))


def _extent(state: StateFacts | None) -> str:
    return NONE if state is None or state.extent is None else ", ".join(_degrees(state.extent))


def _degrees(bounds: Bounds) -> Iterator[str]:
    return (f"{value:.4f}" for value in bounds)


def _first(rows: Sequence[int], all_: int) -> str:
    shown = ", ".join(map(str, rows))
    return f"{shown}, …" if shown and all_ > len(rows) else shown
