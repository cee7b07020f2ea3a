"""The guide's example line and what its people do, in the words of the rules."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from uuid import UUID, uuid4

from contracts.auth.logins import LogIn, Stage
from contracts.auth.passwords import ChangePassword, PasswordChanged
from contracts.auth.provisioning import LineIsProvisioned, ProvisionedNumber, ProvisionLine
from contracts.auth.telephone import SetTemporaryPassword
from contracts.auth.units import ChangeUnit, PasswordOfNumber, UnitChanged
from contracts.base import HistoryQuery, Secret
from contracts.phone import AuthUnit, Feature
from services.auth.application import Auth
from services.auth.second_factor import Demand, LoginUnderWay

CONTRACT = "0300001111"
ADDITIONAL = "0300002222"
STRANGER = "0399999999"
TEMPORARY = "13572468"
PASSWORD = "kawa97yama"
CALL, FAX = Feature.CALL_NOTIFICATION, Feature.FAX_NOTIFICATION


def new_key() -> str:
    """A session key as the gateway makes one."""
    return hashlib.sha256(secrets.token_bytes()).hexdigest()


class NotInUse:
    """Stands in for otp where it is not the subject: nobody uses one-time passwords."""

    def demand(self, login: LoginUnderWay) -> Demand:
        return Demand(Stage.COMPLETE, registered=False)

    def complete(self, login: LoginUnderWay) -> bool:
        return True


class OfficeLine:
    """Speaks for everybody on the line."""

    def __init__(self, auth: Auth) -> None:
        self.auth = auth

    def provision(self, contract: str = CONTRACT, *extra: ProvisionedNumber) -> LineIsProvisioned:
        """The guide's two numbers with the guide's features (LINE-8), and more where asked."""
        numbers = (
            ProvisionedNumber(number=CONTRACT, features=frozenset({CALL})),
            ProvisionedNumber(number=ADDITIONAL, features=frozenset({CALL, FAX})),
            *extra,
        )
        return self.auth.provisioning.provision(ProvisionLine(contract_number=contract, numbers=numbers))

    def dial(
        self,
        unit: AuthUnit,
        number: str = CONTRACT,
        caller: str = CONTRACT,
        password: str = TEMPORARY,
        temporary_id: UUID | None = None,
    ) -> UUID:
        """Set a temporary password by telephone."""
        identity = temporary_id or uuid4()
        self.auth.telephone.set_temporary(
            SetTemporaryPassword(
                temporary_id=identity, caller=caller, number=number, unit=unit, password=Secret(password)
            )
        )
        return identity

    def log_in(
        self, number: str, password: str, key: str | None = None, attempt_id: UUID | None = None
    ) -> tuple[Stage, str]:
        """How far the login came, and the session's key."""
        session_key = key or new_key()
        stage = self.auth.logins.log_in(
            LogIn(attempt_id=attempt_id or uuid4(), number=number, password=Secret(password), session_key=session_key)
        )
        return stage, session_key

    def change(
        self, key: str, present: str, new: str, number: str | None = None, attempt_id: UUID | None = None
    ) -> tuple[PasswordChanged, str]:
        """The answer, and the session's new key."""
        fresh = new_key()
        changed = self.auth.password_changes.change(
            ChangePassword(
                attempt_id=attempt_id or uuid4(),
                session_key=key,
                new_session_key=fresh,
                present=Secret(present),
                new=Secret(new),
                number=number,
            )
        )
        return changed, fresh

    def change_unit(
        self, key: str, to: AuthUnit, attempt_id: UUID | None = None, /, **passwords: str
    ) -> tuple[UnitChanged, str]:
        """The answer, and the session's new key. Passwords by `contract` and `additional`, or by `n0300001111`."""
        fresh = new_key()
        names = {"contract": CONTRACT, "additional": ADDITIONAL}
        changed = self.auth.unit_changes.change(
            ChangeUnit(
                session_key=key,
                new_session_key=fresh,
                to=to,
                passwords=tuple(
                    PasswordOfNumber(
                        number=names.get(name) or name.removeprefix("n"),
                        attempt_id=attempt_id or uuid4(),
                        password=Secret(password),
                    )
                    for name, password in passwords.items()
                ),
            )
        )
        return changed, fresh

    def settle(
        self, unit: AuthUnit = AuthUnit.LINE, number: str = CONTRACT, caller: str = CONTRACT, password: str = PASSWORD
    ) -> str:
        """From the telephone to a real password; returns the key of the session that goes on."""
        self.dial(unit, number, caller)
        _, key = self.log_in(number, TEMPORARY)
        return self.change(key, TEMPORARY, password)[1]

    def told(self, name: str) -> list[dict[str, object]]:
        """The data of every public event of that name, in order."""
        page = self.auth.history(HistoryQuery(limit=1000))
        return [event.data for event in page.events if event.name == name]

    def counted(self) -> Counter[str]:
        """How often each public event was published."""
        return Counter(event.name for event in self.auth.history(HistoryQuery(limit=1000)).events)
