"""What is said of confirmation data, one-time passwords, links and their mails."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from contracts.otp.challenges import ChallengeCause
from contracts.otp.links import LinkState
from contracts.otp.registration import RegistrationFault

JAPAN = timezone(timedelta(hours=9), "JST")

_BOTH = ("8文字以上12文字以下", "使えるのは半角の英字（大文字・小文字）と数字だけ")
ID_RULES = (*_BOTH, "英字の大文字だけ、英字の小文字だけ、数字だけにしない")
"""OTP-4 at the registration."""
NEW_ID_RULES = (*_BOTH, "数字だけにしない")
"""OTP-4 at the change."""
CONFIRMATION_PASSWORD_RULES = (*_BOTH, "英字と数字を、どちらも1文字以上使う")
"""OTP-5"""

_FAULTS = {
    RegistrationFault.LENGTH: "は8文字以上12文字以下にしてください。",
    RegistrationFault.CHARACTERS: "に使えない文字があります。半角の英字と数字だけで入力してください。",
    RegistrationFault.ONLY_UPPER: "が英字の大文字だけになっています。小文字か数字を入れてください。",
    RegistrationFault.ONLY_LOWER: "が英字の小文字だけになっています。大文字か数字を入れてください。",
    RegistrationFault.ONLY_DIGITS: "が数字だけになっています。英字を入れてください。",
    RegistrationFault.NO_LETTER: "に英字を1文字以上入れてください。",
    RegistrationFault.NO_DIGIT: "に数字を1文字以上入れてください。",
}

LINKS = {
    LinkState.USED: ("このURLでの本登録は完了しています。", "URLは一度だけ使えます。もう一度開く必要はありません。"),
    LinkState.SUPERSEDED: (
        "このURLは無効になりました。",
        "あとからお送りした、新しいメールのURLを開いてください。",
    ),
    LinkState.EXPIRED: (
        "このURLの有効期限（24時間）が過ぎました。",
        "もう一度ログインして、仮登録からやり直してください。",
    ),
    LinkState.WITHDRAWN: (
        "このURLは無効になりました。",
        "メールをお送りしたあとに、登録が取り消されています。もう一度ログインして、登録の状況をお確かめください。",
    ),
    LinkState.UNKNOWN: (
        "このURLでは本登録できません。",
        (
            "URLが途中で切れているか、間違っています。メールにあるURLの全体を開いてください。"
            "開けないときは、もう一度ログインして、仮登録からやり直してください。"
        ),
    ),
}
"""What a link that leads nowhere is, and how to go on (OTP-3)."""

OVER = {
    ChallengeCause.NONE_ISSUED: "ワンタイムパスワードがまだ送信されていません。送信してください。",
    ChallengeCause.EXPIRED: "ワンタイムパスワードの有効時間（300秒）が過ぎました。もう一度送信してください。",
    ChallengeCause.SUPERSEDED: (
        "別の画面での操作により、このワンタイムパスワードは無効になりました。もう一度送信してください。"
    ),
    ChallengeCause.MISMATCHES: (
        "5回間違えたため、このワンタイムパスワードは無効になりました。もう一度送信して、"
        "新しいワンタイムパスワードを入力してください。"
    ),
    ChallengeCause.USED: "このワンタイムパスワードは使用済みです。もう一度送信してください。",
    ChallengeCause.WITHDRAWN: "このワンタイムパスワードは無効になりました。もう一度送信してください。",
}
"""Why there is nothing to enter, on the page that sends another (OTP-7)."""


def faults_of(name: str, faults: tuple[RegistrationFault, ...]) -> list[str]:
    """A sentence about each rule that the field of this name breaks."""
    return [name + _FAULTS[fault] for fault in _FAULTS if fault in faults]


def clock_time(moment: datetime) -> str:
    """Japanese time of day: 9時05分00秒."""
    local = moment.astimezone(JAPAN)
    return f"{local.hour}時{local.minute:02}分{local.second:02}秒"


def date_and_time(moment: datetime) -> str:
    """Japanese date and time: 4月2日 9時05分."""
    local = moment.astimezone(JAPAN)
    return f"{local.month}月{local.day}日 {local.hour}時{local.minute:02}分"


def minutes_and_seconds(seconds: int) -> str:
    """A time left: 4分58秒."""
    minutes, rest = divmod(max(0, seconds), 60)
    return (f"{minutes}分" if minutes else "") + (f"{rest}秒" if rest or not minutes else "")
