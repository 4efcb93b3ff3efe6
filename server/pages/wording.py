"""How pages write times, numbers and sizes: in the reader's language and, of times, in the publisher's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

_LOCALES = {"sv": Locale("sv", "SE"), "en": Locale("en", "GB")}
_SIZES = ("B", "kB", "MB", "GB", "TB")


@dataclass(frozen=True)
class Wording:
    """The ways of one page."""

    language: str
    time_zone: str = "Europe/Stockholm"

    def moment(self, written: str) -> str:
        """An RFC 3339 time as people read it, with the zone's name; a date alone stays a date."""
        if len(written) <= 10:
            return self.day(written)
        time = datetime.fromisoformat(written)
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        return format_datetime(time, "d MMM y HH:mm z", tzinfo=ZoneInfo(self.time_zone), locale=self._locale)

    def day(self, written: str) -> str:
        """The day of an RFC 3339 time or date."""
        if len(written) <= 10:
            return format_date(date.fromisoformat(written), "d MMMM y", locale=self._locale)
        time = datetime.fromisoformat(written)
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        return format_date(time.astimezone(ZoneInfo(self.time_zone)).date(), "d MMMM y", locale=self._locale)

    def number(self, value: float) -> str:
        """A number with the language's spaces or commas between thousands."""
        return format_decimal(value, locale=self._locale)

    def size(self, count: int) -> str:
        """Bytes in the unit that makes the number short (1 kB is 1,000 bytes)."""
        value, unit = float(count), 0
        while value >= 999.5 and unit < len(_SIZES) - 1:
            value, unit = value / 1000, unit + 1
        digits = "#,##0" if unit == 0 or value >= 99.95 else "#,##0.0"
        return f"{format_decimal(value, digits, locale=self._locale)}\u00a0{_SIZES[unit]}"

    @property
    def _locale(self) -> Locale:
        return _LOCALES[self.language]
