"""A job whose instance dies between any two of its steps: it is done once, by whoever takes it up (BULK-9)."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from chassis.clock import to_micros
from chassis.wire import RemoteFailure
from contracts.base import Busy, Unavailable
from contracts.bulk.api import KindQuery
from contracts.bulk.faults import Problem
from contracts.bulk.kinds import BulkKind, UploadState
from contracts.phone import AuthUnit
from services.bulk import holds, work
from services.bulk.holds import HELD, LONGEST_PAUSE, MOST_TRIES
from services.bulk.work import Overtaken
from tests.services.auth.people import CONTRACT, PASSWORD
from tests.services.bulk.office import OTHERS


class Killed(BaseException):
    """What kill -9 looks like from within."""


class Mortal:
    """An instance that dies at the nth of its steps, before or after the step is done."""

    def __init__(self, office, dies_at, *, done):
        self.office, self.dies_at, self.done = office, dies_at, done
        self.steps, self.dead, self.lock = 0, False, threading.Lock()
        self.bulk = office.new_bulk(auth=self)
        store = self.bulk.store
        for name in ("save", "execute", "rows"):
            setattr(store, name, self._mortal(getattr(store, name), counts=name == "save"))

    def __getattr__(self, procedure):
        # Only what the owner is asked for by a file that is worked on.
        return self._mortal(getattr(self.office.auth_api, procedure), counts=True)

    def _mortal(self, step, *, counts):
        def take(*args, **kwargs):
            with self.lock:
                if self.dead:
                    raise Killed
                self.steps += counts
                dies = counts and self.steps == self.dies_at
                self.dead = dies
            if dies and not self.done:
                raise Killed
            result = step(*args, **kwargs)
            if dies:
                raise Killed
            return result

        return take

    def work(self):
        """Until there is nothing to do, or the end; true where it died."""
        try:
            self.office.work(self.bulk)
        except Killed:
            return True
        return False


def _steps(office, dies_at, *, done, password):
    """A whole job; true where an instance died in it."""
    wanted = dict.fromkeys(OTHERS, password)
    upload_id = office.send(wanted)
    died = Mortal(office, dies_at, done=done).work()
    if died:
        office.clock.forward(seconds=HELD.total_seconds() + 3)
        office.work()
    assert office.look(upload_id).state is UploadState.READY
    before = len(office.set_by_bulk())
    office.confirm(upload_id)
    if not died:
        died = Mortal(office, dies_at - CHECKING_STEPS, done=done).work()
        assert len(office.set_by_bulk()) - before in {0, len(OTHERS)}  # all or nothing, at any moment
        office.clock.forward(seconds=HELD.total_seconds() + 3)
        office.work()
    else:
        office.work()
    assert office.look(upload_id).state is UploadState.COMPLETED
    assert sorted(office.set_by_bulk()[before:]) == OTHERS
    assert office.names()[-2:] == ["BulkJobAccepted", "BulkJobCompleted"]
    return died


CHECKING_STEPS = 7
"""The line, what was read, two groups checked and kept, the end of the check."""
WORKING_STEPS = 6
"""Two groups hashed and kept, applied, the end."""


@pytest.mark.rule("BULK-9")
@pytest.mark.parametrize("done", [False, True], ids=["before the step", "after the step"])
def test_wherever_an_instance_dies_another_goes_on_and_all_is_done_once(office, done):
    every = 1 if office.bulk_url.startswith("sqlite") else 4  # that the steps are the same ones needs no second proof
    deaths = [
        _steps(office, dies_at, done=done, password=f"ume{dies_at:03}matsu")
        for dies_at in range(1, CHECKING_STEPS + WORKING_STEPS + 1, every)
    ]
    assert all(deaths)
    assert not _steps(office, CHECKING_STEPS + WORKING_STEPS + 1, done=done, password="hoshi58tsuki")


@pytest.mark.rule("BULK-9")
def test_two_instances_at_one_file_do_it_once(office):
    wanted = dict.fromkeys(OTHERS, "hoshi58tsuki")
    upload_id = office.send(wanted)
    instances = [office.new_bulk() for _ in range(3)]

    def together():
        threads = [threading.Thread(target=office.work, args=(one,)) for one in instances]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    together()
    office.confirm(upload_id)
    together()
    assert office.look(upload_id).state is UploadState.COMPLETED
    assert sorted(office.set_by_bulk()) == OTHERS


@pytest.mark.rule("BULK-9")
def test_a_late_instance_that_held_the_file_before_does_no_harm(office):
    upload_id = office.send(dict.fromkeys(OTHERS, "hoshi58tsuki"))
    late = office.new_bulk()
    unread = office.bulk.store.find(upload_id)
    office.bulk.worker._read(unread)
    with pytest.raises(Overtaken):
        late.worker._carry(unread)
    office.work()
    office.confirm(upload_id)
    confirmed = office.bulk.store.find(upload_id)
    office.work()
    for row in (unread, confirmed):
        with pytest.raises(Overtaken):
            late.worker._carry(row)
    assert office.look(upload_id).state is UploadState.COMPLETED
    assert sorted(office.set_by_bulk()) == OTHERS
    assert office.names() == ["BulkJobAccepted", "BulkJobCompleted"]


@pytest.mark.rule("BULK-9")
def test_while_auth_is_away_the_file_waits_and_then_goes_on_by_itself(office):
    class Away:
        def __getattr__(self, procedure):
            def unavailable(_request):
                raise Unavailable("auth")

            return unavailable

    upload_id = office.send(dict.fromkeys(OTHERS, "hoshi58tsuki"))
    cut_off = office.new_bulk(auth=Away())
    office.work(cut_off)
    assert office.look(upload_id).state is UploadState.CHECKING
    office.clock.forward(seconds=3)
    office.work()
    office.confirm(upload_id)
    office.work(cut_off)
    assert office.look(upload_id).state is UploadState.WORKING
    office.clock.forward(seconds=3)
    office.work()
    assert office.look(upload_id).state is UploadState.COMPLETED


class Standing:
    """Between bulk and auth; one procedure is another's."""

    def __init__(self, office, procedure, instead):
        self._office, self._procedure, self._instead = office, procedure, instead

    def __getattr__(self, procedure):
        return self._instead if procedure == self._procedure else getattr(self._office.auth_api, procedure)


def _fails(error):
    def fail(_request):
        raise error

    return fail


def _confirmed(office, password):
    view = office.checked(dict.fromkeys(OTHERS, password))
    office.confirm(view.upload_id)
    return view.upload_id


@pytest.mark.rule("BULK-9", "BULK-6")
def test_a_job_that_fails_again_and_again_is_given_up_and_the_line_goes_on_with_the_next(office):
    upload_id = _confirmed(office, "hoshi58tsuki")
    broken = office.new_bulk(auth=Standing(office, "apply_new_passwords", _fails(RemoteFailure("auth", "error"))))
    began = office.clock.now
    for _ in range(MOST_TRIES):
        assert office.bulk.store.find(upload_id).state is UploadState.WORKING
        with pytest.raises(RemoteFailure):
            broken.work()
        assert not broken.work()  # not at once
        office.clock.forward(seconds=LONGEST_PAUSE.total_seconds())
    assert office.clock.now - began > timedelta(hours=1)  # what is away for so long comes back by itself
    _, office.key = office.log_in(CONTRACT, PASSWORD)
    given_up = office.look(upload_id)
    assert (given_up.state, [fault.problem for fault in given_up.faults]) == (
        UploadState.FAILED,
        [Problem.NOT_WORKABLE],
    )
    assert office.names() == ["BulkJobAccepted", "BulkJobFailed"]
    assert office.set_by_bulk() == []
    assert office.set_all(dict.fromkeys(OTHERS, "sora86kumo")).state is UploadState.COMPLETED


@pytest.mark.rule("BULK-9")
def test_a_file_whose_check_fails_again_and_again_is_given_up_too(office):
    upload_id = office.send(dict.fromkeys(OTHERS, "hoshi58tsuki"))
    broken = office.new_bulk(auth=Standing(office, "check_new_passwords", _fails(RemoteFailure("auth", "error"))))
    for _ in range(MOST_TRIES):
        with pytest.raises(RemoteFailure):
            broken.work()
        office.clock.forward(seconds=LONGEST_PAUSE.total_seconds())
    assert office.bulk.store.find(upload_id).state is UploadState.REJECTED
    assert office.names() == ["BulkUploadRejected"]


@pytest.mark.rule("BULK-9")
def test_however_long_auth_is_away_a_job_is_not_given_up(office):
    upload_id = _confirmed(office, "hoshi58tsuki")
    cut_off = office.new_bulk(auth=Standing(office, "apply_new_passwords", _fails(Unavailable("auth"))))
    for _ in range(MOST_TRIES + 5):
        office.work(cut_off)
        office.clock.forward(seconds=3)
    office.work()
    assert office.look(upload_id).state is UploadState.COMPLETED


@pytest.mark.rule("BULK-9")
def test_nobody_else_takes_up_a_file_however_long_its_owner_takes_to_apply_it(office, monkeypatch):
    monkeypatch.setattr(holds, "SIGN_SECONDS", 0.01)
    upload_id, other, taken = _confirmed(office, "hoshi58tsuki"), office.new_bulk(), []

    def slowly(order):
        for _ in range(3):
            office.clock.forward(seconds=HELD.total_seconds() - 1)
            _until(lambda: _held_until(office, upload_id) >= to_micros(office.clock.now + HELD))
            taken.append(other.work())
        return office.auth_api.apply_new_passwords(order)

    office.work(office.new_bulk(auth=Standing(office, "apply_new_passwords", slowly)))
    assert taken == [False] * 3
    assert office.look(upload_id).state is UploadState.COMPLETED


def _held_until(office, upload_id):
    row = office.bulk.store.row("SELECT held_until FROM uploads WHERE upload_id = :id", {"id": upload_id.hex})
    return row["held_until"]


def _until(true, seconds=20):
    ends = time.monotonic() + seconds
    while not true() and time.monotonic() < ends:
        time.sleep(0.01)


@pytest.mark.rule("BULK-9")
def test_a_part_that_is_turned_away_again_and_again_is_asked_again_and_the_job_goes_on(office, monkeypatch):
    monkeypatch.setattr(work, "BUSY_PAUSE", 0)
    turned_away = []

    class Crowded:
        def __getattr__(self, procedure):
            def answer(request):
                if procedure in {"check_new_passwords", "make_new_passwords_ready"} and len(turned_away) < 300:
                    turned_away.append(procedure)
                    raise Busy
                return getattr(office.auth_api, procedure)(request)

            return answer

    upload_id = office.send(dict.fromkeys(OTHERS, "hoshi58tsuki"))
    office.work(office.new_bulk(auth=Crowded()))
    assert len(turned_away) == 300
    assert office.look(upload_id).state is UploadState.READY


@pytest.mark.rule("BULK-9", "TEMP-9")
def test_a_temporary_password_set_while_the_job_lay_dead_wins(office):
    upload_id = office.send(dict.fromkeys(OTHERS, "hoshi58tsuki"))
    office.work()
    office.confirm(upload_id)
    assert Mortal(office, 3, done=True).work()
    office.dial(AuthUnit.ADMIN_USER, OTHERS[30])
    office.clock.forward(seconds=HELD.total_seconds() + 3)
    office.work()
    failed = office.look(upload_id)
    assert (failed.state, [(fault.row, fault.problem) for fault in failed.faults]) == (
        UploadState.FAILED,
        [(31, Problem.MOVED_MEANWHILE)],
    )
    assert office.set_by_bulk() == []
    assert [one.cells[0] for one in office.bulk.desk.download(
        KindQuery(session_key=office.key, kind=BulkKind.PASSWORDS)).rows][2:] == OTHERS  # fmt: skip
