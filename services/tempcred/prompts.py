"""What the caller hears, in our own words with the guide's meaning. All of it is here.

Phone numbers are spoken digit by digit: single digits with spaces, and a comma where a person would pause, which
every Japanese speech engine reads one by one (`0 3、0 0 0 0、1 1 1 1`); written together it would be read as a quantity.
"""

from __future__ import annotations

from services.tempcred.dialogue import Dialogue, Heard, Step

NO_LINE = (
    "おかけになっている電話番号では、仮パスワードを設定できません。ご契約の回線から、番号を通知しておかけ直しください。"
)
TOO_MANY = "入力の誤りが3回になりました。恐れ入りますが、いったん電話を切り、はじめからおかけ直しください。"
NOT_POSSIBLE = (
    "この電話番号の仮パスワードは、選択された単位では設定できません。"
    "恐れ入りますが、いったん電話を切り、はじめからおかけ直しください。"
)
NOT_CONFIRMED = (
    "ただいま、仮パスワードが設定されたかどうかを確認できません。"
    "恐れ入りますが、しばらくたってから、はじめからおかけ直しください。"
)
_WELCOME = "仮パスワードの設定を承ります。"
_REMARKS = {
    Heard.ACCEPTED: "",
    Heard.SILENCE: "入力を確認できませんでした。もう一度入力してください。",
    Heard.WRONG: "入力された番号は正しくありません。もう一度入力してください。",
    Heard.DIFFERENT: "1回目と2回目の入力が一致しません。もう一度、はじめの入力からやり直してください。",
}


def welcome() -> str:
    """The first thing a caller of one of our lines hears."""
    return _WELCOME + _question(Dialogue())


def after(dialogue: Dialogue, heard: Heard) -> str:
    """What is said after an entry: what it was taken for, and what is asked next."""
    if dialogue.at is Step.ENDED:
        return TOO_MANY
    return _REMARKS[heard] + _question(dialogue)


def completed(number: str) -> str:
    """Spoken only once the temporary password works (TEMP-9)."""
    return (
        f"{spoken(number)}番の仮パスワードの設定が完了しました。24時間以内に設定サイトへログインし、"
        "パスワードを変更してください。ご利用ありがとうございました。"
    )


def spoken(number: str) -> str:
    """`0300001111` → `0 3、0 0 0 0、1 1 1 1`."""
    return "、".join(" ".join(group) for group in _groups(number))


def _question(dialogue: Dialogue) -> str:
    match dialogue.at:
        case Step.UNIT:
            return "設定する単位を選んでください。回線単位は1、電話番号単位は2、管理者・ユーザ単位は3を押してください。"
        case Step.NUMBER:
            return "仮パスワードを設定する電話番号を、市外局番から入力し、最後にシャープを押してください。"
        case Step.FIRST:
            return f"{spoken(dialogue.number or '')}番の仮パスワードを設定します。8桁の数字を入力してください。"
        case _:
            return "確認のため、同じ仮パスワードをもう一度入力してください。"


def _groups(number: str) -> list[str]:
    """Where one pauses when reading a number out; for the ear, not an area code table."""
    if len(number) > len("0300001111"):
        cuts = (3, 7)
    elif number.startswith(("0120", "0570", "0990")):
        cuts = (4, 7)
    elif number.startswith(("03", "06")):
        cuts = (2, 6)
    else:
        cuts = (3, 6)
    return [part for part in (number[: cuts[0]], number[cuts[0] : cuts[1]], number[cuts[1] :]) if part]
