"""The whole first login in a real browser over RabbitMQ and PostgreSQL, with two of every service (LOGIN-7)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from deploy.plan import NAMES
from tests.system.distributed import Distributed
from tests.system.person import PASSWORD
from tests.system.test_otp import Subscriber

pytestmark = [pytest.mark.system, pytest.mark.browser, pytest.mark.postgres, pytest.mark.rabbitmq]
OTHER_PASSWORD = "kaze53mori"


@pytest.fixture
def site() -> Iterator[Distributed]:
    made = Path(tempfile.mkdtemp(prefix="hikari-twofold-"))
    made.chmod(0o711)
    data = made / "site"
    data.mkdir(mode=0o711)
    running = Distributed(data, ",".join(f"{name}=2" for name in NAMES))
    started = running.up()
    try:
        assert started.returncode == 0, started.stderr + running.logs()
        yield running
    finally:
        running.down()
        shutil.rmtree(made, ignore_errors=True)


@pytest.mark.rule("LOGIN-7", "LINE-7", "OTP-6")
def test_the_journey_goes_well_with_two_of_everything(page: Page, site: Distributed) -> None:
    person = Subscriber(page, site)  # type: ignore[arg-type]  # it asks for an address and a secret, no more
    person.enrol()  # the telephone, a temporary password, the forced change, the link by mail, the one-time password
    person.choose("パスワード変更")
    person.change(PASSWORD, OTHER_PASSWORD)
    person.open("/services")
    person.sees("サービス選択")
    person.page.get_by_role("button", name="ログアウト").click()
    person.sees("ログアウト")
    person.log_in(person.contract, OTHER_PASSWORD)
    person.sees("ワンタイムパスワード 送信確認画面")
    person.give_code()
    running = {program["name"] for program in site.state["programs"] if program["pid"]}
    assert {f"{name}-{which}" for name in NAMES for which in (1, 2)} <= running
