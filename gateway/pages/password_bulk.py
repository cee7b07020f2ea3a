"""パスワード一括変更 (19): passwords of many numbers by CSV, for administrators of large lines (BULK-1, PWD-7)."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from contracts.auth.reach import NumbersQuery
from contracts.base import Role
from contracts.bulk.kinds import BulkKind
from gateway import here, sessions
from gateway.pages.bulk import BulkPages, Screen

blueprint = Blueprint("password_bulk", __name__, url_prefix="/password/bulk")


def _elsewhere() -> ResponseReturnValue | None:
    """Only an administrator, and only where there are so many numbers; the choice is made on パスワード変更."""
    is_large = (
        here.logged_in().role is Role.ADMINISTRATOR
        and here.auth().numbers_in_reach(NumbersQuery(session_key=sessions.present_key(), per_page=1)).large_line
    )
    return None if is_large else redirect(url_for("password.show"), 303)


SCREEN = Screen(
    kind=BulkKind.PASSWORDS,
    title="パスワード一括変更",
    help_topic="password-bulk",
    lead="複数の電話番号のパスワードを、CSVファイルでまとめて変更します。",
    format_notes=(
        "1行に1つの電話番号を書き、電話番号と新規パスワードをコンマ（,）で区切ります。例：03XXXXXXXX,新しいパスワード",
        "パスワードは、半角の英字と数字だけで8文字以上12文字以下にし、英字と数字をそれぞれ1文字以上使います。",
        "同じ文字（0000、aaaaなど）や、順に並ぶ英数字（1234、dcbaなど）は、4文字以上続けられません。",
        "その電話番号か契約番号を含むパスワードと、現在のパスワードと同じものは使えません。",
        "変更しない電話番号の行は、削除してください。現在のパスワードは要りません。",
    ),
    done="すべての電話番号のパスワードを変更しました。",
    counted="設定する電話番号",
    left="設定しない電話番号",
    download_note="電話番号が入ったファイルです。パスワードは入っていません。付加サービスのご契約がなく、ログインできない電話番号は入っていません。",
    cautions=(
        (
            "設定すると、その電話番号の今までのパスワードと仮パスワードは使えなくなり、ログイン中の画面は自動的にログアウトします。"
            "この一括設定をするご自身のログインだけは、そのまま続きます。"
        ),
        "新しいパスワードは、お使いになる方へ安全な方法でお伝えください。",
    ),
    entrance=_elsewhere,
)
BulkPages(SCREEN, blueprint)
