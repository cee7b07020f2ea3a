"""What going back to an earlier version of a feature's settings brings back (FEAT-6)."""

from __future__ import annotations

from contracts.settings.api import AnySettings, addresses_of


def brought_back(earlier: AnySettings, present: AnySettings) -> AnySettings:
    """`earlier`, but that an address which its holder has proved since then is proved still (FEAT-5)."""
    addresses = addresses_of(earlier)
    proved = {one.address.reveal().casefold() for one in addresses_of(present) if one.verified}
    still = tuple(
        one.model_copy(update={"verified": True}) if one.address.reveal().casefold() in proved else one
        for one in addresses
    )
    return earlier if still == addresses else earlier.model_copy(update={"addresses": still})
