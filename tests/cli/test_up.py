"""`./hikari up` and `status`, as far as it needs no servers; tests/system/test_distributed.py has the rest."""

from __future__ import annotations

import os

from deploy.data_folder import DataFolder


def test_a_scale_of_what_there_is_not_is_wrong_usage_and_nothing_is_started(hikari, tmp_path):
    refused = hikari("up", "--scale", "foo=2", "--data", str(tmp_path / "data"))
    assert refused.exit_code == 2
    assert refused.stderr == (
        "hikari: --scale: there is no 'foo' to have several of; "
        "there are auth, tempcred, otp, settings, bulk, audit, gateway\n"
    )
    assert not (tmp_path / "data").exists()


def test_the_status_of_a_site_in_one_process_says_so_and_where_it_is(hikari, site, tmp_path):
    with DataFolder(tmp_path) as folder:
        told = hikari("status", "--data", str(tmp_path))
        assert (told.exit_code, told.stdout) == (3, f"starting: ./hikari run, process {os.getpid()}\n")
        folder.answers_at(site.url)
        told = hikari("status", "--data", str(tmp_path))
        assert told.exit_code == 0
        assert told.stdout.startswith(f"ready: {site.url}   (./hikari run, all in process {os.getpid()}")
        site.ready = False
        told = hikari("status", "--data", str(tmp_path))
        assert (told.exit_code, told.stdout.partition(":")[0]) == (3, "not ready")
    assert hikari("status", "--data", str(tmp_path)).exit_code == 3
