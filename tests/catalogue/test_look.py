"""Colours on which text can be read, and logos that are nothing but drawings."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalogue.colour import DARK_GROUND, LIGHT_GROUND, READABLE, contrast, readable
from catalogue.files.home import Home
from catalogue.files.logo import LARGEST, read_logo
from catalogue.look import DARK, LIGHT, Look
from catalogue.problems import Mistake
from tests.server.conftest import write_home

ROOT = Path(__file__).parents[2]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 30 10">{}</svg>'
COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    # Worked out by WebAIM's contrast checker.
    [
        ("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#0000ff", "#ffffff", 8.59),
        ("#ff0000", "#000000", 5.25),
    ],
)  # fmt: skip
def test_contrast(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(expected, abs=0.006)


@given(COLOURS)
def test_every_colour_has_one_that_can_be_read(colour: str) -> None:
    for ground in (LIGHT_GROUND, DARK_GROUND):
        found = readable(colour, ground)
        assert contrast(found, ground) >= READABLE
        assert found == colour or contrast(colour, ground) < READABLE
    look = Look(colour=readable(colour, LIGHT_GROUND))
    assert contrast(look.dark, DARK_GROUND) >= READABLE


def test_colours_are_those_of_the_stylesheet() -> None:
    tokens = (ROOT / "web/src/style/tokens.css").read_text()
    found = dict(re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}, #[0-9a-f]{6})\)", tokens))
    assert found["accent"] == f"{LIGHT}, {DARK}"
    assert found["surface"].split(", ")[0] == LIGHT_GROUND and found["raised"].split(", ")[1] == DARK_GROUND
    pairs = {name: colours.split(", ") for name, colours in found.items()}
    for at in (0, 1):
        grounds = [pairs[name][at] for name in ("ground", "surface", "raised")]
        for name in ("text", "muted", "accent", "warning", "error", "success", "info"):
            assert all(contrast(pairs[name][at], ground) >= READABLE for ground in grounds), name
        assert contrast(pairs["accent"][at], pairs["accent-text"][at]) >= READABLE
        assert all(contrast(pairs["edge"][at], ground) >= 3 for ground in grounds)
        for name in ("warning", "error", "success", "info"):
            assert contrast(pairs[name][at], pairs[f"{name}-ground"][at]) >= READABLE
            assert contrast(pairs["text"][at], pairs[f"{name}-ground"][at]) >= READABLE
            assert contrast(pairs["accent"][at], pairs[f"{name}-ground"][at]) >= READABLE


def test_a_colour_that_cannot_be_read_is_told_with_one_that_can() -> None:
    look = Look(colour="#FFCC00", colour_dark="#1d5a8a")
    found = dict(look.mistakes())
    assert found.keys() == {"colour", "colour_dark"}
    for key, shown, ground in (("colour", look.light, LIGHT_GROUND), ("colour_dark", look.dark, DARK_GROUND)):
        assert re.findall("#[0-9a-f]{6}", str(found[key].suggestion)) == [shown]
        assert contrast(shown, ground) >= READABLE
    assert not list(Look(colour="#1D5A8A", colour_dark="#8cc4f0").mistakes()) and not list(Look().mistakes())
    with pytest.raises(ValidationError):
        Look(colour="red")


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x20\x40\x60" * width for _row in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_logos(tmp_path: Path) -> None:
    drawing, picture = tmp_path / "a.svg", tmp_path / "b.png"
    style = '<style>.a{fill:url(#g)}</style><defs><linearGradient id="g"/></defs><use xlink:href="#x"/>'
    drawing.write_text(SVG.format(style + '<path id="x" class="a" d="M0 0h1"/>'))
    picture.write_bytes(png(60, 20))
    assert (read_logo(drawing).width, read_logo(drawing).height) == (300, 100)
    assert (read_logo(picture).width, read_logo(picture).media_type) == (60, "image/png")
    assert read_logo(ROOT / "config/publishers/exempelby.svg").media_type == "image/svg+xml"


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>", '<path onload="alert(1)"/>', '<a href="https://x.example"><path/></a>',
        "<foreignObject/>", '<image href="https://x.example/a.png"/>', '<use xlink:href="other.svg#a"/>',
        "<style>@import 'https://x.example/a.css';</style>", "<style>path{fill:url(https://x.example)}</style>",
        '<path style="fill:url(//x.example/a)"/>', '<set attributeName="href" to="x"/>', "<animate/>",
        '<image href="data:image/svg+xml;base64,AA"/>', '<path fill="url( \'http://x.example\')"/>',
        '<s:script xmlns:s="http://www.w3.org/2000/svg"/>', "<path>", "<?xml-stylesheet href='a'?>",
    ],
)  # fmt: skip
def test_drawings_that_do_more_than_be_seen_are_refused(tmp_path: Path, inside: str) -> None:
    path = tmp_path / "a.svg"
    path.write_text(SVG.format(inside))
    with pytest.raises(Mistake, match="a.svg"):
        read_logo(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.svg", f'<!DOCTYPE svg [<!ENTITY a "aa">]>{SVG.format("&a;")}'.encode()),
        ("a.svg", b"<html/>"), ("a.svg", b""), ("a.svg", b"\x89PNG"), ("a.png", b"GIF89a"), ("a.png", png(0, 1)),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'), ("a.png", png(1, 1)[:20]),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 x NaN"/>'),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="0"/>'),
        ("a.svg", b" " * (LARGEST + 1)),
    ],
)  # fmt: skip
def test_files_that_are_no_logo_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Mistake, match=name) as mistake:
        read_logo(tmp_path / name)
    assert mistake.value.suggestion is not None


def test_a_publisher_is_used_without_a_look_that_cannot_be_shown(tmp_path: Path) -> None:
    home = write_home(tmp_path, "works")
    path = home / "config/publishers/exempelby.yml"
    stored = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(stored | {"look": {"logo": "none.svg", "colour": "#ffcc00"}}))
    read = Home.read(home)
    assert read.publishers.keys() == {"exempelby"} and not read.logos and "works" in read.layers
    assert {str(each.file) for each in read.errors} == {"config/publishers/exempelby.yml"}
    assert {each.key for each in read.errors} == {"look.logo", "look.colour"}
    path.write_text(yaml.safe_dump(stored | {"look": {"logo": "../../secret.svg"}}))
    assert [each.key for each in Home.read(home).errors][0] == "look.logo"
