"""A line of seven thousand numbers set by one file, with hashes that cost little (LINE-7, BULK-9)."""

from __future__ import annotations

import pytest

from contracts.bulk.kinds import UploadState
from tests.services.auth.large_line import numbers_of
from tests.services.bulk.office import Office

SEVEN_THOUSAND = 7_000


@pytest.mark.rule("LINE-7", "BULK-1", "BULK-9")
def test_seven_thousand_passwords_change_in_one_moment(tmp_path):
    office = Office(f"sqlite:///{tmp_path}/auth.sqlite", f"sqlite:///{tmp_path}/bulk.sqlite", size=SEVEN_THOUSAND)
    numbers = numbers_of(SEVEN_THOUSAND)
    wanted = {number: f"a{place // 100:02}b{place % 100:02}cdxy" for place, number in enumerate(numbers)}
    view = office.checked(wanted)
    assert (view.state, view.change_count, view.pages) == (UploadState.READY, SEVEN_THOUSAND - 2, 70)
    office.confirm(view.upload_id)
    office.work()
    assert office.look(view.upload_id).state is UploadState.COMPLETED
    assert sorted(office.set_by_bulk()) == numbers
    office.log_in(numbers[-1], wanted[numbers[-1]])
    office.close()
