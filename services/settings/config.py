"""What an operator can set for settings: the limits of the features (FEAT)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from chassis.mail_config import MailConfig
from chassis.store_config import StoreConfig


def _beginnings(text: str) -> str:
    for one in text.split(","):
        if not one.strip().isdecimal():
            raise ValueError("must be digits with commas between, like 0120,0570")
    return text


Beginnings = Annotated[str, AfterValidator(_beginnings)]
"""How numbers begin, with commas between."""


class SettingsConfig(MailConfig, StoreConfig):
    """Read from `HIKARI_<NAME>`."""

    notice_addresses: int = Field(default=5, ge=1, le=50)
    """Mail addresses of one feature of a number. The carrier's published limit for call notification, fax notification
    and fault notification (FEAT-1, FEAT-2, FEAT-5)."""
    notice_hours: int = Field(default=72, ge=1, le=24 * 14)
    """For so long a notice is tried that no mail server takes. Ours; most mail servers keep trying for days too."""
    fax_days: int = Field(default=30, ge=1, le=365)
    """Days that a fax is kept. The carrier's published figure (FEAT-2)."""
    fax_count: int = Field(default=200, ge=1, le=1000)
    """Faxes in the inbox of one number. The carrier's published figure (FEAT-2)."""
    fax_pages: int = Field(default=100, ge=1, le=500)
    """Pages of one fax. The carrier's published figure (FEAT-2)."""
    fax_bytes: int = Field(default=10 * 1024 * 1024, ge=64 * 1024, le=100 * 1024 * 1024)
    """Of all faxes in the inbox of one number together, as they were received, and so of each of them. The carrier's
    published figure, 10 MB (FEAT-2)."""
    listed_numbers: int = Field(default=30, ge=1, le=500)
    """Callers in the list of a filter. The carrier publishes 30 for its selective services; taken for all (FEAT-1, FEAT-3)."""
    ring_least: int = Field(default=5, ge=0)
    ring_most: int = Field(default=60, le=600)
    """Seconds of ringing before a call goes elsewhere (FEAT-3)."""
    forwarding_groups: int = Field(default=50, ge=1, le=1000)
    """Groups of a line (FEAT-4)."""
    group_numbers: int = Field(default=200, ge=1, le=1000)
    """Numbers of a group (FEAT-4)."""
    forwarding_emergency: Beginnings = "110,118,119"
    """Police, coast guard, fire and ambulance: 電気通信番号計画 (総務省), the numbers for 緊急通報."""
    forwarding_charged: Beginnings = "0120,0800,0570,0990,0180,0170,020,0600"
    """Not forwarded to. Of 電気通信番号計画: the called side pays (0120, 0800), a surcharge or a fee may be asked (0570,
    0990), mass announcements (0180), message services (0170), and machines and pagers that nobody answers (020, 0600).
    NTT東日本's terms of 話中時転送サービス name フリーアクセス, フリーダイヤル and 災害用伝言ダイヤル."""
    forwarding_abroad: bool = False
    """Whether calls may be forwarded to other countries. NTT東日本's terms say no; and it is how a stolen password is turned
    into money."""
    most_diversions: int = Field(default=5, ge=1, le=20)
    """Forwardings of one call after which it is refused. 3GPP TS 24.604 leaves the number to the provider; ITU-T Q.732.2 has
    5 at most."""

    @property
    def emergency_numbers(self) -> frozenset[str]:
        """In full: there is nothing behind them."""
        return frozenset(map(str.strip, self.forwarding_emergency.split(",")))

    @property
    def charged_beginnings(self) -> tuple[str, ...]:
        """Beginnings of numbers that calls are not forwarded to."""
        return tuple(map(str.strip, self.forwarding_charged.split(",")))
