"""What tempcred asks about callers, and the one moment at which a temporary password becomes valid (TEMP)."""

from __future__ import annotations

from datetime import datetime, timedelta

from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.auth.logins import SessionCause
from contracts.auth.telephone import (
    CallerIdentified,
    CallerUnknown,
    SetTemporaryPassword,
    TemporaryPasswordIsSet,
    TemporaryPasswordRefused,
)
from contracts.phone import AuthUnit
from services.auth.sessions import Sessions
from services.auth.store import AuthStore, NumberRow, generation_write
from services.auth.unit_rules import may_be_set, role_of, target_allowed, unit_choice_allowed


class Telephone:
    """The telephone's side of a credential."""

    def __init__(self, store: AuthStore, sessions: Sessions) -> None:
        self._store = store
        self._sessions = sessions

    def identify(self, caller: str) -> CallerIdentified:
        """The caller's line (TEMP-1). Raises `CallerUnknown`."""
        row = self._store.number(caller)
        if row is None:
            raise CallerUnknown
        return CallerIdentified(
            caller=row.number, contract_number=row.contract_number, unit=row.unit, own_settable=_settable(row)
        )

    def is_settable(self, caller: str, number: str) -> bool:
        """TEMP-4: a number of the caller's line with a contracted feature, or the contract number."""
        row, target = self._store.number(caller), self._store.number(number)
        return row is not None and target is not None and row.line_id == target.line_id and _settable(target)

    def set_temporary(self, command: SetTemporaryPassword) -> TemporaryPasswordIsSet:
        """From this commit on the temporary password works and the former one does not (TEMP-9).

        Repeating the command changes nothing. Raises `CallerUnknown`, `TemporaryPasswordRefused`, `Busy`.
        """
        expires_at = self._repeated(command)
        if expires_at is None:
            caller, target = self._allowed(command)
            verifier = self._store.hashing.hash(command.password)
            expires_at = self._set(command, caller, target, verifier)
        return TemporaryPasswordIsSet(number=command.number, expires_at=expires_at)

    def _repeated(self, command: SetTemporaryPassword) -> datetime | None:
        # Asked before whether it is allowed: what was set is set, although the line may have changed since.
        target = self._store.number(command.number)
        return self._store.credential(target.assignment_id).expiry_of(command.temporary_id) if target else None

    @retry_on_conflict
    def _set(self, command: SetTemporaryPassword, caller: NumberRow, target: NumberRow, verifier: str) -> datetime:
        now = self._store.clock()
        credential = self._store.credential(target.assignment_id)
        repeated = credential.expiry_of(command.temporary_id)
        if repeated is not None:
            return repeated
        expires_at = now + timedelta(hours=self._store.config.temporary_password_hours)
        credential.hold_temporary(
            temporary_id=command.temporary_id,
            verifier=verifier,
            unit=command.unit,
            by_contract_number=caller.is_contract_number,
            expires_at=expires_at,
            now=now,
        )
        ended, writes = self._sessions.end_of_number(target.assignment_id, SessionCause.TEMPORARY_SET, now)
        rows: list[Write] = [generation_write(credential), *writes]
        role = role_of(caller.unit, is_contract_number=caller.is_contract_number)
        self._store.save(credential, *ended, writes=rows, trail=self._store.trail(caller, role))
        return expires_at

    def _allowed(self, command: SetTemporaryPassword) -> tuple[NumberRow, NumberRow]:
        # The dialogue asked all this before; decided here, since the line may have changed during the call.
        caller, target = self._store.number(command.caller), self._store.number(command.number)
        if caller is None:
            raise CallerUnknown
        if target is None or target.line_id != caller.line_id or not _settable(target):
            raise TemporaryPasswordRefused
        chosen = AuthUnit(command.unit)
        unit_fits = unit_choice_allowed(caller.unit, chosen, caller_is_contract_number=caller.is_contract_number)
        target_fits = target_allowed(
            chosen,
            caller_is_contract_number=caller.is_contract_number,
            own=caller.assignment_id == target.assignment_id,
            contract_target=target.is_contract_number,
        )
        if not unit_fits or not target_fits:
            raise TemporaryPasswordRefused
        return caller, target


def _settable(row: NumberRow) -> bool:
    return may_be_set(is_contract_number=row.is_contract_number, has_features=bool(row.features))
