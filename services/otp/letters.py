"""What the mails say, in our own words. All of it is here; each in plain text and as simple HTML of the same content."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chassis.letters import Letter, Matter, letter, spoken

MOST_NUMBERS = 100
"""Named in one notice; of further ones it says how many."""


def link_letter(site: str, number: str, link: str, expires_at: datetime) -> Letter:
    """To the address that was provisionally registered (OTP-2). `number` is masked, `link` the whole URL."""
    return letter(
        site,
        "メールアドレスの本登録のお願い",
        [
            (
                f"お客様の電話番号（{number}）のワンタイムパスワード受信用メールアドレスとして、"
                "このメールアドレスが仮登録されました。"
            ),
            "次のURLを開いて、本登録を完了してください。",
        ],
        [Matter("メールアドレスの本登録お手続きURL", link, is_link=True)],
        [
            (
                f"このURLの有効期限は、{spoken(expires_at)}（仮登録から24時間）です。"
                "期限を過ぎた場合は、もう一度設定サイトにログインして、登録をやり直してください。"
            ),
            "お心当たりのない場合は、URLを開かずに、このメールを削除してください。",
        ],
    )


def code_letter(site: str, number: str, code: str, expires_at: datetime) -> Letter:
    """To the registered address at each login (OTP-6). The code is not in the subject: locked screens show that."""
    return letter(
        site,
        "ワンタイムパスワードのお知らせ",
        [
            f"お客様の電話番号（{number}）で設定サイトにログインするためのワンタイムパスワードをお知らせします。",
            "ワンタイムパスワード入力画面に、次の6桁の数字を入力してください。",
        ],
        [Matter("ワンタイムパスワード", code)],
        [
            f"このワンタイムパスワードは、{spoken(expires_at, seconds=True)}（発行から300秒）まで、1回だけ利用できます。",
            "ワンタイムパスワードは、ほかの人に教えないでください。当社からお尋ねすることはありません。",
            (
                "お心当たりのない場合は、第三者がお客様のパスワードを知っているおそれがあります。"
                "設定サイトのパスワードを変更してください。"
            ),
        ],
    )


def replaced_letter(site: str, numbers: Sequence[str], at: datetime) -> Letter:
    """To the address that was in force until another took its place (OTP-10, BULK-3). `numbers` are masked."""
    changed = (
        f"ワンタイムパスワード受信用メールアドレスが、{spoken(at)}に、このメールアドレスから別のものに変更されました。"
    )
    return _notice(site, "受信用メールアドレス変更のお知らせ", changed, numbers)


def deleted_letter(site: str, numbers: Sequence[str], at: datetime) -> Letter:
    """To the address that was in force until the registration was deleted (OTP-12, OTP-15, BULK-3)."""
    changed = (
        f"ワンタイムパスワード受信用メールアドレスとしての、このメールアドレスの登録が、{spoken(at)}に削除されました。"
    )
    return _notice(site, "受信用メールアドレス削除のお知らせ", changed, numbers)


def _notice(site: str, title: str, changed: str, numbers: Sequence[str]) -> Letter:
    more = [f"ほか{len(numbers) - MOST_NUMBERS}件"] if len(numbers) > MOST_NUMBERS else []
    return letter(
        site,
        title,
        [changed, "次の電話番号のワンタイムパスワードは、このメールアドレスには送信されなくなります。"],
        [Matter("対象の電話番号", "\n".join([*numbers[:MOST_NUMBERS], *more]))],
        [
            "ご自身や回線の管理者がお手続きになった場合は、何もしていただく必要はありません。",
            (
                "お心当たりのない場合は、第三者が設定サイトを操作したおそれがあります。"
                "電話で仮パスワードを設定し直し、当社の窓口にご連絡ください。"
            ),
        ],
    )
