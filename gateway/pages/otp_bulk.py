"""ワンタイムパスワード各種一括設定 (29): use, address and confirmation pair by CSV (BULK-3)."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from contracts.bulk.kinds import BulkKind
from contracts.otp.common import FactorMissing
from gateway import here
from gateway.pages.bulk import BulkPages, Screen
from gateway.second_factor import standing

blueprint = Blueprint("otp_bulk", __name__, url_prefix="/otp/bulk")


def _elsewhere() -> ResponseReturnValue | None:
    """Only where the login itself uses one-time passwords; others have no entry in the menu either (MENU-1)."""
    return None if here.logged_in().otp_registered else redirect(url_for("service_selection.show"), 303)


SCREEN = Screen(
    kind=BulkKind.OTP,
    title="ワンタイムパスワード各種一括設定",
    help_topic="otp-bulk",
    lead="ワンタイムパスワードの利用、受信用メールアドレス、確認用ID、確認用パスワードを、CSVファイルでまとめて設定します。",
    format_notes=(
        "1行に1つの電話番号を書き、電話番号、二段階認証利用設定、受信用メールアドレス、確認用ID、確認用パスワードの順にコンマ（,）で区切ります。",
        "二段階認証利用設定は、1が利用あり、0が利用なしです。0にすると、その電話番号の登録は削除されます。",
        "まだ選択や本登録が済んでいない電話番号は、ダウンロードしたファイルでは空になっています。空のままの行は、何も変えません。",
        "登録のある電話番号で変えない項目は、空のままにしてください。登録のない電話番号を1にするときは、3つの項目がすべて要ります。",
        "確認用IDは、8文字以上12文字以下の半角英数字です。数字だけのものは使えません。",
        "確認用パスワードは、8文字以上12文字以下の半角英数字で、英字と数字の両方を使ってください。",
    ),
    done="ワンタイムパスワードの設定を変更しました。",
    counted="ファイルの電話番号",
    left="ファイルにない電話番号",
    download_note="電話番号が入ったファイルです。パスワードは入っていません。付加サービスのご契約がなく、ログインできない電話番号は入っていません。",
    cautions=(
        "受信用メールアドレスは、確認のメールを送らずに登録されます。間違いがないか、確かめてください。",
        "変更または削除される受信用メールアドレスには、そのことをメールでお知らせします。",
    ),
    entrance=_elsewhere,
)
BulkPages(SCREEN, blueprint)


@blueprint.before_request
def demand_one_time_password() -> None:
    """Who registered after logging in has given only the password so far, and a file asks for no link (BULK-3, OTP-10).

    What a file has come to may be looked at all the same. Raises `FactorMissing`.
    """
    begins = request.method == "POST" or request.endpoint == f"{blueprint.name}.show"
    if begins and here.logged_in().otp_registered and not standing().matched:
        raise FactorMissing
