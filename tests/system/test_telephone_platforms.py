"""Both kinds of platforms against the whole site over real sockets: a VoiceXML interpreter and Asterisk's AGI."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from tests.gateway.agi.asterisk import CUT, Asterisk
from tests.gateway.voice_browser import HANG_UP, VoiceBrowser
from tests.system.site import Site

pytestmark = pytest.mark.system
LINE = "0300001111"
FIRST, SECOND, THIRD = "20260401", "10293847", "56473829"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    running = Site(tmp_path_factory.mktemp("telephone"), HIKARI_AGI_PORT=port).start()
    yield running
    running.close()


def voice(site: Site, *keys: str) -> VoiceBrowser:
    token = site.secret("HIKARI_IVR_TOKEN")
    with httpx.Client(base_url=site.url, headers={"Authorization": f"Bearer {token}"}) as client:

        def fetch(method: str, path: str, form: dict[str, str] | None) -> tuple[int, str, bytes]:
            answer = client.request(method, path, data=form)
            return answer.status_code, answer.headers["Content-Type"].split(";")[0], answer.content

        return VoiceBrowser(fetch, f"sip:{LINE}@carrier.example", keys).call()


def asterisk(site: Site, *keys: str, token: str | None = None) -> Asterisk:
    call = Asterisk(keys, caller=LINE, token=site.secret("HIKARI_IVR_TOKEN") if token is None else token)
    port = int(site._env["HIKARI_AGI_PORT"])
    return call.call(socket.create_connection(("127.0.0.1", port)))


def logs_in(site: Site, password: str) -> bool:
    """Whether the password is accepted at ログイン, which then asks for a real one."""
    with httpx.Client(base_url=site.url, follow_redirects=True, timeout=10) as browser:
        page = browser.get("/login").text
        hidden = {name: re.search(rf'name="{name}" value="([^"]+)"', page) for name in ("csrf_token", "form_id")}
        form = {name: found[1] for name, found in hidden.items() if found}
        answer = browser.post("/login", data={**form, "number": LINE, "password": password})
    return "パスワード変更" in answer.text


def everything_written(site: Site) -> str:
    written = [*site.data.glob("*.log"), *site.data.glob("**/*.sqlite*")]
    assert len(written) > 1
    return "".join(file.read_bytes().decode("latin-1") for file in written)


@pytest.mark.rule("TEMP-2")
@pytest.mark.rule("TEMP-9")
def test_what_is_set_over_either_platform_logs_in_and_voids_what_the_other_set(site: Site) -> None:
    voice(site, "1", FIRST, FIRST)
    assert logs_in(site, FIRST)
    call = asterisk(site, "1", SECOND, SECOND)
    assert call.variables == {"HIKARI_OUTCOME": "ended"}
    assert logs_in(site, SECOND)
    assert not logs_in(site, FIRST)


@pytest.mark.rule("TEMP-6")
def test_three_wrong_entries_silence_and_broken_connections_set_nothing_over_either(site: Site) -> None:
    voice(site, "1", FIRST, FIRST)
    assert "3回" in voice(site, "1", "1234", "", THIRD, SECOND).heard[-1]
    assert voice(site, "1", THIRD, HANG_UP).fetched[-1][1:4:2] == ("/ivr/vxml/hangups", 200)
    assert asterisk(site, "", "9", "").heard[-1] == "hikari/hang-up-and-redial"
    assert asterisk(site, "1", THIRD, HANG_UP).variables == {}
    assert asterisk(site, "1", THIRD, CUT).variables == {}
    assert logs_in(site, FIRST)
    assert not logs_in(site, THIRD)


@pytest.mark.rule("TEMP-11")
def test_a_call_that_is_sent_again_from_its_beginning_sets_nothing_again(site: Site) -> None:
    call = voice(site, "1", FIRST, FIRST)
    asterisk(site, "1", SECOND, SECOND)
    headers = {"Authorization": f"Bearer {site.secret('HIKARI_IVR_TOKEN')}"}
    with httpx.Client(base_url=site.url, headers=headers) as client:
        again = [client.post(path, data=form) for _, path, form, _ in call.fetched[1:]]
    assert "設定が完了しました" in again[-1].text  # the answer of then
    assert logs_in(site, SECOND)
    assert not logs_in(site, FIRST)


@pytest.mark.rule("TEMP-11")
def test_a_site_that_is_killed_in_the_middle_goes_on_with_a_voicexml_call(site: Site) -> None:
    token = site.secret("HIKARI_IVR_TOKEN")
    killed: list[str] = []

    def fetch(method: str, path: str, form: dict[str, str] | None) -> tuple[int, str, bytes]:
        if form and form.get("step") == "3" and not killed:
            killed.append(path)
            site.kill()
            return 502, "text/html", b"a proxy in between"
        if len(killed) == 1:
            killed.append("back")
            site.start()
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.request(method, site.url + path, data=form, headers=headers)
        return answer.status_code, answer.headers["Content-Type"].split(";")[0], answer.content

    call = VoiceBrowser(fetch, f"tel:{LINE}", ["1", THIRD, THIRD]).call()
    assert "設定が完了しました" in call.heard[-1]
    assert logs_in(site, THIRD)


@pytest.mark.rule("TEMP-11")
def test_neither_platform_is_listened_to_without_the_token(site: Site) -> None:
    assert httpx.get(f"{site.url}/ivr/vxml").status_code == 401
    assert asterisk(site, "1", "00112233", "00112233", token="guess").heard == []
    assert not logs_in(site, "00112233")


@pytest.mark.rule("TEMP-11")
def test_many_calls_at_once_do_not_wait_for_each_other(site: Site) -> None:
    port = int(site._env["HIKARI_AGI_PORT"])
    waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(30)]
    calls = [threading.Thread(target=asterisk, args=(site, "1", FIRST, FIRST)) for _ in range(5)]
    for call in calls:
        call.start()
    for call in calls:
        call.join(30)
        assert not call.is_alive()
    for connection in waiting:
        connection.close()
    assert logs_in(site, FIRST)


@pytest.mark.rule("AUDIT-2")
def test_what_was_keyed_is_in_no_file_and_a_stop_ends_the_calls(site: Site) -> None:
    voice(site, "1", FIRST, FIRST)
    asterisk(site, "1", SECOND, SECOND)
    heard: list[str] = []

    class Waiting(Asterisk):
        def _wait(self, milliseconds: int) -> str:
            heard.append("asked")
            assert site.stop() == 0
            return "200 result=49\n"

    call = Waiting(caller=LINE, token=site.secret("HIKARI_IVR_TOKEN"))
    call.call(socket.create_connection(("127.0.0.1", int(site._env["HIKARI_AGI_PORT"]))))
    assert heard == ["asked"]
    assert call.variables == {}
    written = everything_written(site)
    assert not [secret for secret in (FIRST, SECOND, THIRD, site.secret("HIKARI_IVR_TOKEN")) if secret in written]
