"""What the documents say is so: commands, options, files, links, targets, variables and quoted messages exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import click
import pytest

from catalogue.messages import FLOORS, read
from cli.main import COMMANDS, build
from tests.commands import refusal

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WRITTEN = [path for path in DOCUMENTS if "reference" not in path.parts]
TEXT = {path: path.read_text(encoding="utf-8") for path in DOCUMENTS}
ALL = "\n".join(TEXT.values())
#: Variables that the system or other programs define.
FOREIGN_VARIABLES = {"PATH", "HOME", "PWD", "LANG", "LC_ALL", "LC_MESSAGES", "PYENV_ROOT", "SUDO_UID", "JOURNAL_STREAM"}
#: A command or an option that a sentence only names.
NAMED = re.compile(r"kartlagd [a-z]+( --[a-z-]+)?")


def code(text: str) -> Iterator[str]:
    """Every line of a code block, and every piece of code within a sentence."""
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            yield re.split(r"\s#", line.strip())[0].strip()
        else:
            yield from re.findall(r"`([^`]+)`", line)


def command_lines() -> list[tuple[str, str]]:
    return [
        (path.name, line)
        for path, text in TEXT.items()
        for line in code(text)
        if line.startswith("kartlagd ") and "…" not in line
    ]


@pytest.mark.parametrize(("document", "line"), command_lines())
def test_every_command_exists_with_its_options(document: str, line: str) -> None:
    # The language may stand anywhere; it is taken out before click sees the rest.
    words = shlex.split(re.sub(r" --lang (sv|en)\b", "", line))[1:]
    # Files that a reader would have; click looks whether they exist.
    words = [str(ROOT / "README.md") if before == "--from" else word for before, word in pairwise(["", *words])]
    said = refusal([word for word in words if word != "--help"])
    named = NAMED.fullmatch(line) and re.match("Missing argument|Option .* requires an argument", said or "")
    assert said is None or named, f"{document}: {line}"


def test_every_command_is_documented() -> None:
    used = {line.split()[1] for _document, line in command_lines()}
    assert set(COMMANDS) <= used
    database = build().get_command(click.Context(build()), "db")
    assert isinstance(database, click.Group)
    for name in database.commands:
        assert re.search(rf"kartlagd db [^\n]*\b{name}\b", ALL), name


def slug(heading: str) -> str:
    """A heading's anchor, as forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXT[path]):
        if target.startswith(("https://", "http://")):
            continue
        file, _, anchor = target.partition("#")
        linked = (path.parent / file).resolve() if file else path
        assert linked.is_relative_to(ROOT) and linked.exists(), f"{path.name}: {target}"
        if anchor and linked.suffix == ".md":
            anchors = {slug(heading) for heading in re.findall(r"(?m)^#+ (.+)$", linked.read_text(encoding="utf-8"))}
            anchors |= set(re.findall(r'<a (?:id|name)="([^"]+)"', linked.read_text(encoding="utf-8")))
            assert anchor in anchors, f"{path.name}: {target}"


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\((\d{4}-[^)]+)\)", TEXT[folder / "README.md"])
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))
    for number, name in enumerate(listed, start=1):
        assert name.startswith(f"{number:04}-")
        assert TEXT[folder / name].startswith(f"# {number}. ")
        assert "**Decision.**" in TEXT[folder / name] and "**Why" in TEXT[folder / name], name
        assert len(TEXT[folder / name].splitlines()) <= 60, f"{name} is longer than a page"


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text()))
    used = {name for text in TEXT.values() for line in code(text) for name in re.findall(r"\bmake ([a-z]+)", line)}
    assert {"demo", "test", "setup"} <= used <= targets


def test_every_folder_and_module_exists() -> None:
    for path in WRITTEN:
        for piece in code(TEXT[path]):
            if re.fullmatch(r"[a-z][a-z/]*/", piece):
                # samples/ is made by the demo, collections/hooks/ by whoever needs one.
                assert (ROOT / piece).is_dir() or piece in ("samples/", "collections/hooks/"), f"{path.name}: {piece}"
            if module := re.search(r"python -m ([\w.]+)", piece):
                assert find_spec(module[1]), f"{path.name}: {piece}"
            if re.fullmatch(r"(bench|catalogue|cli|config|docs|loaders|plugins|scripts|server|tests)/[\w./-]+", piece):
                assert (ROOT / piece).exists(), f"{path.name}: {piece}"


def read_variables() -> set[str]:
    """The variables of the environment that code, scripts and the compose file read."""
    python = "\n".join(path.read_text() for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))
    found = set(re.findall(r"""environ(?:ment)?(?:\.get\(|\[)["']([A-Z_]+)["']""", python))
    found |= set(re.findall(r"""envvar=["']([A-Z_]+)["']""", python))
    shell = [path.read_text() for path in (ROOT / "scripts").iterdir() if path.is_file()]
    for text in [*shell, (ROOT / "docker-compose.yml").read_text()]:
        found |= set(re.findall(r"\$\{([A-Z_]+):-", text))
    return found - FOREIGN_VARIABLES


def test_variables_that_are_read_are_documented_and_the_other_way_round() -> None:
    readme = TEXT[ROOT / "README.md"]
    rows = re.findall(r"(?m)^\| ((?:`[A-Z_]+`(?:, )?)+) \|", readme)
    documented = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    documented |= set(re.findall(r"`(POSTGRES_[A-Z]+)`", readme))
    assert documented == read_variables()
    assigned = {name for text in TEXT.values() for line in code(text) for name in re.findall(r"\b([A-Z_]{3,})=", line)}
    assert assigned - FOREIGN_VARIABLES <= documented | {"SMALL_CHANGE"}


def test_messages_that_the_swedish_guide_quotes_are_said() -> None:
    said = [str(entry.string) for entry in read("sv") if entry.id]
    rows = re.findall(r"(?m)^\| (\*[^|]+) \|", TEXT[ROOT / "docs" / "guide-gis.sv.md"])
    quoted = [part.strip() for row in rows for quote in re.findall(r"\*([^*]+)\*", row) for part in quote.split("…")]
    fragments = [part for part in quoted if part]
    assert len(fragments) > 8
    for fragment in fragments:
        assert any(fragment in re.sub(r"\{[a-z_]+(:[^}]+)?\}", "", text) or fragment in text for text in said), fragment


def test_the_swedish_guide_names_the_mark_of_open_decisions() -> None:
    marks = {str(entry.string) for entry in read("sv") if entry.id == "DECIDE"}
    assert marks and all(mark in TEXT[ROOT / "docs" / "guide-gis.sv.md"] for mark in marks)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_documents_fit_their_reader(path: Path) -> None:
    text = TEXT[path]
    assert text.count("\n# ") == 0 and text.startswith("# "), "one title, first"
    for number, line in enumerate(text.splitlines(), start=1):
        assert len(line) <= 140 or line.startswith(("|", "!", "[")), f"{path.name}:{number} is too long"
        assert line == line.rstrip(), f"{path.name}:{number} ends in blanks"
