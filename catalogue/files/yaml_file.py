"""YAML as people write it: every scalar stays the text that stands there, and every key knows its line.

PyYAML would read `Ja: yes` as true, `12:30` as 750 and `NO` as false; here only `null`, `~` and nothing are special
(None). Comments, anchors, aliases and merge keys (`<<`) work as in YAML 1.1 (https://yaml.org/spec/1.1/, merge keys:
https://yaml.org/type/merge.html). UTF-8 only, with or without BOM, with any line ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import Reader

from catalogue.files.yaml_syntax import explain_syntax
from catalogue.language import Message, _
from catalogue.problems import Problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 30
MAX_VALUES = 50_000

#: Where a value stands: the keys (and positions in lists) that lead to it.
KeyPath = tuple[str | int, ...]

_EMPTY = frozenset({"", "~", "null", "Null", "NULL"})


def dotted(key: KeyPath) -> str | None:
    """A key path as people write it: `fields.status.values`; None for the whole file."""
    return ".".join(str(part) for part in key) or None


@dataclass
class YamlFile:
    """A file of keys and values.

    `data` holds dictionaries, lists, texts and None; it is empty where the file cannot be read, and `problems` say why.
    `lines` counts from 1.
    """

    path: Path
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, key: KeyPath) -> int | None:
        """The line of a key; of the nearest one above where the key itself is absent."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key)

    def problem(
        self, key: KeyPath, message: Message, suggestion: Message | None = None, *, level: str = "error"
    ) -> Problem:
        """A problem at `key` in this file."""
        return Problem(message, self.path, self.line(key), dotted(key), suggestion, level)


def read_yaml(path: Path, name: Path | None = None) -> YamlFile:
    """Read a file; `name` is what problems call it. Nothing is raised: `problems` say what is wrong."""
    file = YamlFile(name or path)
    try:
        content = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        file.problems.append(Problem(_("The file cannot be read: {reason}.", reason=reason), file.path))
        return file
    if content is None:
        message = _("The file is larger than {limit} bytes; it cannot be a configuration file.", limit=MAX_BYTES)
        file.problems.append(Problem(message, file.path))
        return file
    text = _decode(content, file)
    root = _compose(text, file) if text is not None else None
    if root is not None:
        _Reading(file).read(root)
    return file


def _decode(content: bytes, file: YamlFile) -> str | None:
    """The text of an UTF-8 file; else None, and a problem that names the first line that is not UTF-8."""
    remedy = _("Save the file as UTF-8 (in Notepad: Save as, Encoding: UTF-8).")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        file.problems.append(Problem(_("The file is saved as UTF-16."), file.path, 1, None, remedy))
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        likely = content.splitlines()[line - 1].decode("cp1252", "replace").strip()
        message = _("“{text}” is not UTF-8; the file seems to be saved as Windows-1252 (ANSI).", text=likely[:60])
        file.problems.append(Problem(message, file.path, line, None, remedy))
        return None
    if strange := Reader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, strange.start()) + 1
        message = _("The line holds an invisible control character (U+{code}).", code=f"{ord(strange.group()):04X}")
        file.problems.append(Problem(message, file.path, line, None, _("Remove it, or write the line anew.")))
        return None
    return text


def _compose(text: str, file: YamlFile) -> yaml.Node | None:
    """The tree of nodes; None, and a problem, where the text is no YAML or holds nothing."""
    try:
        depth = 0
        # libyaml composes recursively: deep nesting would end the process, so the events are counted first.
        for event in yaml.parse(text, yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                file.problems.append(_too_deep(event, file))
                return None
        root = yaml.compose(text, yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        file.problems.append(explain_syntax(error, text, file.path))
        return None
    if root is None or (isinstance(root, yaml.ScalarNode) and root.value in _EMPTY):
        file.problems.append(Problem(_("The file is empty."), file.path, 1))
        return None
    return root


def _too_deep(event: yaml.Event, file: YamlFile) -> Problem:
    line = event.start_mark.line + 1 if event.start_mark else None
    return Problem(_("The keys are nested deeper than any setting is."), file.path, line)


class _TooMuch(Exception):
    """Aliases make the file larger or deeper than any configuration is."""


class _Reading:
    """Nodes to data, with the line of every key and a problem for every key that stands twice."""

    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self.values = 0

    def read(self, root: yaml.Node) -> None:
        if not isinstance(root, yaml.MappingNode):
            message = _("The file does not hold keys and values (`key: value`).")
            self.file.problems.append(Problem(message, self.file.path, root.start_mark.line + 1))
            return
        try:
            self.file.data = self._mapping(root, ())
        except _TooMuch:
            self.file.data = {}
            message = _("The file refers to its own parts (`&` and `*`) too often or in a circle.")
            self.file.problems.append(Problem(message, self.file.path))

    def _value(self, node: yaml.Node, key: KeyPath) -> Any:
        self.values += 1
        if self.values > MAX_VALUES or len(key) > MAX_DEPTH:
            raise _TooMuch
        if not node.tag.startswith("tag:yaml.org,2002:"):
            message = _("The tag “{tag}” means nothing here.", tag=node.tag)
            self.file.problems.append(
                self.file.problem(key, message, _("Put quotes around a text that begins with “!”."))
            )
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, key)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                self.file.lines[(*key, index)] = item.start_mark.line + 1
                items.append(self._value(item, (*key, index)))
            return items
        plain = isinstance(node, yaml.ScalarNode) and not node.style
        return None if plain and node.value in _EMPTY else node.value

    def _mapping(self, node: yaml.MappingNode, key: KeyPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for name_node, value_node in node.value:
            line = name_node.start_mark.line + 1
            if not isinstance(name_node, yaml.ScalarNode):
                message = _("A key must be a text.")
                self.file.problems.append(Problem(message, self.file.path, line, dotted(key)))
                continue
            name = name_node.value
            if name_node.tag == "tag:yaml.org,2002:merge":
                for part in self._merged(value_node):
                    merged = {**self._value(part, key), **merged}
                continue
            if name in found:
                first = self.file.lines[(*key, name)]
                message = _("The key “{key}” stands twice; first on line {line}.", key=name, line=first)
                self.file.problems.append(
                    Problem(message, self.file.path, line, dotted((*key, name)), _("Keep one of the two."))
                )
                continue
            self.file.lines[(*key, name)] = line
            found[name] = self._value(value_node, (*key, name))
        return {**merged, **found}

    def _merged(self, node: yaml.Node) -> Iterator[yaml.MappingNode]:
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for part in parts:
            if isinstance(part, yaml.MappingNode):
                yield part
            else:
                message = _("After `<<` stands a reference to keys and values, such as `*name`.")
                self.file.problems.append(Problem(message, self.file.path, part.start_mark.line + 1))
