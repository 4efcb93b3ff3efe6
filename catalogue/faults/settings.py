"""What a deployment says about reports of faults (`faults:` in config/server.yml)."""

from __future__ import annotations

from pydantic import Field as Setting

from catalogue.field import Strict
from catalogue.publisher import EMAIL_PATTERN


class FaultMail(Strict):
    """Mail about new reports of faults; the server for mail is told by `SMTP_URL`."""

    sender: str = Setting(
        pattern=EMAIL_PATTERN,
        description="The address that mail comes from; the server for mail must allow it.",
        examples=["geodata@exempelby.example"],
    )
    to: str | None = Setting(
        default=None,
        pattern=EMAIL_PATTERN,
        description="Where mail goes; else to the contact of the layer's publisher.",
    )


class FaultSettings(Strict):
    """Reports of faults by the public."""

    open: bool = Setting(default=True, description="Whether anyone may report faults in objects, by a form.")
    not_for: list[str] = Setting(
        default=[], description="Layers about which no reports are taken.", examples=[["supplier_ledger"]]
    )
    per_sender_hour: int = Setting(default=5, ge=1, le=1000, description="Reports from one address in an hour.")
    per_sender_day: int = Setting(default=20, ge=1, le=1000, description="Reports from one address in a day.")
    per_layer_hour: int = Setting(default=60, ge=1, le=1000, description="Reports about one layer in an hour.")
    per_hour: int = Setting(default=200, ge=1, le=1000, description="Reports in an hour, of all.")
    proxies: int = Setting(
        default=0,
        ge=0,
        le=10,
        description="How many proxies of your own stand before the server. Each must add the address that asks it to "
        "X-Forwarded-For; with 0 that header is not believed.",
    )
    keep_days: int = Setting(
        default=90, ge=1, le=3650, description="Days after which handled reports, and spam, are deleted."
    )
    mail: FaultMail | None = Setting(default=None, description="Mail about new reports; without it none is sent.")

    def takes(self, layer: str) -> bool:
        """Whether reports about a layer are taken."""
        return self.open and layer not in self.not_for

    @property
    def limits(self) -> list[int]:
        """The limits in the order of `faults.keep` (migration 0009)."""
        return [self.per_sender_hour, self.per_sender_day, self.per_layer_hour, self.per_hour]
