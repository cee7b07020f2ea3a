from __future__ import annotations

import mailbox
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.rule("OTP-6")
def test_a_mail_server_that_hangs_holds_up_nothing_else_and_mail_goes_out_by_itself(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(HERE / "otp_process.py"), str(tmp_path)],
        env={"PYTHONPATH": str(HERE.parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("while it hangs: 20 True\nsent\n", 0), done.stderr
    caught = list(mailbox.Maildir(tmp_path / "mailbox", factory=None))
    assert {mail["Delivered-To"] for mail in caught} == {"yamada@mail.example"}
