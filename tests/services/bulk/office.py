"""A line with an administrator, auth behind it, and as many instances of bulk before it as are wanted."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.rpc import LocalClient
from contracts.auth.bulk import AuthBulkApi
from contracts.base import HistoryQuery, Secret
from contracts.bulk.api import AddPart, Confirm, KindQuery, UploadId, UploadQuery, UploadView
from contracts.bulk.kinds import OVER, PART_BYTES, BulkKind, UploadState
from contracts.phone import AuthUnit
from services.auth.application import Auth
from services.auth.config import AuthConfig
from services.auth.service import AuthService
from services.auth.store import AuthStore
from services.bulk import publishing
from services.bulk.application import Bulk
from services.bulk.config import BulkConfig
from services.bulk.owner import Owner
from services.bulk.owners import PasswordsAtAuth, UnitAtAuth, WhoAtAuth
from services.bulk.store import BulkStore
from tests.databases import migrate
from tests.services.auth.large_line import LARGE, LargeLine, numbers_of
from tests.services.auth.people import NotInUse

KEY = b"k" * 32
OTHERS = numbers_of(LARGE)


class MovableClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


class Office(LargeLine):
    """What the people of the line do, and what becomes of it."""

    def __init__(
        self,
        auth_url: str,
        bulk_url: str,
        size: int = LARGE,
        unit: AuthUnit = AuthUnit.ADMIN_USER,
        files_a_day: int = 1000,
    ) -> None:
        self.clock = MovableClock()
        self.bulk_url, self.files_a_day = bulk_url, files_a_day
        migrate(AuthStore, auth_url)
        migrate(BulkStore, bulk_url)
        config = AuthConfig.model_validate(
            {
                "database_url": auth_url,
                "key": KEY,
                "pepper": "p" * 32,
                "hash_memory_kib": 8,
                "hash_passes": 1,
                "hash_waiting": 200,
                "login_floor_ms": 0,
            }
        )
        super().__init__(Auth(config, NotInUse(), self.clock), size, unit)
        self.service = AuthService()
        self.service.auth = self.auth
        self.auth_api: AuthBulkApi = LocalClient(self.service, AuthBulkApi)
        self._made: list[Bulk] = []
        self.bulk = self.new_bulk()

    def new_bulk(self, auth: Any = None) -> Bulk:
        """A further instance over the same database; `auth` stands between it and auth."""
        api: AuthBulkApi = auth or self.auth_api
        config = BulkConfig.model_validate(
            {"database_url": self.bulk_url, "key": KEY, "bulk_at_once": 2, "bulk_files_a_day": self.files_a_day}
        )
        owners: dict[BulkKind, Owner] = {BulkKind.PASSWORDS: PasswordsAtAuth(api), BulkKind.UNIT: UnitAtAuth(api)}
        bulk = Bulk(config, owners, WhoAtAuth(api), self.clock)
        self._made.append(bulk)
        return bulk

    def close(self) -> None:
        for bulk in self._made:
            bulk.close()
        self.auth.close()

    # --- what people do --------------------------------------------------------------------------------------

    def send(
        self,
        content: str | bytes | Mapping[str, str],
        key: str | None = None,
        kind: BulkKind = BulkKind.PASSWORDS,
        upload_id: UUID | None = None,
        to_unit: AuthUnit | None = None,
        group_id: UUID | None = None,
        seen: int = 0,
    ) -> UUID:
        """Hand a file in; a mapping is one of numbers and passwords."""
        if isinstance(content, Mapping):
            content = "".join(f"{number},{password}\r\n" for number, password in content.items())
        data = content.encode() if isinstance(content, str) else content
        upload_id, parts = upload_id or uuid4(), max(1, -(-len(data) // PART_BYTES))
        for place in range(parts):
            part = data[place * PART_BYTES : (place + 1) * PART_BYTES]
            self.bulk.receiving.add_part(
                AddPart(
                    session_key=key or self.key,
                    upload_id=upload_id,
                    kind=kind,
                    to_unit=to_unit,
                    group_id=group_id,
                    seen=seen,
                    size=len(data),
                    place=place,
                    of=parts,
                    part=Secret(base64.b64encode(part).decode()),
                )
            )
        return upload_id

    def look(self, upload_id: UUID, key: str | None = None, page: int = 1) -> UploadView:
        return self.bulk.desk.view(UploadQuery(session_key=key or self.key, upload_id=upload_id, page=page))

    def work(self, bulk: Bulk | None = None) -> None:
        """Let an instance do all that there is to do."""
        while (bulk or self.bulk).work():
            pass

    def checked(self, content: str | bytes | Mapping[str, str], key: str | None = None) -> UploadView:
        """Hand in, and let it be checked."""
        upload_id = self.send(content, key)
        self.work()
        return self.look(upload_id, key)

    def confirm(self, upload_id: UUID, key: str | None = None, *, corrected: bool = False) -> None:
        self.bulk.desk.confirm(Confirm(session_key=key or self.key, upload_id=upload_id, corrected=corrected))

    def withdraw(self, upload_id: UUID, key: str | None = None) -> None:
        self.bulk.desk.withdraw(UploadId(session_key=key or self.key, upload_id=upload_id))

    def uploads(self, key: str | None = None) -> list[UploadView]:
        query = KindQuery(session_key=key or self.key, kind=BulkKind.PASSWORDS)
        return list(self.bulk.desk.list(query).uploads)

    def set_all(self, wanted: Mapping[str, str]) -> UploadView:
        """The whole way."""
        view = self.checked(wanted)
        assert view.state is UploadState.READY, view
        self.confirm(view.upload_id)
        self.work()
        return self.look(view.upload_id)

    # --- what became of it -----------------------------------------------------------------------------------

    def history(self) -> list[tuple[str, dict[str, Any]]]:
        """What the world is told by bulk."""
        page = publishing.history(self.bulk.store, HistoryQuery(limit=1000))
        return [(event.name, event.data) for event in page.events]

    def names(self) -> list[str]:
        return [name for name, _ in self.history()]

    def set_by_bulk(self) -> list[str]:
        """The numbers whose password was set by a file."""
        after, found = 0, []
        while True:
            page = self.auth.history(HistoryQuery(after=after, limit=1000))
            found += [event.data["number"] for event in page.events if event.data.get("cause") == "bulk"]
            if page.until == after:
                return found
            after = page.until

    def is_over(self, upload_id: UUID) -> bool:
        row = self.bulk.store.find(upload_id)
        assert row is not None
        return row.state in OVER
