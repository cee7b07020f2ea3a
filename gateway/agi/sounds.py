"""Which sound file says which sentence. Numbers are said by Asterisk, digit by digit, with its own sounds.

Files rather than a speech engine at the moment of the call: they can be interrupted by a key that is not lost, need
nothing beside Asterisk, and sound as the carrier wants. `docs/telephone-platforms.md` has the list for the studio.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.telephone_words import SORRY, WAIT

FOLDER = "hikari/"
"""In Asterisk's sounds of the channel's language."""

SENTENCES = {
    "仮パスワードの設定を承ります。": "welcome",
    "設定する単位を選んでください。": "choose-unit",
    "回線単位は1、電話番号単位は2、管理者・ユーザ単位は3を押してください。": "unit-keys",
    "仮パスワードを設定する電話番号を、市外局番から入力し、最後にシャープを押してください。": "enter-number",
    "番の仮パスワードを設定します。": "setting-for",
    "8桁の数字を入力してください。": "enter-eight-digits",
    "確認のため、同じ仮パスワードをもう一度入力してください。": "enter-again",
    "入力を確認できませんでした。": "nothing-heard",
    "入力された番号は正しくありません。": "not-correct",
    "もう一度入力してください。": "once-more",
    "1回目と2回目の入力が一致しません。": "entries-differ",
    "もう一度、はじめの入力からやり直してください。": "from-first-entry",
    "入力の誤りが3回になりました。": "three-wrong-entries",
    "恐れ入りますが、いったん電話を切り、はじめからおかけ直しください。": "hang-up-and-redial",
    "おかけになっている電話番号では、仮パスワードを設定できません。": "no-line",
    "ご契約の回線から、番号を通知しておかけ直しください。": "call-from-your-line",
    "この電話番号の仮パスワードは、選択された単位では設定できません。": "unit-not-possible",
    "ただいま、仮パスワードが設定されたかどうかを確認できません。": "not-confirmed",
    "恐れ入りますが、しばらくたってから、はじめからおかけ直しください。": "redial-later",
    "番の仮パスワードの設定が完了しました。": "completed-for",
    "24時間以内に設定サイトへログインし、パスワードを変更してください。": "log-in-within-24-hours",
    "ご利用ありがとうございました。": "thank-you",
    "ただいま確認しています。": "one-moment",
    "そのままお待ちください。": "please-wait",
    "申し訳ございません。": "sorry",
    "ただいま、お手続きを続けることができません。": "cannot-go-on",
}
_PIECES = re.compile(r"\d(?: \d)+(?:、\d(?: \d)+)+|[^。]+?(?=\d(?: \d)+、\d )|[^。]+。?")


class NoSound(Exception):
    """The dialogue says something for which there is no file."""


@dataclass(frozen=True)
class Sound:
    """The file of a sentence."""

    name: str


@dataclass(frozen=True)
class Digits:
    """A phone number."""

    number: str


def sounds_of(say: str) -> list[Sound | Digits]:
    """A turn's words as what is to be played, one after another. Raises `NoSound`."""
    return list(_sounds_of(say))


def _sounds_of(say: str) -> Iterator[Sound | Digits]:
    for piece in _PIECES.findall(say):
        if piece[:1].isdigit() and not piece.endswith("。"):
            yield Digits(re.sub(r"\D", "", piece))
        elif piece in SENTENCES:
            yield Sound(FOLDER + SENTENCES[piece])
        else:
            raise NoSound(piece)


PLEASE_WAIT = sounds_of(WAIT)
CANNOT_GO_ON = sounds_of(SORRY)
