from __future__ import annotations

import os
import socket

import pytest

from cli.operators import TIMEOUT_SECONDS
from deploy.data_folder import DataFolder
from gateway.service import PROVISIONING


def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_where_no_site_runs_the_command_says_how_to_start_one(hikari, monkeypatch):
    monkeypatch.delenv("HIKARI_BASE_URL")
    monkeypatch.setenv("HIKARI_PORT", str(port := unused_port()))
    done = hikari("audit", "list")
    assert done.exit_code == 3
    assert f"no site answers at http://127.0.0.1:{port}" in done.stderr
    assert "./hikari run" in done.stderr


def test_a_refused_token_has_an_exit_code_of_its_own_and_is_not_shown(hikari, monkeypatch):
    monkeypatch.setenv("HIKARI_OPS_TOKEN", "not-the-sites")
    done = hikari("audit", "list")
    assert done.exit_code == 4
    assert "refused the operator's token" in done.stderr
    assert "not-the-sites" not in done.output


def test_the_token_is_read_from_the_data_folder_of_the_site(hikari, monkeypatch, tmp_path):
    monkeypatch.delenv("HIKARI_OPS_TOKEN")
    data = tmp_path / "data"
    data.mkdir()
    assert "has none" in hikari("audit", "list", "--data", str(data)).stderr
    (data / "secrets.env").write_text("HIKARI_PEPPER=abc\nHIKARI_OPS_TOKEN=operators-token\n", encoding="ascii")
    assert hikari("audit", "list", "--data", str(data)).exit_code == 0
    monkeypatch.setenv("HIKARI_DATA", str(data))
    assert hikari("audit", "list").exit_code == 0


def test_a_data_folder_says_where_the_site_on_it_runs(hikari, site, monkeypatch, tmp_path):
    data = tmp_path / "data"
    with DataFolder(data) as folder:
        folder.answers_at(site.url)
        monkeypatch.setenv("HIKARI_PORT", str(unused_port()))
        monkeypatch.setenv("HIKARI_BASE_URL", f"http://127.0.0.1:{unused_port()}")
        assert hikari("audit", "list", "--data", str(data)).exit_code == 0
        assert hikari("audit", "list", "--data", str(tmp_path)).exit_code == 3
        monkeypatch.delenv("HIKARI_BASE_URL")
        monkeypatch.setenv("HIKARI_DATA", str(data))
        assert hikari("audit", "list").exit_code == 0
    assert hikari("audit", "list").exit_code == 3, "it has stopped"


def test_a_folder_whose_site_is_stopped_leads_to_no_other_site_and_the_command_says_how_to_start_it(
    hikari, site, monkeypatch, tmp_path
):
    data = tmp_path / "data"
    with DataFolder(data):
        starting = hikari("audit", "list", "--data", str(data))
        assert (starting.exit_code, "it may be starting" in starting.stderr) == (3, True)
    monkeypatch.setenv("HIKARI_PORT", site.url.rpartition(":")[2])
    stopped = hikari("audit", "list", "--data", str(data))
    assert stopped.exit_code == 3
    assert f"no site runs on {data}. Start it with ./hikari run --data {data}, or" in stopped.stderr
    assert hikari("audit", "list", "--data", str(data), "--server", site.url).exit_code == 0
    monkeypatch.delenv("HIKARI_BASE_URL")
    assert hikari("audit", "list").exit_code == 0, "a token of its own and no folder named"
    monkeypatch.setenv("HIKARI_DATA", str(data))
    assert hikari("audit", "list").exit_code == 3
    monkeypatch.delenv("HIKARI_DATA")
    monkeypatch.delenv("HIKARI_OPS_TOKEN")
    told = hikari("audit", "list")
    assert told.exit_code == 3
    assert f"no site runs on {tmp_path / '.hikari'}. Start it with ./hikari run, or" in told.stderr
    assert site.queries == [{"after": "0", "limit": "200"}] * 2


def test_a_file_is_not_taken_for_the_folder_of_a_site_that_does_not_run(hikari, tmp_path):
    file = tmp_path / "passwd"
    file.touch()
    done = hikari("audit", "list", "--data", str(file))
    assert done.exit_code == 2
    assert done.stderr == f"hikari: {file} is no folder. Name the data folder of a site with --data or HIKARI_DATA.\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_token_of_another_user_is_said_to_be_theirs(hikari, monkeypatch, tmp_path):
    monkeypatch.delenv("HIKARI_OPS_TOKEN")
    (tmp_path / "secrets.env").touch(mode=0o000)
    done = hikari("audit", "list", "--data", str(tmp_path))
    assert (done.exit_code, "only be read by its owner" in done.stderr) == (4, True)


@pytest.mark.rule("SITE-1")
def test_the_token_is_not_sent_in_clear_to_another_machine(hikari):
    done = hikari("audit", "list", "--server", "http://settings.example.jp")
    assert done.exit_code == 2
    assert "not sent over plain http" in done.stderr


@pytest.mark.parametrize("text", ["settings.example.jp", "ftp://settings.example.jp", "http://", "https://x:y"])
def test_what_is_no_address_is_wrong_usage(hikari, text):
    done = hikari("audit", "list", "--server", text)
    assert done.exit_code == 2
    assert "is no address of a site" in done.stderr


def test_another_server_at_the_address_is_recognised(hikari, site):
    done = hikari("audit", "list", "--server", f"{site.url}/elsewhere")
    assert done.exit_code == 1
    assert "answered 404 NOT FOUND to GET /elsewhere/ops/api/audit. no such page" in done.stderr


def test_a_site_that_stays_busy_is_given_up(hikari, site):
    site.busy = 99
    done = hikari("audit", "list")
    assert done.exit_code == 3
    assert "answered 503" in done.stderr


@pytest.mark.rule("LINE-7")
def test_a_command_waits_longer_than_the_site_takes_over_its_largest_request():
    assert TIMEOUT_SECONDS > PROVISIONING
