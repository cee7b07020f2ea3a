"""Taking back a number's one-time passwords, for whoever lost both mailbox and confirmation pair (OTP-15)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from flask import Blueprint, Response, request
from pydantic import BaseModel, Field

from contracts.auth.provisioning import FindHolder, NumberUnknown
from contracts.otp.common import Holder, HolderGone, OtpNotInUse
from contracts.otp.registration import ResetOtp
from gateway.machines import as_json, fault
from gateway.ops_requests import OtpToReset, reading
from gateway.services import Services


class OtpIsReset(BaseModel):
    """The holder is asked at the next login whether to use one-time passwords, and registers anew."""

    number: str
    reset: bool = Field(
        description="False where there was nothing to take back: no choice was made since the last reset."
    )


def add_to(ops: Blueprint, as_operator: Callable[[], AbstractContextManager[Services]]) -> None:
    """`POST /otp/reset`."""

    @ops.post("/otp/reset")
    def reset_otp() -> Response:
        wanted = reading(lambda: OtpToReset.model_validate_json(request.get_data()), "body")
        with as_operator() as services:
            try:
                found = services.auth.find_holder(FindHolder(number=wanted.number))
                holder = Holder.model_validate(found.model_dump())
                services.otp.reset(ResetOtp(holder=holder, reason=wanted.reason))
            except (NumberUnknown, HolderGone):
                return fault(409, f"no line has the number {wanted.number}; correct it, or provision it first")
            except OtpNotInUse:
                # Not a fault: so a command that is given again, its answer having got lost, does no harm.
                return as_json(OtpIsReset(number=wanted.number, reset=False).model_dump(mode="json"))
        return as_json(OtpIsReset(number=wanted.number, reset=True).model_dump(mode="json"))
