"""Colours of screens: whether text can be read on them (WCAG 2.2, 1.4.3), and the nearest one on which it can."""

from __future__ import annotations

import colorsys

#: Least contrast of text (WCAG 2.2, 1.4.3, level AA).
READABLE = 4.5
#: The least favourable grounds of pages, as web/src/style/tokens.css has them (--surface, and --raised in the dark).
LIGHT_GROUND = "#f5f6f8"
DARK_GROUND = "#232a33"
#: Red, green and blue from 0 to 1.
_Rgb = tuple[float, float, float]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours written as #rrggbb, from 1 to 21 (WCAG 2.2, “contrast ratio”)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, ground: str) -> str:
    """The colour, made darker or lighter until it can be read on the ground, of the same hue where there is one."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    step = 0.01 if _luminance(ground) < 0.18 else -0.01
    found = colour
    while contrast(found, ground) < READABLE:
        lightness = min(1.0, max(0.0, lightness + step))
        found = _hex(colorsys.hls_to_rgb(hue, lightness, saturation))
    return found


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, “relative luminance”)."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> _Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(rgb: _Rgb) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in rgb)
