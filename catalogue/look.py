"""How pages look that show a publisher's layers: its logo and colours (`look:` in `config/publishers/<id>.yml`)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator
from pydantic import Field as Setting

from catalogue.colour import DARK_GROUND, LIGHT_GROUND, READABLE, contrast, readable
from catalogue.field import Strict
from catalogue.language import _
from catalogue.problems import Mistake

COLOUR_PATTERN = r"^#[0-9a-fA-F]{6}$"
LOGO_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}\.(svg|png)$"
#: Colours where the publisher says none, as web/src/style/tokens.css has them (--accent).
LIGHT, DARK = "#1d5a8a", "#8cc4f0"


def _readable_on_light(colour: str) -> str:
    return _checked(colour, LIGHT_GROUND)


def _readable_on_dark(colour: str) -> str:
    return _checked(colour, DARK_GROUND)


def _checked(colour: str, ground: str) -> str:
    found = contrast(colour, ground)
    if found < READABLE:
        pages = _("dark pages") if ground == DARK_GROUND else _("light pages")
        message = _(
            "Text in {colour} cannot be read on {pages}: its contrast is {found}, and {least} is needed.",
            colour=colour,
            pages=pages,
            found=f"{found:.1f}",
            least=READABLE,
        )
        raise Mistake(message, _("The nearest colour that can be read is {colour}.", colour=readable(colour, ground)))
    return colour.lower()


class Look(Strict):
    """How pages look that show the publisher's layers."""

    logo: str | None = Setting(
        default=None,
        pattern=LOGO_PATTERN,
        description="A file beside this one: SVG without scripts, or PNG, at most 200 kB. It should be seen on light "
        "and on dark pages.",
        examples=["exempelby.svg"],
    )
    colour: Annotated[str, Setting(pattern=COLOUR_PATTERN), AfterValidator(_readable_on_light)] | None = Setting(
        default=None,
        description="Colour of links and buttons as #rrggbb; text in it must be readable on light pages.",
        examples=["#1d5a8a"],
    )
    colour_dark: Annotated[str, Setting(pattern=COLOUR_PATTERN), AfterValidator(_readable_on_dark)] | None = Setting(
        default=None,
        description="The same on dark pages; else a lighter shade of the colour.",
        examples=["#8cc4f0"],
    )

    @property
    def light(self) -> str:
        """The colour on light pages."""
        return self.colour or LIGHT

    @property
    def dark(self) -> str:
        """The colour on dark pages."""
        return self.colour_dark or (readable(self.colour, DARK_GROUND) if self.colour else DARK)
