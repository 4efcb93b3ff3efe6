"""What is wrong with a text that is no YAML, in words that say what to type instead."""

from __future__ import annotations

from pathlib import Path

import yaml

from catalogue.language import Message, _
from catalogue.problems import Problem


def explain_syntax(error: yaml.MarkedYAMLError, text: str, path: Path) -> Problem:
    """The problem behind libyaml's `error`, with its line and a remedy."""
    mark = error.problem_mark or error.context_mark
    number = mark.line if mark else 0
    lines = text.splitlines()
    line = lines[number] if number < len(lines) else ""
    column = mark.column if mark else 0
    started = error.context_mark.line if error.context_mark else number
    number, message, remedy = _explain(error.problem or "", line, column, number, started)
    return Problem(message, path, number + 1, None, remedy)


def _explain(what: str, line: str, column: int, number: int, started: int) -> tuple[int, Message, Message | None]:
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent:
        return number, _("The line begins with a tab."), _("Indent with spaces, not with tabs.")
    if "mapping values" in what:
        if line.count(": ") > 1:
            message = _("The line holds two colons, and only the first may end a key.")
            return number, message, _('Put quotes around the text: “key: "text: with a colon"”.')
        message = _("This line does not fit the line before it.")
        return (
            number,
            message,
            _("A key ends with a colon and a space, and keys of one level begin in the same column."),
        )
    if "could not find expected ':'" in what:
        return started, _("A colon or the space after it is missing."), _("Write “key: value”.")
    if "undefined alias" in what:
        message = _("A text that begins with “*” refers to a name that does not exist.")
        return number, message, _("Put quotes around the text.")
    if "expected ',' or" in what:
        message = _("A bracket that opens here is not closed, or a comma is missing.")
        return started, message, _("Every “[” needs a “]”, every “{” a “}”.")
    if "end of stream" in what:
        return started, _("A quotation mark that opens here is not closed."), _("End the text with the same mark.")
    if "cannot start any token" in what:
        message = _("A text cannot begin with “{character}”.", character=line[column : column + 1])
        return number, message, _("Put quotes around the text.")
    if "escape" in what or "hexdecimal" in what:
        message = _("The text holds a backslash between double quotation marks.")
        return number, message, _("Use single quotation marks, as in 'C:\\data', or slashes.")
    if "another document" in what:
        return number, _("The file holds two documents, divided by “---”."), _("Keep one document in a file.")
    if "expected key" in what or "expected '-'" in what:
        message = _("The indentation does not fit the lines above.")
        return number, message, _("Keys of one level begin in the same column.")
    return number, _("The line cannot be read as YAML."), _("Compare it with an example in the layer reference.")
