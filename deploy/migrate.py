"""Databases, roles, tables and rights: the step before any service of the distributed mode starts.

`python -m deploy.migrate` with `HIKARI_DATABASE_URL` (a role that may create databases and roles) and for each service
`HIKARI_<SERVICE>_DATABASE_PASSWORD` and `HIKARI_<SERVICE>_OWNER_PASSWORD`. Repeating it changes nothing but passwords.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from chassis import counting
from chassis.config import Misconfigured, environment
from chassis.migrations import patiently_connected
from deploy.databases import NotAllowed, Place, grant, passwords_needed, provide
from services.audit.application import Audit
from services.auth.store import AuthStore
from services.bulk.store import BulkStore
from services.otp.store import OtpStore
from services.settings.store import SettingsStore
from services.tempcred.application import TemporaryPasswords

CANNOT = 2

TABLES: Mapping[str, Callable[[str], None]] = {
    "auth": AuthStore.migrate,
    "tempcred": TemporaryPasswords.migrate,
    "otp": OtpStore.migrate,
    "settings": SettingsStore.migrate,
    "bulk": BulkStore.migrate,
    "audit": Audit.migrate,
    "gateway": counting.migrate,
}
"""Who has a database, and how its tables are made by their owner. A further service is one more line."""


def migrate(administrator: str, passwords: Mapping[str, str]) -> None:
    """Everything, for every service. Raises `NotAllowed`, or what the database raises."""
    patiently_connected(administrator).close()
    for name, make_tables in TABLES.items():
        place = Place(name)
        owner = provide(
            administrator,
            place,
            passwords[f"HIKARI_{name.upper()}_OWNER_PASSWORD"],
            passwords[f"HIKARI_{name.upper()}_DATABASE_PASSWORD"],
        )
        make_tables(owner)
        grant(owner, place)


def main() -> None:
    """Exit code 2 with every missing variable named, or with what the administrator may not do."""
    env = environment()
    missing = [name for name in ("HIKARI_DATABASE_URL", *passwords_needed(TABLES)) if not env.get(name)]
    try:
        if not missing:
            migrate(env["HIKARI_DATABASE_URL"], env)
            return
        wrong: Exception = Misconfigured([f"{name}: is missing" for name in missing])
    except NotAllowed as refused:
        wrong = refused
    print(f"hikari: {wrong}", file=sys.stderr)
    sys.exit(CANNOT)


if __name__ == "__main__":
    main()
