"""An auth application with numbers that can log in, for benchmarks that need no site."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from contracts.auth.logins import LogIn, Stage
from contracts.auth.passwords import ChangePassword
from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine
from contracts.auth.telephone import SetTemporaryPassword
from contracts.base import Secret
from contracts.phone import AuthUnit, Feature
from services.auth.application import Auth
from services.auth.config import AuthConfig
from services.auth.second_factor import Demand, LoginUnderWay
from services.auth.store import AuthStore

TEMPORARY = Secret("13572468")
PASSWORD = Secret("kawa97yama")
CHEAP = {"hash_memory_kib": 8, "hash_passes": 1}
"""Hashes that cost next to nothing, where the rest is to be seen."""


class NoSecondFactor:
    """Nobody uses one-time passwords, and no service has to be asked about it."""

    def demand(self, _login: LoginUnderWay) -> Demand:
        return Demand(Stage.COMPLETE, registered=False)

    def complete(self, _login: LoginUnderWay) -> bool:
        return True


def auth_over(database_url: str, **settings: object) -> Auth:
    """The application over a store that is migrated; refusals are not held back unless a setting says so."""
    AuthStore.migrate(database_url)
    given = {"database_url": database_url, "key": b"k" * 32, "pepper": "p" * 32, "login_floor_ms": 0, **settings}
    return Auth(AuthConfig.model_validate(given), NoSecondFactor())


def hash_setting(auth: Auth) -> str:
    """How dear a hash is."""
    config = auth.store.config
    return f"argon2id m={config.hash_memory_kib // 1024} MiB t={config.hash_passes} p={config.hash_lanes}"


def sqlite_in(folder: str | Path) -> str:
    """The address of a store in that folder."""
    return f"sqlite:///{Path(folder) / 'auth.sqlite'}"


def provision(auth: Auth, contract: str, others: Iterable[str] = ()) -> None:
    """A line, every number with one feature."""
    numbers = tuple(
        ProvisionedNumber(number=number, features=frozenset({Feature.CALL_NOTIFICATION}))
        for number in (contract, *others)
    )
    auth.provisioning.provision(ProvisionLine(contract_number=contract, numbers=numbers))


def dial(auth: Auth, number: str, unit: AuthUnit = AuthUnit.LINE) -> None:
    """A temporary password by telephone."""
    auth.telephone.set_temporary(
        SetTemporaryPassword(temporary_id=uuid4(), caller=number, number=number, unit=unit, password=TEMPORARY)
    )


def settle(auth: Auth, number: str, unit: AuthUnit = AuthUnit.LINE) -> None:
    """From the telephone to a password of one's own."""
    dial(auth, number, unit)
    _, key = log_in(auth, number, TEMPORARY)
    auth.password_changes.change(
        ChangePassword(attempt_id=uuid4(), session_key=key, new_session_key=new_key(), present=TEMPORARY, new=PASSWORD)
    )


def log_in(auth: Auth, number: str, password: Secret = PASSWORD) -> tuple[Stage, str]:
    """How far it came, and the session's key. Raises `InvalidCredentials`."""
    key = new_key()
    stage = auth.logins.log_in(LogIn(attempt_id=uuid4(), number=number, password=password, session_key=key))
    return stage, key


def log_in_fully(auth: Auth, number: str) -> None:
    """One complete login; anything else is no measurement."""
    stage, _ = log_in(auth, number)
    if stage is not Stage.COMPLETE:
        raise AssertionError(stage)


def new_key() -> str:
    """A session key as the gateway makes one."""
    return hashlib.sha256(secrets.token_bytes()).hexdigest()
