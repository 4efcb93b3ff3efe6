from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.files.yaml_file import MAX_BYTES, YamlFile, read_yaml


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "layer.yml"


def read(path: Path, content: str | bytes) -> YamlFile:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_yaml(path, Path("layer.yml"))


@pytest.mark.parametrize(
    "written",
    ["yes", "Ja", "NO", "on", "12:30", "1_000", "010", "0x1F", "1e3", "2026-10-01", ".inf", "=", "${DATABASE_URL}"],
)
def test_a_scalar_stays_the_text_that_stands_there(path: Path, written: str) -> None:
    assert read(path, f"Ja: {written}\nlist:\n- {written}\n").data == {"Ja": written, "list": [written]}


@pytest.mark.parametrize("written", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_none(path: Path, written: str) -> None:
    assert read(path, f"a: {written}\n").data == {"a": None}


def test_a_quoted_null_is_a_text(path: Path) -> None:
    assert read(path, "a: 'null'\nb: \"~\"\nc: ''\n").data == {"a": "null", "b": "~", "c": ""}


def test_bom_and_windows_line_ends(path: Path) -> None:
    file = read(path, "\ufeffid: gator\r\ntitle: Vägar och gator\r\n".encode())
    assert file.data == {"id": "gator", "title": "Vägar och gator"}
    assert (file.problems, file.line(("title",))) == ([], 2)


def test_every_key_knows_its_line(path: Path) -> None:
    file = read(path, "a: 1\n\nb:\n  # text\n  c:\n  - x\n  - {d: 2,\n     e: 3}\n")
    assert [file.line(key) for key in [("a",), ("b",), ("b", "c"), ("b", "c", 0), ("b", "c", 1, "e")]] == [
        1,
        3,
        5,
        6,
        8,
    ]
    assert file.line(("b", "c", 1, "absent")) == 7
    assert file.line(("absent",)) is None


def test_anchors_aliases_and_merge_keys(path: Path) -> None:
    file = read(path, "a: &part {x: 1, y: 2}\nb: *part\nc: {<<: *part, y: 3}\n")
    assert file.data == {"a": {"x": "1", "y": "2"}, "b": {"x": "1", "y": "2"}, "c": {"x": "1", "y": "3"}}


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("a: 1\nb:\n\tc: 1\n", 3, "begins with a tab. Indent with spaces"),
        ("a: 1\n\tb: 1\n", 2, "begins with a tab. Indent with spaces"),
        ("title: Buller: karta\n", 1, "Put quotes around the text"),
        ("a: 1\n b: 2\n", 2, "same column"),
        ("a:\n  b: 1\n c: 2\n", 3, "same column"),
        ("a: 1\nb:2\nc: 3\n", 2, "Write “key: value”"),
        ("a: [1, 2\nb: 3\n", 1, "Every “[” needs a “]”"),
        ("a: {b: 1\n", 1, "every “{” a “}”"),
        ("a: 'x\nb: 2\n", 1, "quotation mark that opens here is not closed"),
        ("a: @x\n", 1, "cannot begin with “@”"),
        ("a: 1\nb: *x\n", 2, "refers to a name that does not exist"),
        ('path: "C:\\data\\x.shp"\n', 1, "single quotation marks"),
        ("a: 1\n---\nb: 2\n", 2, "two documents"),
        ("a: 1\na: 2\n", 2, "a: The key “a” stands twice; first on line 1"),
        ("a:\n  b: 1\n  b: 2\n", 3, "a.b: The key “b” stands twice"),
        ("? [a]\n: 1\n", 1, "A key must be a text"),
        ("a: !python/object x\n", 1, "means nothing here"),
        ("a: 1\nb: \x07\n", 2, "invisible control character (U+0007)"),
        ("", 1, "The file is empty"),
        ("# only this\n", 1, "The file is empty"),
        ("just text\n", 1, "does not hold keys and values"),
        ("- a\n- b\n", 1, "does not hold keys and values"),
        ("a: {<<: x}\n", 1, "After `<<` stands a reference"),
        ("%x\n", 1, "cannot be read as YAML"),
        ("a: " + "[" * 900_000, 1, "nested deeper"),
    ],
)
def test_a_mistake_names_its_line_and_the_remedy(path: Path, content: str, line: int, message: str) -> None:
    (problem,) = read(path, content).problems
    assert str(problem).startswith(f"layer.yml:{line}: ")
    assert message in str(problem)


def test_a_windows_1252_file_names_the_first_line_with_such_a_letter(path: Path) -> None:
    (problem,) = read(path, "id: arbeten\ntitle: Vägarbeten\n".encode("cp1252")).problems
    assert str(problem).startswith("layer.yml:2: “title: Vägarbeten” is not UTF-8")
    assert "Save the file as UTF-8" in str(problem)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le"])
def test_a_utf_16_file_is_refused(path: Path, encoding: str) -> None:
    file = read(path, "\ufeffid: arbeten\n".encode(encoding))
    assert len(file.problems) == 1
    assert "UTF-16" in str(file.problems[0])


def test_aliases_cannot_grow_without_bound(path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    (problem,) = read(path, "\n".join(lines)).problems
    assert "too often or in a circle" in str(problem)
    (problem,) = read(path, "a: &a [*a]\n").problems
    assert "too often or in a circle" in str(problem)


def test_a_huge_file_is_not_read(path: Path) -> None:
    (problem,) = read(path, "# " + "x" * MAX_BYTES).problems
    assert "larger than" in str(problem)


def test_a_file_that_is_not_there(path: Path) -> None:
    (problem,) = read_yaml(path).problems
    assert "cannot be read" in str(problem)
