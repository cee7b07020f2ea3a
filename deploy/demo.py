"""Lines to try the site with: the guide's own example (LINE-8), and an office with more numbers than fit on one page."""

from __future__ import annotations

from chassis.origin import acting, new_correlation_id
from contracts.auth.api import AuthApi
from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine
from contracts.base import Channel, Origin
from contracts.phone import Feature

EXAMPLE = "0300001111"
EXAMPLE_ADDITIONAL = "0300002222"
OFFICE = "0312345000"
OFFICE_NUMBERS = 40

_MAILS = frozenset({Feature.CALL_NOTIFICATION, Feature.FAX_NOTIFICATION})
_DESKS: tuple[frozenset[Feature], ...] = (
    frozenset({Feature.CALL_NOTIFICATION, Feature.CALL_FORWARDING}),
    frozenset({Feature.CALL_NOTIFICATION}),
    frozenset({Feature.CALL_FORWARDING, Feature.BULK_FORWARDING}),
    _MAILS,
    frozenset({Feature.BULK_FORWARDING}),
    frozenset(),  # a telephone in the corridor
    frozenset({Feature.FAULT_NOTIFICATION, Feature.CALL_NOTIFICATION}),
    frozenset({Feature.FAX_NOTIFICATION}),
)
"""What the desks of the office have, in turn."""


def lines() -> tuple[ProvisionLine, ...]:
    """35 of the office's 40 numbers have a feature: enough for what needs 33 (PWD-7)."""
    office = (
        ProvisionedNumber(number=OFFICE, features=frozenset(Feature)),
        *(
            ProvisionedNumber(number=str(int(OFFICE) + desk).zfill(len(OFFICE)), features=_DESKS[desk % len(_DESKS)])
            for desk in range(1, OFFICE_NUMBERS)
        ),
    )
    example = (
        ProvisionedNumber(number=EXAMPLE, features=frozenset({Feature.CALL_NOTIFICATION})),
        ProvisionedNumber(number=EXAMPLE_ADDITIONAL, features=_MAILS),
    )
    return (
        ProvisionLine(contract_number=EXAMPLE, numbers=example),
        ProvisionLine(contract_number=OFFICE, numbers=office),
    )


def provision(auth: AuthApi) -> None:
    """Repeating it changes nothing, but only a new folder is given them: an operator's removal must last."""
    origin = Origin(channel=Channel.OPS, operator="demo", correlation_id=new_correlation_id())
    with acting(origin):
        for line in lines():
            auth.provision_line(line)
