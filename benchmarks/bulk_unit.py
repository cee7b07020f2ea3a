"""A large line's unit changed by a file with all its passwords, beside as many bare argon2 verifications on all cores.

SQLite, auth and bulk in one process as the embedded mode has them, a thread a core. Beside it, how long a login takes
while such a file is being checked, against the same logins with nobody else there.
"""

from __future__ import annotations

import base64
import os
import statistics
import tempfile
import threading
import time
from uuid import UUID, uuid4

from argon2 import PasswordHasher

from benchmarks.tools.measuring import Pace, Report, pace, row_of, run, together
from benchmarks.tools.people import PASSWORD, auth_over, hash_setting, log_in, new_key, provision, settle, sqlite_in
from chassis.rpc import LocalClient
from contracts.auth.bulk import AuthBulkApi
from contracts.auth.units import ChangeUnit, PasswordOfNumber
from contracts.base import Secret
from contracts.bulk import PART_BYTES, AddPart, BulkKind, Confirm, UploadQuery, UploadState, UploadView
from contracts.phone import AuthUnit
from services.auth.application import Auth
from services.auth.service import AuthService
from services.bulk.application import Bulk
from services.bulk.config import BulkConfig
from services.bulk.owners import UnitAtAuth, WhoAtAuth
from services.bulk.store import BulkStore

CORES = len(os.sched_getaffinity(0))
CONTRACT, OTHER_LINE = "0300000000", "0500000000"
WIDE, FEW = 7_000, 60
"""Numbers of the line, and of a trial."""
LOGINS = 120


class Office:
    """A line under 電話番号単位, all of whose numbers have one password, and the services that change it."""

    def __init__(self, folder: str, size: int) -> None:
        self.auth = auth_over(sqlite_in(folder))
        self.numbers = [CONTRACT, *(f"03{place:08}" for place in range(10_000_000, 10_000_000 + size - 1))]
        provision(self.auth, CONTRACT, self.numbers[1:])
        settle(self.auth, CONTRACT)
        provision(self.auth, OTHER_LINE)
        settle(self.auth, OTHER_LINE)
        service = AuthService()
        service.auth = self.auth  # it stands where nameko puts it
        api: AuthBulkApi = LocalClient(service, AuthBulkApi)
        url = f"sqlite:///{folder}/bulk.sqlite"
        BulkStore.migrate(url)
        config = BulkConfig.model_validate({"database_url": url, "key": b"k" * 32})
        self.bulk = Bulk(config, {BulkKind.UNIT: UnitAtAuth(api)}, WhoAtAuth(api))
        self.file = "".join(f"{number},{PASSWORD.reveal()}\r\n" for number in self.numbers).encode()
        _, self.key = log_in(self.auth, CONTRACT)

    def by_number(self) -> None:
        """To 電話番号単位: every number gets the password in use."""
        fresh = new_key()
        own = PasswordOfNumber(number=CONTRACT, attempt_id=uuid4(), password=PASSWORD)
        self.auth.unit_changes.change(
            ChangeUnit(session_key=self.key, new_session_key=fresh, to=AuthUnit.NUMBER, passwords=(own,))
        )
        self.key = fresh

    def change(self) -> Pace:
        """From the first part of the file to the new unit."""
        began = time.perf_counter()
        view = self.send_and_check()
        if view.state is not UploadState.READY:
            raise AssertionError(view)
        self.bulk.desk.confirm(Confirm(session_key=self.key, upload_id=view.upload_id))
        self._work(view.upload_id)
        if self._look(view).state is not UploadState.COMPLETED:
            raise AssertionError(view)
        return Pace(len(self.numbers), len(self.numbers) / (time.perf_counter() - began))

    def send_and_check(self) -> UploadView:
        """As far as the preview."""
        upload_id, of = uuid4(), -(-len(self.file) // PART_BYTES)
        for place in range(of):
            part = base64.b64encode(self.file[place * PART_BYTES : (place + 1) * PART_BYTES]).decode()
            self.bulk.desk.add_part(
                AddPart(
                    session_key=self.key,
                    upload_id=upload_id,
                    kind=BulkKind.UNIT,
                    to_unit=AuthUnit.LINE,
                    size=len(self.file),
                    place=place,
                    of=of,
                    part=Secret(part),
                )
            )
        self._work(upload_id)
        return self.bulk.desk.view(UploadQuery(session_key=self.key, upload_id=upload_id))

    def _work(self, upload_id: UUID) -> None:
        """Until it waits for somebody, or is over; a file that was postponed is taken up again, as the service does."""
        while self.bulk.desk.progress(upload_id).state in {UploadState.CHECKING, UploadState.WORKING}:
            if not self.bulk.work():
                time.sleep(0.1)

    def _look(self, view: UploadView) -> UploadView:
        return self.bulk.desk.view(UploadQuery(session_key=self.key, upload_id=view.upload_id))

    def close(self) -> None:
        self.bulk.close()
        self.auth.close()


def bare(auth: Auth, seconds: float) -> Pace:
    """Verifications a second on all cores, and nothing else."""
    config = auth.store.config
    hasher = PasswordHasher(config.hash_passes, config.hash_memory_kib, config.hash_lanes)
    verifier = hasher.hash("kawa97yama")
    one = lambda long: pace(lambda: hasher.verify(verifier, "kawa97yama"), long)  # noqa: E731  # what a thread does
    return together([one] * CORES, seconds)


def login_times(auth: Auth, count: int) -> list[float]:
    """Milliseconds of logins one after the other on another line, with a pause as people make."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        log_in(auth, OTHER_LINE)
        times.append(1000 * (time.perf_counter() - began))
        time.sleep(0.02)
    return times


def beside_a_check(office: Office, count: int) -> list[float]:
    """The same while files are being checked."""
    over = threading.Event()

    def check() -> None:
        while not over.is_set():
            office.send_and_check()

    checking = threading.Thread(target=check)
    checking.start()
    try:
        return login_times(office.auth, count)
    finally:
        over.set()
        checking.join()


def p95(times: list[float]) -> float:
    """The 95th percentile."""
    return round(statistics.quantiles(times, n=20)[-1], 1)


def measure(small: bool) -> Report:
    """The change against the hash bound, and logins beside it."""
    size, rounds, seconds, logins = (FEW, 1, 0.2, 10) if small else (WIDE, 1, 5.0, LOGINS)
    report = Report("bulk_unit", "a unit changed by a file with all passwords", "argon2 verifications alone")
    with tempfile.TemporaryDirectory() as folder:
        office = Office(folder, size)
        report.facts["hash"] = hash_setting(office.auth)
        pairs = []
        for _ in range(rounds):
            office.by_number()
            before = bare(office.auth, seconds)
            spent = time.process_time()
            changed = office.change()
            spent = time.process_time() - spent
            after = bare(office.auth, seconds)
            mean = Pace(before.done + after.done, (before.per_second + after.per_second) / 2)
            pairs.append(((changed, spent), (mean, CORES * 2 * seconds)))
        report.rows.append(row_of(f"{size} numbers, SQLite", "passwords/s", pairs))
        report.facts["times the bound"] = round(1 / report.rows[0].ratio, 2)
        office.by_number()
        report.facts["login p95 ms, alone"] = p95(login_times(office.auth, logins))
        report.facts["login p95 ms, beside a file being checked"] = p95(beside_a_check(office, logins))
        office.close()
    return report


if __name__ == "__main__":
    run(measure)
