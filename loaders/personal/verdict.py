"""Whether a release may be published, as far as personal data go."""

from __future__ import annotations

from collections.abc import Iterator

from catalogue.assessment import is_placeholder
from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.personal import GEOMETRY, IDENTITY, KINDS, LEAST_ROWS, sample_id
from catalogue.problems import Problem, Refused
from loaders.personal.protection import Protection
from loaders.personal.tally import Findings


def check_personal(layer: Layer, protection: Protection) -> None:
    """Refuse a release with personal data that no assessment covers, or with free text of which nobody read a sample.

    Raises Refused with one problem for each field and kind: how many rows, and the first row numbers.
    """
    problems = [*map(_problem, protection.tally.refused), *_free_text(layer, protection)]
    if problems:
        message = _("{layer}: there may be personal data in it; nothing has changed.", layer=layer.id)
        raise Refused(message, [*problems, Problem(protection.extent(), level="warning")])


def _problem(found: Findings) -> Problem:
    message = _("{kind} in {rows} rows (rows {numbers}).", kind=KINDS[found.kind], rows=found.rows,
                numbers=found.numbers)  # fmt: skip
    if found.field == GEOMETRY:
        key, remedy = "protect", _("Make points coarser (protect: coarsen), or let an assessment cover it.")
    elif found.field == IDENTITY:
        key, remedy = "identity", _("Choose another key as identity, or let an assessment cover it.")
    else:
        key, remedy = f"fields.{found.field}", _covered_by(found)
    return Problem(message, key=key, suggestion=remedy)


def _covered_by(found: Findings) -> Message:
    return _(
        "Take it away (redact: [{kind}] or drop: [{kind}]), leave the field out, or, where it may be published, write "
        "{field}: [{kind}] under covers in assessment.personal_data.",
        kind=found.kind, field=found.field,
    )  # fmt: skip


def _free_text(layer: Layer, protection: Protection) -> Iterator[Problem]:
    marked = [text for text in protection.search.free_text if text.marked and text.values]
    for text in protection.search.free_text:
        if text.looks_free:
            yield Problem(
                _("The values are sentences that people have written."),
                key=f"fields.{text.field.name}",
                suggestion=_(
                    "Write free_text: true and read a sample (kartlagd sample {layer}); or free_text: false where a "
                    "system writes them.", layer=layer.id,
                ),
            )  # fmt: skip
    if marked:
        names = [field.name for field in layer.fields if field.free_text and field.origin.fills]
        yield from _sample(layer, names, max(text.values for text in marked))


def _sample(layer: Layer, names: list[str], values: int) -> Iterator[Problem]:
    said = layer.sample
    key = "assessment.personal_data.sample"
    fields = ", ".join(names)
    if said is None:
        message = _("Nobody has read a sample of the free text ({fields}).", fields=fields)
        yield Problem(message, key=key, suggestion=_("Draw one: kartlagd sample {layer}", layer=layer.id))
    elif is_placeholder(said.by):
        yield Problem(_("It does not say who has read the sample."), key=key, suggestion=_("Write the function."))
    elif said.id != sample_id(said.id[:8], layer.id, names, said.rows):
        message = _("The sample {id} of {rows} rows is not one of this layer's free text ({fields}).",
                    id=said.id, rows=said.rows, fields=fields)  # fmt: skip
        yield Problem(message, key=key, suggestion=_("Draw a new one: kartlagd sample {layer}", layer=layer.id))
    elif said.rows < min(LEAST_ROWS, values):
        message = _("The sample has {rows} rows; {least} are the least.", rows=said.rows, least=min(LEAST_ROWS, values))
        yield Problem(message, key=key, suggestion=_("Draw a new one: kartlagd sample {layer}", layer=layer.id))
