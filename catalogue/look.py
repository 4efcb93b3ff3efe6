"""How pages look that show a publisher's layers: its logo and colours (`look:` in `config/publishers/<id>.yml`)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field as Setting

from catalogue.colour import DARK_GROUND, LIGHT_GROUND, READABLE, contrast, readable
from catalogue.field import Strict
from catalogue.language import _
from catalogue.problems import Mistake

COLOUR_PATTERN = r"^#[0-9a-fA-F]{6}$"
LOGO_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}\.(svg|png)$"
#: Colours where the publisher says none, as web/src/style/tokens.css has them (--accent).
LIGHT, DARK = "#1d5a8a", "#8cc4f0"


class Look(Strict):
    """How pages look that show the publisher's layers."""

    logo: str | None = Setting(
        default=None,
        pattern=LOGO_PATTERN,
        description="A file beside this one: SVG without scripts, or PNG, at most 200 kB. It should be seen on light "
        "and on dark pages.",
        examples=["exempelby.svg"],
    )
    colour: str | None = Setting(
        default=None,
        pattern=COLOUR_PATTERN,
        description="Colour of links and buttons as #rrggbb; text in it must be readable on light pages.",
        examples=["#1d5a8a"],
    )
    colour_dark: str | None = Setting(
        default=None,
        pattern=COLOUR_PATTERN,
        description="The same on dark pages; else a lighter shade of the colour.",
        examples=["#8cc4f0"],
    )

    @property
    def light(self) -> str:
        """The colour on light pages, or the nearest one that can be read."""
        return readable((self.colour or LIGHT).lower(), LIGHT_GROUND)

    @property
    def dark(self) -> str:
        """The colour on dark pages, or the nearest one that can be read."""
        return readable((self.colour_dark or self.colour or DARK).lower(), DARK_GROUND)

    def mistakes(self) -> Iterator[tuple[str, Mistake]]:
        """The colours that cannot be read, by their keys; pages show the nearest ones that can."""
        for key, colour, shown, ground, pages in (
            ("colour", self.colour, self.light, LIGHT_GROUND, _("light pages")),
            ("colour_dark", self.colour_dark, self.dark, DARK_GROUND, _("dark pages")),
        ):
            if colour and shown != colour.lower():
                message = _(
                    "Text in {colour} cannot be read on {pages}: its contrast is {found}, and {least} is needed.",
                    colour=colour, pages=pages, found=f"{contrast(colour, ground):.1f}", least=READABLE,
                )  # fmt: skip
                yield key, Mistake(message, _("The nearest colour that can be read is {colour}.", colour=shown))
