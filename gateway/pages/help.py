"""ヘルプ: one page a screen, in a tab of its own so that a half-filled form stays (MENU-2)."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from contracts.phone import Feature
from gateway.guard import open_at_any_stage
from gateway.words import FEATURES, slug

blueprint = Blueprint("help", __name__)

TOPICS = {
    "start": "ご利用のはじめに",
    "temporary-password": "仮パスワードの設定",
    "login": "ログイン",
    "forced-change": "ログイン時のパスワード変更",
    "service-selection": "サービス選択",
    "password": "パスワード変更",
    "password-administrator": "パスワード変更（管理者）",
    "password-bulk": "パスワード一括変更",
    "unit": "認証単位",
    "unit-bulk": "認証単位変更 一括設定",
    "otp-bulk": "ワンタイムパスワード各種一括設定",
    "otp-choice": "ワンタイムパスワードの利用選択",
    "otp-registration": "ワンタイムパスワードの登録",
    "otp-login": "ワンタイムパスワードの送信と入力",
    "otp-address": "受信用メールアドレスの変更",
    "otp-use": "ワンタイムパスワードの利用選択の変更",
    "otp-confirmation": "確認用IDと確認用パスワードの変更",
    "fax-inbox": "FAX受信箱",
    "logout": "ログアウトと自動ログアウト",
    "trouble": "エラーが表示されたとき",
}
"""Each has a template `help/<topic>.html`. A feature's topic is its name in addresses."""

FEATURE_TOPICS = {slug(feature): feature for feature in Feature}
DEMO_TOPICS = {"mailbox": "メールボックス", "telephone": "電話機"}


@blueprint.get("/help")
@open_at_any_stage
def index() -> str:
    """All topics."""
    return render_template("help/index.html", topics=TOPICS, feature_topics=FEATURE_TOPICS)


@blueprint.get("/help/<topic>")
@open_at_any_stage
def show(topic: str) -> str:
    """One topic."""
    if topic in FEATURE_TOPICS:
        feature = FEATURE_TOPICS[topic]
        return render_template(f"help/{topic}.html", title=FEATURES[feature], feature=feature)
    title = TOPICS.get(topic) or DEMO_TOPICS.get(topic) or abort(404)
    return render_template(f"help/{topic}.html", title=title)
