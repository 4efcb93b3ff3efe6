"""The messages of the whole code, and their translations kept current.

`python -m catalogue.messages` adds to `locale/*/LC_MESSAGES/kartlagd.po` what the code says and the file lacks (with an
empty translation), and drops what nothing says any more.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from catalogue.files.reference import KINDS, descriptions
from catalogue.language import LOCALE_FOLDER

ROOT = Path(__file__).parents[1]
FLOORS = ("catalogue", "loaders", "plugins", "server", "cli")


def templates() -> Iterator[str]:
    """Every English template: first arguments of `_()`, descriptions of keys, help of commands."""
    for floor in FLOORS:
        for _file, _line, found, _comments, _context in extract_from_dir(
            str(ROOT / floor), [("**.py", "python"), ("**.html", "jinja2")], keywords={"_": None}
        ):
            yield found if isinstance(found, str) else found[0]
    for kind in KINDS:
        yield from descriptions(kind)
    for path in sorted((ROOT / "cli").glob("*.py")):
        yield from helps(path)


def helps(path: Path) -> Iterator[str]:
    """The help of click's commands in a file: their docstrings, short helps, examples and options."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg in ("help", "short_help", "epilog") and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value)
        elif isinstance(node, ast.FunctionDef) and any(map(_makes_command, node.decorator_list)):
            yield ast.get_docstring(node) or ""


def _makes_command(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute) and called.attr in ("command", "group")


def read(language: str) -> Catalog:
    """The translations into `language`."""
    with (LOCALE_FOLDER / language / "LC_MESSAGES" / "kartlagd.po").open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> None:
    """Rewrite the file of `language`, sorted: known translations stay, new templates have none, others go."""
    path = LOCALE_FOLDER / language / "LC_MESSAGES" / "kartlagd.po"
    known = read(language) if path.exists() else Catalog(locale=language)
    made = Catalog(locale=language, project="Kartlagd", fuzzy=False, header_comment="# Kartlagd")
    for template in sorted(set(templates())):
        made.add(template, known[template].string if template in known else "")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, made, width=0, no_location=True, sort_output=True, omit_header=True)


if __name__ == "__main__":
    update("sv")
